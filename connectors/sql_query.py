"""The statements that read one dataset: a page by keyset, the count, and a part of a file.

Every statement selects the person's key beside what it reads, so that each row can be checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from connectors.sql_engine import Database, Raw, column, raw
from connectors.sql_map import DatasetMap, FileColumns
from dsr.core.errors import NeedsPerson

_INT64 = 2**63


class NoTable(NeedsPerson):
    """The database has no such table; correct the map, or mark the dataset `optional: true`."""


@dataclass(frozen=True)
class Row:
    """A row as read: whose it is, its place in the order, its columns, its files' sizes."""

    person: str
    order: tuple[object, ...]
    values: Mapping[str, object]
    sizes: tuple[int | None, ...]


class DatasetQuery:
    """Statements over one dataset of a database; built anew for each page, tables are cached."""

    def __init__(self, database: Database, plan: DatasetMap) -> None:
        self._database = database
        self._plan = plan
        self._table = needed_table(database, plan.table)
        self._from, last = self._joined()
        self._person = column(last, plan.person)
        self._order = [column(self._table, name) for name in plan.order]
        self._read = self._columns_to_read()

    def page(self, ref: str, after: Sequence[object] | None, limit: int) -> list[Row]:
        """At most `limit` rows of the person, in order, behind the place `after`."""
        contents = [column(self._table, file.content) for file in self._plan.files]
        sizes = [sa.func.length(sa.cast(content, sa.LargeBinary)) for content in contents]
        wanted = [raw(self._person), *map(raw, self._order), *map(raw, self._read), *sizes]
        statement = self._of(ref, *(c.label(f"c{n}") for n, c in enumerate(wanted)))
        statement = statement.order_by(*self._order).limit(limit)
        if after is not None:
            statement = statement.where(_behind(self._order, after))
        return [self._row(tuple(found)) for found in self._database.rows(statement)]

    def count(self, ref: str) -> int:
        """How many rows the person has, each key once."""
        keys = [column(self._table, name).label(f"k{n}") for n, name in enumerate(self._plan.key)]
        distinct = self._of(ref, *keys).distinct().subquery()
        return int(self._database.rows(sa.select(sa.func.count()).select_from(distinct))[0][0])

    def part(
        self, ref: str, key: Sequence[object], file: FileColumns, start: int, length: int
    ) -> bytes | None:
        """`length` bytes of a file from byte `start` (0 is the first); None when the row is gone.

        Fewer bytes than asked means that the file ends there.
        """
        content = sa.cast(column(self._table, file.content), sa.LargeBinary)
        cut = sa.func.substr(content, start + 1, length)
        statement = self._of(ref, sa.type_coerce(cut, Raw()).label("part"))
        for name, value in zip(self._plan.key, key, strict=True):
            statement = statement.where(raw(column(self._table, name)) == value)
        found = self._database.rows(statement.limit(1))
        return _bytes(found[0][0]) if found else None

    def _of(self, ref: str, *wanted: sa.ColumnElement[Any]) -> sa.Select[Any]:
        value = bindable(self._person, ref)
        return sa.select(*wanted).select_from(self._from).where(raw(self._person) == value)

    def _joined(self) -> tuple[sa.FromClause, sa.FromClause]:
        """The join along the path, and its last table; each step may meet a table again."""
        here: sa.FromClause = self._table
        whole: sa.FromClause = self._table
        for step in self._plan.path:
            there = needed_table(self._database, step.table).alias()
            on = [column(here, ours) == column(there, theirs) for ours, theirs in step.on.items()]
            if not on:
                raise NeedsPerson(
                    f"The path of dataset {self._plan.name!r} joins {step.table!r} on nothing;"
                    " write `on:` with the columns that are equal."
                )
            whole, here = whole.join(there, sa.and_(*on)), there
        return whole, here

    def _columns_to_read(self) -> list[sa.ColumnElement[Any]]:
        plan = self._plan
        contents = {file.content for file in plan.files}
        beside = [name for file in plan.files for name in (file.name, file.media_type) if name]
        ruled = [*plan.dates.values(), plan.author.column, plan.restricted, *beside]
        shown = plan.columns or tuple(self._table.c.keys())
        open_ones = [name for name in shown if name not in plan.hidden | contents]
        every = dict.fromkeys([*open_ones, *filter(None, ruled), *plan.key])
        return [column(self._table, name) for name in every]

    def _row(self, found: tuple[object, ...]) -> Row:
        orders, reads = len(self._order), len(self._read)
        values = found[1 + orders : 1 + orders + reads]
        sizes = found[1 + orders + reads :]
        return Row(
            person=str(found[0]),
            order=found[1 : 1 + orders],
            values={str(c.key): _read(c, v) for c, v in zip(self._read, values, strict=True)},
            sizes=tuple(None if size is None else int(str(size)) for size in sizes),
        )


def needed_table(database: Database, name: str) -> sa.Table:
    """The table; `NoTable` when the database has none of that name."""
    table = database.table(name)
    if table is None:
        raise NoTable(
            f"The database has no table {name!r}; correct the map of this system in the register,"
            " or mark the dataset `optional: true` when it is rightly absent."
        )
    return table


def bindable(key: sa.ColumnElement[Any], text: str) -> object:
    """`text` as a value that the column can be compared with; None when it fits none."""
    try:
        kind = key.type.python_type
    except NotImplementedError:
        kind = str
    try:
        if kind is int:
            number = int(text)
            return number if -_INT64 <= number < _INT64 else None
        if kind is UUID and not isinstance(key.type, sa.types.CHAR):
            return UUID(text)
    except ValueError:
        return None
    return None if "\0" in text else text


def _behind(order: Sequence[sa.ColumnElement[Any]], after: Sequence[object]) -> Any:
    if len(order) == 1:
        return raw(order[0]) > after[0]
    values = [sa.literal(value, Raw()) for value in after]
    return sa.tuple_(*map(raw, order)) > sa.tuple_(*values)


def _read(there: sa.ColumnElement[Any], value: object) -> object:
    """SQLite keeps yes and no as 1 and 0; everything else stays as the driver gives it."""
    return bool(value) if isinstance(there.type, sa.Boolean) and value in (0, 1) else value


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8")
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""
