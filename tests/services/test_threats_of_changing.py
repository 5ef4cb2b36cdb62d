"""The threats of the rights that change systems, each by its number in the threat model."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from dsr.core.errors import ChangedMeanwhile, DsrError, NotAllowed, NotReady
from dsr.core.request import Decision, Outcome
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import outbox, plans, subject_requests
from dsr.db.clock import DatabaseClock
from dsr.db.outbox import OutboxMail
from dsr.db.staff import Staff
from dsr.services import cancelling, case, erasure_ledger, notify, resolve, staff_login
from dsr.services.erasure_ledger import Why
from dsr.services.house import House
from tests.fakes import pages_of
from tests.makers import NOON, Clock, make_house, make_item, make_staff
from tests.planned import DESTROY, ERASE_ALL, ERASE_MESSAGES, Walk, account, make_walk, messages
from tests.services.erasing import erasing, forget, receipt_written


def held(walk: Walk, system: str = "sendbird", dataset: str = "messages") -> set[str]:
    return set(walk.systems[system]._held(dataset))


def approved(walk: Walk, clock: Clock) -> None:
    walk.resolve()
    walk.approve()
    clock.move(days=7, seconds=1)


@pytest.mark.parametrize("second", ["the maker", "another account of the maker", "a removed one"])
def test_t26_nothing_is_erased_on_the_word_of_one_person(
    house: House, clock: Clock, second: str
) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    if second == "a removed one":
        walk.approve()
        clock.move(days=8)
        with house.writing() as session:
            session.get_one(Staff, walk.approver.staff_id or "").disabled_at = clock()
        walk.begin()
        walk.work()
    else:
        other = make_staff(house, login="twee", roles=("approver",), person_key="privacy")
        who = walk.officer if second == "the maker" else staff_login.who_is(other)
        with pytest.raises(NotAllowed):
            walk.approve(by=who)
    assert held(walk) == {"m-0", "m-1", "m-2"}
    assert walk.systems["sendbird"].did == []


def test_t61_a_key_of_the_api_approves_nothing(house: House) -> None:
    """The desk's pages ask for password and code in that very post; a key cannot."""
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    by_key = case.Who(**{**walk.approver.__dict__, "via_key": True})
    with pytest.raises(NotAllowed, match="T61"):
        walk.approve(by=by_key)
    assert walk.item.stage == Stage.APPROVING


def test_t73_an_older_database_is_noticed_by_the_ledger_outside_it(house: House) -> None:
    batch = erasing(house, "n-1", acting=False)
    receipt_written(house, batch, "n-1")
    assert erasure_ledger.check(house) is None
    forget(house, 0)
    found = erasure_ledger.check(house)
    assert found is not None
    assert (found.why, found.behind) == (Why.OLDER_DATABASE, 1)
    assert erasure_ledger.COMMAND in found.words


def test_t76_what_changed_between_the_page_and_the_call_is_looked_at_again(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    seen = walk.plan().digest
    with pytest.raises(ChangedMeanwhile):
        walk.approve(digest="f" * 64)
    walk.approve(digest=seen)
    clock.move(days=8)
    extra = make_item(dataset="messages", kind="message", ref="m-9", data={"text": "nieuw"})
    walk.systems["sendbird"].pages["messages"] = pages_of([*messages(), extra])
    walk.begin()
    walk.work()
    assert held(walk) == {"m-0", "m-1", "m-2", "m-9"}
    assert walk.item.stage == Stage.REVIEWING
    assert walk.plan().ended_how == "superseded"


def test_t77_of_two_who_approve_and_send_back_at_once_one_wins(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    digest, start = walk.plan().digest, threading.Barrier(2)
    told: list[str] = []

    def act(name: str) -> None:
        start.wait(20)
        try:
            with house.writing() as session:
                row = subject_requests.by_id(session, walk.row.id)
                what = (row, row.items[0])
                if name == "approves":
                    resolve.approve(session, house.office, what, digest, walk.approver)
                else:
                    why = "Kijk nog eens naar maart."
                    resolve.send_back(session, house.office, what, why, walk.approver)
            told.append(name)
        except DsrError as error:
            told.append(type(error).__name__)

    threads = [threading.Thread(target=act, args=(name,)) for name in ("approves", "sends back")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    winners = {"approves": Stage.COOLING_OFF, "sends back": Stage.REVIEWING}
    won = [name for name in told if name in winners]
    assert len(won) == 1
    assert walk.item.stage == winners[won[0]]


def test_t78_what_the_law_keeps_stands_in_no_plan_and_stays(house: House, clock: Clock) -> None:
    """One dataset of each purpose of the statement (A.1, A.2, A.3, A.5); A.4 holds nobody."""
    log = make_item(dataset="access_log", kind="AuditEvent", ref="l-1", dates={"recorded": NOON})
    file = make_item(dataset="dossier", kind="Condition", ref="h-1", dates={"recorded": NOON})
    session = make_item(dataset="sessions", kind="session", ref="s-1", dates={"recorded": NOON})
    found = {"app": [account(), session], "his": [file, log], "sendbird": messages(2)}
    walk = make_walk(house, ERASE_ALL, found=found)
    walk.say("A.1", account_closed=True)
    approved(walk, clock)
    walk.begin()
    walk.work()
    assert not held(walk)
    assert held(walk, "his", "dossier") == {"h-1"}
    assert held(walk, "his", "access_log") == {"l-1"}
    assert {one.system for one in walk.batches()} <= {"app", "sendbird"}


def test_t78_the_access_log_outlives_the_destruction_of_the_file(house: House) -> None:
    """Only the file itself is asked for, and even that waits for a clinician (BW 7:455)."""
    log = make_item(dataset="access_log", kind="AuditEvent", ref="l-1", dates={"recorded": NOON})
    walk = make_walk(house, DESTROY, found={"his": [log]})
    walk.resolve()
    assert walk.item.decision == Decision.NOTHING_HELD
    with house.reading() as session:
        assert plans.of_item(session, walk.item.id) == []
    assert held(walk, "his", "access_log") == {"l-1"}


def test_t79_an_erasure_that_was_only_said_never_looks_complete(house: House, clock: Clock) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.systems["sendbird"].lies = True
    approved(walk, clock)
    walk.begin()
    for _ in range(5):
        walk.work()
        clock.move(minutes=5)
    last = walk.batches()[-1]
    assert (last.outcome, last.verified_at, last.needs_person) == (None, None, True)
    assert walk.item.stage == Stage.EXECUTING
    walk.systems["sendbird"].lies = False
    with house.writing() as session:
        from_desk = session.get_one(type(last), last.id)
        from_desk.needs_person, from_desk.next_at = False, clock()
    walk.work()
    assert walk.batches()[-1].outcome == Outcome.DONE
    assert not held(walk)


def test_t86_an_erasure_needs_certainty_waits_and_can_be_stopped(
    house: House, clock: Clock
) -> None:
    """A hostile relative is not enough; who is meant hears of it, and stops it with one word."""
    weak = make_walk(house, ERASE_MESSAGES, level=Level.IA2)
    with pytest.raises(NotReady):
        weak.resolve()


def test_t86_the_person_hears_of_it_and_can_undo_it_until_it_runs(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    assert walk.plan().cool_until == clock() + timedelta(days=7)
    clock.move(days=6)
    assert walk.begin() == 0
    with house.writing() as session:
        assert "planned" in set(session.scalars(select(OutboxMail.kind)))
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        cancelling.cancel_erasure(session, house.office, row, row.items[0].id, case.PATIENT)
    clock.move(days=30)
    assert walk.begin() == 0
    walk.work()
    assert held(walk) == {"m-0", "m-1", "m-2"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_t75_a_host_with_a_wrong_clock_ends_no_days_of_cooling_off(
    tmp_path: Path, database_url: str
) -> None:
    """Nor does it put off the mail that tells of them: several hosts share the database's time."""
    house = make_house(tmp_path, database_url=database_url, clock=lambda: datetime.now(UTC))
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    ahead = DatabaseClock(house.engine, lambda: datetime.now(UTC) + timedelta(days=8))
    walk.house = replace(house, office=replace(house.office, clock=ahead))
    assert walk.begin() == 0
    assert walk.item.stage == Stage.COOLING_OFF
    assert held(walk) == {"m-0", "m-1", "m-2"}
    house.engine.dispose()


def test_t75_a_mail_that_a_host_ahead_wrote_goes_out_at_once(house: House, clock: Clock) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    clock.move(days=1)
    with house.writing() as session:
        notify.remind_practice(session, house.office, walk.row, "t75")
    clock.move(days=-1)
    with house.reading() as session:
        waiting = [session.get_one(OutboxMail, one) for one in outbox.due(session, clock(), 10)]
    assert "reminder" in {one.kind for one in waiting}
