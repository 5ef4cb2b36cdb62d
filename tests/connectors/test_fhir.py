"""The HIS connector against the stand-in: who is found, what is read, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import pytest

from connectors.fhir import FhirConnector, build
from demo.files import resources_of
from demo.files_staff import PATIENT_NUMBER, patient_id
from demo.journal import Journal
from demo.standins import his
from demo.standins.faults import Fault, Faults
from dsr.core.connector import Item, Nobody, NotKept, One, Page, Several
from dsr.core.errors import BadAnswer, BrokenRegister, ForeignRecord, NeedsPerson, TryAgain
from tests.connector_contract import Case, ConnectorContract
from tests.connectors.medical_people import (
    ANNA,
    AYLIN,
    COR,
    MARIA,
    OTHER_MARIA,
    PAUL,
    PEOPLE,
    SANNE,
    subject_of,
)
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
    journal, faults = Journal("his"), Faults(retry_after=0)
    app = his.build(PEOPLE, journal, faults=faults, lacks=lacks.split())
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
        )


def expected(person: object = ANNA, kind: str = "") -> set[str]:
    """The refs that the file of a person holds."""
    place = PEOPLE.index(person)  # type: ignore[arg-type]  # a Person
    neighbour = (PEOPLE[(place + 1) % len(PEOPLE)],)
    every = resources_of(PEOPLE[place], neighbour)
    left_out = {"Binary"} if kind else {"Binary", "AuditEvent"}
    return {
        f"{one['resourceType']}/{one['id']}"
        for one in every
        if one["resourceType"] not in left_out and kind in ("", one["resourceType"])
    }


# who is found


@pytest.mark.parametrize("field", ["patient_number", "bsn"])
def test_a_number_finds_the_one_person(world: World, field: str) -> None:
    found = world.connector.locate(subject_of(ANNA, field))

    assert isinstance(found, One)
    assert found.subject_ref == ANNAS_REF
    assert found.agrees == (field,)


def test_name_and_birth_date_find_the_right_twin(world: World) -> None:
    found = world.connector.locate(subject_of(SANNE))

    assert isinstance(found, One)
    assert found.subject_ref == f"Patient/{patient_id(SANNE)}"
    assert found.agrees == ("birth_date", "name")


def test_two_people_of_one_name_and_birth_date_are_left_to_the_desk(world: World) -> None:
    found = world.connector.locate(subject_of(MARIA))

    assert isinstance(found, Several)
    assert {one.subject_ref for one in found.candidates} == {
        f"Patient/{patient_id(MARIA)}",
        f"Patient/{patient_id(OTHER_MARIA)}",
    }
    assert found.candidates[0].shown == {
        "name": "Maria Jansen",
        "birth_date": "1990-03-31",
        "town": "Rotterdam",
    }


def test_a_number_with_another_birth_date_is_not_taken_for_the_person(world: World) -> None:
    said = subject_of(ANNA, "patient_number")
    wrong = type(said)(patient_number=said.patient_number, birth_date=date(1999, 9, 9))

    found = world.connector.locate(wrong)

    assert isinstance(found, Several)


def test_a_mailbox_alone_is_never_enough(world: World) -> None:
    found = world.connector.locate(subject_of(PAUL, "email"))

    assert isinstance(found, Several)
    assert len(found.candidates) == 2


def test_nobody_is_an_answer(world: World) -> None:
    stranger = type(subject_of(ANNA))(name="Wie Dan Ook", birth_date=date(1970, 1, 1))

    assert world.connector.locate(stranger) == Nobody()


def test_contacts_come_with_their_start_and_a_shared_mailbox_is_marked(world: World) -> None:
    anna = world.connector.locate(subject_of(ANNA))
    aylin = world.connector.locate(subject_of(AYLIN))

    assert isinstance(anna, One)
    assert isinstance(aylin, One)
    assert {(one.kind, one.since, one.shared) for one in anna.contacts} == {
        ("email", date(2023, 2, 1), False),
        ("phone", date(2023, 2, 1), False),
    }
    assert {(one.kind, one.shared) for one in aylin.contacts} == {("email", True), ("phone", False)}


def test_a_reference_that_the_desk_fixed_stands_on_its_own(world: World) -> None:
    said = subject_of(MARIA)
    fixed = type(said)(
        name=said.name,
        birth_date=said.birth_date,
        known_refs={"his": f"Patient/{patient_id(OTHER_MARIA)}"},
    )

    found = world.connector.locate(fixed)

    assert isinstance(found, One)
    assert found.subject_ref == f"Patient/{patient_id(OTHER_MARIA)}"


def test_no_number_name_or_birth_date_stands_in_an_address(world: World) -> None:
    for field in ("bsn", "patient_number", "email", "phone"):
        world.connector.locate(subject_of(ANNA, field))
    world.connector.locate(subject_of(ANNA))
    world.items("dossier")
    world.items("access_log")

    paths = " ".join(str(entry["path"]) for entry in world.journal.entries)

    for value in (ANNA.bsn, ANNA.patient_number, "anna", "Vries", "1984", "0001?", "06%200000"):
        assert value.casefold() not in paths.casefold().replace(patient_id(ANNA), "")


# what is read


@pytest.mark.parametrize("lacks", ["", "everything", "metadata", "everything metadata"])
def test_the_whole_file_comes_and_nothing_else(lacks: str) -> None:
    with a_world(lacks=lacks) as world:
        refs = [item.ref for item in world.items("dossier")]

    along = {"Organization", "Practitioner"}
    wanted = {
        ref for ref in expected() if "everything" not in lacks or ref.split("/")[0] not in along
    }
    assert sorted(refs) == sorted(wanted)


def test_the_total_is_what_came(world: World) -> None:
    pages = world.pages("dossier")

    assert {page.total for page in pages} == {sum(len(page.items) for page in pages)}
    assert len(pages) > 2


def test_a_file_of_twenty_years_comes_whole() -> None:
    with a_world(page_size=500) as world:
        refs = {item.ref for item in world.items("dossier", f"Patient/{patient_id(COR)}")}

    assert refs == expected(COR)
    assert len(refs) > 3000


def test_everything_that_answers_404_is_walked_type_by_type(world: World) -> None:
    world.faults.inject(Fault.NO_EVERYTHING)

    kinds = {item.kind for item in world.items("dossier")}

    assert {"Patient", "Condition", "Composition", "DocumentReference"} <= kinds


def test_the_access_log_is_a_dataset_of_its_own(world: World) -> None:
    items = world.items("access_log")

    assert {item.ref for item in items} == expected(kind="AuditEvent")
    assert {item.kind for item in items} == {"AuditEvent"}
    assert all("recorded" in item.dates and item.about_subject for item in items)


def test_a_log_that_is_not_offered_is_said_so() -> None:
    with a_world(lacks="AuditEvent") as world:
        answer = world.connector.find(ANNAS_REF, "access_log", None)

    assert isinstance(answer, NotKept)


def test_people_who_come_along_are_not_about_the_subject(world: World) -> None:
    along = {item.kind for item in world.items("dossier") if not item.about_subject}

    assert along == {"Organization", "Practitioner", "RelatedPerson"}


def test_records_carry_their_dates_and_author(world: World) -> None:
    conditions = [item for item in world.items("dossier") if item.kind == "Condition"]

    assert conditions
    assert all({"recorded", "last_change"} <= set(item.dates) for item in conditions)
    assert {item.author for item in conditions} == {"staff"}


def test_documents_bring_their_files(world: World) -> None:
    files = [file for item in world.items("dossier") for file in item.files]
    contents = {}
    for file in files:
        with file.open() as chunks:
            contents[file.media_type, file.name] = b"".join(chunks)

    assert contents["application/pdf", "Specialistenbrief"].startswith(b"%PDF-1.4")
    assert b"Telefoonnotitie Anna de Vries" in contents["text/plain", "Telefoonnotitie"]
    assert b"Brief van de specialist" in contents["text/plain", "Samenvatting brief"]
    assert all(len(contents[file.media_type, file.name]) == file.size for file in files)


# what stops it


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.UNAVAILABLE])
def test_a_busy_his_is_tried_again_and_nothing_is_lost(world: World, fault: Fault) -> None:
    world.faults.inject(fault, 2)

    assert {item.ref for item in world.items("dossier")} == expected()


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.UNAVAILABLE])
def test_a_his_that_stays_busy_says_when_to_come_back(fault: Fault) -> None:
    with a_world() as world:
        world.faults.retry_after = 90
        world.faults.inject(fault)
        with pytest.raises(TryAgain) as raised:
            world.connector.find(ANNAS_REF, "dossier", None)

    assert raised.value.after == 90


def test_half_an_answer_is_no_answer(world: World) -> None:
    world.connector.check()
    world.faults.inject(Fault.HALF_JSON)

    with pytest.raises(BadAnswer):
        world.connector.find(ANNAS_REF, "dossier", None)


@pytest.mark.parametrize("dataset", ["dossier", "access_log"])
@pytest.mark.parametrize("lacks", ["", "everything"])
def test_a_record_of_another_patient_stops_the_search(dataset: str, lacks: str) -> None:
    with a_world(lacks=lacks) as world:
        world.faults.inject(Fault.FOREIGN_RECORD)
        with pytest.raises(ForeignRecord) as raised:
            world.items(dataset)

    assert patient_id(SANNE) not in str(raised.value)


@pytest.mark.parametrize("dataset", ["dossier", "access_log"])
def test_a_list_that_ends_before_its_own_count_is_a_bad_answer(dataset: str) -> None:
    with a_world(lacks="everything") as world:
        world.faults.inject(Fault.SHORT_LIST, 99)
        with pytest.raises(BadAnswer, match="fewer"):
            world.pages(dataset)


def test_a_full_page_without_count_or_next_is_never_called_complete() -> None:
    with a_world(lacks="everything totals", page_size=1) as world:
        world.faults.inject(Fault.SHORT_LIST, 99)
        with pytest.raises(NeedsPerson, match="totals"):
            world.pages("access_log")


def test_a_page_that_comes_again_is_a_bad_answer(world: World) -> None:
    world.faults.inject(Fault.REPEATED_PAGE, 3)

    with pytest.raises(BadAnswer):
        world.pages("dossier")


def test_a_next_link_to_another_host_is_not_followed(world: World) -> None:
    world.faults.inject(Fault.OFF_HOST)

    with pytest.raises(NeedsPerson, match="another host"):
        world.pages("dossier")


def test_a_refused_key_is_for_a_person(world: World) -> None:
    world.connector.check()
    world.faults.inject(Fault.REFUSED_KEY)

    with pytest.raises(NeedsPerson, match="key"):
        world.connector.find(ANNAS_REF, "dossier", None)


def test_a_person_who_is_gone_is_never_an_empty_file(world: World) -> None:
    with pytest.raises(NeedsPerson, match="choose the person again"):
        world.connector.find("Patient/pat-99999", "dossier", None)


@pytest.mark.parametrize("ref", ["", "Patient/", "Patient/../Patient", "pat-1", "Patient/a?b=c"])
def test_a_reference_that_is_none_is_refused_before_a_call(world: World, ref: str) -> None:
    with pytest.raises(NeedsPerson):
        world.connector.find(ref, "dossier", None)

    assert world.journal.entries == []


def test_a_broken_cursor_is_a_bad_answer(world: World) -> None:
    with pytest.raises(BadAnswer):
        world.connector.find(ANNAS_REF, "dossier", '{"step": 3, "odd": 1}')


# settings


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


def test_changes_are_made_by_a_person(world: World) -> None:
    receipt = world.connector.erase(["Condition/1"], "op-1")

    assert "HIS" in receipt.by_hand
    assert receipt.unaccounted(["Condition/1"]) == ()
