"""Engines and sessions for both profiles: SQLite (embedded) and PostgreSQL (full)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from dsr.core.errors import BrokenSettings
from dsr.db.held import READS

Sessions = sessionmaker[Session]
#: seconds of rest after which a connection is tried before it is used
RESTED = 5.0
#: a database host that vanishes is noticed within half a minute, not after hours
_ALIVE = {
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30000,
}
#: milliseconds; a process that hangs in a transaction loses it before those who wait for its
#: locks give up
_OPTIONS = "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=10000"


def make_engine(url: str) -> Engine:
    """An engine for a `sqlite:///...` or `postgresql+psycopg://...` URL."""
    if url.startswith("sqlite"):
        return _sqlite(url)
    engine = create_engine(
        url,
        hide_parameters=True,  # an exception's text must hold nobody's data
        pool_size=8,
        max_overflow=8,
        pool_timeout=5,
        connect_args={"connect_timeout": 5, "options": _OPTIONS, **_ALIVE},
    )
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _ping_if_rested)
    return engine


def _note_rest(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _ping_if_rested(
    connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """A connection that lay unused may be dead; one that was used just now seldom is.

    A round trip at every use would cost more than the rare failure, which the ledger mends.
    """
    if time.monotonic() - record.info.get("rests_since", time.monotonic()) < RESTED:
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        connection.rollback()
    except Exception as error:
        raise DisconnectionError from error


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": 15, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, _record: object) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 (narrows the type)
        connection.isolation_level = None  # our own BEGIN below, not the driver's
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=15000",
            "trusted_schema=OFF",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A transaction that reads and then writes must hold the write lock from its start:
        # an upgrade fails at once and no busy timeout helps.
        options = connection.get_execution_options()
        connection.exec_driver_sql("BEGIN" if options.get("only_reads") else "BEGIN IMMEDIATE")

    return engine


def make_sessions(engine: Engine) -> Sessions:
    """The factory of sessions that write; rows stay readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)


def make_readers(engine: Engine) -> Sessions:
    """Sessions that only read: they wait for no writer, hold no transaction, and refuse a write."""
    options: dict[str, Any] = {"only_reads": True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "AUTOCOMMIT"  # each statement sees what is committed
    readers = sessionmaker(
        engine.execution_options(**options), expire_on_commit=False, info={READS: True}
    )
    event.listen(readers, "before_flush", _refuse_write)
    event.listen(readers, "do_orm_execute", _refuse_change)
    return readers


def _refuse_write(session: Session, *_: object) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("A session that only reads was asked to write.")


def _refuse_change(asked: ORMExecuteState) -> None:
    if asked.is_insert or asked.is_update or asked.is_delete:
        raise RuntimeError("A session that only reads was asked to write.")


@contextmanager
def transaction(sessions: Sessions) -> Iterator[Session]:
    """One transaction: commits at the end, rolls back when anything was raised."""
    with sessions() as session, session.begin():
        yield session


def is_busy(error: Exception) -> bool:
    """Whether a database error passes by itself (lock, deadlock, serialization, cut connection)."""
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", None)
    if code in ("40001", "40P01", "57P01", "57P03", "08006", "08003", "08001"):
        return True
    return isinstance(error, OperationalError)


def check_database(engine: Engine) -> None:
    """Refuse a database that does not answer or may forget a commit; says what to set."""
    try:
        connected = engine.connect()
    except DBAPIError as error:
        raise BrokenSettings(
            f"DSR_DATABASE_URL does not answer ({type(error.orig).__name__}). Start the database,"
            " or mend the address, the name and the password."
        ) from error
    with connected as connection:
        if engine.dialect.name != "postgresql":
            connection.execute(text("SELECT 1"))
            return
        for name in ("fsync", "synchronous_commit"):
            if connection.execute(text(f"SHOW {name}")).scalar_one() == "off":
                raise BrokenSettings(
                    f"PostgreSQL runs with {name}=off: a power cut could lose a request."
                    f" Set {name}=on in postgresql.conf and restart it."
                )
