"""A read-only connection to somebody else's database, with time limits and named faults."""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy import exc

from dsr.core.errors import BrokenRegister, NeedsPerson, TryAgain
from dsr.core.pace import UNHURRIED, Pace

#: psycopg's classes of SQLSTATE that only a person can mend: wrong password, no such database
_REFUSED = ("28", "3D")


class Raw(sa.types.UserDefinedType[Any]):
    """A column's value as the driver gives it: a date that SQLite stores oddly must not stop us."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Never used: this type stands in no table definition."""
        return ""


def raw(column: sa.ColumnElement[Any]) -> sa.TypeCoerce[Any]:
    """The column read and compared without SQLAlchemy's conversions."""
    return sa.type_coerce(column, Raw())


class Database:
    """Tables by name, reflected once, and `rows` of a statement.

    Its connections are closed when nobody holds it any more.
    """

    def __init__(self, engine: sa.Engine, schema: str | None, pace: Pace = UNHURRIED) -> None:
        self._engine = engine
        self._schema = schema
        self._pace = pace
        self._tables: dict[str, sa.Table] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, engine.dispose)

    def table(self, name: str) -> sa.Table | None:
        """The table or view, or None when the database has none of that name."""
        with self._lock:
            if name not in self._tables:
                found = self._reflected(name)
                if found is None:
                    return None
                self._tables[name] = found
            return self._tables[name]

    def rows(self, statement: sa.Select[Any]) -> list[sa.Row[Any]]:
        """All rows of the statement."""
        self._pace.turn()
        with _faults(), self._engine.connect() as connection:
            return list(connection.execute(statement).all())

    def _reflected(self, name: str) -> sa.Table | None:
        with _faults():
            try:
                return sa.Table(
                    name,
                    sa.MetaData(),
                    schema=self._schema,
                    autoload_with=self._engine,
                    resolve_fks=False,
                )
            except exc.NoSuchTableError:
                return None


def column(table: sa.FromClause, name: str) -> sa.ColumnElement[Any]:
    """The column; `NeedsPerson` names what to mend when the table has none of that name."""
    if name not in table.c:
        raise NeedsPerson(
            f"Table {getattr(table, 'name', '')!r} has no column {name!r}; correct the map of this"
            " system in the register, or give this connector's database login the right to read it."
        )
    return table.c[name]


def connect(url: str, seconds: float) -> sa.Engine:
    """An engine for SQLite (opened read-only) or PostgreSQL (read-only transactions).

    `seconds` bounds each statement. Statements' parameters never stand in an error.
    """
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError:
        raise BrokenRegister(
            "settings.url: write a database address as postgresql://... or sqlite:///..."
        ) from None
    family = parsed.drivername.split("+")[0]
    if family == "sqlite":
        return _sqlite(parsed.database or "", seconds)
    if family in ("postgresql", "postgres"):
        return _postgresql(parsed.set(drivername="postgresql+psycopg"), seconds)
    raise BrokenRegister(f"settings.url: {family!r} is not known; use postgresql or sqlite.")


def _postgresql(url: sa.URL, seconds: float) -> sa.Engine:
    milliseconds = int(seconds * 1000)
    options = f"-c statement_timeout={milliseconds} -c default_transaction_read_only=on"
    return sa.create_engine(
        url,
        hide_parameters=True,
        pool_size=2,
        pool_timeout=seconds,
        pool_pre_ping=True,
        connect_args={"connect_timeout": max(2, int(min(seconds, 10))), "options": options},
    )


def _sqlite(path: str, seconds: float) -> sa.Engine:
    """`mode=ro` also keeps a mistyped path from becoming a new and empty database."""
    if path in ("", ":memory:"):
        raise BrokenRegister("settings.url: name a database file, as sqlite:////var/app.db.")
    where = f"{Path(path).absolute().as_uri()}?mode=ro"

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(where, timeout=seconds, uri=True, check_same_thread=False)
        connection.text_factory = _lenient
        return connection

    engine = sa.create_engine(
        "sqlite+pysqlite://", creator=opened, hide_parameters=True, poolclass=sa.NullPool
    )
    sa.event.listen(engine, "before_cursor_execute", _sqlite_deadline(seconds))
    return engine


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _sqlite_deadline(seconds: float) -> Any:  # Any: SQLAlchemy's listener of six arguments
    def before(connection: sa.Connection, *_: object) -> None:
        until = time.monotonic() + seconds
        driver: Any = connection.connection.dbapi_connection
        driver.set_progress_handler(lambda: int(time.monotonic() > until), 20_000)

    return before


@contextmanager
def _faults() -> Generator[None]:
    """Our errors for SQLAlchemy's, `from None`: their text can hold what was asked."""
    try:
        yield
    except exc.DBAPIError as fault:
        _raise_ours(fault)
    except exc.TimeoutError:
        raise TryAgain("The database is busy; try again later.") from None


def _raise_ours(fault: exc.DBAPIError) -> NoReturn:
    code = str(getattr(fault.orig, "sqlstate", "") or "")
    passing = isinstance(fault, exc.OperationalError | exc.InterfaceError)
    if (passing or fault.connection_invalidated) and not code.startswith(_REFUSED):
        raise TryAgain("The database did not answer properly; try again later.") from None
    raise NeedsPerson(
        f"The database refuses what the map asks (code {code or type(fault).__name__}); check the"
        " map of this system in the register and the rights of the connector's database login."
    ) from None
