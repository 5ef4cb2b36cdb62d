"""Changing systems: nothing without approval, nothing twice, nothing called done that is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dsr.core.connector import Item, Nobody
from dsr.core.errors import (
    BadInput,
    ChangedMeanwhile,
    MoveRefused,
    NotAllowed,
    NotReady,
    TryAgain,
)
from dsr.core.request import Decision, Outcome, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level, Subject
from dsr.core.wishes import Wish
from dsr.db import events, holds, plans, subject_requests
from dsr.db.outbox import OutboxMail
from dsr.db.plans import Batch, Plan
from dsr.db.staff import Staff
from dsr.db.suppressions import Suppression
from dsr.jobs import change
from dsr.law.rights import Right
from dsr.services import (
    archive,
    beginning,
    cancelling,
    case,
    changing,
    identify,
    lifting,
    notify,
    planning,
    resolve,
    staff_login,
    weighing,
)
from dsr.services import plan as search_plan
from dsr.services.changing import ByHand
from dsr.services.correcting import Correction, Corrections
from dsr.services.house import House
from tests.fakes import one, pages_of
from tests.makers import Clock, make_found, make_item, make_request, make_staff
from tests.planned import (
    CORRECT_EMAIL,
    DESTROY,
    ERASE_ALL,
    ERASE_MESSAGES,
    RESTRICT,
    WITHDRAW,
    Walk,
    account,
    make_walk,
    messages,
)


def erased(walk: Walk, clock: Clock) -> None:
    """Approved, cooled off, done."""
    walk.resolve()
    walk.approve()
    clock.move(days=7, seconds=1)
    assert walk.begin() == 1
    walk.work()


def held(walk: Walk, system: str, dataset: str) -> set[str]:
    """What a system still holds."""
    return set(walk.systems[system]._held(dataset))


def told(walk: Walk, action: str) -> list[events.Event]:
    """The events of one kind."""
    with walk.house.reading() as session:
        found = events.of_request(session, walk.row.practice, walk.row.id)
        return [one for one in found if one.action == action]


# What happens to whom, in which order


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


# T26, T61, T76: who may, and what was approved


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


# T86: the patient takes it back


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


# T79, F13, F26-F29: systems that break, lie, and come back


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


# By hand


def test_a_system_without_a_connector_waits_for_a_person_with_proof(
    house: House, clock: Clock
) -> None:
    found = {"oneassist": [make_item(dataset="data", kind="by_hand", ref="h-1")]}
    walk = make_walk(house, ERASE_ALL, found=found)
    walk.say("A.1", account_closed=True)
    erased(walk, clock)
    batch = walk.batches()[-1]
    assert batch.needs_person
    with house.writing() as session:
        with pytest.raises(BadInput):
            changing.settle(
                session, house.office, batch, ByHand(outcome=Outcome.DONE, proof=" "), walk.officer
            )
        made = ByHand(outcome=Outcome.DONE, proof="Gebeld op 10 maart, gewist door J.")
        changing.settle(session, house.office, batch, made, walk.officer)
    assert walk.batches()[-1].outcome == Outcome.DONE
    assert walk.plan().ended_how == "done"
    assert "oneassist" in {line.system for line in house.office.ledger.lines()}


def test_nothing_is_settled_by_hand_before_its_approval(house: House) -> None:
    found = {"oneassist": [make_item(dataset="data", kind="by_hand", ref="h-1")]}
    walk = make_walk(house, ERASE_ALL, found=found)
    walk.say("A.1", account_closed=True)
    walk.resolve()
    made = ByHand(outcome=Outcome.DONE, proof="Gebeld op 10 maart.")
    with house.writing() as session, pytest.raises(NotReady):
        changing.settle(session, house.office, walk.batches()[-1], made, walk.officer)


# T78: what the law keeps


def test_the_medical_file_is_in_no_plan_without_the_road_of_destruction(house: House) -> None:
    file = make_item(dataset="dossier", kind="Condition", ref="h-1", dates={})
    walk = make_walk(house, ERASE_ALL, found={"his": [file], "sendbird": messages(1)})
    walk.resolve()
    assert {one.system for one in walk.batches()} == {"sendbird"}


def test_destruction_waits_for_the_clinician_and_then_for_a_second_person(
    house: House, clock: Clock
) -> None:
    file = make_item(dataset="dossier", kind="Condition", ref="h-1", dates={"recorded": clock()})
    walk = make_walk(house, DESTROY, found={"his": [file]})
    with pytest.raises(NotReady):
        walk.resolve()
    gp = staff_login.who_is(make_staff(house, login="gp", roles=("clinician",)))
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        made = weighing.Judgement(
            activity="A.3", outcome="grant", reasons="Geen belang van een ander, geen klacht."
        )
        with pytest.raises(NotAllowed):
            weighing.judge(session, house.office, (row, row.items[0]), made, walk.officer)
        weighing.judge(session, house.office, (row, row.items[0]), made, gp)
    walk.resolve()
    assert walk.item.stage == Stage.APPROVING
    walk.approve()
    clock.move(days=8)
    walk.begin()
    walk.work()
    assert not held(walk, "his", "dossier")


# Rectification


def correction(walk: Walk, new: str, path: str = "/email") -> Corrections:
    with walk.house.reading() as session:
        row = subject_requests.by_id(session, walk.row.id)
        key = case.case_key(session, walk.house.office, row)
        step = next(s for s in search_plan.searches_of(session, row) if s.system == "app")
        record = next(archive.records(session, walk.house.office.vault, key, step))
    return Corrections(fields=(Correction(system="app", key=record["key"], path=path, new=new),))


def test_a_correction_is_done_on_the_value_that_was_seen(house: House) -> None:
    walk = make_walk(house, CORRECT_EMAIL, found={"app": [account()]})
    walk.resolve(corrections=correction(walk, "nieuw@voorbeeld.example"))
    walk.approve()
    walk.work()
    system = walk.systems["app"]
    assert system._held("account")["a-1"].data["email"] == "nieuw@voorbeeld.example"
    assert walk.batches()[-1].outcome == Outcome.DONE


def test_a_field_that_somebody_changed_meanwhile_is_shown_and_never_overwritten(
    house: House,
) -> None:
    walk = make_walk(house, CORRECT_EMAIL, found={"app": [account()]})
    walk.resolve(corrections=correction(walk, "nieuw@voorbeeld.example"))
    walk.approve()
    walk.systems["app"].pages["account"] = pages_of([account(email="ander@voorbeeld.example")])
    walk.work()
    held_now = walk.systems["app"]._held("account")["a-1"].data["email"]
    assert held_now == "ander@voorbeeld.example"
    assert walk.item.stage in (Stage.REVIEWING, Stage.SEARCHING)


@pytest.mark.parametrize(
    ("path", "new"),
    [("/email", "geen adres"), ("/email", "a@b"), ("/nothing", "x"), ("/born", "1980-02-31"),
     ("/birth_date", "2999-01-01"), ("/count", "veel"), ("/flag", "misschien")],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_and_nothing_changes(
    house: House, path: str, new: str
) -> None:
    held_item = account(born="1980-03-31", birth_date="1980-03-31", count=3, flag=True)
    walk = make_walk(house, CORRECT_EMAIL, found={"app": [held_item]})
    with pytest.raises(BadInput):
        walk.resolve(corrections=correction(walk, new, path))
    assert walk.item.stage == Stage.REVIEWING
    assert walk.systems["app"].did == []


def test_an_item_that_was_not_found_cannot_be_corrected(house: House) -> None:
    walk = make_walk(house, CORRECT_EMAIL, found={"app": [account()]})
    stray = Corrections(
        fields=(Correction(system="app", key="0" * 32, path="/email", new="a@b.nl"),)
    )
    with pytest.raises(BadInput):
        walk.resolve(corrections=stray)


# Restriction


def test_a_restriction_marks_is_told_before_it_ends_and_is_lifted(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, RESTRICT)
    walk.resolve()
    walk.work()
    assert all(one.restricted for one in walk.systems["sendbird"]._held("messages").values())
    why = "De gegevens zijn nu nagekeken en kloppen."
    with house.writing() as session:
        one = lifting.opened(
            session, holds.in_force(session, ["kralingen"])[0].id, walk.officer.practices
        )
        with pytest.raises(NotReady):
            lifting.announce(session, house.office, one, why, walk.officer)
        one.item.stage = Stage.CLOSED  # its answer was sent
        with pytest.raises(NotReady):
            lifting.lift(session, house.office, one, why, walk.officer)
        lifting.announce(session, house.office, one, why, walk.officer)
        with pytest.raises(NotReady):
            lifting.lift(session, house.office, one, why, walk.officer)
    clock.move(days=8)
    with house.writing() as session:
        one = lifting.opened(
            session, holds.in_force(session, ["kralingen"])[0].id, walk.officer.practices
        )
        lifting.lift(session, house.office, one, why, walk.officer)
        with pytest.raises(NotReady):
            lifting.lift(session, house.office, one, why, walk.officer)
    walk.work()
    assert not any(one.restricted for one in walk.systems["sendbird"]._held("messages").values())
    with house.reading() as session:
        assert holds.in_force(session, ["kralingen"]) == []


# Withdrawal and objection


def test_a_withdrawal_stops_the_use_and_plans_the_erasure_without_starting_it(
    house: House,
) -> None:
    walk = make_walk(house, WITHDRAW)
    walk.resolve()
    walk.work()
    assert walk.systems["sendbird"].stopped == {"A.2"}
    assert held(walk, "sendbird", "messages")
    follows = [one for one in walk.items() if one.right == Right.ERASURE]
    assert len(follows) == 1
    assert not follows[0].decision
    assert all(verb == "stop" for verb, _operation in walk.systems["sendbird"].did)


def test_no_rule_ever_starts_a_destructive_verb_by_itself(house: House, clock: Clock) -> None:
    walk = make_walk(house, WITHDRAW)
    walk.resolve()
    for _ in range(5):
        clock.move(days=10)
        walk.begin()
        walk.work()
    assert {verb for system in walk.systems.values() for verb, _id in system.did} == {"stop"}


# Bad input


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
    system = walk.systems["sendbird"]

    def die() -> None:
        system.after_change, system.located = (lambda: None), Nobody()
        raise KeyboardInterrupt

    system.after_change = die
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    walk.begin()
    with pytest.raises(KeyboardInterrupt):
        walk.work()
    clock.move(minutes=5)
    walk.work()
    assert walk.batches()[-1].outcome == Outcome.ALREADY_GONE


def test_who_objects_or_withdraws_is_suppressed_for_that_purpose_alone(house: House) -> None:
    object_to = Wish(right=Right.OBJECTION, data={"purposes": ["A.4"], "reason": "Mijn situatie."})
    walk = make_walk(house, object_to, WITHDRAW)
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        on_file = Subject(name="Anouk Voorbeeld", email="anouk@voorbeeld.example")
        known = one("p-1", on_file=on_file)
        key = case.case_key(session, house.office, row)
        identify.remember_on_file(key, row, "app", known)
    walk.say("A.4", controller_compelling_grounds=False)
    walk.resolve()
    walk.resolve(item=1)
    walk.work()
    with house.reading() as session:
        found = {one.purpose for one in session.scalars(select(Suppression))}
    assert found == {"A.4", "A.2"}


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


PORTABLE = Wish(right=Right.PORTABILITY, data={"to": "me", "recipient": ""})


@pytest.mark.parametrize(
    ("author", "decision"),
    [("subject", Decision.GRANTED), ("staff", Decision.REFUSED)],
)
def test_what_really_goes_along_decides_on_portability(
    house: House, author: str, decision: Decision
) -> None:
    own = make_item(dataset="account", kind="account", ref="a-1", author=author)
    walk = make_walk(house, PORTABLE, found={"app": [own]})
    assert walk.resolve().decision == decision


def test_nothing_to_take_along_is_said(house: House) -> None:
    walk = make_walk(house, PORTABLE, found={})
    assert walk.resolve().decision == Decision.NOTHING_HELD


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


def test_a_note_about_care_in_the_administration_stays_with_the_file(
    house: House, clock: Clock
) -> None:
    """BW 7:454: what is about care goes by destruction alone, wherever it stands."""
    notes = [
        make_item(dataset="notes", kind=kind, ref=f"n-{kind}") for kind in ("note", "care_note")
    ]
    walk = make_walk(house, ERASE_ALL, found={"crm": notes})
    erased(walk, clock)
    assert held(walk, "crm", "notes") == {"n-care_note"}


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


def test_what_a_dead_worker_erased_has_a_receipt_also_when_the_approval_ended(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES)

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
    with house.writing() as session:
        session.get_one(Staff, walk.approver.staff_id or "").roles = ["officer"]
    clock.move(minutes=5)
    walk.work()
    assert walk.item.stage == Stage.REVIEWING
    last = walk.batches()[-1]
    assert last.receipt_sealed is not None, "what was erased is told of nowhere"
    assert last.counts == {"gone": 3}
