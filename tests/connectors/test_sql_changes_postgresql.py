"""Changing a PostgreSQL database: its sessions, rights and schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sql import build
from dsr.core.connector import Change, Place
from dsr.core.errors import NeedsPerson, TryAgain
from tests.connector_contract import items_of
from tests.connectors import post_office
from tests.connectors.databases import run, writing
from tests.connectors.post_office import ANNA, ids, letter, page, person, scan, settings_of

LETTERS = Place(subject_ref=ANNA, dataset="letters")
ALONG = {"along": ["page", "scan"]}
END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'privacybalie' AND datname = current_database()"
)


@pytest.fixture
def office(postgres: str) -> str:
    post_office.fill(postgres)
    return postgres


def test_a_session_that_is_killed_before_the_end_changed_nothing(office: str) -> None:
    connector: Any = build(settings_of(office, letters=ALONG))
    rows = connector._rows(connector._plan.datasets["letters"])

    def killed(work: Any) -> None:
        owned = rows.owned(work, ANNA, ["1", "2"])
        assert rows.erase(work, owned.rows, owned.keys).refs == ("1", "2")
        run(office, END_SESSIONS)

    with pytest.raises(TryAgain):
        connector._writing.transaction(killed)
    assert ids(office, letter) == ids(office, page) == ids(office, scan) == [1, 2, 3, 4, 5]
    assert connector.erase(LETTERS, ["1", "2"], "op").done == ("1", "2")


def test_a_kept_session_that_ended_is_replaced(office: str) -> None:
    connector = build(settings_of(office, letters=ALONG))
    assert connector.erase(LETTERS, ["1"], "op").done == ("1",)
    run(office, END_SESSIONS)
    assert connector.erase(LETTERS, ["2"], "op").done == ("2",)


@pytest.fixture
def reader(office: str) -> Iterator[str]:
    """The address for a login that may read all and change nothing."""
    run(office, "CREATE ROLE looker LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker")
    yield sa.make_url(office).set(username="looker").render_as_string(hide_password=False)
    run(office, "DROP OWNED BY looker", "DROP ROLE looker")


def test_a_login_that_may_not_change_says_what_is_missing(office: str, reader: str) -> None:
    connector = build(settings_of(reader, letters=ALONG))
    verbs: tuple[Callable[[], object], ...] = (
        lambda: connector.erase(LETTERS, ["1"], "op"),
        lambda: connector.restrict(LETTERS, ["1"], "op"),
        lambda: connector.hold(LETTERS, "op"),
    )
    for verb in verbs:
        with pytest.raises(NeedsPerson, match="GRANT"):
            verb()
    assert ids(office, letter) == ids(office, scan) == [1, 2, 3, 4, 5]


def test_reading_and_changing_can_have_a_login_each(office: str, reader: str) -> None:
    plan = {**settings_of(reader, letters=ALONG), "change_url": office, "changes": False}
    connector = build(plan)
    assert connector.erase(LETTERS, ["1"], "op").done == ("1",)
    assert len(items_of(connector, ANNA, "letters")) == 3


def test_records_in_another_schema_keep_a_row_also_unseen(office: str, reader: str) -> None:
    run(
        office,
        "CREATE SCHEMA vault",
        "CREATE TABLE vault.proof (id int PRIMARY KEY,"
        " letter_id int REFERENCES letter(id) ON DELETE CASCADE)",
        "INSERT INTO vault.proof VALUES (1, 1)",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO looker",
    )
    receipt = build(settings_of(office, letters=ALONG)).erase(LETTERS, ["1", "2"], "op")
    assert [kept.reason for kept in receipt.retained] == ["Records of 'proof' refer to it."]
    assert receipt.done == ("2",)
    with pytest.raises(NeedsPerson, match="GRANT"):
        build(settings_of(reader, letters=ALONG)).erase(LETTERS, ["1"], "op")
    assert ids(office, letter) == [1, 3, 4, 5]


def test_types_of_postgresql_are_corrected_and_compared(office: str) -> None:
    run(
        office,
        "CREATE TYPE mood AS ENUM ('blij', 'boos')",
        "ALTER TABLE person ADD seen timestamptz, ADD mood mood, ADD extra jsonb, ADD pay money,"
        " ADD tags text[], ADD code uuid UNIQUE",
        "UPDATE person SET seen = '2026-01-01 12:00+01', mood = 'blij', extra = '{\"a\": 1}',"
        " pay = 12.50",
    )
    connector = build(settings_of(office))
    me = Place(subject_ref=ANNA, dataset="person")
    before = connector.again(me, [ANNA])[ANNA].data
    new: dict[str, object] = {
        "seen": "2026-02-01T12:00:00+00:00",
        "mood": "boos",
        "extra": {"a": [None, True, "é"]},
        "code": "00000000-0000-4000-8000-000000000001",
    }
    changes = [Change(path=f"/{name}", old=before[name], new=new[name]) for name in new]
    assert connector.rectify(me, ANNA, changes, "op").done == (ANNA,)
    after = connector.again(me, [ANNA])[ANNA].data
    assert {name: after[name] for name in new} == new
    listed = Change(path="/tags", old=None, new=["a"])
    assert "op-2" in connector.rectify(me, ANNA, [listed], "op-2").by_hand


def test_a_new_record_cannot_slip_in_below_one_that_is_being_erased(office: str) -> None:
    connector: Any = build(settings_of(office, letters=ALONG))
    rows = connector._rows(connector._plan.datasets["letters"])
    engine = sa.create_engine(office, connect_args={"options": "-c lock_timeout=200"})

    def erase(work: Any) -> None:
        owned = rows.owned(work, ANNA, ["1"])
        with pytest.raises(sa.exc.OperationalError), engine.begin() as other:
            other.execute(page.insert(), {"id": 77, "letter_id": 1})
        rows.erase(work, owned.rows, owned.keys)

    connector._writing.transaction(erase)
    engine.dispose()
    assert ids(office, page) == [2, 3, 4, 5]
    with writing(office) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(person)) == 2
