"""Who is found in a HIS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from demo.files_staff import patient_id
from dsr.core.connector import Nobody, One, Several
from tests.connectors.fhir_world import ANNAS_REF, World, a_world
from tests.connectors.medical_people import (
    ANNA,
    AYLIN,
    MARIA,
    OTHER_MARIA,
    PAUL,
    SANNE,
    subject_of,
)


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


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
