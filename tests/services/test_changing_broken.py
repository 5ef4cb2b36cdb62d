"""F13, F26-F29: workers that die, systems that break, lie and come back."""

from __future__ import annotations

import pytest

from dsr.core.connector import Item, Nobody
from dsr.core.errors import (
    ChangedMeanwhile,
    TryAgain,
)
from dsr.core.request import Outcome
from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.db.staff import Staff
from dsr.jobs import change
from dsr.services import plan as search_plan
from dsr.services.house import House
from tests.fakes import pages_of
from tests.makers import Clock, make_item
from tests.planned import (
    ERASE_ALL,
    ERASE_MESSAGES,
    Walk,
    make_walk,
)
from tests.services.walked import erased, held


def dies_after_the_effect(walk: Walk, clock: Clock) -> None:
    """An approved erasure whose worker dies once SendBird has erased, before it wrote that down."""

    def die() -> None:
        walk.systems["sendbird"].after_change = lambda: None
        raise KeyboardInterrupt

    walk.systems["sendbird"].after_change = die
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    walk.begin()
    with pytest.raises(KeyboardInterrupt):
        walk.work()


def test_a_system_that_lies_is_found_out_and_a_person_looks(house: House, clock: Clock) -> None:
    """T79, F29: 200 but the data remains."""
    walk = make_walk(house, ERASE_MESSAGES)
    walk.systems["sendbird"].lies = True
    erased(walk, clock)
    for _ in range(5):
        clock.move(minutes=5)
        walk.work()
    last = walk.batches()[-1]
    assert last.outcome is None
    assert last.needs_person
    assert last.counts["still_there"] == 3
    assert walk.item.stage == Stage.EXECUTING


def test_a_worker_that_dies_after_the_effect_leaves_one_erasure_and_a_receipt(
    house: House, clock: Clock
) -> None:
    """F13: the next worker looks first, and writes that it was gone."""
    walk = make_walk(house, ERASE_MESSAGES)
    dies_after_the_effect(walk, clock)
    assert not held(walk, "sendbird", "messages")
    assert walk.batches()[-1].receipt_sealed is None
    clock.move(minutes=5)
    walk.work()
    last = walk.batches()[-1]
    assert (last.outcome, last.counts) == (Outcome.ALREADY_GONE, {"gone": 3})
    assert [verb for verb, _operation in walk.systems["sendbird"].did] == ["erase"]


def test_a_timeout_after_acting_is_mended_by_looking(house: House, clock: Clock) -> None:
    """F27: the answer was lost, the erasure was not."""
    walk = make_walk(house, ERASE_MESSAGES)

    def lost() -> None:
        walk.systems["sendbird"].after_change = lambda: None
        raise TryAgain("timeout")

    walk.systems["sendbird"].after_change = lost
    erased(walk, clock)
    clock.move(minutes=5)
    walk.work()
    assert walk.batches()[-1].outcome == Outcome.ALREADY_GONE
    assert len(walk.systems["sendbird"].did) == 1


def test_a_system_that_comes_back_is_asked_again_by_itself(house: House, clock: Clock) -> None:
    """F26, F31."""
    walk = make_walk(house, ERASE_MESSAGES)
    times = iter(range(3))

    def away(_verb: str) -> None:
        if next(times, None) is not None:
            raise TryAgain("503")

    walk.systems["sendbird"].before_change = away
    erased(walk, clock)
    for _ in range(4):
        clock.move(minutes=5)
        walk.work()
    assert not held(walk, "sendbird", "messages")
    assert {operation for _verb, operation in walk.systems["sendbird"].did} == {
        walk.batches()[-1].id
    }


def test_a_zombie_worker_writes_nothing_over_the_one_who_took_over(
    house: House, clock: Clock
) -> None:
    """F12: the fence refuses the receipt of whoever lost the lease."""
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    walk.begin()
    look, erase = walk.batches()[0].id, walk.batches()[-1].id

    def slow(_verb: str) -> None:
        walk.systems["sendbird"].before_change = None
        clock.move(minutes=10)
        change.run(house, walk.systems, erase)

    walk.systems["sendbird"].before_change = slow
    with pytest.raises(ChangedMeanwhile):
        change.run(house, walk.systems, look)
    last = walk.batches()[-1]
    assert last.outcome == Outcome.DONE
    assert last.counts == {"done": 3}


def test_a_job_that_comes_a_hundred_times_has_one_effect(house: House, clock: Clock) -> None:
    """F16."""
    walk = make_walk(house, ERASE_MESSAGES)
    erased(walk, clock)
    for batch in walk.batches():
        for _ in range(50):
            change.run(house, walk.systems, batch.id)
    assert len(walk.systems["sendbird"].did) == 1


def test_another_person_in_the_system_than_was_searched_stops_it(
    house: House, clock: Clock
) -> None:
    """T10, T11: an identifier that was given to somebody else erases nobody's data."""
    walk = make_walk(house, ERASE_MESSAGES)
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        for step in search_plan.searches_of(session, row):
            if step.system == "sendbird":
                step.cursor = {"person": house.office.hash("person", "sendbird", "somebody else")}
    erased(walk, clock)
    assert held(walk, "sendbird", "messages")
    assert walk.batches()[0].needs_person


def test_what_changes_by_being_used_sends_no_plan_back(house: House, clock: Clock) -> None:
    """A profile says when somebody was last seen: that is no other profile."""

    def profile(seen: int) -> list[Item]:
        data = {"user_id": "p-1", "last_seen_at": seen}
        return [
            make_item(
                dataset="profile", kind="user", ref="p-1", data=data, fleeting=("last_seen_at",)
            )
        ]

    walk = make_walk(house, ERASE_ALL, found={"sendbird": profile(1)})
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    walk.systems["sendbird"].pages["profile"] = pages_of(profile(2))
    walk.begin()
    walk.work()
    assert not held(walk, "sendbird", "profile")


def test_an_account_that_went_with_the_effect_is_still_accounted_for(
    house: House, clock: Clock
) -> None:
    """After the person is erased nobody is found there; the receipt is written all the same."""
    walk = make_walk(house, ERASE_MESSAGES)
    dies_after_the_effect(walk, clock)
    walk.systems["sendbird"].located = Nobody()
    clock.move(minutes=5)
    walk.work()
    assert walk.batches()[-1].outcome == Outcome.ALREADY_GONE


def test_what_a_dead_worker_erased_has_a_receipt_also_when_the_approval_ended(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    dies_after_the_effect(walk, clock)
    with house.writing() as session:
        session.get_one(Staff, walk.approver.staff_id or "").roles = ["officer"]
    clock.move(minutes=5)
    walk.work()
    assert walk.item.stage == Stage.REVIEWING
    last = walk.batches()[-1]
    assert last.receipt_sealed is not None, "what was erased is told of nowhere"
    assert last.counts == {"gone": 3}
