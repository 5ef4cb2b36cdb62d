"""A file that is kept in a row, read in parts so that it is never in memory as a whole."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from connectors.sql_database import Database
from connectors.sql_join import compiled, given
from connectors.sql_map import DatasetMap, FileColumns
from connectors.sql_query import DatasetQuery
from connectors.sql_reading import Raw
from connectors.sql_sqlite import SQLite
from dsr.core.errors import BadAnswer, NeedsPerson

_CHANGED = "A file was changed or removed while it was read; search again."


class FileInRow:
    """One file column of a dataset."""

    def __init__(
        self, database: Database, plan: DatasetMap, query: DatasetQuery, columns: FileColumns
    ) -> None:
        self.columns = columns
        self._database = database
        self._query = query
        source = query.joined.source(columns.content)
        self._table, self._column = source.known, columns.content.column
        family = database.family
        numbered = source.known.plain and "rowid" not in map(str.lower, source.known.columns)
        self._in_place = family if numbered and isinstance(family, SQLite) else None
        content = family.content(query.joined.known(columns.content), source.column(self._column))
        cut = sa.func.substr(content, given("start"), given("length"))
        wanted = sa.literal_column(f"{source.alias}.rowid") if self._in_place else cut
        statement = query.of_person(sa.type_coerce(wanted, Raw()).label("part"))
        own = query.joined.own
        for number, name in enumerate(plan.key):
            statement = statement.where(own.column(name) == given(f"k{number}"))
        self._part = compiled(statement.limit(1), family.dialect)

    @contextmanager
    def opened(self, ref: str, key: Sequence[object], size: int) -> Generator[Iterator[bytes]]:
        """The file's bytes in parts; `BadAnswer` when it was changed since it was found."""
        values = {f"k{n}": value for n, value in enumerate(key)} | (self._query.whose(ref) or {})
        if self._in_place is not None:
            parts = self._in_file(values, self._in_place)
        else:
            parts = self._by_parts(values, size)
        whole = _whole(parts, size)
        yield _decoded(whole) if self.columns.base64 else whole

    def _by_parts(self, values: Mapping[str, object], size: int) -> Iterator[bytes]:
        length = self._database.family.part
        sent = 0
        while sent < size:
            asked = {**values, "start": sent + 1, "length": length}
            rows = self._database.rows(self._part, asked)
            part = _bytes(rows[0][0]) if rows else b""
            if not part:
                raise BadAnswer(_CHANGED)
            sent += len(part)
            yield part

    def _in_file(self, values: Mapping[str, object], file: SQLite) -> Iterator[bytes]:
        rows = self._database.rows(self._part, values)
        if not rows:
            raise BadAnswer(_CHANGED)
        yield from file.parts(self._table, self._column, int(rows[0][0]))


def _whole(parts: Iterator[bytes], size: int) -> Iterator[bytes]:
    sent = 0
    for part in parts:
        sent += len(part)
        yield part
    if sent != size:
        raise BadAnswer(_CHANGED)


def _decoded(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes that a text in base64 stands for; lines may be broken anywhere."""
    rest = b""
    try:
        for part in parts:
            text = rest + b"".join(part.split())
            whole = len(text) - len(text) % 4
            rest = text[whole:]
            yield base64.b64decode(text[:whole], validate=True)
        yield base64.b64decode(rest, validate=True)
    except binascii.Error:
        raise NeedsPerson(
            "A file of the map is marked as base64 and is not; correct the map in the register."
        ) from None


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8")
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""
