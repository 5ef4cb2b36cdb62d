"""Workers that are killed, sleep too long or lose their queue: every request ends in one answer."""

from __future__ import annotations

import io
import json
import signal
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from demo.population import Cast, played_by
from dsr.core.request import Outcome
from dsr.core.stages import Stage
from dsr.db import events, subject_requests
from dsr.db.answers import Letter, Package
from dsr.db.events import Event
from dsr.services import archive, case, review
from dsr.services.verify_log import verify
from tests.faults.running import Firm, firm
from tests.servers import Valkey, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def running(tmp_path: Path, database_url: str, valkey: Valkey) -> Iterator[Firm]:
    """A firm on either database, with the shared Valkey."""
    with firm(tmp_path, database_url, valkey) as made:
        yield made


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A Valkey that may be killed."""
    server = Valkey()
    server.start()
    yield server
    server.close()


def refs_of(running: Firm, row: Any, system: str) -> list[str]:
    house = running.house
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        key = case.case_key(session, house.office, fresh)
        step = review.search_of(session, fresh, system)
        return [r["ref"] for r in archive.records(session, house.office.vault, key, step)]


def check_one_answer(running: Firm, *rows: Any) -> None:
    """The invariants: one letter and one package each, and a log that is whole."""
    with running.house.reading() as session:
        for table in (Letter, Package):
            made = Counter(session.scalars(select(table.request_id)))
            assert made == Counter(row.id for row in rows)
        for action in ("letter_released", "decided", "closed"):
            told = select(func.count()).where(Event.action == action)
            assert session.scalar(told) == len(rows)
        log = [json.loads(json.dumps(row)) for row in events.export(session)]
    assert verify(log, [], b"\0" * 32).problems == ()


def test_a_worker_killed_mid_search_is_followed_by_one_that_goes_on_at_its_page(
    running: Firm,
) -> None:
    """F3-F5: nothing before the last checkpoint is read again, nothing is lost or doubled."""
    first = running.start_worker(sendbird=4)  # the second page of the messages
    row = running.ask(Cast.APP)
    first.wait_until_held()
    first.kill()
    journal = running.world.journals["sendbird"]
    before = len(journal.entries)
    running.start_worker()
    running.answer(row)
    chat = f"praktijk_{played_by(running.world.people, Cast.APP).sendbird_id}"
    assert ("list_messages", chat) in [(e["verb"], e["ref"]) for e in journal.entries[:before]]
    again = [(e["verb"], e["ref"]) for e in journal.entries[before:]]
    assert ("list_messages", chat) not in again
    assert "list_channels" not in [verb for verb, _ in again]
    refs = refs_of(running, row, "sendbird")
    assert len(refs) == len(set(refs))
    step = running.steps(row)["sendbird"]
    assert (step.outcome, step.attempts, step.fence) == (Outcome.DONE, 2, 2)
    assert step.counts["messages"] == 46
    check_one_answer(running, row)
    assert zipfile.ZipFile(io.BytesIO(running.fetch(row))).testzip() is None


def test_a_worker_killed_while_it_makes_an_answer_leaves_no_orphan_and_one_answer(
    tmp_path: Path, sqlite_url: str, valkey: Valkey
) -> None:
    """F8, F9, F11: the children that render end with it, and another makes the answer."""
    with firm(tmp_path, sqlite_url, valkey) as running:
        first = running.start_worker()
        row = running.ask(Cast.GUEST)
        running.decide(row)
        wait_until(lambda: children_of(first.process.pid) != [], what="it renders")
        orphans = children_of(first.process.pid)
        first.kill()
        wait_until(lambda: not any(is_alive(pid) for pid in orphans), what="they ended", seconds=5)
        running.start_worker()
        running.send(row)
        check_one_answer(running, row)
        assert zipfile.ZipFile(io.BytesIO(running.fetch(row))).testzip() is None


def children_of(pid: int) -> list[int]:
    """Every process below this one."""
    below: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            below += [child, *children_of(child)]
    return below


def is_alive(pid: int) -> bool:
    """Whether it runs, and is not merely waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_worker_that_slept_past_its_lease_is_fenced_off(
    tmp_path: Path, postgres_url: str, valkey: Valkey
) -> None:
    """F12: SIGSTOP until another took over and finished, then SIGCONT."""
    with firm(tmp_path, postgres_url, valkey) as running:
        _sleep_past_the_lease(running)


def _sleep_past_the_lease(running: Firm) -> None:
    sleeper = running.start_worker(sendbird=4)
    row = running.ask(Cast.APP)
    sleeper.wait_until_held()
    sleeper.signal(signal.SIGSTOP)
    running.start_worker()
    running.wait_for(row, Stage.REVIEWING)
    refs = refs_of(running, row, "sendbird")
    sleeper.gate.unlink()
    sleeper.signal(signal.SIGCONT)
    wait_until(lambda: "ChangedMeanwhile" in running.log.read_text(), what="the fence refused")
    step = running.steps(row)["sendbird"]
    assert (step.outcome, step.fence) == (Outcome.DONE, 2)
    assert refs_of(running, row, "sendbird") == refs
    assert len(refs) == len(set(refs))
    running.answer(row)
    check_one_answer(running, row)


def test_an_emptied_queue_is_filled_again_from_the_database(
    tmp_path: Path, postgres_url: str, valkey: Valkey
) -> None:
    """F14: FLUSHALL again and again while two workers do three requests."""
    with firm(tmp_path, postgres_url, valkey) as running:
        running.start_worker()
        running.start_worker()
        rows = [running.ask(who) for who in (Cast.GUEST, Cast.TWIN, Cast.QUIET)]
        with running.valkey.redis() as redis:
            for row in rows:
                redis.flushall()
                running.wait_for(row, Stage.REVIEWING)
                redis.flushall()
        for row in rows:
            running.answer(row)
        check_one_answer(running, *rows)


def test_a_valkey_that_dies_and_comes_back_loses_nothing(
    tmp_path: Path, sqlite_url: str, own_valkey: Valkey
) -> None:
    """F15: killed under work; requests still come in; it comes back and all work ends."""
    with firm(tmp_path, sqlite_url, own_valkey) as running:
        worker = running.start_worker(crm=1)
        row = running.ask(Cast.GUEST)
        worker.wait_until_held()
        own_valkey.kill()
        worker.gate.unlink()
        second = running.ask(Cast.APP)
        wait_until(lambda: "sweep_failed" in running.tail(), what="the worker noticed")
        own_valkey.start()
        for asked in (row, second):
            running.answer(asked)
        check_one_answer(running, row, second)
        assert worker.stop() == 0


def test_a_worker_that_is_told_to_stop_ends_and_leaves_its_work_to_others(
    tmp_path: Path, sqlite_url: str, valkey: Valkey
) -> None:
    with firm(tmp_path, sqlite_url, valkey) as running:
        first = running.start_worker(crm=1)
        row = running.ask(Cast.GUEST)
        first.wait_until_held()
        assert first.stop() == 0
        running.start_worker()
        running.answer(row)
        check_one_answer(running, row)
