"""Leases and fences: one worker a step, and nothing of a worker whose lease is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dsr.core.errors import ChangedMeanwhile
from dsr.core.request import Outcome
from dsr.core.subject import Level
from dsr.db import outbox, steps
from dsr.db.steps import Step
from dsr.services import plan, search
from dsr.services.house import House
from tests.makers import Clock, make_request

MINUTE = timedelta(seconds=60)


@pytest.fixture
def step_id(house: House) -> str:
    row = make_request(house, level=Level.IA4)
    with house.reading() as session:
        return plan.searches_of(session, row)[0].id


def claimed(house: House, step_id: str) -> int | None:
    with house.writing() as session:
        step = steps.claim(session, step_id, house.office.now(), MINUTE)
        return step.fence if step is not None else None


def test_a_step_is_claimed_once_until_its_lease_is_over(
    house: House, step_id: str, clock: Clock
) -> None:
    assert claimed(house, step_id) == 1
    assert claimed(house, step_id) is None
    clock.move(seconds=60)
    assert claimed(house, step_id) is None
    clock.move(seconds=1)
    assert claimed(house, step_id) == 2


def test_a_step_that_is_not_due_done_or_a_persons_is_nobodys(
    house: House, step_id: str, clock: Clock
) -> None:
    later = house.office.now() + MINUTE
    for values in ({"next_at": later}, {"outcome": Outcome.DONE}, {"needs_person": True}):
        with house.writing() as session:
            step = session.get_one(Step, step_id)
            step.next_at, step.outcome, step.needs_person = clock(), None, False
            for name, value in values.items():
                setattr(step, name, value)
        assert claimed(house, step_id) is None
        with house.reading() as session:
            assert step_id not in steps.due(session, house.office.now(), 100)


def test_only_the_holder_of_the_newest_fence_writes(
    house: House, step_id: str, clock: Clock
) -> None:
    old = claimed(house, step_id) or 0
    clock.move(minutes=2)
    new = claimed(house, step_id) or 0
    with house.writing() as session:
        assert not steps.write_if_mine(session, step_id, old, {"trouble": "zombie"})
        assert steps.write_if_mine(session, step_id, new, {"trouble": "mine"})
    with house.reading() as session:
        assert session.get_one(Step, step_id).trouble == "mine"


def test_a_lease_of_a_host_with_a_wrong_clock_holds_nobody_up(
    house: House, step_id: str, clock: Clock
) -> None:
    """A worker whose clock is a day ahead dies with a step in its hands (F34)."""
    clock.move(days=1)
    assert claimed(house, step_id) is not None
    clock.move(days=-1)
    assert claimed(house, step_id) is not None


def test_a_worker_that_slept_past_its_lease_records_nothing(
    house: House, step_id: str, clock: Clock
) -> None:
    """Whatever it found, whatever it counted: the next one's work stands (F12)."""
    with house.writing() as session:
        zombie = search.begin(session, house.office, step_id)
    assert zombie is not None
    clock.move(minutes=2)
    with house.writing() as session:
        living = search.begin(session, house.office, step_id)
    assert living is not None
    done: dict[str, object] = {"cursor": {}, "counts": {"account": 7}}
    with pytest.raises(ChangedMeanwhile), house.writing() as session:
        search.complete(session, house.office, zombie, done, None)
    with pytest.raises(ChangedMeanwhile), house.writing() as session:
        search.checkpoint(session, house.office, zombie, done, None)
    with house.writing() as session:
        search.complete(session, house.office, living, {"cursor": {}, "counts": {}}, None)
    with house.reading() as session:
        assert session.get_one(Step, step_id).outcome == Outcome.NONE_FOUND


def test_a_mail_is_claimed_once_until_its_lease_is_over(house: House, clock: Clock) -> None:
    make_request(house)
    with house.reading() as session:
        [mail_id] = outbox.due(session, house.office.now(), 10)
    for seconds, fence in ((0, 1), (0, None), (61, 2)):
        clock.move(seconds=seconds)
        with house.writing() as session:
            row = outbox.claim(session, mail_id, house.office.now(), MINUTE)
            assert (row.fence if row else None) == fence
