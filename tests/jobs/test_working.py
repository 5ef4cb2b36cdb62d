"""Workers' tasks in this process: packing, posting, sweeping, tidying, and their troubles."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from dsr.bootstrap import make_bell
from dsr.core.connector import ItemFile
from dsr.core.errors import DsrError
from dsr.core.request import Decision, Outcome
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import outbox, steps, subject_requests
from dsr.db.answers import Letter
from dsr.db.events import Event
from dsr.db.outbox import OutboxMail
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.db.visits import Tally
from dsr.jobs import pack, post, sweep, worker
from dsr.jobs.bell import STEP, Bell, ring_after_commit
from dsr.jobs.lease import kept
from dsr.jobs.sweep import Sweeper
from dsr.services import decide, heads, review, stages
from dsr.services.house import House
from dsr.services.office import Terms
from dsr.services.staff_login import who_is
from dsr.vault.local import LocalStore
from dsr.vault.signing import new_signing_key
from dsr.vault.store import StoreTrouble
from dsr.vault.vault import Vault
from tests.fakes import FakeSystem, one, pages_of, systems_of, work_through
from tests.makers import Clock, make_found, make_house, make_item, make_request, make_staff
from tests.servers import Valkey, wait_until


class FullDisk(LocalStore):
    """A disk with no room, until a test makes some."""

    room = False

    def write(self, name: str, chunks: Any) -> int:
        if not self.room:
            raise StoreTrouble("the disk of the vault is full: make room.")
        return super().write(name, chunks)


def with_full_disk(house: House, folder: Path) -> tuple[House, FullDisk]:
    store = FullDisk(folder / "vault")
    return replace(house, office=replace(house.office, vault=Vault(store))), store


def decided(house: House, decision: Decision = Decision.GRANTED) -> SubjectRequest:
    """A request that waits for its answer to be made."""
    officer = who_is(make_staff(house, login=f"anna-{decision}"))
    row = make_request(house, level=Level.IA4)
    make_found(house, row, {"crm": [make_item()]})
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id)
        seen = review.review_digest(session, fresh)
        decide.decide(
            session, house.office, fresh, decide.Decided(decision=decision, seen=seen), officer
        )
    return row


def packing(house: House) -> Step:
    with house.reading() as session:
        return session.scalars(select(Step).where(Step.verb == "pack")).one()


def stage_of(house: House, row: SubjectRequest) -> str:
    with house.reading() as session:
        return stages.access_item(subject_requests.by_id(session, row.id)).stage


def test_a_full_disk_puts_the_answer_off_by_name_and_loses_nothing(
    house: House, tmp_path: Path, clock: Clock
) -> None:
    row = decided(house)
    full, disk = with_full_disk(house, tmp_path)
    for attempt in range(1, 6):
        clock.move(minutes=5)
        pack.run(full, packing(house).id)
        step = packing(house)
        assert (step.attempts, step.outcome) == (attempt, None)
        assert step.trouble.startswith("StoreTrouble: the disk of the vault is full")
    assert stage_of(house, row) == Stage.EXECUTING
    disk.room = True
    clock.move(minutes=5)  # I10: by itself, within five minutes, with no shell
    work_through(full, systems_of(full))
    assert stage_of(house, row) == Stage.REPLYING
    assert packing(house).trouble == ""


def test_a_full_disk_in_a_search_puts_it_off_and_keeps_nothing_half(
    house: House, tmp_path: Path, clock: Clock
) -> None:
    row = make_request(house, level=Level.IA4)
    full, disk = with_full_disk(house, tmp_path)
    crm = FakeSystem(located=one(), pages={"contact": pages_of([make_item()])})
    work_through(full, systems_of(full, crm=crm))
    with house.reading() as session:
        step = session.scalars(select(Step).where(Step.system == "crm")).one()
        assert (step.outcome, step.counts) == (None, {})
        assert steps.segments_of(session, step.id) == []
    disk.room = True
    clock.move(minutes=1)
    work_through(full, systems_of(full, crm=crm))
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        done = review.search_of(session, fresh, "crm")
        assert (done.outcome, done.counts["contact"]) == (Outcome.DONE, 1)


def test_a_file_that_cannot_be_fetched_puts_the_search_off(house: House) -> None:
    make_request(house, level=Level.IA4)

    def broken() -> Any:
        raise DsrError("This file did not come.")

    file = ItemFile(name="foto.jpg", media_type="image/jpeg", open=broken)
    crm = FakeSystem(located=one(), pages={"contact": pages_of([make_item(files=(file,))])})
    work_through(house, systems_of(house, crm=crm))
    with house.reading() as session:
        step = session.scalars(select(Step).where(Step.system == "crm")).one()
    assert (step.outcome, step.attempts) == (None, 1)


def test_an_answer_made_twice_at_once_is_one_answer(house: House) -> None:
    """F16: the same job a hundred times; F3-F10(e): made, but its receipt was lost."""
    row = decided(house)
    step_id = packing(house).id
    threads = [threading.Thread(target=pack.run, args=(house, step_id)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for _ in range(20):
        pack.run(house, step_id)
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(Letter)) == 1
    assert stage_of(house, row) == Stage.REPLYING


# Mail


def mail_of(house: House) -> OutboxMail:
    with house.reading() as session:
        return session.scalars(select(OutboxMail)).one()


def test_a_mail_server_that_is_away_gets_the_mail_later(house: House, clock: Clock) -> None:
    make_request(house)
    sent: list[EmailMessage] = []

    def away(_message: EmailMessage) -> None:
        raise ConnectionRefusedError

    mail_id = mail_of(house).id
    post.run(house, mail_id, away)
    waiting = mail_of(house)
    assert (waiting.outcome, waiting.attempts, waiting.trouble) == (
        None,
        1,
        "ConnectionRefusedError",
    )
    post.run(house, mail_id, sent.append)  # not yet due
    clock.move(minutes=2)
    post.run(house, mail_id, sent.append)
    post.run(house, mail_id, sent.append)
    assert len(sent) == 1
    assert mail_of(house).outcome == "sent"


@pytest.mark.parametrize(
    ("error", "outcome", "tries"),
    [(post.Refused(), "refused", 1), (smtplib.SMTPServerDisconnected(), "failed", post.TRIES)],
)
def test_a_mail_that_cannot_be_sent_becomes_an_event_for_the_desk(
    house: House, clock: Clock, error: Exception, outcome: str, tries: int
) -> None:
    make_request(house)

    def fails(_message: EmailMessage) -> None:
        raise error

    for _ in range(tries):
        post.run(house, mail_of(house).id, fails)
        clock.move(hours=2)
    assert (mail_of(house).outcome, mail_of(house).sealed) == (outcome, None)
    with house.reading() as session:
        told = session.scalars(select(Event).where(Event.action == "mail_failed")).one()
    assert told.body["outcome"] == outcome


def test_a_mail_says_nothing_of_health_systems_or_reasons(house: House, tmp_path: Path) -> None:
    row = make_request(house, words="Ik wil mijn dossier over mijn depressie.")
    post.run(house, mail_of(house).id, post.sender(house.settings))
    [path] = (tmp_path / "mail").iterdir()
    said = path.read_text().lower()
    for word in ("depressie", "dossier", "chat", "sendbird", "anouk voorbeeld", "1980"):
        assert word not in said.split("\n\n", 1)[0] or word == "anouk voorbeeld"
    assert "depressie" not in said
    assert "sendbird" not in said
    assert row.reference.lower() in said


# The sweeper and the bell


@pytest.fixture
def ringing(house: House, valkey: Valkey) -> Iterator[tuple[House, Bell]]:
    """A house whose commits ring a real Valkey."""
    there = replace(house, settings=replace(house.settings, redis_url=valkey.url))
    bell = make_bell(there.settings, there.office.keys)
    ring_after_commit(there.sessions, bell)
    yield there, bell
    bell.queue.connection.close()


def test_a_commit_rings_for_what_it_left_to_do_and_a_rollback_does_not(
    ringing: tuple[House, Bell],
) -> None:
    house, bell = ringing
    make_request(house)
    assert bell.waiting() == 1  # the receipt
    with house.sessions() as session:
        session.info["to_ring"] = ["a" * 32]
        session.rollback()
    with house.writing():
        pass
    assert bell.waiting() == 1


def rung(bell: Bell) -> list[str]:
    """The rows that wait in the queue to be looked at."""
    return [row for job in bell.queue.jobs for row in str(job.args[0]).split(" ")]


def test_a_queue_that_does_not_answer_holds_up_no_request(tmp_path: Path, sqlite_url: str) -> None:
    """The sweeper rings later; whoever asks gets their reference all the same (F15)."""
    house = make_house(tmp_path, database_url=sqlite_url, redis_url=f"unix://{tmp_path}/none.sock")
    ring_after_commit(house.sessions, make_bell(house.settings, house.office.keys))
    row = make_request(house)
    assert row.reference
    house.engine.dispose()


def test_the_sweeper_rings_for_all_that_is_due_when_nothing_waits(
    ringing: tuple[House, Bell], valkey: Valkey
) -> None:
    house, bell = ringing
    make_request(house, level=Level.IA4)
    with valkey.redis() as redis:
        redis.flushall()
    sweeper = Sweeper(house=house, bell=bell)
    sweeper.sweep()
    due = rung(bell)
    # five systems, the receipt, and the mail to the processor that searches by hand
    assert len(due) == 7
    sweeper.sweep()
    assert rung(bell) == due  # it does not pile up


def test_heads_are_signed_once_for_each_growth(tmp_path: Path, sqlite_url: str) -> None:
    signing, _ = new_signing_key()
    house = make_house(tmp_path, database_url=sqlite_url, signing_key=signing)
    known: dict[str, int] = {}
    assert heads.publish(house, known) == 0
    make_request(house)
    make_request(house, practice="centrum")
    assert heads.publish(house, known) == 2
    assert heads.publish(house, known) == 0
    assert len(heads.path_of(house).read_text().splitlines()) == 2
    house.engine.dispose()


def test_a_practice_is_reminded_of_what_it_has_to_search_by_hand(
    house: House, clock: Clock
) -> None:
    make_request(house, level=Level.IA4)
    days = house.office.register.system("oneassist").remind_after_days
    reminded = []
    for _ in range(4):
        with house.writing() as session:
            reminded.append(sweep.remind_by_hand(session, house))
        clock.move(days=days, seconds=1)
    assert reminded[0] == 0
    assert sum(reminded) >= 2
    with house.reading() as session:
        told = session.scalar(select(func.count()).where(Event.action == "reminded"))
    assert told == sum(reminded)


def test_tidying_forgets_old_tallies(house: House, clock: Clock) -> None:
    make_request(house)
    clock.move(days=3)
    sweep.tidy(house)
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(Tally)) == 0


# Leases and tasks


def test_a_lease_is_kept_while_work_goes_on_and_its_loss_is_told(
    tmp_path: Path, database_url: str
) -> None:
    house = make_house(
        tmp_path, database_url=database_url, terms=Terms(lease=timedelta(seconds=0.3))
    )
    make_request(house, level=Level.IA4)
    with house.writing() as session:
        step_id = steps.due(session, house.office.now(), 1)[0]
        step = steps.claim(session, step_id, house.office.now(), house.office.terms.lease)
        assert step is not None
        fence = step.fence
        begun = step.lease_until
    assert isinstance(house.office.clock, Clock)
    house.office.clock.move(seconds=10)
    with kept(house, steps.write_if_mine, step_id, fence) as lost:
        wait_until(lambda: _lease(house, step_id) != begun, what="the lease was renewed")
        assert not lost.is_set()
        with house.writing() as session:
            session.get_one(Step, step_id).fence += 1
        assert lost.wait(5)
    house.engine.dispose()


def _lease(house: House, step_id: str) -> Any:
    with house.reading() as session:
        return session.get_one(Step, step_id).lease_until


def test_a_task_that_breaks_never_raises_into_the_queue(house: House) -> None:
    """RQ would keep the exception and its words in Redis (T68)."""
    make_request(house, level=Level.IA4)

    def explode(_dataset: str, _after: str | None) -> None:
        raise KeyError("Anouk Voorbeeld")

    systems = systems_of(house, crm=FakeSystem(located=one(), before_find=explode))
    tasks = worker.make_tasks(house, systems)
    with house.reading() as session:
        waiting = steps.due(session, house.office.now(), 100)
    for row_id in waiting:
        tasks[STEP](row_id)
    with house.reading() as session:
        step = session.scalars(select(Step).where(Step.system == "crm")).one()
        mails = outbox.due(session, house.office.now(), 10)
    assert (step.outcome, step.attempts, step.lease_until) == (None, 1, None)
    assert step.trouble.startswith("BadAnswer")  # the desk sees that it fails, and no words of it
    assert "Anouk" not in step.trouble
    assert len(mails) == 2  # the receipt, and the mail to the processor
