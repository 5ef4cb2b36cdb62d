"""The HIS connector keeps the contract against the stand-in, and says what is wrong in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.fhir import build
from demo.standins import his
from demo.standins.faults import Fault
from dsr.core.errors import BrokenRegister
from dsr.systems import resolved
from tests.connector_contract import Case, Changing, ConnectorContract
from tests.connectors.fhir_world import ANNAS_REF, World, a_world
from tests.connectors.medical_people import ANNA, MARIA, subject_of


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, world: World) -> Case:
        world.connector.check()
        plan = world.faults.inject
        return Case(
            connector=world.connector,
            subject=replace(subject_of(ANNA), email=ANNA.email, phone=ANNA.phone),
            ref=ANNAS_REF,
            stranger=subject_of(replace(ANNA, given="Wie", email="", phone="")),
            several=subject_of(MARIA),
            dataset="dossier",
            later={
                "too many": partial(plan, Fault.TOO_MANY, 3),
                "unavailable": partial(plan, Fault.UNAVAILABLE, 3),
            },
            damaged={
                "half": partial(plan, Fault.HALF_JSON),
                "repeated": partial(plan, Fault.REPEATED_PAGE, 3),
            },
            foreign={"stranger": partial(plan, Fault.FOREIGN_RECORD)},
            content_read=lambda: world.journal.verbs().count("answer_everything"),
            secrets=(his.DEMO_TOKEN,),
            changing=Changing(looks=True),
        )


def test_check_says_that_all_is_well_and_reads_nobody(world: World) -> None:
    health = world.connector.check()

    assert health.usable
    assert "everything" in health.words
    assert world.journal.verbs() == ["answer_metadata", "answer_search"]


def test_check_says_what_is_missing() -> None:
    with a_world(identifier_system={}) as without_system, a_world(token="wrong") as wrong_key:
        assert "identifier_system" in without_system.connector.check().words
        assert "refuses our key" in wrong_key.connector.check().words
        assert not wrong_key.connector.check().usable


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({}, "url"),
        ({"base_url": "his.example.nl"}, "https://"),
        ({"base_url": "https://his.example.nl", "tokn": "x"}, "tokn"),
        ({"base_url": "https://his.example.nl", "datasets": {"record": "all"}}, "access_log"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], word: str) -> None:
    with pytest.raises(BrokenRegister, match=word):
        build(settings)


def test_datasets_carry_the_registers_own_names() -> None:
    with a_world(datasets={"record": "file"}) as world:
        assert world.connector.datasets == ("record",)
        assert {item.dataset for item in world.items("record")} == {"record"}


def examples() -> list[str]:
    """The settings in the connector's own page."""
    page = (Path(__file__).parents[2] / "docs" / "connectors-fhir.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


@pytest.mark.parametrize("example", examples())
def test_the_settings_of_the_page_are_right(example: str) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    environment = {
        "DSR_HIS_URL": "https://his.example/fhir/R4",
        "DSR_HIS_KEY": pem,
        "DSR_HIS_TOKEN": "t",
    }
    connector = build(resolved(yaml.safe_load(example), environment, "the page"))

    assert connector.datasets


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"fhir_version": "R5"}, "R4 or STU3"),
        ({"along": ["Patient"]}, "'Patient' is not read along"),
        ({"token": "t", "smart": {}}, "not both"),
        ({"limits": {"bytes": 3}}, "bytes"),
        ({"limits": {"file_bytes": 0}}, "above zero"),
    ],
)
def test_a_wrong_setting_says_what_to_write(settings: dict[str, object], word: str) -> None:
    with pytest.raises(BrokenRegister, match=word):
        build({"base_url": "https://his.example", **settings})
