"""What is read of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.files_staff import patient_id
from demo.standins.faults import Fault
from dsr.core.connector import NotKept
from tests.connectors.fhir_world import ANNAS_REF, World, a_world, expected
from tests.connectors.medical_people import COR

#: the one practitioner of the practice who wrote nothing in Anna's file
NOT_POINTED_TO = "Practitioner/prk-centrum-3"


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


@pytest.mark.parametrize("lacks", ["", "everything", "metadata", "everything,metadata"])
def test_the_same_file_comes_in_every_way(lacks: str) -> None:
    with a_world(lacks=lacks) as world:
        refs = [item.ref for item in world.items("dossier")]

    walked = "everything" in lacks
    assert sorted(refs) == sorted(expected() - ({NOT_POINTED_TO} if walked else set()))


@pytest.mark.parametrize("lacks", ["", "everything"])
def test_what_records_point_to_can_be_left_out(lacks: str) -> None:
    with a_world(lacks=lacks, along=[]) as world:
        kinds = {item.kind for item in world.items("dossier")}

    assert ("Practitioner" in kinds) is (lacks == "")


def test_a_his_without_practitioners_gives_the_file_without_them() -> None:
    with a_world(lacks="everything,Practitioner") as world:
        kinds = {item.kind for item in world.items("dossier")}

    assert "Organization" in kinds
    assert "Practitioner" not in kinds


def test_a_file_comes_in_pages(world: World) -> None:
    assert len(world.pages("dossier")) > 2


def test_a_file_of_twenty_years_comes_whole() -> None:
    with a_world(page_size=500) as world:
        refs = {item.ref for item in world.items("dossier", f"Patient/{patient_id(COR)}")}

    assert refs == expected(COR)
    assert len(refs) > 3000


@pytest.mark.parametrize(
    "fault", [Fault.NO_EVERYTHING, Fault.NOT_SUPPORTED, Fault.ONLY_PATIENTS, Fault.NOTHING_AT_ALL]
)
def test_an_everything_that_is_none_is_walked_type_by_type(world: World, fault: Fault) -> None:
    world.faults.inject(fault)

    refs = {item.ref for item in world.items("dossier")}

    assert refs == expected() - {NOT_POINTED_TO}


@pytest.mark.parametrize("lacks", ["", "everything"])
def test_who_looked_stands_in_the_log_or_else_in_the_file_and_never_in_both(lacks: str) -> None:
    with a_world(lacks=f"own log,{lacks}") as world:
        apart = {item.ref for item in world.items("dossier")}
        log = {item.ref for item in world.items("access_log")}
    with a_world(lacks=f"own log,{lacks}", datasets={"record": "file"}) as world:
        whole = {item.ref for item in world.items("record")}

    assert log == expected(kind="AuditEvent")
    assert not apart & log
    assert whole - {NOT_POINTED_TO} == (apart | log) - {NOT_POINTED_TO}


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
