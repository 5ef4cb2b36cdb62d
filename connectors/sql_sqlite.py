"""SQLite: the file opened read-only for each page, so that no lock is ever held between pages."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import pysqlite

from connectors.json_able import json_able
from connectors.sql_broken import Broken
from connectors.sql_catalog import Column, ForeignKey, Kind, Named, Table, foreign_keys
from connectors.sql_reading import parsed_json
from dsr.core.errors import BadAnswer, BrokenRegister, DsrError, NeedsPerson, TryAgain

_PLAIN = frozenset({str, int})
_TO_READ = ("query_only",)
#: what is deleted is overwritten in the file; foreign keys hold as the application declared them
_TO_WRITE = ("secure_delete", "foreign_keys")
_TEXTS = ("CHAR", "CLOB", "TEXT")
_COLUMNS = """
SELECT x.name, upper(x.type), x."notnull" OR x.pk, t.type = 'table' AND NOT t.wr
FROM pragma_table_list AS t, pragma_table_xinfo(t.name, t.schema) AS x
WHERE t.schema = :schema AND t.name = :name COLLATE NOCASE AND x.hidden <> 1 ORDER BY x.cid
"""
_REFERENCES = """
SELECT f.id, m.name, f."from", p.name,
       coalesce(f."to", (SELECT k.name FROM pragma_table_info(p.name) AS k WHERE k.pk = f.seq + 1)),
       f.on_delete
FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f
JOIN sqlite_schema AS p ON p.type = 'table' AND p.name = f."table" COLLATE NOCASE
WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq
"""
_BROKEN = (
    (sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, Broken.REFERENCE),
    (sqlite3.SQLITE_CONSTRAINT_TRIGGER, Broken.REFERENCE),
    (sqlite3.SQLITE_CONSTRAINT_UNIQUE, Broken.UNIQUE),
    (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, Broken.UNIQUE),
)


class SQLite:
    """A database file."""

    name = "SQLite"
    errors: tuple[type[BaseException], ...] = (
        sqlite3.Error,
        OSError,
        OverflowError,
        UnicodeError,
    )
    parks = False
    counts_beside = True
    part = 1_000_000
    begin = "BEGIN IMMEDIATE"

    def __init__(self, url: sa.URL, seconds: float) -> None:
        if (url.database or "") in ("", ":memory:"):
            raise BrokenRegister("settings.url: name a database file, as sqlite:////var/app.db.")
        self.dialect: sa.Dialect = pysqlite.dialect(paramstyle="named")
        self._path = Path(str(url.database)).absolute()
        self._seconds = seconds

    def open(self, *, write: bool = False) -> sqlite3.Connection:
        """`mode=ro` and `mode=rw` keep a mistyped path from becoming a new and empty database."""
        where = f"{self._path.as_uri()}?mode={'rw' if write else 'ro'}"
        connection = sqlite3.connect(
            where, timeout=self._seconds, uri=True, check_same_thread=False, isolation_level=None
        )
        connection.text_factory = _lenient
        for pragma in _TO_WRITE if write else _TO_READ:
            connection.execute(f"PRAGMA {pragma} = on")
        return connection

    def close(self, connection: sqlite3.Connection) -> None:
        """Close the file."""
        connection.close()

    def rows(
        self, connection: sqlite3.Connection, sql: str, values: Mapping[str, object]
    ) -> Sequence[tuple[Any, ...]]:
        """All rows of a statement."""
        self._set_limit(connection)
        return connection.execute(sql, dict(values)).fetchall()

    def stream(
        self, connection: sqlite3.Connection, sql: str, values: Mapping[str, object], first: int
    ) -> _Reader:
        """The rows of a statement as SQLite finds them."""
        self._set_limit(connection)
        return _Reader(connection.execute(sql, dict(values)))

    def change(self, connection: sqlite3.Connection, sql: str, values: Mapping[str, object]) -> int:
        """How many rows a statement met."""
        self._set_limit(connection)
        return connection.execute(sql, dict(values)).rowcount

    def references(self, connection: sqlite3.Connection) -> list[ForeignKey]:
        """Foreign keys as they are declared, also where the application does not enforce them."""
        rows = self.rows(connection, _REFERENCES, {})
        return foreign_keys(
            (str(n), Named("main", child, True), ours, Named("main", parent, True), theirs, rule)
            for n, child, ours, parent, theirs, rule in rows
        )

    def broken(self, error: BaseException) -> Broken | None:
        """By SQLite's extended code; all other constraints are about the value."""
        if not isinstance(error, sqlite3.IntegrityError):
            return Broken.VALUE if isinstance(error, OverflowError | sqlite3.DataError) else None
        return dict(_BROKEN).get(error.sqlite_errorcode, Broken.VALUE)

    def tables(
        self, connection: sqlite3.Connection, wanted: Collection[tuple[str, str]]
    ) -> list[Table]:
        """Tables and views of the file."""
        found = []
        for schema, name in wanted:
            asked = {"schema": schema or "main", "name": name}
            rows = self.rows(connection, _COLUMNS, asked)
            columns = {row[0]: Column(row[0], row[1], _kind(row[1]), not row[2]) for row in rows}
            if columns:
                found.append(Table(schema, name, columns, plain=bool(rows[0][3])))
        return found

    def shown(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """As it is."""
        return there

    def converter(self, column: Column) -> Callable[[Any], object] | None:
        """Any column can hold anything; yes and no are kept as 1 and 0."""
        if "BOOL" in column.declared:
            return _boolean
        return parsed_json if "JSON" in column.declared else _any

    def size(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """For bytes read from the row's head alone, without the content."""
        of_text = sa.func.length(sa.cast(there, sa.LargeBinary()))
        return sa.case((sa.func.typeof(there) == "blob", sa.func.length(there)), else_=of_text)

    def content(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Bytes, also of a text."""
        return sa.cast(there, sa.LargeBinary())

    def parts(self, table: Table, column: str, row: int) -> Iterator[bytes]:
        """A value's bytes, read in place: a part of one asked by SQL is read as a whole first."""
        try:
            with closing(self.open()) as connection:
                where = table.schema or "main"
                with connection.blobopen(
                    table.name, column, row, readonly=True, name=where
                ) as value:
                    while part := value.read(self.part):
                        yield part
        except self.errors:
            raise BadAnswer("A file could not be read to its end; search again.") from None

    def is_lost(self, error: BaseException) -> bool:
        """Never: a file has no session."""
        return False

    def fault(self, error: BaseException) -> DsrError:
        """By SQLite's words, which name tables and columns at most and are not passed on."""
        words = str(error)
        if isinstance(error, sqlite3.OperationalError) and "interrupted" in words:
            return TryAgain(
                f"The database needed more than {self._seconds:g} seconds; an index on the columns"
                " of `person` and `path` helps, or a longer statement_timeout in the register."
            )
        mistakes = ("no such", "ambiguous", "syntax error", "readonly", "not a database")
        if any(mistake in words for mistake in mistakes):
            return NeedsPerson(
                "The database file does not hold what the map names, or is no database; correct"
                " the map of this system in the register."
            )
        if isinstance(error, sqlite3.OperationalError | OSError):
            return TryAgain(
                "The database file cannot be read now: it is absent, locked or not open to this"
                " process; look whether it is there, then try again."
            )
        return NeedsPerson(
            f"The database file refuses what the map asks ({type(error).__name__}); check the map"
            " of this system in the register and the file."
        )

    def _set_limit(self, connection: sqlite3.Connection) -> None:
        until = time.monotonic() + self._seconds
        connection.set_progress_handler(lambda: int(time.monotonic() > until), 20_000)


class _Reader:
    """A statement that is read within one page and then closed."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def fetch(self, count: int) -> Sequence[tuple[Any, ...]]:
        """The next rows."""
        return self._cursor.fetchmany(count)

    def end(self) -> bool:
        """Close the statement, which gives up the lock on the file."""
        self._cursor.close()
        return True


def _kind(declared: str) -> Kind:
    if "INT" in declared:
        return Kind.WHOLE
    if any(word in declared for word in _TEXTS):
        return Kind.TEXT
    return Kind.ANY


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _boolean(value: Any) -> object:
    return bool(value) if value in (0, 1) else json_able(value)


def _any(value: Any) -> object:
    return value if type(value) in _PLAIN else json_able(value)
