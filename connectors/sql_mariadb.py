"""MariaDB (and MySQL's protocol): read-only sessions, unbuffered results, values as texts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pymysql
import sqlalchemy as sa
from pymysql.constants import FIELD_TYPE
from pymysql.converters import encoders
from pymysql.cursors import SSCursor
from sqlalchemy.dialects import mysql

from connectors.json_able import json_able
from connectors.sql_broken import Broken
from connectors.sql_catalog import Column, ForeignKey, Kind, Named, Table, foreign_keys
from connectors.sql_reading import in_base64, iso_naive, iso_utc, parsed_json
from dsr.core.errors import DsrError, NeedsPerson, TryAgain

_DECODERS: Mapping[int, Callable[[Any], object]] = {
    FIELD_TYPE.TINY: int,
    FIELD_TYPE.SHORT: int,
    FIELD_TYPE.INT24: int,
    FIELD_TYPE.LONG: int,
    FIELD_TYPE.LONGLONG: int,
    FIELD_TYPE.YEAR: int,
    FIELD_TYPE.FLOAT: float,
    FIELD_TYPE.DOUBLE: float,
}
_WHOLE = ("tinyint", "smallint", "mediumint", "int", "bigint", "year")
_BYTES = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry", "point",
          "linestring", "polygon")  # fmt: skip
_TABLES = """
SELECT c.table_schema, c.table_name, c.column_name, c.column_type, c.is_nullable = 'YES',
       FIND_IN_SET('select', c.privileges) > 0, k.check_clause IS NOT NULL
FROM information_schema.columns c
LEFT JOIN information_schema.check_constraints k
  ON k.constraint_schema = c.table_schema AND k.table_name = c.table_name
 AND k.check_clause = CONCAT('json_valid(`', c.column_name, '`)')
WHERE c.table_name IN %(names)s AND c.table_schema IN %(schemas)s
ORDER BY c.table_schema, c.table_name, c.ordinal_position
"""
_REFERENCES = """
SELECT CONCAT(k.constraint_schema, '.', k.constraint_name), k.table_schema, k.table_name,
       k.column_name, k.referenced_table_schema, k.referenced_table_name,
       k.referenced_column_name, r.delete_rule
FROM information_schema.key_column_usage k
JOIN information_schema.referential_constraints r
  ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
 AND r.table_name = k.table_name
WHERE k.referenced_table_name IS NOT NULL
ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position
"""
#: duplicate; a row that is referred to or refers to none; and values that a column cannot hold
#: a value that does not fit is refused and not cut
_STRICT = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')"
_BROKEN = {
    **dict.fromkeys((1062, 1169, 1586), Broken.UNIQUE),
    **dict.fromkeys((1216, 1217, 1451, 1452), Broken.REFERENCE),
    **dict.fromkeys(
        (1048, 1263, 1264, 1265, 1292, 1366, 1367, 1406, 1411, 1416, 3819, 4025, 1441, 1525),
        Broken.VALUE,
    ),
}
_GONE = frozenset({2003, 2006, 2013, 2014, 2055})
#: too many connections, locks, deadlock, time, shutdown, interrupted
_LATER = frozenset({1040, 1203, 1205, 1213, 1053, 1317, 1226, 1927, 4031})
_TOO_LONG = frozenset({1969, 3024})
#: seconds after which the server ends a result that nobody reads: it keeps the table's lock
_UNREAD = 5
_LOGIN = frozenset({1044, 1045, 1049, 1698, 2054})
_WORDS = {
    1142: "This connector's database login may not read (or change) a table of the map: GRANT"
    " SELECT on its columns (and, to change, UPDATE and DELETE on it); `dsr connector check` says"
    " which.",
    1143: "This connector's database login may not read (or change) a column of the map: GRANT"
    " SELECT (or UPDATE) on it; `dsr connector check` says which.",
    1792: "This connector's database login can only read: give `change_url` the address of one that"
    " may change what the map names.",
    1146: "A table of the map is gone; correct the map of this system in the register.",
    1054: "A column of the map is gone; correct the map of this system in the register.",
}


class MariaDB:
    """A MariaDB database (10.3 or newer)."""

    name = "MariaDB"
    errors: tuple[type[BaseException], ...] = (pymysql.err.Error, OSError, UnicodeError)
    parks = True
    counts_beside = False
    part = 4_000_000
    begin = "START TRANSACTION READ WRITE"

    def __init__(self, url: sa.URL, seconds: float) -> None:
        self.dialect: sa.Dialect = mysql.pymysql.dialect(paramstyle="pyformat")
        self._url = url.set(drivername="mysql+pymysql")
        self._seconds = seconds

    def open(self, *, write: bool = False) -> Any:
        """A session in UTC that cannot write unless it is to; one statement takes at most the set
        seconds. Rows that a change met are counted, also those that had the value already.
        """
        self.dialect.dbapi = pymysql
        _, arguments = self.dialect.create_connect_args(self._url)
        connection = pymysql.connect(
            **{"connect_timeout": max(2, int(min(self._seconds, 10))), **arguments},
            charset="utf8mb4",
            autocommit=True,
            read_timeout=self._seconds * 1.25 + 1,
            write_timeout=self._seconds * 1.25 + 1,
            conv={**encoders, **_DECODERS},
        )
        self._set_up(connection, write=write)
        return connection

    def _set_up(self, connection: Any, *, write: bool) -> None:
        limit = f"max_statement_time = {self._seconds:f}"
        if "MariaDB" not in connection.get_server_info():
            limit = f"max_execution_time = {int(self._seconds * 1000)}"
        longest = max(1, int(self._seconds))
        waits = f"lock_wait_timeout = {longest}, innodb_lock_wait_timeout = {longest}"
        with connection.cursor() as cursor:
            cursor.execute(_STRICT if write else "SET SESSION TRANSACTION READ ONLY")
            cursor.execute(
                f"SET SESSION time_zone = '+00:00', {limit}, {waits}, net_write_timeout = {_UNREAD}"
            )

    def close(self, connection: Any) -> None:
        """End a session by its socket; never raises, also while rows are on their way."""
        result = connection._result
        if result is not None:
            result.unbuffered_active = False  # else it would read to its end when it is dropped
        connection._force_close()

    def rows(
        self, connection: Any, sql: str, values: Mapping[str, object]
    ) -> Sequence[tuple[Any, ...]]:
        """All rows of a statement."""
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return tuple(cursor.fetchall())

    def stream(
        self, connection: Any, sql: str, values: Mapping[str, object], first: int
    ) -> _Unbuffered:
        """A result that the server sends as fast as it is read."""
        return _Unbuffered(connection, sql, values)

    def change(self, connection: Any, sql: str, values: Mapping[str, object]) -> int:
        """How many rows a statement met."""
        with connection.cursor() as cursor:
            return int(cursor.execute(sql, values))

    def references(self, connection: Any) -> list[ForeignKey]:
        """Foreign keys of all tables that the login may see."""
        usual = self._url.database or ""
        rows = self.rows(connection, _REFERENCES, {})
        return foreign_keys(
            (r[0], Named(r[1], r[2], r[1] == usual), r[3], Named(r[4], r[5], r[4] == usual), *r[6:])
            for r in rows
        )

    def broken(self, error: BaseException) -> Broken | None:
        """By MariaDB's error number."""
        return _BROKEN.get(_code(error))

    def tables(self, connection: Any, wanted: Collection[tuple[str, str]]) -> list[Table]:
        """Tables and views of the address's database, or of the one that `schema` names."""
        usual = self._url.database or ""
        asked = {
            "names": sorted({name for _, name in wanted}),
            "schemas": sorted({schema or usual for schema, _ in wanted}),
        }
        columns: dict[tuple[str, str], dict[str, Column]] = {}
        for schema, table, name, declared, nullable, granted, json in self.rows(
            connection, _TABLES, asked
        ):
            kind = _kind(declared)
            found = Column(name, declared, kind, bool(nullable), bool(granted), bool(json))
            for key in ((schema, table), ("", table)):
                if key in wanted and schema == (key[0] or usual):
                    columns.setdefault(key, {})[name] = found
        return [Table(schema, name, found) for (schema, name), found in columns.items()]

    def shown(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """As it is."""
        return there

    def converter(self, column: Column) -> Callable[[Any], object] | None:
        """By the declared type; `tinyint(1)` and `bit(1)` are what MariaDB calls a boolean."""
        if column.json or column.declared == "json":
            return parsed_json
        if column.declared in ("tinyint(1)", "bit(1)"):
            return _boolean
        kind = column.declared.split("(")[0].split(" ")[0]
        if kind in _BYTES:
            return in_base64
        return _CONVERTERS.get(kind, json_able if "unsigned" in column.declared else None)

    def size(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """`LENGTH` counts bytes here."""
        return sa.func.length(self.content(column, there))

    def content(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Binary columns as they are, a text as UTF-8."""
        if column.kind is Kind.BYTES:
            return there
        return sa.cast(sa.cast(there, mysql.CHAR(charset="utf8mb4")), mysql.BINARY())

    def is_lost(self, error: BaseException) -> bool:
        """A session that ended, and not a statement that was refused."""
        return isinstance(error, pymysql.err.InterfaceError | OSError) or _code(error) in _GONE

    def fault(self, error: BaseException) -> DsrError:
        """By MariaDB's error number."""
        code = _code(error)
        if isinstance(error, UnicodeError):
            return NeedsPerson(
                "The database holds text that cannot be read; have its character set mended there."
            )
        if code in _TOO_LONG:
            return TryAgain(
                f"The database needed more than {self._seconds:g} seconds; an index on the columns"
                " of `person` and `path` helps, or a longer statement_timeout in the register."
            )
        if code in _WORDS:
            return NeedsPerson(_WORDS[code])
        if code in _LOGIN:
            return NeedsPerson("The database refuses this connector's login; correct settings.url.")
        if self.is_lost(error) or code in _LATER:
            return TryAgain("The database did not answer properly; try again later.")
        return NeedsPerson(
            f"The database refuses what the map asks (code {code or type(error).__name__}); check"
            " the map of this system in the register and the rights of the connector's login."
        )


class _Unbuffered:
    """A result that stays on the server until it is read."""

    def __init__(self, connection: Any, sql: str, values: Mapping[str, object]) -> None:
        self._cursor: Any = connection.cursor(SSCursor)
        self._ended = False
        self._cursor.execute(sql, values)

    def fetch(self, count: int) -> Sequence[tuple[Any, ...]]:
        """The next rows."""
        rows: Sequence[tuple[Any, ...]] = self._cursor.fetchmany(count)
        self._ended = len(rows) < count
        return rows

    def end(self) -> bool:
        """What was not read to its end would have to be: then the connection is dropped."""
        if self._ended:
            self._cursor.close()
        return self._ended


def _kind(declared: str) -> Kind:
    kind = declared.split("(")[0].split(" ")[0]
    if kind in _WHOLE:
        return Kind.WHOLE
    if kind in _BYTES:
        return Kind.BYTES
    return Kind.TEXT  # a uuid too: MariaDB gives and takes it as text


def _boolean(value: Any) -> object:
    number = int.from_bytes(value, "big") if isinstance(value, bytes) else value
    return bool(number) if number in (0, 1) else number


_CONVERTERS: Mapping[str, Callable[[Any], object]] = {
    "timestamp": iso_utc,
    "datetime": iso_naive,
    "bit": lambda value: json_able(int.from_bytes(value, "big")),
}


def _code(error: BaseException) -> int:
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else 0
