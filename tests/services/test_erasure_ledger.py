"""The ledger outside the database: a crash is folded in, an older database is refused (T73)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import asdict

import pytest

from demo.practice import PRACTICE
from dsr.core.errors import NotFound, Shredded, VaultError
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.data_keys import HOUSE, DataKey
from dsr.db.ledger import LedgerHead
from dsr.db.plans import Batch
from dsr.services import case, erasure_ledger, own_purge
from dsr.services.erasure_ledger import Why
from dsr.services.house import House
from dsr.services.ledger_watch import LedgerWatch
from dsr.vault.ledger_file import FILE, Kind
from tests.makers import Clock, make_request
from tests.services.erasing import erasing, forget, keys_of, receipt_written


def head_of(house: House) -> int:
    with house.reading() as session:
        found = session.get(LedgerHead, "erasures")
        return found.number if found else 0


def test_what_is_erased_is_in_the_ledger_and_named_by_keyed_hashes_alone(house: House) -> None:
    row = make_request(house, level=Level.IA4)
    batch = erasing(house, "n-1", "n-2", row=row)

    receipt_written(house, batch, "n-1", "n-2")

    (line,) = house.office.ledger.lines()
    assert (line.kind, line.system, line.dataset) == (Kind.ERASED, "crm", "notes")
    assert list(line.items) == keys_of(house, ["n-1", "n-2"])
    text = (house.settings.ledger / FILE).read_text()
    assert not any(value in text for value in ("n-1", "p-1", row.id, row.reference, "Anouk"))
    assert head_of(house) == 1
    assert erasure_ledger.check(house) is None


def test_nothing_erased_writes_nothing(house: House) -> None:
    receipt_written(house, erasing(house, "n-1"))

    assert list(house.office.ledger.lines()) == []


def test_a_transaction_that_fails_leaves_no_line(house: House) -> None:
    batch = erasing(house, "n-1")

    with house.sessions() as session:
        mine = session.get_one(Batch, batch.id)
        erasure_ledger.record_erased(session, house.office, mine, keys_of(house, ["n-1"]))
        session.rollback()
        session.commit()

    assert list(house.office.ledger.lines()) == []
    assert erasure_ledger.check(house) is None


def test_a_database_that_knows_nothing_of_an_erasure_is_refused(house: House) -> None:
    """The batch was planned, and not begun, when this database was saved."""
    batch = erasing(house, "n-1", acting=False)
    receipt_written(house, batch, "n-1")
    forget(house, 0)

    found = erasure_ledger.check(house)

    assert found is not None
    assert (found.why, found.behind) == (Why.OLDER_DATABASE, 1)
    assert "python -m dsr replay-erasures" in found.words


def test_a_database_without_the_batch_at_all_is_refused(house: House) -> None:
    batch = erasing(house, "n-1")
    receipt_written(house, batch, "n-1")
    with house.writing() as session:
        session.delete(session.get_one(Batch, batch.id))
    forget(house, 0)

    found = erasure_ledger.check(house)

    assert found is not None
    assert found.why is Why.OLDER_DATABASE


def test_a_crash_between_the_file_and_the_commit_is_folded_in(house: House) -> None:
    first, second = erasing(house, "n-1"), erasing(house, "n-2")
    receipt_written(house, first, "n-1")
    receipt_written(house, second, "n-2")
    forget(house, 1)

    assert erasure_ledger.check(house) is None
    assert head_of(house) == 2


def test_what_a_person_was_asked_to_erase_is_known_before_it_is_told(house: House) -> None:
    batch = erasing(house, "n-1", acting=False)
    with house.writing() as session:
        session.get_one(Batch, batch.id).instruction = "Open the CRM and delete the note."
    receipt_written(house, batch, "n-1")
    forget(house, 0)

    assert erasure_ledger.check(house) is None


def test_a_ledger_that_is_older_than_the_database_is_refused(house: House) -> None:
    receipt_written(house, erasing(house, "n-1"), "n-1")
    shutil.copy(house.settings.ledger / FILE, house.settings.folder / "old")
    receipt_written(house, erasing(house, "n-2"), "n-2")
    shutil.copy(house.settings.folder / "old", house.settings.ledger / FILE)

    found = erasure_ledger.check(house)

    assert found is not None
    assert found.why is Why.OTHER_LEDGER


def test_a_lost_or_another_ledger_is_refused(house: House) -> None:
    receipt_written(house, erasing(house, "n-1"), "n-1")
    path = house.settings.ledger / FILE
    whole = path.read_text()
    path.write_text("")
    lost = erasure_ledger.check(house)
    path.write_text(whole.replace(json.loads(whole)["hash"], "ab" * 32))
    other = erasure_ledger.check(house)
    path.write_text("no ledger\n")
    broken = erasure_ledger.check(house)

    assert [found.why for found in (lost, other, broken) if found] == [
        Why.OTHER_LEDGER, Why.OTHER_LEDGER, Why.BROKEN_LEDGER,
    ]  # fmt: skip


KILLED = """
import json, os, signal, sys
from pathlib import Path
from sqlalchemy import event
from dsr.bootstrap import build_house
from dsr.core.settings import Settings
from tests.services.erasing import receipt_written
from dsr.db.plans import Batch
from dsr.services import own_purge

given = json.loads(sys.argv[1])
paths = {name: Path(given[name]) for name in ("folder", "register_path")}
settings = Settings(**{**given, **paths, "queues": ("work",)})
house = build_house(settings)
@event.listens_for(house.engine, "commit")
def die(*_):
    if list(house.office.ledger.backwards()):
        os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[3] == "case":
    own_purge.finish(house)
else:
    with house.reading() as session:
        batch = session.get_one(Batch, sys.argv[2])
    receipt_written(house, batch, "n-1")
"""


def kill(house: House, what: str, row_id: str = "") -> None:
    """Let a process write the ledger, and kill it before its commit."""
    given = asdict(house.settings) | {"system_settings": dict(PRACTICE)}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, json.dumps(given, default=str), row_id, what],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_process_killed_between_the_file_and_the_commit_is_no_restore(
    house: House,
) -> None:
    """Killed for real, with the line on the disk and the receipt not committed."""
    batch = erasing(house, "n-1")
    kill(house, "batch", batch.id)

    assert [line.operation for line in house.office.ledger.lines()] == [batch.id]
    with house.reading() as session:
        assert session.get_one(Batch, batch.id).outcome is None
    assert head_of(house) == 0
    assert erasure_ledger.check(house) is None
    assert head_of(house) == 1
    receipt_written(house, batch, "n-1")  # another worker ends what was begun
    assert erasure_ledger.check(house) is None
    assert [line.n for line in house.office.ledger.lines()] == [1, 2]


def test_a_process_killed_while_it_destroys_a_case_is_no_restore(
    house: House, clock: Clock
) -> None:
    row = make_request(house)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        fresh.items[0].stage, fresh.closed_at = Stage.CLOSED, house.office.now()
    clock.move(days=6 * 366)
    with house.writing() as session:
        assert own_purge.doom_cases(session, house.office) == 1

    kill(house, "case")

    assert [line.kind for line in house.office.ledger.lines()] == [Kind.CASE_PURGED]
    with house.reading() as session:
        assert subject_requests.by_id(session, row.id).id == row.id  # nothing was committed
    assert erasure_ledger.check(house) is None
    assert own_purge.purge(house) == 1
    with house.reading() as session, pytest.raises(NotFound):
        subject_requests.by_id(session, row.id)
    assert erasure_ledger.check(house) is None


# keys


def test_a_doomed_key_opens_nothing_and_then_is_gone_for_good(house: House) -> None:
    row = make_request(house)
    with house.reading() as session:
        wrapped = session.get_one(DataKey, row.data_key_id).wrapped
    with house.writing() as session:
        erasure_ledger.doom_key(session, house.office, row.data_key_id)
    with pytest.raises(Shredded), house.reading() as session:
        case.case_key(session, house.office, row)
    with house.writing() as session:
        erasure_ledger.record_key_destroyed(
            session, house.office, row.data_key_id, request_id=row.id, kind=Kind.KEY_DESTROYED
        )

    with house.writing() as session:  # as a backup would have it
        key = session.get_one(DataKey, row.data_key_id)
        key.wrapped, key.destroyed_at = wrapped, None
    with pytest.raises(Shredded), house.reading() as session:
        case.case_key(session, house.office, row)


def test_a_key_nobody_doomed_is_not_destroyed(house: House) -> None:
    row = make_request(house)

    with pytest.raises(VaultError), house.writing() as session:
        erasure_ledger.record_key_destroyed(
            session, house.office, row.data_key_id, request_id=row.id, kind=Kind.KEY_DESTROYED
        )
    with house.reading() as session:
        assert case.case_key(session, house.office, row)


def test_a_key_from_before_there_were_shares_still_opens(house: House) -> None:
    row = make_request(house)
    with house.writing() as session:
        opened = case.case_key(session, house.office, row)
        key = session.get_one(DataKey, row.data_key_id)
        key.wrapped, key.share_at = house.office.keys.wrap(opened, key.id.encode()), None

    with house.reading() as session:
        assert case.open_subject(case.case_key(session, house.office, row), row)[0].name
        assert session.get_one(DataKey, HOUSE).share_at is None  # it is never destroyed


# who watches


def test_a_watch_looks_seldom_and_refuses_with_the_command(house: House) -> None:
    receipt_written(house, erasing(house, "n-1", acting=False), "n-1")
    forget(house, 0)
    watch = LedgerWatch(house=house)

    with pytest.raises(erasure_ledger.LedgerDisagrees, match="replay-erasures"):
        watch.refuse()
    with house.writing() as session:
        erasure_ledger.move_head(session, house.office)
    assert watch.found() is not None  # for these few seconds
