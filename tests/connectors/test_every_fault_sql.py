"""Every fault that a database can have under the SQL connector: what must come of it.

The fault strikes after the first page, or before it. Whatever happens, the call ends in time, in
one of the office's own errors, without a word about anybody; what is read is never short; and
when the fault is over, the same call goes on and the whole is what it was.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sql import build
from dsr.core.connector import Connector
from tests.connectors.databases import run
from tests.connectors.faults.reading import Reading, told_by, type_of_shown
from tests.connectors.faults.rigs import SECRET

BOUND = 6.0
COMPLETE = "complete"
LATER, BAD, PERSON, FOREIGN = "TryAgain", "BadAnswer", "NeedsPerson", "ForeignRecord"
ME = "anna-de-vries"
PRIVATE = (ME, SECRET, "somebody-else")
KILL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'privacybalie' AND datname = current_database()"
)
FILLED = (
    "CREATE TABLE visit (id bigint PRIMARY KEY, person text NOT NULL, note text, doc jsonb)",
    f"INSERT INTO visit SELECT n, '{ME}', '{SECRET} ' || n, '{{}}' FROM generate_series(1, 40) n",  # noqa: S608
    "INSERT INTO visit SELECT n, 'somebody-else', 'theirs', '{}' FROM generate_series(90, 95) n",
)
ANEW = "CREATE VIEW seen AS SELECT"
AGAIN = "CREATE OR REPLACE VIEW seen AS SELECT * FROM visit"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is done to the database, what comes of it, and what makes it well again.

    `held` stays in its transaction until the reading is over. `at` is when it strikes: before
    page 1, or before page 2.
    """

    outcome: str
    spoil: tuple[str, ...] = ()
    heal: tuple[str, ...] = (AGAIN,)
    held: str = ""
    at: int = 2
    differs: bool = False


def over(rows: str) -> str:
    """The view over other rows."""
    return f"CREATE OR REPLACE VIEW seen AS {rows}"


BEFORE_1, DEEP = "DELETE FROM visit WHERE id = 1", "[" * 400 + "]" * 400
CASES: dict[str, Case] = {
    "sessions ended between pages": Case(outcome=COMPLETE, spoil=(KILL,)),
    "the table locked": Case(
        outcome=LATER, spoil=(KILL,), held="LOCK TABLE visit IN ACCESS EXCLUSIVE MODE"
    ),
    "the table locked before": Case(
        outcome=LATER, held="LOCK TABLE visit IN ACCESS EXCLUSIVE MODE", at=1
    ),
    "a row locked": Case(outcome=COMPLETE, held="SELECT * FROM visit FOR UPDATE", at=1),
    "rows that take too long": Case(
        outcome=LATER, at=1,
        spoil=(over("SELECT id, person, note || pg_sleep(0.2)::text AS note, doc FROM visit"),),
    ),
    "the view gone between pages": Case(
        outcome=PERSON, spoil=(KILL, "DROP VIEW seen"), heal=(f"{ANEW} * FROM visit",)
    ),
    "a column gone between pages": Case(
        outcome=PERSON, spoil=(KILL, "DROP VIEW seen", f"{ANEW} id, person FROM visit"),
        heal=("DROP VIEW seen", AGAIN),
    ),
    "a column of another type": Case(
        outcome=PERSON,
        spoil=(KILL, "DROP VIEW seen", f"{ANEW} id::text AS id, person, note, doc FROM visit"),
        heal=("DROP VIEW seen", AGAIN),
    ),
    "a division by zero in a row": Case(
        outcome=PERSON, at=1,
        spoil=(over("SELECT id, person, (1 / (id - id))::text AS note, doc FROM visit"),),
    ),
    "a row gone between pages": Case(
        outcome=BAD, spoil=(KILL, "DELETE FROM visit WHERE id = 35"),
        heal=(f"INSERT INTO visit VALUES (35, '{ME}', '{SECRET} 35', '{{}}')",),  # noqa: S608
    ),
    "a row gone that was read": Case(
        outcome=COMPLETE, spoil=(KILL, BEFORE_1),
        heal=(f"INSERT INTO visit VALUES (1, '{ME}', '{SECRET} 1', '{{}}')",),  # noqa: S608
    ),
    "a row come between pages": Case(
        outcome=COMPLETE, spoil=(KILL, f"INSERT INTO visit VALUES (50, '{ME}', 'new', '{{}}')"),  # noqa: S608
        heal=("DELETE FROM visit WHERE id = 50",), differs=True,
    ),
    "a null in the order": Case(
        outcome=PERSON, at=1,
        spoil=(over("SELECT nullif(id, 3) AS id, person, note, doc FROM visit"),),
    ),
    "every row twice": Case(
        outcome=PERSON, at=1, heal=(KILL, AGAIN),
        spoil=(over("SELECT * FROM visit UNION ALL SELECT * FROM visit"),),
    ),
    "one key for two rows": Case(
        outcome=PERSON, at=1, heal=(KILL, AGAIN),
        spoil=(over("SELECT id / 2 AS id, person, note, doc FROM visit"),),
    ),
    "a text of ten megabytes": Case(
        outcome=COMPLETE, at=1, differs=True,
        spoil=(over("SELECT id, person, repeat('x', CASE id WHEN 7 THEN 10000000 ELSE 1 END)"
                    " AS note, doc FROM visit"),),
    ),
    "JSON nested 400 deep": Case(
        outcome=BAD, at=1, heal=(KILL, AGAIN),
        spoil=(over(f"SELECT id, person, note, '{DEEP}'::jsonb AS doc FROM visit"),),  # noqa: S608
    ),
    "JSON with huge numbers": Case(
        outcome=COMPLETE, at=1, differs=True,
        spoil=(over("SELECT id, person, note, '{\"n\": 1e400, \"m\": 12345678901234567890123}'"
                    "::jsonb AS doc FROM visit"),),
    ),
}  # fmt: skip
TABLE = [pytest.param(case, id=f"sql, {name}: {case.outcome}") for name, case in CASES.items()]


def settings(url: str, **more: object) -> dict[str, Any]:
    """A map over the view."""
    return {
        "url": url,
        "page_size": 15,
        "statement_timeout": 1,
        "person": {"table": "seen", "key": "person", "match": {"refs": {"app": "person"}}},
        "datasets": {"visits": {"table": "seen", "key": "id", "person": "person"}},
        **more,
    }


@contextmanager
def holding(url: str, statement: str) -> Iterator[None]:
    """A transaction of somebody else that stays open."""
    if not statement:
        yield
        return
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
        yield
        connection.rollback()


@dataclass
class Told:
    """What came of a reading."""

    reading: Reading
    fault: Exception | None = None
    seconds: float = 0.0

    @property
    def outcome(self) -> str:
        return COMPLETE if self.fault is None else type(self.fault).__name__

    def go_on(self) -> None:
        """Read to the end or to the error."""
        began, self.fault = time.monotonic(), None
        try:
            self.reading.to_the_end()
        except Exception as error:
            self.fault = error
        self.seconds = time.monotonic() - began


def begun(connector: Connector, pages: int) -> Told:
    """A reading that has so many pages behind it."""
    reading = Reading(connector, ME, "visits")
    for _ in range(pages):
        reading.next_page()
    return Told(reading)


def assert_well(told: Told, whole: list[type_of_shown]) -> None:
    """It ended in time and said nothing; what failed goes on, or says that only the beginning
    helps, and then nothing is missing.
    """
    assert told.seconds < BOUND
    assert told.fault is None or [word for word in PRIVATE if word in told_by(told.fault)] == []
    while told.fault is not None and not getattr(told.fault, "from_start", False):
        told.fault = None
        told.go_on()
        assert told.fault or told.reading.shown == whole
    assert Reading(told.reading.connector, ME, "visits").to_the_end() == whole


@pytest.mark.parametrize("case", TABLE)
def test_a_fault_of_the_database_ends_in_time_by_its_name(postgres: str, case: Case) -> None:
    run(postgres, *FILLED, AGAIN)
    connector = build(settings(postgres))
    whole = Reading(connector, ME, "visits").to_the_end()
    assert len(whole) == 40
    told = begun(connector, case.at - 1)
    run(postgres, *case.spoil)
    with holding(postgres, case.held):
        told.go_on()
    assert told.outcome == case.outcome, told.fault
    assert (
        case.differs
        or told.fault
        or [row[0] for row in told.reading.shown] == [row[0] for row in whole]
    )
    run(postgres, *case.heal)
    assert_well(told, whole)


@pytest.mark.parametrize("refused", [False, True], ids=["a pause", "a refused page"])
def test_the_application_may_soon_change_its_tables_while_we_read(
    postgres: str, refused: bool
) -> None:
    """An open statement holds a lock, and behind a waiting change its users wait as well."""
    run(postgres, *FILLED, CASES["every row twice"].spoil[0] if refused else AGAIN)
    told = begun(build(settings(postgres)), 0 if refused else 1)
    if refused:
        told.go_on()
        assert told.outcome == PERSON
    began = time.monotonic()
    run(postgres, "ALTER TABLE visit ADD COLUMN more text")
    assert time.monotonic() - began < (1.5 if refused else 8)
    run(postgres, AGAIN)
    told.go_on()
    assert (told.outcome, len(told.reading.shown)) == (COMPLETE, 40)


# a file of SQLite


@dataclass(frozen=True)
class File:
    """An application's database file, and how it is spoiled."""

    path: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def act(self, *statements: str) -> None:
        """Do something as the application."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The application writes, and does not end."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")

    @contextmanager
    def gone(self) -> Iterator[None]:
        """The file is somewhere else."""
        aside = self.path.with_suffix(".aside")
        self.path.rename(aside)
        yield
        aside.rename(self.path)

    @contextmanager
    def holding(self, content: bytes) -> Iterator[None]:
        """Something else stands in the file."""
        right = self.path.read_bytes()
        self.path.write_bytes(content or right[: len(right) // 2])
        yield
        self.path.write_bytes(right)


@pytest.fixture
def file(tmp_path: Path) -> File:
    made = File(tmp_path / "app.db")
    made.act(
        "CREATE TABLE seen (id INTEGER PRIMARY KEY, person TEXT COLLATE NOCASE, note TEXT)",
        *(f"INSERT INTO seen VALUES ({n}, '{ME}', '{SECRET} {n}')" for n in range(1, 41)),  # noqa: S608
    )
    return made


def of_file(how: str) -> Callable[[File], Any]:
    """A way to spoil a file, by name."""
    ways: dict[str, Callable[[File], Any]] = {
        "locked": File.locked,
        "gone": File.gone,
        "garbage": lambda file: file.holding(b"<!doctype html>" * 1000),
        "half": lambda file: file.holding(b""),
    }
    return ways[how]


@pytest.mark.parametrize(
    ("how", "outcomes"),
    [("locked", {LATER}), ("gone", {LATER}), ("garbage", {PERSON}), ("half", {PERSON, LATER})],
    ids=["sqlite, locked: TryAgain", "sqlite, gone: TryAgain", "sqlite, no database: NeedsPerson",
         "sqlite, half of it: NeedsPerson or TryAgain"],
)  # fmt: skip
@pytest.mark.parametrize("at", [1, 2])
def test_a_fault_of_the_file_ends_in_time_by_its_name(
    file: File, how: str, outcomes: set[str], at: int
) -> None:
    whole = Reading(build(settings(file.url)), ME, "visits").to_the_end()
    told = begun(build(settings(file.url)), at - 1)
    with of_file(how)(file):
        told.go_on()
    assert told.outcome in outcomes, told.fault
    assert_well(told, whole)


def test_a_column_that_does_not_mind_case_mixes_no_people(file: File) -> None:
    file.act(f"INSERT INTO seen VALUES (41, '{ME.upper()}', 'theirs')")  # noqa: S608
    told = begun(build(settings(file.url)), 0)
    told.go_on()
    assert told.outcome == FOREIGN
    file.act("DELETE FROM seen WHERE id = 41")
    assert len(Reading(told.reading.connector, ME, "visits").to_the_end()) == 40


@pytest.mark.parametrize("value", ["CAST(x'636166e9' AS TEXT)", "CAST(x'610062' AS TEXT)"])
def test_a_text_with_odd_bytes_is_read_and_the_list_stays_whole(file: File, value: str) -> None:
    file.act(f"UPDATE seen SET note = {value} WHERE id = 7")  # noqa: S608
    assert len(Reading(build(settings(file.url)), ME, "visits").to_the_end()) == 40
