"""Stopping a plan half-way: nothing more is done, and what was done is known."""

from __future__ import annotations

import pytest

from dsr.core.errors import BadInput, NotAllowed, NotReady
from dsr.core.request import Outcome
from dsr.core.stages import Stage
from dsr.core.wishes import Wish
from dsr.db import holds, subject_requests
from dsr.law.rights import Right
from dsr.services import halting, staff_login
from dsr.services.case import Who
from dsr.services.house import House
from tests.makers import Clock, make_staff
from tests.planned import ERASE_ALL, ERASE_MESSAGES, Walk, account, make_walk, messages
from tests.services.walked import held, told

WHY = "Dit is het dossier van een ander dan wie het vroeg."
BOTH = {"sendbird": messages(), "cognito": [account()]}


def halt(walk: Walk, why: str = WHY, who: Who | None = None) -> None:
    with walk.house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        what = (row, row.items[0])
        halting.halt(session, walk.house.office, what, why, who or walk.officer)


def stopped_after(walk: Walk, system: str, clock: Clock) -> None:
    """Somebody stops the plan at the moment that a system has done its part."""

    def stop() -> None:
        walk.systems[system].after_change = lambda: None
        halt(walk)

    walk.systems[system].after_change = stop
    walk.resolve()
    if walk.item.stage == Stage.APPROVING:
        walk.approve()
        clock.move(days=8)
        walk.begin()
    walk.work()


def test_what_was_not_begun_stays_and_what_was_done_has_its_receipt(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_ALL, found=BOTH)
    walk.say("A.1", account_closed=True)
    stopped_after(walk, "sendbird", clock)
    assert held(walk, "cognito", "account") == {"a-1"}
    assert not held(walk, "sendbird", "messages")
    done = [one for one in walk.batches() if one.receipt_sealed is not None]
    assert [(one.system, one.counts) for one in done] == [("sendbird", {"done": 3})]
    assert walk.plan().ended_how == "halted"
    assert walk.item.stage in (Stage.SEARCHING, Stage.REVIEWING)


def test_a_plan_that_is_stopped_in_its_last_batch_makes_no_letter(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    stopped_after(walk, "sendbird", clock)
    assert walk.plan().ended_how == "halted"
    assert walk.item.stage in (Stage.SEARCHING, Stage.REVIEWING)
    assert walk.batches()[-1].outcome == Outcome.DONE


def test_it_is_searched_decided_and_approved_anew(house: House, clock: Clock) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    walk.begin()
    halt(walk)
    walk.work()
    assert held(walk, "sendbird", "messages") == {"m-0", "m-1", "m-2"}
    assert walk.item.stage == Stage.REVIEWING
    assert told(walk, "plan_changed")[-1].body["why"] == "halted"
    walk.resolve()
    walk.approve()
    walk.work()
    assert not held(walk, "sendbird", "messages")


def test_the_marks_of_a_restriction_that_was_stopped_can_be_lifted(
    house: House, clock: Clock
) -> None:
    both = {"ground": "accuracy_contested", "what": ["messages", "account"], "until": ""}
    walk = make_walk(house, Wish(right=Right.RESTRICTION, data=both), found=BOTH)
    stopped_after(walk, "sendbird", clock)
    with house.reading() as session:
        assert len(holds.in_force(session, [walk.row.practice])) == 1


@pytest.mark.parametrize("stage", ["reviewing", "cooling off"])
def test_what_does_not_run_cannot_be_stopped(house: House, stage: str) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    if stage == "cooling off":
        walk.resolve()
        walk.approve()
    with pytest.raises(NotReady):
        halt(walk)


def test_a_reason_is_needed_and_a_role(house: House, clock: Clock) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    walk.begin()
    administrator = staff_login.who_is(make_staff(house, login="beheer", roles=("administrator",)))
    with pytest.raises(NotAllowed):
        halt(walk, who=administrator)
    with pytest.raises(BadInput):
        halt(walk, why="  te kort ")
    assert walk.item.stage == Stage.EXECUTING
    halt(walk)
    walk.work()
    assert held(walk, "sendbird", "messages") == {"m-0", "m-1", "m-2"}
