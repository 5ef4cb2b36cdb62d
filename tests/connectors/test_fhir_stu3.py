"""A HIS that offers no more than STU3 (MedMij Huisartsgegevens), with Nictiz's own examples."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import pytest

from connectors.fhir import FhirConnector, build
from connectors.fhir_along import KINDS
from connectors.fhir_compartment import Version, compartment
from connectors.fhir_items import Reading
from connectors.fhir_owner import Owner, owner_of
from dsr.core.connector import Item, One, Place
from dsr.core.errors import NeedsPerson
from dsr.core.subject import Subject
from tests.connector_contract import items_of
from tests.connectors.serving import served
from tests.connectors.stu3_server import Stu3, type_of_resource
from tests.peers.fhir_samples import ZIB_STU3, archive, bare, file_of, ref_of

NUMBERS = "http://example-xis.org/fhir/NamingSystem/patientID"
GP_PATIENT = "Patient/gpdata-patient-01"


@pytest.fixture(scope="module")
def samples() -> dict[str, type_of_resource]:
    """The 208 examples of Nictiz, by Type/id."""
    return {ref_of(one): one for one in archive(ZIB_STU3).values()}


@contextmanager
def a_his(
    held: dict[str, type_of_resource], *, everything: bool = True, **settings: object
) -> Iterator[FhirConnector]:
    server = Stu3(dict(held), everything)
    with served(server.app()) as address:
        connector = build(
            {
                "base_url": address,
                "fhir_version": "STU3",
                "identifier_system": {"patient_number": NUMBERS},
                **settings,
            }
        )
        yield connector
        connector.server.http.close()


def without_files(item: Item) -> bool:
    return not item.files


@pytest.mark.parametrize("everything", [True, False])
def test_every_example_of_every_patient_comes_once_and_equal(
    samples: dict[str, type_of_resource], everything: bool
) -> None:
    patients = [ref for ref in samples if ref.startswith("Patient/")]
    counts = {}
    with a_his(samples, everything=everything) as connector:
        for patient in patients:
            held = file_of(patient, samples, frozenset(KINDS))
            items = items_of(connector, patient, "dossier")
            assert Counter(item.ref for item in items) == Counter(list(held)), patient
            plain = filter(without_files, items)
            assert [i.ref for i in plain if bare(i.data) != bare(held[i.ref])] == []
            counts[patient.removeprefix("Patient/nl-core-")] = len(items)

    assert sum(counts.values()) == 222, counts


def test_the_gp_record_of_medmij_is_whole(samples: dict[str, type_of_resource]) -> None:
    with a_his(samples) as connector:
        items = {item.ref: item for item in items_of(connector, GP_PATIENT, "dossier")}

    about = Counter(item.kind for item in items.values() if item.about_subject)
    assert about == {
        "Composition": 1,
        "Condition": 1,
        "Encounter": 1,
        "EpisodeOfCare": 1,
        "Medication": 1,
        "MedicationRequest": 1,
        "Observation": 2,
        "Patient": 1,
    }


def test_check_says_the_version_and_holds_it_against_the_register(
    samples: dict[str, type_of_resource],
) -> None:
    with a_his(samples) as connector, a_his(samples, fhir_version="R4") as other:
        assert connector.check().words.startswith("The HIS answers (STU3)")
        assert "speaks FHIR 3.0.2 (STU3) and the register says R4" in other.check().words
        with pytest.raises(NeedsPerson, match="R4"):
            other.find(GP_PATIENT, "dossier", None)


def test_a_his_that_speaks_stu3_is_looked_at_again_and_changed_by_hand(
    samples: dict[str, type_of_resource],
) -> None:
    place = Place(subject_ref=GP_PATIENT, dataset="dossier")
    with a_his(samples, changes={}) as connector:
        assert set(connector.again(place, [GP_PATIENT])) == {GP_PATIENT}
        assert "op-1" in connector.erase(place, [GP_PATIENT], "op-1").by_hand
        assert "by hand" in connector.check().words


def test_a_patient_is_found_by_number(samples: dict[str, type_of_resource]) -> None:
    with a_his(samples) as connector:
        found = connector.locate(Subject(patient_number="999911132"))

    assert isinstance(found, One)
    assert found.subject_ref == GP_PATIENT


def test_a_binary_of_stu3_is_unpacked(samples: dict[str, type_of_resource]) -> None:
    with a_his(samples) as connector:
        items = items_of(connector, "Patient/nl-core-patient-02", "dossier")
        files = {file.name: file for item in items for file in item.files}
        sizes = {}
        for name, file in files.items():
            with file.open() as chunks:
                whole = b"".join(chunks)
            assert whole.startswith(b"%PDF-")
            sizes[name] = len(whole)

    assert set(sizes) == {"Kopie van ontslagbrief", "Verwijsbrief Arts"}
    assert min(sizes.values()) > 100_000


# where STU3 differs


def event(**elements: object) -> type_of_resource:
    return {
        "resourceType": "AuditEvent",
        "id": "look",
        "recorded": "2026-01-05T10:00:00Z",
        **elements,
    }


def to(target: str) -> dict[str, object]:
    return {"reference": {"reference": target}}


def test_who_looked_is_named_in_another_element(samples: dict[str, type_of_resource]) -> None:
    look = event(agent=[to("Practitioner/gp")], entity=[to(GP_PATIENT)])
    with a_his({**samples, "AuditEvent/look": look}) as connector:
        [item] = items_of(connector, GP_PATIENT, "access_log")
        file = {one.kind for one in items_of(connector, GP_PATIENT, "dossier")}

    assert item.about_subject
    assert item.dates["recorded"] == datetime.fromisoformat("2026-01-05T10:00:00Z")
    assert "AuditEvent" not in file


@pytest.mark.parametrize(
    ("elements", "owner"),
    [
        ({"entity": [to(GP_PATIENT)]}, Owner.SUBJECT),
        ({"agent": [to(GP_PATIENT)]}, Owner.SUBJECT),
        ({"entity": [to(GP_PATIENT), to("Patient/other")]}, Owner.ALONG),
        ({"entity": [to("Patient/other")]}, Owner.STRANGER),
        ({"agent": [to("Patient/other")]}, Owner.STRANGER),
    ],
)
def test_whose_a_look_is(elements: dict[str, object], owner: Owner) -> None:
    assert owner_of(event(**elements), GP_PATIENT, "https://his.example", Version.STU3) is owner


@pytest.mark.parametrize(
    ("elements", "author", "day"),
    [
        ({"assertedDate": "2020-03-15", "recorder": {"reference": "Practitioner/1"}}, "staff",
         date(2020, 3, 15)),
        ({"dateAsserted": "2020-03-15", "informationSource": {"reference": GP_PATIENT}}, "subject",
         date(2020, 3, 15)),
        ({"authoredOn": "2020-03-15", "requester": {"agent": {"reference": "Practitioner/1"}}},
         "staff", date(2020, 3, 15)),
        ({"date": "2020-03-15", "practitioner": [{"actor": {"reference": "Practitioner/1"}}]},
         "staff", date(2020, 3, 15)),
        ({"indexed": "2020-03-15"}, "", date(2020, 3, 15)),
    ],
)  # fmt: skip
def test_dates_and_authors_are_read_where_stu3_keeps_them(
    elements: dict[str, object], author: str, day: date
) -> None:
    connector = build({"base_url": "https://his.example"})
    reading = Reading(
        server=connector.server, subject_ref=GP_PATIENT, dataset="dossier", version=Version.STU3
    )
    item = reading.item(
        {"resourceType": "Basic", "id": "1", "subject": {"reference": GP_PATIENT}, **elements}
    )

    assert (item.author, item.dates["recorded"]) == (author, day)


def test_each_version_has_its_own_compartment() -> None:
    kinds = {version: {part.kind for part in compartment(version)} for version in Version}

    assert (len(kinds[Version.R4]), len(kinds[Version.STU3])) == (67, 64)
    assert {"ProcedureRequest", "ReferralRequest", "BodySite"} <= kinds[Version.STU3]
    assert {"ServiceRequest", "MolecularSequence", "Task"} <= kinds[Version.R4] - kinds[
        Version.STU3
    ]


def test_bytes_inside_a_stu3_binary_move_into_a_file() -> None:
    connector = build({"base_url": "https://his.example"})
    reading = Reading(server=connector.server, subject_ref=GP_PATIENT, dataset="dossier")
    data = base64.b64encode(b"a letter").decode()
    item = reading.item({"resourceType": "Binary", "id": "1", "content": data})

    [file] = item.files
    with file.open() as chunks:
        assert b"".join(chunks) == b"a letter"
    assert "content" not in item.data
