"""Changing systems: nothing without the approval of exactly that, and in one order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dsr.core.errors import (
    BadInput,
    ChangedMeanwhile,
    MoveRefused,
    NotAllowed,
    NotReady,
)
from dsr.core.request import Decision, Outcome, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level, Subject
from dsr.core.wishes import Wish
from dsr.db import plans, subject_requests
from dsr.db.outbox import OutboxMail
from dsr.db.plans import Batch, Plan
from dsr.db.staff import Staff
from dsr.law.rights import Right
from dsr.services import (
    beginning,
    cancelling,
    case,
    identify,
    notify,
    planning,
    resolve,
    staff_login,
)
from dsr.services.house import House
from tests.fakes import one, pages_of
from tests.makers import Clock, make_found, make_item, make_request, make_staff
from tests.planned import (
    ERASE_ALL,
    ERASE_MESSAGES,
    RESTRICT,
    Walk,
    account,
    make_walk,
    messages,
)
from tests.services.walked import erased, held, told


def test_an_erasure_is_decided_approved_cools_off_and_is_read_back(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    assert walk.resolve().stage == Stage.APPROVING
    walk.approve()
    assert walk.item.stage == Stage.COOLING_OFF
    clock.move(days=6, hours=23)
    assert walk.begin() == 0
    walk.work()
    assert held(walk, "sendbird", "messages") == {"m-0", "m-1", "m-2"}
    clock.move(hours=1, seconds=1)
    assert walk.begin() == 1
    walk.work()
    assert not held(walk, "sendbird", "messages")
    last = walk.batches()[-1]
    assert (last.verb, last.outcome, last.counts) == (Verb.ERASE, Outcome.DONE, {"done": 3})
    assert last.verified_at is not None
    assert walk.plan().ended_how == "done"


def test_every_system_has_its_turn_and_the_sign_in_is_erased_last(
    house: House, clock: Clock
) -> None:
    login = make_item(dataset="account", kind="account", ref="c-1", data={"sub": "s"})
    walk = make_walk(
        house, ERASE_ALL,
        found={"cognito": [login], "sendbird": messages(1), "app": [account()]},
    )  # fmt: skip
    order: list[str] = []
    for name, system in walk.systems.items():
        system.before_change = lambda verb, name=name: order.append(name)
    walk.say("A.1", account_closed=True)
    erased(walk, clock)
    assert order == ["app", "sendbird", "cognito"]


def test_at_most_five_hundred_items_go_in_one_batch(house: House, clock: Clock) -> None:
    walk = make_walk(house, ERASE_MESSAGES, found={"sendbird": messages(1201)})
    walk.resolve()
    assert [one.count for one in walk.batches() if one.verb == Verb.ERASE] == [500, 500, 201]
    walk.approve()
    clock.move(days=8)
    walk.begin()
    walk.work()
    assert not held(walk, "sendbird", "messages")
    assert len({operation for _verb, operation in walk.systems["sendbird"].did}) == 3


def test_the_copy_that_was_asked_with_it_is_made_before_anything_is_erased(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES, Wish(right=Right.ACCESS))
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    walk.begin()
    walk.work()
    assert held(walk, "sendbird", "messages")
    assert "copy" in walk.batches()[-1].trouble or "copy" in walk.batches()[0].trouble
    assert all(one.outcome is None for one in walk.batches() if one.verb == Verb.ERASE)


def test_the_maker_never_approves_under_no_account(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    second = staff_login.who_is(
        make_staff(house, login="other", roles=("approver",), person_key="privacy")
    )
    both = staff_login.who_is(make_staff(house, login="both", roles=("officer", "approver")))
    for who in (walk.officer, second):
        with pytest.raises(NotAllowed):
            walk.approve(by=who)
    assert walk.item.stage == Stage.APPROVING
    walk.approve(by=both)
    assert walk.item.stage == Stage.COOLING_OFF


def test_another_plan_than_the_one_on_the_page_is_not_approved(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    with pytest.raises(ChangedMeanwhile):
        walk.approve(digest="0" * 64)
    assert walk.item.approved_by is None


def test_an_approval_that_is_over_erases_nothing(house: House, clock: Clock) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    clock.move(days=40)
    walk.begin()
    walk.work()
    assert held(walk, "sendbird", "messages")
    assert walk.systems["sendbird"].did == []
    assert walk.item.stage == Stage.REVIEWING
    assert told(walk, "plan_changed")[-1].body["why"] == "the approval is over"


@pytest.mark.parametrize("lost", ["role", "account", "practice"])
def test_an_approver_who_may_not_any_more_erases_nothing(
    house: House, clock: Clock, lost: str
) -> None:
    """F24: the rights of the approver are looked at just before the call."""
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    with house.writing() as session:
        who = session.get_one(Staff, walk.approver.staff_id or "")
        if lost == "role":
            who.roles = ["officer"]
        elif lost == "practice":
            who.practices = ["zuidplein"]
        else:
            staff_login.disable(session, house.office, who.id)
    walk.begin()
    walk.work()
    assert held(walk, "sendbird", "messages")
    assert walk.item.stage == Stage.REVIEWING


def test_a_batch_that_was_tampered_with_is_not_done(house: House, clock: Clock) -> None:
    """I3: what runs is what was approved, to the last reference."""
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    with house.writing() as session:
        last = walk.batches()[-1]
        session.get_one(Batch, last.id).dataset = "channels"
    walk.begin()
    walk.work()
    assert held(walk, "sendbird", "messages")
    assert walk.systems["sendbird"].did == []


@pytest.mark.parametrize("what", ["new", "changed"])
def test_data_that_changed_after_the_approval_sends_the_plan_back(
    house: House, clock: Clock, what: str
) -> None:
    """F25, T76: the plan goes back to review with the differences, and is searched afresh."""
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    extra = make_item(dataset="messages", kind="message", ref="m-9", data={"text": "nieuw"})
    other = make_item(dataset="messages", kind="message", ref="m-0", data={"text": "anders"})
    now = [*messages(), extra] if what == "new" else [other, *messages()[1:]]
    walk.systems["sendbird"].pages["messages"] = pages_of(now)
    walk.begin()
    walk.work()
    assert walk.systems["sendbird"].did == []
    assert told(walk, "plan_changed")[-1].body[f"count_{what}"] == "1"
    assert walk.item.stage == Stage.REVIEWING
    assert walk.plan().ended_how == "superseded"


def test_a_plan_that_came_back_needs_another_approval_but_cools_off_once(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    extra = make_item(dataset="messages", kind="message", ref="m-9", data={"text": "nieuw"})
    walk.systems["sendbird"].pages["messages"] = pages_of([*messages(), extra])
    walk.begin()
    walk.work()
    walk.resolve()
    assert walk.item.stage == Stage.APPROVING
    walk.approve()
    walk.work()
    assert not held(walk, "sendbird", "messages")


def test_what_vanished_meanwhile_is_no_difference(house: House, clock: Clock) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    walk.systems["sendbird"].pages["messages"] = pages_of(messages()[1:])
    walk.begin()
    walk.work()
    assert walk.batches()[-1].counts == {"done": 2, "gone": 1}


def test_a_second_person_may_send_it_back_and_then_nothing_runs(house: House) -> None:
    from_before = make_walk(house, ERASE_MESSAGES)
    from_before.resolve()
    with house.writing() as session:
        row = subject_requests.by_id(session, from_before.row.id, lock=True)
        resolve.send_back(
            session, house.office, (row, row.items[0]), "Kijk nog eens.", from_before.approver
        )
    assert from_before.item.stage == Stage.REVIEWING
    assert from_before.plan().ended_how == "sent_back"


def test_an_erasure_that_cools_off_can_be_taken_back_until_it_runs(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        cancelling.cancel_erasure(session, house.office, row, row.items[0].id, case.PATIENT)
    clock.move(days=30)
    assert walk.begin() == 0
    walk.work()
    assert held(walk, "sendbird", "messages")
    assert walk.item.decision == Decision.WITHDRAWN


def test_an_erasure_that_began_cannot_be_taken_back(house: House, clock: Clock) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    erased(walk, clock)
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        with pytest.raises(NotReady, match="al begonnen"):
            cancelling.cancel_erasure(session, house.office, row, row.items[0].id, case.PATIENT)


def test_whose_erasure_is_planned_hears_of_it_at_the_address_on_file(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    with house.reading() as session:
        kinds = set(session.scalars(select(OutboxMail.kind)))
    assert "planned" in kinds


def test_below_its_level_nothing_is_decided(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES, level=Level.IA2)
    with pytest.raises(NotReady):
        walk.resolve()


def test_a_decision_on_other_data_than_was_seen_is_refused(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    with pytest.raises(ChangedMeanwhile):
        walk.resolve(seen="0" * 64)
    assert walk.item.stage == Stage.REVIEWING


def test_a_stage_is_never_skipped(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    with pytest.raises((NotReady, MoveRefused)):
        walk.approve()


def test_the_plan_is_the_same_hash_for_the_same_things(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    with house.reading() as session:
        plan = plans.current(session, walk.item.id)
        assert plan is not None
        digests = [one.digest for one in plans.batches(session, plan.id)]
        assert planning.digest_of(plan, digests) == plan.digest
        assert planning.digest_of(plan, digests[:-1]) != plan.digest


def test_what_cooled_off_is_dated(house: House, clock: Clock) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    assert walk.plan().cool_until == clock() + timedelta(days=7)


def test_the_key_to_stop_it_goes_to_the_address_on_file_and_to_no_other(house: House) -> None:
    """T86: whoever asked has a key; the person whose mailbox is on file may not have asked."""
    walk = make_walk(house, ERASE_MESSAGES)
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        known = one("p-1", on_file=Subject(name="Anouk", email="op-dossier@voorbeeld.example"))
        key = case.case_key(session, house.office, row)
        identify.remember_on_file(key, row, "app", known)
    walk.resolve()
    walk.approve()
    with house.reading() as session:
        rows = session.scalars(select(OutboxMail).where(OutboxMail.kind == "planned")).all()
        mails = [notify.opened(session, house.office, waiting) for waiting in rows]
    assert {mail.address: "secret" in mail.words for mail in mails} == {
        "op-dossier@voorbeeld.example": True,
        "anouk@voorbeeld.example": False,
    }


@pytest.mark.parametrize("name", ["identity", "requester", "his_decision"])
def test_nobody_says_what_has_to_be_proved(house: House, name: str) -> None:
    walk = make_walk(house, ERASE_MESSAGES, level=Level.IA2)
    with pytest.raises(BadInput):
        walk.say("A.2", 0, **{name: "verified"})


def test_a_restriction_that_came_after_the_approval_stops_the_erasure(
    house: House, clock: Clock
) -> None:
    """Art. 18(2): what somebody asked to keep is only stored, whatever was planned before."""
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    other = make_request(house, level=Level.IA4, wishes=(RESTRICT,), email="a2@voorbeeld.example")
    make_found(house, other, {"sendbird": messages()})
    second = Walk(house, other, walk.officer, walk.approver, walk.systems)
    second.resolve()
    second.work()
    clock.move(days=8)
    walk.begin()
    walk.work()
    assert held(walk, "sendbird", "messages") == {"m-0", "m-1", "m-2"}
    assert walk.plan().ended_how == "superseded"


def test_an_approval_that_only_the_table_tells_of_erases_nothing(
    house: House, clock: Clock
) -> None:
    """T26, T70: a forged row is no approval; the log knows of none."""
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        row.items[0].stage = Stage.EXECUTING
        plan = session.get_one(Plan, walk.plan().id)
        plan.approved_by, plan.approved_at = walk.approver.staff_id, clock()
        plan.approval_until, plan.begun_at = clock() + timedelta(days=9), clock()
        beginning.open_phase(session, house.office, plan.id)
    walk.work()
    assert held(walk, "sendbird", "messages") == {"m-0", "m-1", "m-2"}
    assert told(walk, "plan_changed")[-1].body["why"] == "the log tells of no such approval"
