"""The SQL connector on PostgreSQL: its own types, rights, cursors and ways to fail."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sql import build
from demo import appdb
from dsr.core.connector import Page
from dsr.core.errors import NeedsPerson, TryAgain
from tests.connector_contract import items_of
from tests.connectors.app_people import APP_PEOPLE, NORA
from tests.connectors.databases import run, writing

KINDS = {
    "n_numeric": ("numeric(20,4)", "12345678901234.5600", "12345678901234.5600"),
    "n_nan": ("numeric", "NaN", "NaN"),
    "n_money": ("money", "1234.50", "1234.50"),
    "n_real": ("double precision", "Infinity", "inf"),
    "n_third": ("double precision", "0.1", 0.1),
    "n_big": ("bigint", "9223372036854775807", 2**63 - 1),
    "t_bytes": ("bytea", "\\x00ff", {"base64": "AP8="}),
    "t_char": ("char(5)", "ab", "ab"),
    "t_uuid": ("uuid", f"{7:032X}", "00000000-0000-0000-0000-000000000007"),
    "t_net": ("inet", "192.0.2.7/24", "192.0.2.7/24"),
    "d_long": ("interval", "1 year 2 months 3 days 04:05:06.7", "P1Y2M3DT4H5M6.7S"),
    "d_day": ("date", "2024-02-29", "2024-02-29"),
    "d_ever": ("date", "infinity", "infinity"),
    "d_old": ("date", "0044-03-15 BC", "0044-03-15 BC"),
    "d_naive": ("timestamp", "2024-07-01 12:00:00.5", "2024-07-01T12:00:00.5"),
    "d_zoned": ("timestamptz", "2024-07-01 12:00:00+02", "2024-07-01T10:00:00+00:00"),
    "d_far": ("timestamptz", "12024-07-01 12:00:00+00", "12024-07-01T12:00:00+00:00"),
    "d_time": ("time", "23:59:59.999", "23:59:59.999"),
    "j_doc": ("jsonb", '{"a": [1, null, "é"], "b": 1.25}', {"a": [1, None, "é"], "b": 1.25}),
    "j_exact": ("json", '{"a": 0.1000000000000000000001, "b": 99999999999999999999}',
                {"a": "0.1000000000000000000001", "b": "99999999999999999999"}),
    "j_twice": ("json", '{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
    "a_whole": ("integer[]", "{1,NULL,3}", [1, None, 3]),
    "a_deep": ("text[]", '{{"a,b","c\\"d"},{"",NULL}}', [["a,b", 'c"d'], ["", None]]),
    "a_moments": ("timestamptz[]", '{"2024-07-01 12:00:00+02"}', ["2024-07-01T10:00:00+00:00"]),
    "a_moods": ("mood[]", "{happy,sad}", ["happy", "sad"]),
    "a_net": ("inet[]", "{192.0.2.7}", ["192.0.2.7"]),
    "e_mood": ("mood", "happy", "happy"),
    "r_range": ("daterange", "[2024-01-01,2024-02-01)", "[2024-01-01,2024-02-01)"),
    "c_pair": ("pair", '(1,"a b")', '(1,"a b")'),
    "m_domain": ("positive", "7", 7),
    "b_bits": ("bit(4)", "1010", "1010"),
    "b_flag": ("boolean", "t", True),
}  # fmt: skip
END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'privacybalie' AND datname = current_database()"
)
FOREIGN = """
CREATE TYPE mood AS ENUM ('happy', 'sad'); CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE SCHEMA "Ot her"; CREATE TABLE "Ot her"."Per:son" ("Id" mood PRIMARY KEY);
INSERT INTO "Ot her"."Per:son" VALUES ('happy'), ('sad');
"""


def kinds_settings(url: str) -> dict[str, Any]:
    return {
        "url": url,
        "schema": "Ot her",
        "timezone": "Europe/Amsterdam",
        "person": {"table": "Per:son", "key": "Id", "match": {"refs": {"app": "Id"}}},
        "datasets": {
            "kinds": {
                "table": "kinds",
                "schema": "public",
                "key": "e_mood",
                "person": "e_mood",
                "dates": {"recorded": "d_naive", "sent": "d_zoned", "never": "d_ever"},
            }
        },
    }


@pytest.fixture
def kinds(postgres: str) -> str:
    columns = ", ".join(f"{name} {kind}" for name, (kind, _, _) in KINDS.items())
    names, values = ", ".join(KINDS), ", ".join(f"%({name})s" for name in KINDS)
    given = {name: text for name, (_, text, _) in KINDS.items()}
    with writing(postgres) as connection:
        connection.exec_driver_sql(FOREIGN)
        connection.exec_driver_sql(f"CREATE TABLE kinds ({columns})")
        connection.exec_driver_sql(f"INSERT INTO kinds ({names}) VALUES ({values})", given)  # noqa: S608
    return postgres


def test_every_type_becomes_json_without_loss(kinds: str) -> None:
    (item,) = items_of(build(kinds_settings(kinds)), "happy", "kinds")
    assert item.data == {name: shown for name, (_, _, shown) in KINDS.items()}


def test_moments_without_a_zone_are_the_practices_and_endless_ones_are_no_dates(kinds: str) -> None:
    (item,) = items_of(build(kinds_settings(kinds)), "happy", "kinds")
    moment = datetime(2024, 7, 1, 10, tzinfo=UTC)
    assert item.dates == {"recorded": moment.replace(microsecond=500_000), "sent": moment}


@pytest.fixture
def filled(postgres: str) -> str:
    appdb.create(postgres, APP_PEOPLE)
    return postgres


@pytest.fixture
def login(filled: str) -> Iterator[str]:
    """The address for a login that may read a few columns and do nothing else."""
    run(
        filled,
        "CREATE ROLE reader LOGIN",
        "GRANT SELECT (id, first_name, last_name, email) ON account TO reader",
        "GRANT SELECT (id, account_id, device) ON app_session TO reader",
    )
    yield sa.make_url(filled).set(username="reader").render_as_string(hide_password=False)
    run(filled, "DROP OWNED BY reader", "DROP ROLE reader")


def narrow(url: str, **more: object) -> dict[str, Any]:
    sessions = {"table": "app_session", "key": "id", "person": "account_id", **more}
    match = {"name": ["first_name", "last_name"], "email": "email"}
    person = {"table": "account", "key": "id", "match": match}
    return {"url": url, "page_size": 3, "person": person, "datasets": {"sessions": sessions}}


def test_a_login_that_may_read_just_the_maps_columns_is_enough(login: str) -> None:
    connector = build(narrow(login))
    assert connector.check().usable, connector.check().words
    items = items_of(connector, appdb.account_id(NORA), "sessions")
    assert {name for item in items for name in item.data} == {"id", "account_id", "device"}


def test_a_column_that_is_not_granted_is_named(login: str) -> None:
    connector = build(narrow(login, columns=["ip"]))
    with pytest.raises(NeedsPerson, match="may not read column 'ip' of table 'app_session'"):
        connector.find("x", "sessions", None)
    assert "GRANT SELECT" in connector.check().words


def test_a_right_taken_away_meanwhile_is_named_without_values(filled: str, login: str) -> None:
    connector = build(narrow(login))
    connector.check()
    run(
        filled,
        "REVOKE ALL ON app_session FROM reader",
        "REVOKE ALL (id, account_id, device) ON app_session FROM reader",
    )
    with pytest.raises(NeedsPerson, match="GRANT") as caught:
        connector.find(appdb.account_id(NORA), "sessions", None)
    assert appdb.account_id(NORA) not in str(caught.value)


def test_a_login_that_is_refused_is_for_a_person(filled: str) -> None:
    unknown = sa.make_url(filled).set(username="nobody").render_as_string(hide_password=False)
    with pytest.raises(NeedsPerson, match=r"settings\.url"):
        build(narrow(unknown)).find("x", "sessions", None)


def test_nothing_is_written_not_even_noted_by_a_trigger(filled: str) -> None:
    run(
        filled,
        "CREATE TABLE journal (what text)",
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO journal VALUES (tg_table_name); RETURN NULL; END'",
        *(
            f"CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION note()"
            for table in appdb.metadata.tables
        ),
    )
    connector = build(appdb.settings_of(filled))
    for dataset in connector.datasets:
        items_of(connector, appdb.account_id(NORA), dataset)
    with writing(filled) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM journal")) == 0


def sessions(url: str) -> list[int]:
    """The processes of our sessions that hold a statement open."""
    asked = (
        "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction'"
        " AND application_name = 'privacybalie' AND datname = current_database()"
    )
    with writing(url) as connection:
        return list(connection.scalars(sa.text(asked)))


def test_rows_are_sorted_once_while_pages_follow_each_other(filled: str) -> None:
    connector = build({**appdb.settings_of(filled), "page_size": 3})
    ref = appdb.account_id(NORA)
    first = connector.find(ref, "sessions", None)
    assert isinstance(first, Page)
    assert len(sessions(filled)) == 1
    after = first.next
    while after is not None:
        page = connector.find(ref, "sessions", after)
        assert isinstance(page, Page)
        after = page.next
    assert sessions(filled) == []


def test_a_page_follows_also_when_its_session_was_ended(filled: str) -> None:
    connector = build({**appdb.settings_of(filled), "page_size": 3})
    ref = appdb.account_id(NORA)
    whole = [item.ref for item in items_of(connector, ref, "sessions")]
    first = connector.find(ref, "sessions", None)
    assert isinstance(first, Page)
    run(filled, END_SESSIONS)
    second = connector.find(ref, "sessions", first.next)
    assert isinstance(second, Page)
    assert [item.ref for item in (*first.items, *second.items)] == whole[:6]


def test_a_connection_is_used_again_and_a_dead_one_is_not_missed(filled: str) -> None:
    connector = build(appdb.settings_of(filled))
    ref = appdb.account_id(NORA)
    connector.find(ref, "sessions", None)
    run(filled, END_SESSIONS)
    assert items_of(connector, ref, "sessions")


def test_a_page_follows_also_when_its_session_goes_silent(filled: str) -> None:
    connector = build({**appdb.settings_of(filled), "page_size": 3, "statement_timeout": 0.4})
    ref = appdb.account_id(NORA)
    first = connector.find(ref, "sessions", None)
    assert isinstance(first, Page)
    (session,) = sessions(filled)
    os.kill(session, signal.SIGSTOP)
    try:
        second = connector.find(ref, "sessions", first.next)
    finally:
        os.kill(session, signal.SIGCONT)
    assert isinstance(second, Page)
    assert len(second.items) == 3


def test_a_locked_table_says_try_again_after_the_statement_timeout(filled: str) -> None:
    connector = build({**appdb.settings_of(filled), "statement_timeout": 0.3})
    connector.check()
    with writing(filled) as connection:
        connection.execute(sa.text("LOCK TABLE app_session IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(TryAgain, match="statement_timeout"):
            connector.find(appdb.account_id(NORA), "sessions", None)
