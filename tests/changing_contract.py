"""What every connector must do with the verbs that change something.

A verb that the case leaves out of `changing` is a person's: the connector then says so, with the
operation's id, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import pytest

from connectors.batch import MOST_REFS
from dsr.core.connector import Change, Due, Item, NotOffered, Place, Purged
from dsr.core.errors import ForeignRecord, ItemChanged, NeedsPerson, ValueRefused
from dsr.core.receipts import Receipt
from tests.connector_case import Case, Corrected, assert_no_personal_data, items_of

_UNKNOWN = "999999999"
_STATEMENT = "I never said this; I said the opposite."
_PURPOSES = ("A.2", "A.5")
_LONG_AGO = date(1990, 1, 1)
_MOST_ROUNDS = 1000


def held(case: Case, dataset: str, ref: str = "") -> dict[str, Item]:
    """All items of a dataset, by reference; those that others point to come last."""
    items = items_of(case.connector, ref or case.ref, dataset)
    ordered = sorted(items, key=lambda item: item.kind in case.changing.last)
    return {item.ref: item for item in ordered}


def assert_accounted(receipt: Receipt, refs: Sequence[str], operation: str) -> None:
    """Each reference has one outcome, and what a person has to do names the operation."""
    assert receipt.unaccounted(refs) == ()
    if receipt.by_hand:
        assert operation in receipt.by_hand
        assert (receipt.done, receipt.gone, receipt.emptied, receipt.retained) == ((), (), (), ())
    kept = tuple(one.ref for one in receipt.retained)
    told = (*receipt.done, *receipt.gone, *receipt.emptied, *kept)
    assert len(set(told)) == len(told), "a reference with two outcomes"
    assert set(told) <= set(refs)


def _data(items: Mapping[str, Item]) -> dict[str, object]:
    return {ref: item.data for ref, item in items.items()}


class ChangingContract:
    """The promises of the changing verbs; part of `ConnectorContract`."""

    def test_what_a_person_has_to_do_is_said_and_nothing_changes(self, case: Case) -> None:
        before = _data(held(case, case.dataset))
        place, refs = Place(subject_ref=case.ref, dataset=case.dataset), tuple(before)[:2]
        changes = [Change(path="/name", old="secret before", new="secret value")]
        connector, changing = case.connector, case.changing
        by_hand = {
            "erase": lambda: connector.erase(place, refs, "op-1"),
            "restrict": lambda: connector.restrict(place, refs, "op-1"),
            "lift": lambda: connector.restrict(place, refs, "op-1", lift=True),
            "rectify": lambda: connector.rectify(place, refs[0], changes, "op-1"),
            "annotate": lambda: connector.annotate(place, refs[0], "secret words", "op-1"),
            "stop": lambda: connector.stop_using(case.ref, _PURPOSES, "op-1"),
            "resume": lambda: connector.stop_using(case.ref, _PURPOSES, "op-1", resume=True),
        }
        own = {
            "erase": changing.erases,
            "restrict": changing.restricts,
            "lift": changing.restricts,
            "rectify": changing.rectifies,
            "annotate": changing.annotates,
            "stop": changing.stops,
            "resume": changing.stops,
        }
        for verb in (verb for verb in by_hand if not own[verb]):
            receipt = by_hand[verb]()
            assert receipt.by_hand, verb
            assert_accounted(receipt, refs, "op-1")
            assert "secret" not in receipt.by_hand
        assert _data(held(case, case.dataset)) == before

    def test_a_hold_or_purge_that_a_system_lacks_is_not_offered(self, case: Case) -> None:
        place = Place(subject_ref=case.ref, dataset=case.dataset)
        if not case.changing.holds:
            assert isinstance(case.connector.hold(place, "op-1"), NotOffered)
        if not case.changing.purges:
            due = Due(dataset=case.dataset, event="sent", until=_LONG_AGO)
            assert isinstance(case.connector.purge(due, 10, "op-1"), NotOffered)

    def test_looking_again_shows_what_is_there_and_leaves_out_what_is_not(self, case: Case) -> None:
        place = Place(subject_ref=case.ref, dataset=case.dataset)
        if not case.changing.looks:
            with pytest.raises(NeedsPerson):
                case.connector.again(place, ["a", "b"])
            return
        found = held(case, case.dataset)
        again = case.connector.again(place, [*found, _UNKNOWN])
        assert _data(again) == _data(found)
        assert all(item.dataset == case.dataset for item in again.values())
        first = next(iter(found))
        assert set(case.connector.again(place, [first])) == {first}
        assert case.connector.again(place, []) == {}

    def test_looking_again_never_shows_somebody_elses_item(self, case: Case) -> None:
        dataset, other = case.changing.erases, case.changing.other
        if not (other and case.changing.looks):
            return
        theirs = tuple(held(case, dataset, other))
        assert theirs
        place = Place(subject_ref=case.ref, dataset=dataset)
        try:
            assert case.connector.again(place, theirs) == {}
        except ForeignRecord as caught:
            assert_no_personal_data(case, caught)

    def test_erased_items_are_gone_and_all_others_stay(self, case: Case) -> None:
        dataset = case.changing.erases
        if not dataset:
            return
        before = held(case, dataset)
        first, *rest = before
        place = Place(subject_ref=case.ref, dataset=dataset)
        receipt = case.connector.erase(place, [first, _UNKNOWN], "op-1")
        assert_accounted(receipt, [first, _UNKNOWN], "op-1")
        assert not receipt.retained
        assert _UNKNOWN in receipt.gone
        again = case.connector.again(place, [first, *rest])
        assert all(again[ref].emptied for ref in receipt.emptied)
        assert not set(receipt.done) & set(again)
        assert {ref: again[ref].data for ref in rest} == {ref: before[ref].data for ref in rest}
        assert set(held(case, dataset)) == set(again)

    def test_erasing_twice_erases_once(self, case: Case) -> None:
        dataset = case.changing.erases
        if not dataset:
            return
        refs = tuple(held(case, dataset))[:2]
        place = Place(subject_ref=case.ref, dataset=dataset)
        first = case.connector.erase(place, refs, "op-1")
        after = _data(held(case, dataset))
        second = case.connector.erase(place, refs, "op-1")
        assert_accounted(second, refs, "op-1")
        assert not second.done
        assert set(second.gone) == set(first.done)
        assert set(second.emptied) == set(first.emptied)
        assert _data(held(case, dataset)) == after

    def test_erasing_nothing_changes_nothing(self, case: Case) -> None:
        dataset = case.changing.erases
        if not dataset:
            return
        before = _data(held(case, dataset))
        receipt = case.connector.erase(Place(subject_ref=case.ref, dataset=dataset), [], "op-1")
        assert (receipt.done, receipt.gone, receipt.emptied, receipt.by_hand) == ((), (), (), "")
        assert _data(held(case, dataset)) == before

    def test_a_batch_over_its_cap_is_refused_and_nothing_changes(self, case: Case) -> None:
        """Every verb that takes references takes at most `MOST_REFS`: `ValueRefused`."""
        for dataset, verb in (
            (case.changing.erases, case.connector.erase),
            (case.changing.restricts, case.connector.restrict),
        ):
            if not dataset:
                continue
            before = held(case, dataset)
            refs = [*before, *(f"{_UNKNOWN}{n}" for n in range(MOST_REFS))]
            with pytest.raises(ValueRefused, match=str(MOST_REFS)):
                verb(Place(subject_ref=case.ref, dataset=dataset), refs, "op-1")
            assert _data(held(case, dataset)) == _data(before)

    def test_somebody_elses_item_stops_the_erasure_before_it_begins(self, case: Case) -> None:
        dataset, other = case.changing.erases, case.changing.other
        if not (dataset and other):
            return
        mine, theirs = _data(held(case, dataset)), _data(held(case, dataset, other))
        assert theirs
        refs = [next(iter(mine)), next(iter(theirs))]
        with pytest.raises(ForeignRecord) as caught:
            case.connector.erase(Place(subject_ref=case.ref, dataset=dataset), refs, "op-1")
        assert_no_personal_data(case, caught.value)
        assert _data(held(case, dataset)) == mine
        assert _data(held(case, dataset, other)) == theirs

    def test_a_correction_holds_and_is_made_once(self, case: Case) -> None:
        wanted = case.changing.rectifies
        if wanted is None:
            return
        place, ref, before = _first(case, wanted)
        changes = [Change(path=wanted.path, old=_at(before, wanted.path), new=wanted.new)]
        for _ in range(2):
            receipt = case.connector.rectify(place, ref, changes, "op-1")
            assert_accounted(receipt, [ref], "op-1")
            assert receipt.done == (ref,)
            after = case.connector.again(place, [ref])[ref]
            assert _at(after, wanted.path) == wanted.new

    def test_a_correction_of_what_was_changed_meanwhile_overwrites_nothing(
        self, case: Case
    ) -> None:
        wanted = case.changing.rectifies
        if wanted is None:
            return
        place, ref, before = _first(case, wanted)
        changes = [Change(path=wanted.path, old="what once stood here", new=wanted.new)]
        with pytest.raises(ItemChanged) as caught:
            case.connector.rectify(place, ref, changes, "op-1")
        assert_no_personal_data(case, caught.value)
        assert case.connector.again(place, [ref])[ref].data == before.data

    def test_a_value_that_the_system_cannot_hold_is_refused(self, case: Case) -> None:
        wanted = case.changing.rectifies
        if wanted is None:
            return
        place, ref, before = _first(case, wanted)
        for value in wanted.refused:
            changes = [Change(path=wanted.path, old=_at(before, wanted.path), new=value)]
            with pytest.raises(ValueRefused) as caught:
                case.connector.rectify(place, ref, changes, "op-1")
            assert str(value) not in f"{caught.value!s} {caught.value.__cause__!r}"
            assert_no_personal_data(case, caught.value)
            assert case.connector.again(place, [ref])[ref].data == before.data

    def test_a_correction_of_what_is_gone_says_so(self, case: Case) -> None:
        wanted = case.changing.rectifies
        if wanted is None:
            return
        place = Place(subject_ref=case.ref, dataset=wanted.dataset)
        changes = [Change(path=wanted.path, old=None, new=wanted.new)]
        receipt = case.connector.rectify(place, _UNKNOWN, changes, "op-1")
        assert receipt.gone == (_UNKNOWN,)

    def test_a_statement_is_added_once_and_told_to_nobody(self, case: Case) -> None:
        dataset = case.changing.annotates
        if not dataset:
            return
        ref = next(iter(held(case, dataset)))
        place = Place(subject_ref=case.ref, dataset=dataset)
        for _ in range(2):
            receipt = case.connector.annotate(place, ref, _STATEMENT, "op-1")
            assert_accounted(receipt, [ref], "op-1")
            assert receipt.done == (ref,)
            assert _STATEMENT not in str(receipt.evidence)
        if case.changing.statements is not None:
            assert list(case.changing.statements()).count(_STATEMENT) == 1

    def test_a_restriction_shows_until_it_is_lifted(self, case: Case) -> None:
        dataset = case.changing.restricts
        if not dataset:
            return
        first, *rest = held(case, dataset)
        place = Place(subject_ref=case.ref, dataset=dataset)
        for lift in (False, False, True, True):
            receipt = case.connector.restrict(place, [first, _UNKNOWN], "op-1", lift=lift)
            assert_accounted(receipt, [first, _UNKNOWN], "op-1")
            assert receipt.done == (first,)
            assert receipt.gone == (_UNKNOWN,)
            seen = {
                "find": held(case, dataset),
                "again": case.connector.again(place, [first, *rest]),
            }
            for verb, items in seen.items():
                assert items[first].restricted is not lift, verb
                assert not any(items[ref].restricted for ref in rest), verb

    def test_processing_stops_for_the_purposes_given_and_can_be_taken_up(self, case: Case) -> None:
        purposes, stopped = tuple(case.changing.stops), case.changing.stopped
        if not purposes:
            return
        for resume in (False, False, True, True):
            receipt = case.connector.stop_using(case.ref, purposes, "op-1", resume=resume)
            assert_accounted(receipt, purposes, "op-1")
            assert set(receipt.done) == set(purposes)
            if stopped is not None:
                assert set(purposes) & set(stopped()) == (set() if resume else set(purposes))

    def test_a_hold_is_placed_once_and_lifted(self, case: Case) -> None:
        dataset = case.changing.holds
        if not dataset:
            return
        place = Place(subject_ref=case.ref, dataset=dataset)
        before = set(held(case, dataset))
        for lift in (False, False, True, True):
            receipt = case.connector.hold(place, "op-1", lift=lift)
            assert isinstance(receipt, Receipt)
            assert not receipt.by_hand
            assert set(held(case, dataset)) == before

    def test_a_dry_purge_counts_and_erases_nothing(self, case: Case) -> None:
        due = case.changing.purges
        if due is None:
            return
        before = held(case, due.dataset)
        dry = case.connector.purge(due, 1, "op-1", dry_run=True)
        assert isinstance(dry, Purged)
        assert held(case, due.dataset) == before
        real = case.connector.purge(due, 1, "op-1")
        assert isinstance(real, Purged)
        assert (dry.erased, dry.more) == (real.erased, real.more)

    def test_a_purge_ends_and_spares_what_it_was_told_to_spare(self, case: Case) -> None:
        due = case.changing.purges
        if due is None:
            return
        before = held(case, due.dataset)
        spared = next(ref for ref, item in before.items() if _is_due(item, due))
        sparing = Due(
            dataset=due.dataset, event=due.event, until=due.until, sparing=frozenset({spared})
        )
        rounds = _rounds(case, sparing)
        assert all(len(one.refs) == one.erased <= 2 for one in rounds)
        assert rounds[-1].spared >= 1
        left = held(case, due.dataset)
        assert set(left) == {
            r for r, item in before.items() if r == spared or not _is_due(item, due)
        }
        assert spared not in {ref for one in rounds for ref in one.refs}

    def test_a_purge_spares_what_is_restricted_or_held(self, case: Case) -> None:
        due, changing = case.changing.purges, case.changing
        if due is None:
            return
        place = Place(subject_ref=case.ref, dataset=due.dataset)
        expired = [ref for ref, item in held(case, due.dataset).items() if _is_due(item, due)]
        if changing.restricts == due.dataset:
            case.connector.restrict(place, expired[:1], "op-1")
            _rounds(case, due)
            assert set(expired) & set(held(case, due.dataset)) == set(expired[:1])
        if changing.holds == due.dataset:
            case.connector.hold(place, "op-2")
            before = set(held(case, due.dataset))
            _rounds(case, due)
            assert set(held(case, due.dataset)) == before


def _first(case: Case, wanted: Corrected) -> tuple[Place, str, Item]:
    ref, item = next(iter(held(case, wanted.dataset).items()))
    return Place(subject_ref=case.ref, dataset=wanted.dataset), ref, item


def _at(item: Item, pointer: str) -> object:
    found: object = item.data
    for step in pointer.removeprefix("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list):
            found = found[int(name)]
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found


def _is_due(item: Item, due: Due) -> bool:
    when = item.dates.get(due.event)
    return when is not None and (when.date() if isinstance(when, datetime) else when) <= due.until


def _rounds(case: Case, due: Due) -> list[Purged]:
    """A purge by two at a time, to its end."""
    rounds: list[Purged] = []
    while not rounds or rounds[-1].more:
        one = case.connector.purge(due, 2, f"op-{len(rounds)}")
        assert isinstance(one, Purged)
        rounds.append(one)
        assert len(rounds) < _MOST_ROUNDS, "does this purge ever end?"
    return rounds
