"""The log of a real house: whole after everything, and no change to it goes unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from dsr.cli.main import dsr
from dsr.core.errors import Shredded
from dsr.core.request import Decision
from dsr.core.subject import Level
from dsr.db import events, subject_requests
from dsr.db.data_keys import DataKey
from dsr.db.events import Event, EventHead
from dsr.services import assign, case, decide, heads, review
from dsr.services.house import House
from dsr.services.staff_login import who_is
from dsr.services.verify_log import Verdict, verify
from dsr.vault.signing import new_signing_key, public_key_of, signing_key_from_text
from tests.makers import Clock, make_found, make_house, make_item, make_request, make_staff

Rows = list[dict[str, Any]]


@pytest.fixture
def house(tmp_path: Path, database_url: str, clock: Clock) -> Any:
    """A house that signs the heads of its log."""
    signing, _public = new_signing_key()
    made = make_house(tmp_path, clock=clock, database_url=database_url, signing_key=signing)
    yield made
    made.engine.dispose()


def busy(house: House) -> None:
    """Some hours of work in two practices, with heads published now and then."""
    known: dict[str, int] = {}
    officer = who_is(make_staff(house, practices=("kralingen", "centrum")))
    for practice in ("kralingen", "centrum", "kralingen"):
        row = make_request(house, level=Level.IA4, practice=practice)
        make_found(house, row, {"crm": [make_item()]})
        with house.writing() as session:
            fresh = subject_requests.by_id(session, row.id)
            assign.note(session, house.office, fresh, "Belde over zijn zus Wilhelmina.", officer)
            chosen = decide.Decided(
                decision=Decision.GRANTED, seen=review.review_digest(session, fresh)
            )
            decide.decide(session, house.office, fresh, chosen, officer)
        heads.publish(house, known)


def exported(house: House) -> Rows:
    with house.reading() as session:
        return [json.loads(json.dumps(row)) for row in events.export(session)]


def verdict(house: House, rows: Rows) -> Verdict:
    lines = heads.path_of(house).read_text().splitlines()
    key = public_key_of(signing_key_from_text(house.settings.signing_key))
    return verify(rows, [json.loads(line) for line in lines], key)


def test_the_log_of_a_busy_house_is_whole_and_holds_nobodys_words(house: House) -> None:
    busy(house)
    rows = exported(house)
    told = verdict(house, rows)
    assert (told.good, told.problems, told.checked, told.unsealed) == (True, (), len(rows), 0)
    assert {row["practice"] for row in rows} == {"kralingen", "centrum"}
    said = json.dumps(rows)
    for word in (
        "Wilhelmina",
        "Anouk",
        "Voorbeeld",
        "voorbeeld.example",
        "0000 0123",
        "1980-03-31",
    ):
        assert word not in said


CHANGES: dict[str, Callable[[Rows], Any]] = {
    "an actor": lambda rows: rows[3].update(actor="system"),
    "a moment": lambda rows: rows[3].update(at=rows[4]["at"].replace("2026", "2025")),
    "a body": lambda rows: rows[3]["body"].update(more=1),
    "a sealed text": lambda rows: rows[3].update(sealed_sha256="0" * 64),
    "a deleted row": lambda rows: rows.pop(3),
    "an inserted row": lambda rows: rows.insert(3, dict(rows[3])),
    "two rows swapped": lambda rows: rows.insert(3, rows.pop(4)),
    "a cut tail": lambda rows: rows.pop(),
    "all gone": lambda rows: rows.clear(),
    "another practice": lambda rows: rows[3].update(practice="zuidplein"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_to_a_real_export_is_found(house: House, change: str) -> None:
    busy(house)
    rows = exported(house)
    CHANGES[change](rows)
    told = verdict(house, rows)
    assert not told.good
    assert told.problems


def test_the_command_says_so_with_its_exit_code(house: House, tmp_path: Path) -> None:
    busy(house)
    rows = exported(house)
    key = public_key_of(signing_key_from_text(house.settings.signing_key)).hex()
    told = []
    for name, part in (("whole", rows), ("cut", rows[:-1])):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in part))
        args = ["verify-log", "--heads", str(heads.path_of(house)), "--public-key", key]
        done = CliRunner().invoke(dsr, [*args, "--export", str(path)])
        told.append((done.exit_code, "NOT whole" in done.output))
    assert told == [(0, False), (1, True)]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE events SET actor = 'x'", "DELETE FROM events", "DELETE FROM events WHERE seq = 1"],
)
def test_the_database_itself_refuses_to_change_the_log(house: House, statement: str) -> None:
    busy(house)
    before = exported(house)
    with pytest.raises(DBAPIError, match="append-only"), house.engine.begin() as connection:
        connection.execute(text(statement))
    assert exported(house) == before


def test_postgresql_refuses_to_empty_the_log_in_one_go(tmp_path: Path, postgres_url: str) -> None:
    house = make_house(tmp_path, database_url=postgres_url)
    make_request(house)
    with pytest.raises(DBAPIError, match="append-only"), house.engine.begin() as connection:
        connection.execute(text("TRUNCATE events"))
    assert exported(house)
    house.engine.dispose()


def test_shredding_a_key_erases_the_words_and_leaves_the_chain_whole(house: House) -> None:
    busy(house)
    with house.writing() as session:
        row = session.scalars(subject_requests.select(subject_requests.SubjectRequest)).first()
        assert row is not None
        key = session.get_one(DataKey, row.data_key_id)
        key.wrapped, key.destroyed_at = None, house.office.now()
    told = verdict(house, exported(house))
    assert (told.good, told.problems) == (True, ())
    with house.reading() as session:
        noted = session.scalars(
            subject_requests.select(Event).where(
                Event.request_id == row.id, Event.action == "noted"
            )
        ).one()
        with pytest.raises(Shredded):
            case.text_of(session, house.office, row, noted)


def test_what_is_rolled_back_leaves_no_event_and_no_gap(house: House) -> None:
    row = make_request(house)
    before = len(exported(house))
    told = case.Told(who=case.SYSTEM, action=case.Action.NOTED)
    with house.sessions() as session:
        case.tell(session, house.office, subject_requests.by_id(session, row.id), told)
        session.rollback()
    make_request(house)
    rows = exported(house)
    assert [r["seq"] for r in rows] == list(range(1, before + 3))
    assert verify(rows, [], b"\0" * 32).problems == ()


def test_a_session_that_commits_twice_goes_on_where_its_chain_is(house: House) -> None:
    row = make_request(house)
    with house.sessions() as session, house.sessions() as other:
        for turn in (session, other, session):
            fresh = subject_requests.by_id(turn, row.id)
            told = case.Told(who=case.SYSTEM, action=case.Action.NOTED)
            case.tell(turn, house.office, fresh, told)
            turn.commit()
    rows = exported(house)
    assert [r["seq"] for r in rows] == [1, 2, 3, 4, 5]
    assert verify(rows, [], b"\0" * 32).problems == ()


def test_a_head_that_was_set_back_shows_against_the_signed_ones(house: House) -> None:
    """Whoever owns the database can write a new tail; the file outside it knows the old one."""
    busy(house)
    rows = [row for row in exported(house) if row["practice"] == "kralingen"]
    with house.engine.begin() as connection:
        back = update(EventHead).where(EventHead.practice == "kralingen")
        connection.execute(back.values(seq=rows[-3]["seq"], row_hash=rows[-3]["row_hash"]))
    told = verdict(house, [row for row in exported(house) if row not in rows[-2:]])
    assert not told.good
