"""The tables and columns of a database as the connector's login sees them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from dsr.core.errors import NeedsPerson

_LENGTH = re.compile(r"char\w*(?: varying)?\((\d+)\)", re.IGNORECASE)
_INT64 = 2**63
#: seconds after which tables are looked at anew: a new column must not stay unseen
_FRESH = 300.0


class Kind(StrEnum):
    """What a column's values are compared as."""

    WHOLE = "whole"
    TEXT = "text"
    UUID = "uuid"
    BOOLEAN = "boolean"
    BYTES = "bytes"
    ANY = "any"  #: SQLite without a declared type: whatever was put in


@dataclass(frozen=True)
class Column:
    """A column; `declared` is the database's own word for its type, in lower case."""

    name: str
    declared: str
    kind: Kind
    nullable: bool = True
    granted: bool = True
    json: bool = False

    @property
    def longest(self) -> int | None:
        """The characters that it takes at most, where its type says so."""
        found = _LENGTH.search(self.declared)
        return int(found[1]) if found else None


@dataclass(frozen=True)
class Table:
    """A table or view. `plain` says that it is a table whose rows SQLite numbers."""

    schema: str
    name: str
    columns: Mapping[str, Column]
    plain: bool = False

    def column(self, name: str) -> Column:
        """The column; `NeedsPerson` says what to mend when it is missing or not granted."""
        found = self.columns.get(name)
        if found is None:
            known = ", ".join(c.name for c in self.columns.values() if c.granted)
            raise NeedsPerson(
                f"Table {self.name!r} has no column {name!r} that this connector's database login"
                f" may read (it has: {known}); correct the map of this system in the register, or"
                " GRANT SELECT on the column to the login."
            )
        if not found.granted:
            raise NeedsPerson(
                f"This connector's database login may not read column {name!r} of table"
                f" {self.name!r}: GRANT SELECT on the column to the login (and USAGE on its"
                " schema), or leave it out of the map."
            )
        return found


@dataclass(frozen=True)
class Named:
    """A table by its real schema; `usual` says that it is found without naming that."""

    schema: str
    name: str
    usual: bool

    def means(self, schema: str, name: str) -> bool:
        """Whether a map that writes this schema and name means this table."""
        return self.name == name and (schema == self.schema or (not schema and self.usual))


@dataclass(frozen=True)
class ForeignKey:
    """Columns of `child` that hold what stands in columns of `parent`. `loosens` says that they
    are emptied when the parent goes.
    """

    child: Named
    columns: tuple[str, ...]
    parent: Named
    parent_columns: tuple[str, ...]
    loosens: bool

    @property
    def to_itself(self) -> bool:
        """Whether rows refer to rows of the same table."""
        return self.child == self.parent


def foreign_keys(rows: Iterable[tuple[str, Named, str, Named, str, str]]) -> list[ForeignKey]:
    """Of rows (name of the key, child, its column, parent, its column, the rule when it goes)."""
    found: dict[tuple[str, Named], list[tuple[str, Named, str, str]]] = {}
    for name, child, column, parent, theirs, rule in rows:
        found.setdefault((name, child), []).append((column, parent, theirs, rule))
    return [
        ForeignKey(
            child=child,
            columns=tuple(one[0] for one in pairs),
            parent=pairs[0][1],
            parent_columns=tuple(one[2] for one in pairs),
            loosens=pairs[0][3].upper() in ("SET NULL", "SET DEFAULT"),
        )
        for (_, child), pairs in found.items()
    ]


class NoTable(NeedsPerson):
    """The database has no such table; correct the map, or mark the dataset `optional: true`."""


class Catalog:
    """The tables of a map, by schema and name; those that are missing are not in it."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._tables = {(table.schema, table.name): table for table in tables}
        self._until = time.monotonic() + _FRESH

    @property
    def fresh(self) -> bool:
        """Whether it is young enough to rely on."""
        return time.monotonic() < self._until

    def table(self, schema: str, name: str) -> Table:
        """The table; `NoTable` when the login sees none of that name."""
        found = self._tables.get((schema, name))
        if found is None:
            where = f" in schema {schema!r}" if schema else ""
            raise NoTable(
                f"The database has no table {name!r}{where} that this connector's login may see;"
                " correct the map of this system in the register, GRANT SELECT on it, or mark the"
                " dataset `optional: true` when it is rightly absent."
            )
        return found


def text_of(value: object) -> str:
    """A key's value as the text of a reference; bytes in hexadecimal."""
    return value.hex() if isinstance(value, bytes) else str(value)


def value_of(kind: Kind, text: str) -> object:
    """`text` as a value that a column can be compared with; `ValueError` when it fits none."""
    if "\0" in text:
        raise ValueError
    return _READERS[kind](text)


def _whole(text: str) -> int:
    number = int(text)
    if not -_INT64 <= number < 2 * _INT64 or str(number) != text.strip().removeprefix("+"):
        raise ValueError
    return number


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError
    return text.lower() in ("true", "1")


def _any(text: str) -> object:
    try:
        return _whole(text)
    except ValueError:
        return text


_READERS: Mapping[Kind, Callable[[str], object]] = {
    Kind.WHOLE: _whole,
    Kind.TEXT: str,
    Kind.UUID: lambda text: str(UUID(text)),
    Kind.BOOLEAN: _flag,
    Kind.BYTES: bytes.fromhex,
    Kind.ANY: _any,
}


def fixed_value(column: Column, value: object) -> object:
    """A value of the map as the column can be compared with; `NeedsPerson` when it fits none."""
    if value is None or column.kind is Kind.ANY:
        return value
    if column.kind is Kind.BOOLEAN and isinstance(value, bool):
        return value
    text = str(int(value)) if isinstance(value, bool) else str(value)
    try:
        return value_of(column.kind, text)
    except ValueError:
        raise NeedsPerson(
            f"A condition of the map on column {column.name!r} can never be met: the column holds"
            f" {column.declared}; correct the map of this system in the register."
        ) from None
