"""A HIS that runs on a loopback port, and the connector to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from connectors.fhir import FhirConnector, build
from demo.files import resources_of
from demo.files_staff import PATIENT_NUMBER, patient_id
from demo.journal import Journal
from demo.standins import his
from demo.standins.faults import Faults
from dsr.core.connector import Item, Page
from tests.connectors.medical_people import ANNA, PEOPLE
from tests.connectors.serving import served

ANNAS_REF = f"Patient/{patient_id(ANNA)}"


@dataclass(frozen=True)
class World:
    """A HIS that runs, and the connector to it."""

    connector: FhirConnector
    journal: Journal
    faults: Faults

    def pages(self, dataset: str, ref: str = ANNAS_REF) -> list[Page]:
        """All pages of a dataset."""
        found: list[Page] = []
        after: str | None = None
        while not found or after:
            page = self.connector.find(ref, dataset, after)
            assert isinstance(page, Page)
            found.append(page)
            after = page.next
        return found

    def items(self, dataset: str, ref: str = ANNAS_REF) -> list[Item]:
        """All items of a dataset."""
        return [item for page in self.pages(dataset, ref) for item in page.items]


@contextmanager
def a_world(*, lacks: str = "", page_size: int = 7, **settings: object) -> Iterator[World]:
    """`lacks` are names of what the stand-in does not offer, with commas between."""
    journal, faults = Journal("his"), Faults(retry_after=0)
    app = his.build(PEOPLE, journal, faults=faults, lacks=lacks.split(","))
    with served(app) as address:
        connector = build(
            {
                "base_url": f"{address}/fhir",
                "token": his.DEMO_TOKEN,
                "identifier_system": {"patient_number": PATIENT_NUMBER},
                "page_size": page_size,
                **settings,
            }
        )
        connector.server.http.sleep = lambda seconds: None
        yield World(connector, journal, faults)
        connector.server.http.close()


def expected(person: object = ANNA, kind: str = "") -> set[str]:
    """The refs that the file of a person holds."""
    place = PEOPLE.index(person)
    neighbour = (PEOPLE[(place + 1) % len(PEOPLE)],)
    every = resources_of(PEOPLE[place], neighbour)
    left_out = {"Binary"} if kind else {"Binary", "AuditEvent"}
    return {
        f"{one['resourceType']}/{one['id']}"
        for one in every
        if one["resourceType"] not in left_out and kind in ("", one["resourceType"])
    }
