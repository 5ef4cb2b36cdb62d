"""PostgreSQL: read-only sessions, server-side cursors, values as the texts PostgreSQL writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.adapt import AdaptersMap
from psycopg.types.string import TextLoader
from sqlalchemy.dialects import postgresql

from connectors.sql_broken import Broken
from connectors.sql_catalog import Column, ForeignKey, Kind, Named, Table, foreign_keys
from connectors.sql_reading import finite, in_base64, iso_naive, iso_utc, listed, parsed_json
from dsr.core.errors import DsrError, NeedsPerson, TryAgain

#: seconds after which PostgreSQL itself ends a session that keeps a cursor open unread: its lock
#: makes a change of the table wait, and all of the application's users behind that change
IDLE = 5
#: a place of a value, or a percent sign, as the compiled statements write them
_PLACE = re.compile(r"%(?:%|\((\w+)\)s)")
#: read as Python's own; of every other type PostgreSQL's text is the most faithful copy
_NATIVE = frozenset({"bool", "int2", "int4", "int8", "oid", "float4", "float8", "bytea"})
_WHOLE = ("smallint", "integer", "bigint", "oid")
_FLOAT = ("real", "double precision")
_LISTED = (*_WHOLE, *_FLOAT, "boolean", "bytea", "text", "numeric", "uuid", "date", "timestamp",
           "character", "json", "time", "interval", "inet", "cidr")  # fmt: skip
_REFUSED = ("password authentication failed", "no pg_hba.conf entry", "does not exist",
            "permission denied for database", "is not permitted to log in")  # fmt: skip
_TABLES = """
SELECT n.nspname, c.relname, pg_table_is_visible(c.oid), a.attname,
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod)
            ELSE format_type(a.atttypid, a.atttypmod) END,
       NOT a.attnotnull,
       has_column_privilege(c.oid, a.attnum, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE c.relname::text = ANY(%(names)s) AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
ORDER BY c.oid, a.attnum
"""
_REFERENCES = """
SELECT k.oid::text, cn.nspname, c.relname, pg_table_is_visible(c.oid), a.attname,
       pn.nspname, p.relname, pg_table_is_visible(p.oid), b.attname,
       CASE k.confdeltype WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE '' END
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(ours, theirs, n)
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.ours
JOIN pg_catalog.pg_attribute b ON b.attrelid = p.oid AND b.attnum = u.theirs
WHERE k.contype = 'f' AND k.conparentid = 0
ORDER BY k.oid, u.n
"""
_BROKEN = {"23503": Broken.REFERENCE, "23001": Broken.REFERENCE, "23505": Broken.UNIQUE}


class PostgreSQL:
    """A PostgreSQL database (13 or newer)."""

    name = "PostgreSQL"
    errors: tuple[type[BaseException], ...] = (psycopg.Error, OSError, UnicodeError)
    parks = True
    counts_beside = True
    part = 1_000_000
    begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"

    def __init__(self, url: sa.URL, seconds: float) -> None:
        self.dialect: sa.Dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
        self._url = url.set(drivername="postgresql+psycopg")
        self._seconds = seconds
        self._context = _Context(_texts())

    def open(self, *, write: bool = False) -> psycopg.Connection:
        """A session in UTC that cannot write unless it is to; one statement takes at most the set
        seconds, and one that writes waits less than that for the application's locks.
        """
        _, arguments = self.dialect.create_connect_args(self._url)
        settings = {
            "statement_timeout": int(self._seconds * 1000),
            "idle_in_transaction_session_timeout": IDLE * 1000,
            "default_transaction_read_only": "off" if write else "on",
            "lock_timeout": int(self._seconds * 500) if write else 0,
            "cursor_tuple_fraction": "1.0",  # we read to the end: no plan for a quick first row
            "timezone": "UTC",
            "datestyle": "ISO",
            "intervalstyle": "iso_8601",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        connection = _Bounded.connect(
            **{
                "connect_timeout": max(2, int(min(self._seconds, 10))),
                "application_name": "privacybalie",
                **arguments,
                "options": f"{arguments.get('options', '')} {options}".strip(),
            },
            client_encoding="utf8",
            autocommit=True,
            prepare_threshold=None,  # a pooler may give every statement another session
            context=self._context,
        )
        connection.longest = self._seconds * 1.25 + 1
        return connection

    def close(self, connection: psycopg.Connection) -> None:
        """End a session; never raises."""
        connection.close()

    def rows(
        self, connection: psycopg.Connection, sql: str, values: Mapping[str, object]
    ) -> Sequence[tuple[Any, ...]]:
        """All rows of a statement."""
        text, names = _numbered(sql)
        with psycopg.RawCursor(connection) as cursor:
            return cursor.execute(text, [values[name] for name in names]).fetchall()

    def stream(
        self, connection: psycopg.Connection, sql: str, values: Mapping[str, object], first: int
    ) -> _Cursor:
        """A server-side cursor in a transaction of its own."""
        return _Cursor(connection, sql, values, first)

    def change(self, connection: psycopg.Connection, sql: str, values: Mapping[str, object]) -> int:
        """How many rows a statement met."""
        text, names = _numbered(sql)
        with psycopg.RawCursor(connection) as cursor:
            return cursor.execute(text, [values[name] for name in names]).rowcount

    def references(self, connection: psycopg.Connection) -> list[ForeignKey]:
        """Foreign keys of all tables, also of those that the login may not read."""
        rows = self.rows(connection, _REFERENCES, {})
        return foreign_keys(
            (row[0], Named(*row[1:4]), row[4], Named(*row[5:8]), row[8], row[9]) for row in rows
        )

    def broken(self, error: BaseException) -> Broken | None:
        """By SQLSTATE: class 22 is about a value, 23 about a rule of the table."""
        code = getattr(error, "sqlstate", None) or ""
        if isinstance(error, psycopg.DataError) and not code:
            return Broken.VALUE  # the driver itself could not write it
        return _BROKEN.get(code, Broken.VALUE if code[:2] in ("22", "23") else None)

    def tables(
        self, connection: psycopg.Connection, wanted: Collection[tuple[str, str]]
    ) -> list[Table]:
        """Tables and views, in their schema or on the search path."""
        names = {"names": sorted({name for _, name in wanted})}
        columns: dict[tuple[str, str], dict[str, Column]] = {}
        for schema, table, visible, name, declared, nullable, granted in self.rows(
            connection, _TABLES, names
        ):
            found = Column(name, declared, _kind(declared), nullable, granted)
            for key in ((schema, table), ("", table)):
                if key in wanted and (key[0] or visible):
                    columns.setdefault(key, {})[name] = found
        return [Table(schema, name, found) for (schema, name), found in columns.items()]

    def shown(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Money as a number, padded text without its padding, arrays of odd types as texts."""
        if column.declared == "money":
            return sa.cast(there, sa.Numeric())
        if column.declared.startswith(("character(", '"char"')):
            return sa.cast(there, sa.Text())
        if column.declared.endswith("[]") and not column.declared.startswith(_LISTED):
            return sa.cast(there, postgresql.ARRAY(sa.Text()))
        return there

    def converter(self, column: Column) -> Callable[[Any], object] | None:
        """What is not text, a whole number or a boolean already."""
        if column.declared.endswith("[]"):
            return listed(_converter(column.declared[:-2]))
        return _converter(column.declared)

    def size(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Read from the row's head alone, without the content."""
        return sa.func.octet_length(self.content(column, there))

    def content(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """`bytea` as it is, a text as UTF-8."""
        if column.kind is Kind.BYTES:
            return there
        return sa.func.convert_to(sa.cast(there, sa.Text()), "UTF8")

    def is_lost(self, error: BaseException) -> bool:
        """A session that ended, as after a restart, and not a statement that was refused."""
        code = getattr(error, "sqlstate", None) or ""
        passing = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | OSError)
        return passing and (not code or code.startswith(("08", "57P", "25P03")))

    def fault(self, error: BaseException) -> DsrError:
        """By SQLSTATE; a refused login has none and is told by its words."""
        code = getattr(error, "sqlstate", None) or ""
        if isinstance(error, UnicodeError):
            return NeedsPerson(
                "The database holds text that is not UTF-8; have its encoding mended there."
            )
        if code == "57014":
            return TryAgain(
                f"The database needed more than {self._seconds:g} seconds; an index on the columns"
                " of `person` and `path` helps, or a longer statement_timeout in the register."
            )
        if code in _WORDS:
            return NeedsPerson(_WORDS[code])
        refused = not code and any(words in str(error) for words in _REFUSED)
        if refused or code.startswith(("28", "3D")):
            return NeedsPerson("The database refuses this connector's login; correct settings.url.")
        if self.is_lost(error) or code.startswith(("08", "40", "53", "55", "57", "58")):
            return TryAgain("The database did not answer properly; try again later.")
        return NeedsPerson(
            f"The database refuses what the map asks (code {code or type(error).__name__}); check"
            " the map of this system in the register and the rights of the connector's login."
        )


_WORDS = {
    "42501": "This connector's database login may not read (or change) what the map names: GRANT"
    " USAGE on the schema and SELECT on the columns (and, to change, UPDATE and DELETE on the"
    " tables); `dsr connector check` says which.",
    "25006": "This connector's database login can only read: give `change_url` the address of one"
    " that may change what the map names.",
    "42P01": "A table of the map is gone; correct the map of this system in the register.",
    "42703": "A column of the map is gone; correct the map of this system in the register.",
    "42883": "Columns that the map joins or compares are of types that cannot be compared; correct"
    " `on` or `where` in the map of this system.",
}


@dataclass
class _Context:
    """What a new connection takes its readers from."""

    adapters: AdaptersMap
    connection: psycopg.Connection | None = None


class _Bounded(psycopg.Connection[tuple[Any, ...]]):
    """A connection that stops waiting for a server that went silent."""

    longest = 30.0

    def wait(self, gen: Any, interval: float = 0.5, timeout: float | None = None) -> Any:
        """As psycopg waits, but at most `longest` seconds."""
        return super().wait(gen, interval, timeout or self.longest)


class _Cursor:
    """A server-side cursor: PostgreSQL sorts once, and hands over rows as they are asked for."""

    def __init__(
        self, connection: psycopg.Connection, sql: str, values: Mapping[str, object], first: int
    ) -> None:
        self._connection = connection
        with connection.pipeline():  # one round trip
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            declare = f"DECLARE dsr NO SCROLL CURSOR FOR {sql}".encode()
            connection.execute(declare, values)
            self._first: Sequence[tuple[Any, ...]] | None = self._fetch(first)

    def fetch(self, count: int) -> Sequence[tuple[Any, ...]]:
        """The next rows."""
        first, self._first = self._first, None
        return self._fetch(count) if first is None else first

    def _fetch(self, count: int) -> Sequence[tuple[Any, ...]]:
        return self._connection.execute(f"FETCH FORWARD {count:d} FROM dsr".encode()).fetchall()

    def end(self) -> bool:
        """Leave the transaction, which closes the cursor."""
        self._connection.execute("ROLLBACK")
        return True


@lru_cache(maxsize=512)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement with its places numbered, and whose value stands where.

    The driver would read the text anew each time, which takes longer than 500 keys do.
    """
    names: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}" if found[1] else "%"

    text = _PLACE.sub(place, sql)
    return text.encode(), tuple(names)


def _texts() -> AdaptersMap:
    """Psycopg's readers, with all but the plainest types read as PostgreSQL's own text."""
    adapters = AdaptersMap(psycopg.adapters)
    for info in psycopg.adapters.types:
        if info.name not in _NATIVE:
            adapters.register_loader(info.oid, TextLoader)
    return adapters


def _kind(declared: str) -> Kind:
    if declared in _WHOLE:
        return Kind.WHOLE
    return {"uuid": Kind.UUID, "boolean": Kind.BOOLEAN, "bytea": Kind.BYTES}.get(
        declared, Kind.TEXT
    )


def _converter(declared: str) -> Callable[[Any], object] | None:
    if declared.startswith("timestamp"):
        return iso_utc if declared.endswith("with time zone") else iso_naive
    if declared in _FLOAT:
        return finite
    return {"json": parsed_json, "jsonb": parsed_json, "bytea": in_base64}.get(declared)
