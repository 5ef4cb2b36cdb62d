"""The HIS connector changes what the register lets it change, and proves what became of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.fhir import build
from connectors.fhir_exact import exact, plain, written
from demo.files_staff import patient_id
from demo.standins import his
from demo.standins.faults import Fault
from dsr.core.connector import Change, Item, NotOffered, Place
from dsr.core.errors import (
    BrokenRegister,
    ForeignRecord,
    ItemChanged,
    NeedsPerson,
    TryAgain,
    ValueRefused,
)
from dsr.core.receipts import Receipt
from tests.connector_contract import Case, Changing, ConnectorContract, Corrected
from tests.connectors.fhir_world import ANNAS_REF, World, a_world
from tests.connectors.medical_people import ANNA, MARIA, SANNE, subject_of

CHANGES = {"confidentiality": "R", "handling": "NOAUTH"}
PLACE = Place(subject_ref=ANNAS_REF, dataset="dossier")
#: kinds that others point to
POINTED_TO = ("Patient", "Organization", "Practitioner", "RelatedPerson", "Encounter")


@pytest.fixture
def world() -> Iterator[World]:
    with a_world(changes=CHANGES) as made:
        yield made


class TestContract(ConnectorContract):
    @pytest.fixture(params=["", "meta-add,meta-delete,batch", "integrity"])
    def case(self, request: pytest.FixtureRequest) -> Iterator[Case]:
        with a_world(changes=CHANGES, lacks=request.param) as world:
            yield Case(
                connector=world.connector,
                subject=replace(subject_of(ANNA), email=ANNA.email, phone=ANNA.phone),
                ref=ANNAS_REF,
                stranger=subject_of(replace(ANNA, given="Wie", email="", phone="")),
                several=subject_of(MARIA),
                dataset="dossier",
                secrets=(his.DEMO_TOKEN,),
                changing=Changing(
                    looks=True,
                    erases="dossier",
                    other=f"Patient/{patient_id(SANNE)}",
                    last=POINTED_TO,
                    rectifies=Corrected(
                        dataset="dossier",
                        path="/recordedDate",
                        new="2020-02-29",
                        refused=("2026-02-30", "not a day", "9999-01-01", ["2020-01-01"]),
                    ),
                    annotates="dossier",
                    statements=lambda: statements(world),
                    restricts="dossier",
                    stops=("A.2", "A.5"),
                    stopped=lambda: stopped(world),
                ),
            )


def added(world: World, kind: str) -> list[dict[str, object]]:
    """What the HIS holds of a kind beside the demo file."""
    return [item.data for item in world.items("dossier") if item.kind == kind]


def statements(world: World) -> list[str]:
    found = []
    for item in world.items("dossier"):
        for file in item.files:
            with file.open() as chunks:
                content = b"".join(chunks)
            found += [content.decode()] if file.media_type == "text/plain" else []
    return found


def stopped(world: World) -> set[str]:
    active = [one for one in added(world, "Consent") if one["status"] == "active"]
    return {row["value"] for one in active for row in one["identifier"][1:]}  # type: ignore[index,attr-defined]  # as we wrote it


def first(world: World, kind: str) -> Item:
    return next(item for item in world.items("dossier") if item.kind == kind)


def calls(world: World, verb: str) -> list[tuple[str, str]]:
    """Reference and outcome of every call of a verb."""
    return [(str(e["ref"]), str(e["outcome"])) for e in world.journal.entries if e["verb"] == verb]


def reasons(receipt: Receipt) -> list[str]:
    return [one.reason for one in receipt.retained]
