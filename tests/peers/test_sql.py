"""The SQL connector's contract on real PostgreSQL, MariaDB and SQLite, and what each can bear."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymysql
import pytest
import sqlalchemy as sa

from connectors.sql import build
from demo import appdb
from dsr.core.connector import One, Page
from dsr.core.errors import NeedsPerson, TryAgain
from tests.connector_contract import Case, ConnectorContract, items_of
from tests.connectors.app_changes import changing
from tests.connectors.app_people import APP_PEOPLE, COR, MARIA, NORA, said
from tests.connectors.databases import run
from tests.peers.running import Peer
from tests.servers import run_in, with_database

pytestmark = pytest.mark.peer
type_of_proof = Callable[..., None]


@pytest.fixture
def mariadb(peer: Callable[..., Peer]) -> Iterator[str]:
    """The address of an empty database, as its owner."""
    server = sa.make_url(peer("mariadb").url).set(drivername="mysql+pymysql")
    name = f"t{secrets.token_hex(6)}"
    run_in(server.render_as_string(hide_password=False), f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    run_in(server.render_as_string(hide_password=False), f"DROP DATABASE {name}")


@pytest.fixture
def postgresql(postgres_server: str) -> Iterator[str]:
    """The address of an empty database, as its owner."""
    name = f"t{secrets.token_hex(6)}"
    run_in(postgres_server, f"CREATE DATABASE {name}")
    yield with_database(postgres_server, name)
    run_in(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """The address of a file that is not there yet."""
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def filled(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The kind of database, and the address of one with the app's people."""
    url = str(request.getfixturevalue(request.param))
    appdb.create(url, APP_PEOPLE)
    return str(request.param), url


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, filled: tuple[str, str], proved: type_of_proof) -> Iterator[Case]:
        kind, url = filled
        yield Case(
            connector=build({**appdb.settings_of(url), "page_size": 3}),
            subject=said(NORA),
            ref=appdb.account_id(NORA),
            stranger=said(COR),
            several=replace(said(MARIA), email="", phone=""),
            dataset="sessions",
            secrets=("pin_hash", "argon2id"),
            changing=changing(url),
        )
        proved(connector="sql", peer=kind, verb="contract")


def test_the_subject_is_found_with_all_rows_and_files(
    filled: tuple[str, str], proved: type_of_proof
) -> None:
    kind, url = filled
    connector = build(appdb.settings_of(url))
    assert connector.check().usable, connector.check().words
    located = connector.locate(said(NORA))
    assert isinstance(located, One)
    mails = items_of(connector, located.subject_ref, "account_mail")
    (file,) = [file for mail in mails for file in mail.files]
    with file.open() as parts:
        assert b"".join(parts).startswith(b"%PDF-")
    for verb in ("check", "locate", "find", "files"):
        proved(connector="sql", peer=kind, verb=verb)


KINDS = """
CREATE TABLE kinds (
  id binary(2) PRIMARY KEY, who int unsigned, n_dec decimal(30,10), n_big bigint unsigned,
  n_yes tinyint(1), n_bits bit(4), d_day date, d_naive datetime(3), d_zoned timestamp(3),
  d_long time, d_year year, e_mood enum('blij','boos'), s_many set('a','b'), j_doc json,
  j_text longtext, u_id uuid, i_net inet6, b_raw varbinary(4), `100% "x:y` varchar(9))
"""
SHOWN = {
    "id": {"base64": "AP8="},
    "who": 7,
    "n_dec": "12345678901234567890.0123456789",
    "n_big": "18446744073709551615",
    "n_yes": True,
    "n_bits": 10,
    "d_day": "2024-02-29",
    "d_naive": "2024-07-01T12:00:00.500",
    "d_zoned": "2024-07-01T10:00:00.000+00:00",
    "d_long": "-838:59:59",
    "d_year": 2024,
    "e_mood": "blij",
    "s_many": "a,b",
    "j_doc": {"a": [1, None, "\N{GRINNING FACE}"]},
    "j_text": {"b": 2},
    "u_id": "00000000-0000-0000-0000-000000000007",
    "i_net": "::1",
    "b_raw": {"base64": "AQI="},
    '100% "x:y': "%s",
}


def test_mariadbs_types_become_json_without_loss(mariadb: str, proved: type_of_proof) -> None:
    values = (
        "x'00ff', 7, 12345678901234567890.0123456789, 18446744073709551615, 1, b'1010',"
        " '2024-02-29', '2024-07-01 12:00:00.5', '2024-07-01 12:00:00', '-838:59:59', 2024,"
        " 'blij', 'a,b', '{\"a\": [1, null, \"\N{GRINNING FACE}\"]}', '{\"b\": 2}',"
        " '00000000-0000-0000-0000-000000000007', '::1', x'0102', '%s'"
    )
    insert = f"INSERT INTO kinds VALUES ({values})"  # noqa: S608 (our own values)
    run(mariadb, "SET time_zone = '+02:00'", KINDS, insert)
    plan: dict[str, Any] = {
        "url": mariadb,
        "timezone": "Europe/Amsterdam",
        "person": {"table": "kinds", "key": "who", "match": {"refs": {"app": "id"}}},
        "datasets": {
            "kinds": {
                "table": "kinds",
                "key": "id",
                "person": "who",
                "json": ["j_text"],
                "dates": {"recorded": "d_naive", "sent": "d_zoned"},
            }
        },
    }
    (item,) = items_of(build(plan), "7", "kinds")
    assert item.ref == "00ff"
    assert item.data == SHOWN
    assert (item.dates["recorded"] - item.dates["sent"]).total_seconds() == 0.5  # type: ignore[operator]
    proved(connector="sql", peer="mariadb", verb="types")


def reader(url: str, columns: str) -> str:
    """The address for a login that may read these columns of `app_session` and no more."""
    name, address = f"r{secrets.token_hex(4)}", sa.make_url(url)
    run(
        url,
        f"CREATE USER {name}@'127.0.0.1' IDENTIFIED BY 'reader-secret-1'",
        f"GRANT SELECT ({columns}) ON app_session TO {name}@'127.0.0.1'",
        f"GRANT SELECT (id, email) ON account TO {name}@'127.0.0.1'",
    )
    login = address.set(username=name, password="reader-secret-1")
    return login.render_as_string(hide_password=False)


def narrow(url: str, **more: object) -> dict[str, Any]:
    sessions = {"table": "app_session", "key": "id", "person": "account_id", **more}
    person = {"table": "account", "key": "id", "match": {"email": "email"}}
    return {"url": url, "page_size": 3, "person": person, "datasets": {"sessions": sessions}}


def test_a_mariadb_login_with_rights_on_columns_is_enough(
    mariadb: str, proved: type_of_proof
) -> None:
    appdb.create(mariadb, APP_PEOPLE)
    login = reader(mariadb, "id, account_id, device")
    connector: Any = build(narrow(login))
    assert connector.check().usable, connector.check().words
    items = items_of(connector, appdb.account_id(NORA), "sessions")
    assert {name for item in items for name in item.data} == {"id", "account_id", "device"}
    asked = build(narrow(login, columns=["ip"]))
    with pytest.raises(NeedsPerson, match=r"'ip'.*GRANT SELECT"):
        asked.find("x", "sessions", None)
    refused = sa.make_url(login).set(password="no").render_as_string(hide_password=False)
    with pytest.raises(NeedsPerson, match=r"settings\.url"):
        build(narrow(refused)).find("x", "sessions", None)
    proved(connector="sql", peer="mariadb", verb="rights")


def test_an_owners_session_cannot_write_to_mariadb(mariadb: str) -> None:
    appdb.create(mariadb, APP_PEOPLE)
    connector: Any = build(appdb.settings_of(mariadb))
    family = connector._database.family
    connection = family.open()
    with pytest.raises(pymysql.err.OperationalError, match="READ ONLY"):
        family.rows(connection, "DELETE FROM app_session", {})
    family.close(connection)


def test_a_slow_statement_ends_in_time_on_mariadb(mariadb: str, proved: type_of_proof) -> None:
    appdb.create(mariadb, APP_PEOPLE)
    run(mariadb, "CREATE VIEW slow AS SELECT id, account_id, SLEEP(5) AS s FROM app_session")
    plan = narrow(mariadb, table="slow", columns=["id", "s"])
    connector = build({**plan, "statement_timeout": 0.3})
    begun = time.monotonic()
    with pytest.raises(TryAgain, match="statement_timeout"):
        connector.find(appdb.account_id(NORA), "sessions", None)
    assert time.monotonic() - begun < 4
    proved(connector="sql", peer="mariadb", verb="timeout")


def test_mariadb_goes_on_when_its_session_was_killed_between_pages(mariadb: str) -> None:
    appdb.create(mariadb, APP_PEOPLE)
    ref = appdb.account_id(NORA)
    whole = [item.ref for item in items_of(build(narrow(mariadb)), ref, "sessions")]
    connector = build(narrow(mariadb))
    first = connector.find(ref, "sessions", None)
    assert isinstance(first, Page)
    engine = sa.create_engine(mariadb)
    with engine.connect() as connection:
        asked = "SELECT id FROM information_schema.processlist WHERE db = DATABASE()"
        for session in connection.scalars(sa.text(f"{asked} AND id <> CONNECTION_ID()")).all():
            connection.exec_driver_sql(f"KILL {session}")
    engine.dispose()
    second = connector.find(ref, "sessions", first.next)
    assert isinstance(second, Page)
    assert [item.ref for item in (*first.items, *second.items)] == whole[:6]
