"""Erasing in a HIS: children first, with files and every earlier version, and no word too much."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.fhir_erasing import levels
from connectors.fhir_values import without_narrative
from connectors.http import Call
from demo.standins.faults import Fault
from dsr.core.connector import Change, Place
from dsr.core.errors import ForeignRecord, NeedsPerson, TryAgain, ValueRefused
from tests.connectors.fhir_world import ANNAS_REF, World, a_world
from tests.connectors.test_fhir_changes import CHANGES, PLACE, SANNES_REF, calls, first, reasons

#: of a file that goes as a whole, what is not the patient's own
OF_OTHERS = ("Organization", "Practitioner")


@pytest.fixture
def world() -> Iterator[World]:
    with a_world(changes=CHANGES) as made:
        yield made


def theirs(world: World) -> list[str]:
    return [item.ref for item in world.items("dossier") if item.kind not in OF_OTHERS]


def readable(world: World, ref: str) -> set[int]:
    """What the HIS answers for a record and for its history."""
    http = world.connector.server.http
    return {http.get(path).code for path in (ref, f"{ref}/_history")}


@pytest.mark.parametrize("lacks", ["", "batch"])
def test_a_whole_file_goes_children_first_with_its_files_and_versions(lacks: str) -> None:
    with a_world(changes=CHANGES, lacks=lacks) as world:
        refs = theirs(world)
        assert refs[0] == ANNAS_REF

        receipt = world.connector.erase(PLACE, refs, "op-1")

        assert (set(receipt.done), receipt.retained) == (set(refs), ())
        deleted = calls(world, "answer_delete")
        assert {code for _, code in deleted} == {"204"}
        assert deleted[-1][0] == ANNAS_REF
        files = {f"Binary/{ANNAS_REF.removeprefix('Patient/')}-bina-{n}" for n in (1, 2)}
        assert {ref for ref, _ in deleted} == {*refs, *files}
        assert all(readable(world, ref) == {404} for ref in (*refs, *files))
        assert world.connector.again(PLACE, refs) == {}


def test_records_of_others_stay_when_a_file_goes(world: World) -> None:
    practitioner = first(world, "Practitioner").ref

    receipt = world.connector.erase(PLACE, [practitioner, *theirs(world)], "op-1")

    assert [one.ref for one in receipt.retained] == [practitioner]
    assert readable(world, practitioner) == {200}


def test_what_others_still_point_to_stays_with_the_reason(world: World) -> None:
    encounter = first(world, "Encounter").ref

    receipt = world.connector.erase(PLACE, [encounter], "op-1")

    assert receipt.done == ()
    assert "still point to it" in reasons(receipt)[0]
    assert readable(world, encounter) == {200}


def test_earlier_versions_that_the_his_keeps_are_never_called_done() -> None:
    with a_world(changes=CHANGES, lacks="expunge") as world:
        ref = first(world, "Condition").ref
        for _ in range(2):
            receipt = world.connector.erase(PLACE, [ref], "op-1")
            assert (receipt.done, receipt.gone) == ((), ())
            assert "earlier versions are still" in reasons(receipt)[0]
        assert set(world.connector.again(PLACE, [ref])) == {ref}


@pytest.mark.parametrize(
    ("settings", "done"), [({}, False), ({"versions": "none"}, True), ({"versions": "kept"}, False)]
)
def test_a_history_that_is_not_shown_proves_nothing_unless_the_register_says_so(
    settings: dict[str, object], done: bool
) -> None:
    with a_world(changes=settings, lacks="expunge,history-instance") as world:
        ref = first(world, "Condition").ref

        receipt = world.connector.erase(PLACE, [ref], "op-1")

        assert bool(receipt.done) is done
        assert done or "does not show whether" in reasons(receipt)[0]


def test_an_erasure_that_the_his_only_says_it_made_is_not_believed(world: World) -> None:
    world.faults.inject(Fault.LIES)

    with pytest.raises(TryAgain, match="still shows it"):
        world.connector.erase(PLACE, [first(world, "Condition").ref], "op-1")


@pytest.mark.parametrize("lacks", ["", "batch"])
def test_after_a_lost_answer_the_same_operation_finds_what_went(lacks: str) -> None:
    with a_world(changes=CHANGES, lacks=lacks) as world:
        refs = [item.ref for item in world.items("dossier") if item.kind == "Condition"][:2]
        world.faults.inject(Fault.LATE)
        with pytest.raises(TryAgain):
            world.connector.erase(PLACE, refs, "op-1")
        deleted = len(calls(world, "answer_delete"))

        receipt = world.connector.erase(PLACE, refs, "op-1")

        assert {*receipt.done, *receipt.gone} == set(refs)
        assert receipt.gone
        assert len(calls(world, "answer_delete")) <= max(deleted, 2)


def test_a_file_that_another_document_needs_stays(world: World) -> None:
    letter = next(i for i in world.items("dossier") if i.ref.endswith("-docu-1"))
    attachment = letter.data["content"][0]["attachment"]  # type: ignore[index]  # as the demo writes it
    copy = {**letter.data, "id": "", "content": [{"attachment": attachment}]}
    world.connector.server.http.call(Call(method="POST", path="DocumentReference", body=copy))

    receipt = world.connector.erase(PLACE, [letter.ref], "op-1")

    assert receipt.done == (letter.ref,)
    assert readable(world, attachment["url"]) == {200}


def test_a_document_whose_file_cannot_go_stays_too() -> None:
    with a_world(changes=CHANGES, lacks="Binary/delete") as world:
        letter = next(i for i in world.items("dossier") if i.ref.endswith("-docu-1")).ref
        binary = letter.replace("DocumentReference", "Binary").replace("docu", "bina")

        receipt = world.connector.erase(PLACE, [letter], "op-1")

        assert "file that belongs to it" in reasons(receipt)[0]
        assert readable(world, letter) == readable(world, binary) == {200}


def test_versions_of_another_patients_record_are_never_removed(world: World) -> None:
    condition = next(i for i in world.items("dossier", SANNES_REF) if i.kind == "Condition").ref
    world.connector.server.http.call(Call(method="DELETE", path=condition))

    with pytest.raises(ForeignRecord, match="They were left"):
        world.connector.erase(PLACE, [condition], "op-1")

    assert "answer_operation" not in world.journal.verbs()


def test_a_record_that_was_deleted_and_can_still_be_read_is_still_there(world: World) -> None:
    """A worker that was killed between the deletion and the removal of versions sees it."""
    item = first(world, "Condition")
    world.connector.server.http.call(Call(method="DELETE", path=item.ref))

    assert world.connector.again(PLACE, [item.ref])[item.ref].data == item.data
    receipt = world.connector.erase(PLACE, [item.ref], "op-1")

    assert receipt.gone == (item.ref,)
    assert world.connector.again(PLACE, [item.ref]) == {}


def test_a_key_that_may_not_change_is_named() -> None:
    with a_world(changes=CHANGES) as world:
        ref = first(world, "Condition").ref
        world.faults.inject(Fault.REFUSED_KEY)

        with pytest.raises(NeedsPerson, match="cruds"):
            world.connector.erase(PLACE, [ref], "op-1")


def test_a_record_stands_after_all_that_point_to_it_even_in_a_ring() -> None:
    def to(*refs: str) -> dict[str, object]:
        return {"resourceType": "X", "a": [{"reference": ref} for ref in refs]}

    base = "https://his.example/fhir"
    held = {
        "P/1": to(),
        "E/1": to("P/1"),
        "C/1": to(f"{base}/E/1/_history/3", "P/1", "D/of-nobody"),
        "R/1": to("R/2", "P/1"),
        "R/2": to("R/1"),
    }

    assert levels(held, base) == [["C/1"], ["E/1"], ["P/1", "R/1", "R/2"]]


# a narrative that says the old value


DIV = '<div xmlns="http://www.w3.org/1999/xhtml">born <b>1984-05-06</b></div>'
BORN = [Change(path="/birthDate", old="1984-05-06", new="1984-06-05")]


@pytest.mark.parametrize(
    ("status", "div", "kept"),
    [("generated", DIV, False), ("additional", "<div>a note</div>", True)],
)
def test_a_narrative_goes_where_the_his_makes_it_itself(status: str, div: str, kept: bool) -> None:
    record: dict[str, object] = {"resourceType": "Patient", "text": {"status": status, "div": div}}

    assert ("text" in without_narrative(record, BORN)) is kept


def test_a_written_narrative_with_the_old_value_is_for_a_person() -> None:
    record: dict[str, object] = {
        "resourceType": "Patient",
        "text": {"status": "extensions", "div": DIV},
    }

    with pytest.raises(ValueRefused, match="written text"):
        without_narrative(record, BORN)


def test_the_place_of_an_erasure_is_a_dataset_of_the_register(world: World) -> None:
    with pytest.raises(NeedsPerson, match="dossier"):
        world.connector.erase(Place(subject_ref=ANNAS_REF, dataset="chats"), ["A/1"], "op-1")
