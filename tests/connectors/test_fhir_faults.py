"""What stops the reading of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.files_staff import patient_id
from demo.standins.faults import Fault
from dsr.core.errors import BadAnswer, ForeignRecord, NeedsPerson, TryAgain
from tests.connectors.fhir_world import ANNAS_REF, World, a_world, expected
from tests.connectors.medical_people import SANNE


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


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
    with a_world(lacks="everything,totals", page_size=1) as world:
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
