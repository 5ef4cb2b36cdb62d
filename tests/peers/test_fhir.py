"""The HIS connector against Medplum: the contract, faults, files, the log, and what is wrong."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import httpx
import pytest

from connectors.fhir import FhirConnector, build
from demo.files import resources_of
from demo.files_staff import PATIENT_NUMBER, patient_id
from demo.person import Person
from dsr.core.connector import Item, One, Several
from dsr.core.errors import ForeignRecord, NeedsPerson, TryAgain
from tests.connector_contract import Case, Changing, ConnectorContract, items_of
from tests.connectors.medical_people import (
    ANNA,
    AYLIN,
    MARIA,
    OTHER_MARIA,
    PAUL,
    SANNE,
    subject_of,
)
from tests.peers.fhir_samples import put, ref_of
from tests.peers.running import Peer

pytestmark = pytest.mark.peer

PEOPLE = (ANNA, SANNE, MARIA, OTHER_MARIA, PAUL, AYLIN)
ANNAS_REF = f"Patient/{patient_id(ANNA)}"
SANNES_REF = f"Patient/{patient_id(SANNE)}"
TOKEN = "a-token-of-the-his"


@dataclass(frozen=True)
class Medplum:
    """A running Medplum with the files of a few people."""

    base_url: str

    def connector(self, **settings: object) -> FhirConnector:
        """A connector to it, which does not wait between two tries."""
        made = build(
            {
                "base_url": self.base_url,
                "token": TOKEN,
                "identifier_system": {"patient_number": PATIENT_NUMBER},
                "page_size": 7,
                **settings,
            }
        )
        made.server.http.sleep = lambda seconds: None
        return made

    def plan(self, faults: str) -> None:
        """Plant faults in the next calls."""
        httpx.put(self.base_url.replace("/fhir/R4", "/faults"), content=faults)

    def put(self, *resources: dict[str, object]) -> None:
        """Keep these."""
        put(self.base_url, resources, TOKEN)


@pytest.fixture(scope="module")
def kept(peer: Callable[..., Peer]) -> Medplum:
    made = Medplum(peer("medplum-fhir", FHIR_TOKEN=TOKEN, RETRY_AFTER="0").url)
    for person in PEOPLE:
        made.put(*everything_of(person))
    return made


@pytest.fixture
def medplum(kept: Medplum) -> Medplum:
    kept.plan("")
    return kept


@pytest.fixture
def connector(medplum: Medplum) -> Iterator[FhirConnector]:
    made = medplum.connector()
    yield made
    made.server.http.close()


def everything_of(person: Person) -> list[dict[str, object]]:
    """The demo file of a person, in which the next of the list is mentioned."""
    place = PEOPLE.index(person)
    return list(resources_of(person, (PEOPLE[(place + 1) % len(PEOPLE)],)))


def refs(person: Person, *, without: tuple[str, ...] = ("Binary", "AuditEvent")) -> set[str]:
    return {ref_of(one) for one in everything_of(person) if one["resourceType"] not in without}


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, medplum: Medplum, connector: FhirConnector) -> Case:
        connector.check()
        return Case(
            connector=connector,
            subject=replace(subject_of(ANNA), email=ANNA.email, phone=ANNA.phone),
            ref=ANNAS_REF,
            stranger=subject_of(replace(ANNA, given="Wie", email="", phone="")),
            several=subject_of(MARIA),
            dataset="dossier",
            later={
                "too many": partial(medplum.plan, "429:3"),
                "unavailable": partial(medplum.plan, "503:3"),
                "broken": partial(medplum.plan, "500:3"),
            },
            damaged={
                "half": partial(medplum.plan, "half"),
                "repeated": partial(medplum.plan, "repeat:3"),
            },
            foreign={"stranger": partial(medplum.plan, "foreign")},
            secrets=(TOKEN,),
            changing=Changing(looks=True),
        )


def test_every_verb_of_the_contract_works(
    connector: FhirConnector, proved: Callable[..., None]
) -> None:
    assert connector.check().usable
    proved(connector="fhir", peer="medplum", verb="check")
    for field in ("patient_number", "bsn"):
        found = connector.locate(subject_of(ANNA, field))
        assert isinstance(found, One)
        assert found.subject_ref == ANNAS_REF
    assert isinstance(connector.locate(subject_of(PAUL, "email")), Several)
    proved(connector="fhir", peer="medplum", verb="locate")
    assert items_of(connector, ANNAS_REF, "dossier")
    proved(connector="fhir", peer="medplum", verb="find")


def test_the_file_and_the_log_are_whole_and_share_nothing(
    connector: FhirConnector, proved: Callable[..., None]
) -> None:
    file = {item.ref: item for item in items_of(connector, ANNAS_REF, "dossier")}
    log = {item.ref: item for item in items_of(connector, ANNAS_REF, "access_log")}

    assert set(log) == {ref for ref in refs(ANNA, without=()) if ref.startswith("AuditEvent/")}
    assert refs(ANNA) - set(file) == {"Practitioner/prk-centrum-3"}  # who wrote nothing in it
    assert set(file) <= refs(ANNA)
    along = {item.kind for item in file.values() if not item.about_subject}
    assert along == {"Organization", "Practitioner", "RelatedPerson"}
    proved(connector="fhir", peer="medplum", verb="access log")


def test_without_a_log_in_the_register_who_looked_stands_in_the_file(medplum: Medplum) -> None:
    connector = medplum.connector(datasets={"record": "file"})

    found = {item.ref for item in items_of(connector, ANNAS_REF, "record")}

    assert refs(ANNA, without=("Binary",)) - found == {"Practitioner/prk-centrum-3"} - found


def test_where_a_record_came_from_stands_in_the_file(medplum: Medplum) -> None:
    medplum.put(
        {
            "resourceType": "Provenance",
            "id": "taken-over",
            "target": [{"reference": f"Patient/{patient_id(AYLIN)}"}],
            "recorded": "2025-03-01T10:00:00Z",
            "agent": [{"who": {"reference": "Practitioner/prk-centrum-1"}}],
        }
    )

    items = items_of(medplum.connector(), f"Patient/{patient_id(AYLIN)}", "dossier")

    [found] = [item for item in items if item.kind == "Provenance"]
    assert found.about_subject


@pytest.mark.parametrize("fault", ["no-404", "no-405", "no-501", "no-400", "search"])
def test_an_everything_that_is_none_is_walked(
    medplum: Medplum, connector: FhirConnector, fault: str, proved: Callable[..., None]
) -> None:
    whole = {item.ref: item.data for item in items_of(connector, ANNAS_REF, "dossier")}
    medplum.plan(fault)

    walked = {item.ref: item.data for item in items_of(connector, ANNAS_REF, "dossier")}

    assert walked == whole
    proved(connector="fhir", peer="medplum", verb="walk without $everything")


@pytest.mark.parametrize("code", [429, 503, 502])
def test_a_busy_his_passes_and_nothing_is_lost(
    medplum: Medplum, connector: FhirConnector, code: int, proved: Callable[..., None]
) -> None:
    whole = [item.ref for item in items_of(connector, ANNAS_REF, "dossier")]
    medplum.plan(f"{code}:2")

    assert [item.ref for item in items_of(connector, ANNAS_REF, "dossier")] == whole
    proved(connector="fhir", peer="medplum", verb="429 and 503")


def test_a_his_that_stays_busy_says_so(medplum: Medplum, connector: FhirConnector) -> None:
    medplum.plan("503:9")

    with pytest.raises(TryAgain, match="503"):
        connector.find(ANNAS_REF, "dossier", None)


def test_a_list_that_is_cut_is_never_whole(medplum: Medplum, connector: FhirConnector) -> None:
    connector.check()
    medplum.plan("short:99")

    with pytest.raises(TryAgain):
        items_of(connector, ANNAS_REF, "dossier")


# other people's records


def observation(ident: str, about: str, **elements: object) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "id": ident,
        "status": "final",
        "code": {"text": "a measurement"},
        "subject": {"reference": about},
        **elements,
    }


def test_what_the_patient_measured_of_another_comes_along_for_the_desk(medplum: Medplum) -> None:
    by_aylin = [{"reference": f"Patient/{patient_id(AYLIN)}"}]
    medplum.put(observation("measured-by-aylin", SANNES_REF, performer=by_aylin))

    items = items_of(medplum.connector(), f"Patient/{patient_id(AYLIN)}", "dossier")

    [found] = [item for item in items if item.ref == "Observation/measured-by-aylin"]
    assert not found.about_subject


def test_a_reference_to_another_patient_brings_nothing_of_them(medplum: Medplum) -> None:
    ref = f"Patient/{patient_id(PAUL)}"
    device = {"resourceType": "Device", "id": "of-sanne", "patient": {"reference": SANNES_REF}}
    medplum.put(device, observation("odd", ref, device={"reference": "Device/of-sanne"}))

    items = items_of(medplum.connector(), ref, "dossier")

    assert "Observation/odd" in {item.ref for item in items}
    assert "Device/of-sanne" not in {item.ref for item in items}
    assert SANNES_REF not in {item.ref for item in items}


def test_a_planted_record_of_another_patient_stops_everything(
    medplum: Medplum, connector: FhirConnector
) -> None:
    medplum.plan("foreign")

    with pytest.raises(ForeignRecord, match="Nothing is released"):
        items_of(connector, ANNAS_REF, "dossier")


# files


LETTER = b"%PDF-1.4 a letter of some length " * 4000


@pytest.fixture(scope="module")
def letters(kept: Medplum) -> Medplum:
    """Three letters in Maria's file: by relative address, by full address, and inside."""
    kept.plan("")
    data = base64.b64encode(LETTER).decode()
    binary = {"resourceType": "Binary", "id": "letter", "contentType": "application/pdf"}
    kept.put({**binary, "data": data})
    ways: dict[str, dict[str, object]] = {
        "relative": {"url": "Binary/letter"},
        "full": {"url": f"{kept.base_url}/Binary/letter"},
        "inside": {"data": data},
    }
    for name, attachment in ways.items():
        kept.put(document(name, {"contentType": "application/pdf", "title": name, **attachment}))
    return kept


def document(ident: str, attachment: dict[str, object]) -> dict[str, object]:
    return {
        "resourceType": "DocumentReference",
        "id": f"letter-{ident}",
        "status": "current",
        "subject": {"reference": f"Patient/{patient_id(MARIA)}"},
        "content": [{"attachment": attachment}],
    }


def of_maria(connector: FhirConnector) -> dict[str, Item]:
    ref = f"Patient/{patient_id(MARIA)}"
    return {item.ref: item for item in items_of(connector, ref, "dossier")}


@pytest.mark.parametrize("way", ["relative", "full", "inside"])
def test_a_letter_comes_byte_for_byte(
    letters: Medplum, way: str, proved: Callable[..., None]
) -> None:
    [file] = of_maria(letters.connector())[f"DocumentReference/letter-{way}"].files

    with file.open() as chunks:
        assert b"".join(chunks) == LETTER
    assert (file.name, file.media_type) == (way, "application/pdf")
    proved(connector="fhir", peer="medplum", verb="attachments and Binary")


def test_a_letter_longer_than_the_limit_is_for_a_person(letters: Medplum) -> None:
    connector = letters.connector(limits={"file_bytes": 50_000})
    [file] = of_maria(connector)["DocumentReference/letter-relative"].files

    with pytest.raises(NeedsPerson, match="longer than 50000 bytes"), file.open() as chunks:
        list(chunks)


def test_a_page_longer_than_the_limit_is_for_a_person(letters: Medplum) -> None:
    with pytest.raises(NeedsPerson, match="longer than 2000 bytes"):
        of_maria(letters.connector(limits={"answer_bytes": 2000}, page_size=50))


def test_a_key_that_is_refused_is_named(medplum: Medplum) -> None:
    connector = medplum.connector(token="another")

    health = connector.check()

    assert not health.usable
    assert "refuses our key (code 401)" in health.words


# what the server says it is


def test_the_version_is_held_against_the_register(medplum: Medplum) -> None:
    assert medplum.connector(fhir_version="R4").check().usable
    words = medplum.connector(fhir_version="STU3").check().words
    assert words.startswith("The HIS speaks FHIR 4.0.1 (R4) and the register says STU3")


def test_an_address_that_is_none_is_named(medplum: Medplum) -> None:
    wrong = Medplum(medplum.base_url.replace("/fhir/R4", "/fhir"))

    assert "base_url" in wrong.connector().check().words
