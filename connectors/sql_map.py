"""The map of a database: which table is the person's, how each dataset leads to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Condition:
    """A column that must hold one of `values` (None among them: be empty), or none of them."""

    column: str
    values: tuple[object, ...]
    negated: bool = False


@dataclass(frozen=True, kw_only=True)
class TableMap:
    """A table or view with the conditions that its rows must meet; `schema` "" is the usual one."""

    table: str
    schema: str = ""
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Join(TableMap):
    """One step of a path: the next table, and which columns of here equal which of there.

    A right side with braces is a text made of columns of there: `party.party,{id}`.
    """

    on: Mapping[str, str]


type_of_path = tuple[Join, ...]


@dataclass(frozen=True)
class Place:
    """A column of the table itself (`beside` is "") or of a table that is read beside it."""

    beside: str
    column: str

    @property
    def name(self) -> str:
        """As the map writes it."""
        return f"{self.beside}.{self.column}" if self.beside else self.column


@dataclass(frozen=True)
class FileColumns:
    """A file kept in a row: its bytes, and where its name and media type stand. `base64` says
    that the bytes are written as such a text.
    """

    content: Place
    name: Place | None
    media_type: Place | None
    base64: bool = False


@dataclass(frozen=True)
class AuthorRule:
    """Who wrote a row: a fixed word, or by the value of a column."""

    fixed: str = ""
    column: Place | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def of(self, value: object) -> str:
        """The author word for a row, by what its column holds."""
        return self.values.get(str(value), self.fixed)


class Erasing(StrEnum):
    """What becomes of a row that is erased."""

    DELETE = "delete"
    EMPTY = "empty"  #: it stays; the columns of `empty` get the values there
    BY_HAND = "by_hand"


@dataclass(frozen=True, kw_only=True)
class RowMap(TableMap):
    """A row of another table: its fixed values, in whose texts `{subject}`, `{ref}`, `{dataset}`
    and `{operation}` stand for what they say. `text` is the column of a person's statement.
    """

    values: Mapping[str, object]
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class StopMap(TableMap):
    """How processing stops for a purpose: columns of the person's rows that are set, or (without
    `stopped`) a row `row` that is added, and taken away to resume.
    """

    person: tuple[str, ...]
    stopped: Mapping[str, object]
    resumed: Mapping[str, object]
    row: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class DatasetMap(TableMap):
    """A dataset: rows of the table, joined along `path` to the table whose `person` columns hold
    the person's key. `order` ends in `key`, so that it is total. `columns` empty means all own
    ones; `beside` are tables that add columns to a row, at most one of theirs to each.

    `along` are the datasets and tables whose rows go with a row that they refer to (None: all
    datasets). `held` is the column that keeps a row from a purge. `statement` is where a person's
    own statement goes: a column of the row, or a row of another table.
    """

    name: str
    key: tuple[str, ...]
    order: tuple[str, ...]
    path: type_of_path
    person: tuple[str, ...]
    beside: Mapping[str, type_of_path]
    columns: tuple[Place, ...]
    all_columns: bool
    hidden: frozenset[str]
    json: frozenset[str]
    dates: Mapping[str, Place]
    kind: str
    author: AuthorRule
    files: tuple[FileColumns, ...]
    restricted: Place | None
    about_subject: bool
    optional: bool
    erasing: Erasing = Erasing.DELETE
    empty: Mapping[str, object] = field(default_factory=dict)
    along: tuple[str, ...] | None = None
    held: str = ""
    statement: str | RowMap = ""


@dataclass(frozen=True, kw_only=True)
class PersonMap(TableMap):
    """The person's table, its key, and where stands what a person is told by.

    `refs` maps the id of a system of the register to where the person's reference in that system
    stands; `since` maps "email" and "phone" to when each last changed.
    """

    key: tuple[str, ...]
    beside: Mapping[str, type_of_path]
    refs: Mapping[str, Place]
    name: tuple[Place, ...]
    columns: Mapping[str, Place]
    since: Mapping[str, Place]

    @property
    def places(self) -> tuple[Place, ...]:
        """All that `locate` reads beside the key, each once."""
        every = (*self.refs.values(), *self.name, *self.columns.values(), *self.since.values())
        return tuple(dict.fromkeys(every))


@dataclass(frozen=True, kw_only=True)
class DatabaseMap:
    """The whole map. `timezone` is that of moments stored without one. Nothing is changed unless
    `changes` says so; `marks` is a table that this connector keeps its own marks in.
    """

    page_size: int
    timezone: ZoneInfo
    person: PersonMap
    datasets: Mapping[str, DatasetMap]
    changes: bool = False
    marks: TableMap | None = None
    stops: Mapping[str, tuple[StopMap, ...]] = field(default_factory=dict)

    @property
    def tables(self) -> frozenset[tuple[str, str]]:
        """Schema and name of every table that is read or changed."""
        found: list[TableMap] = [self.person, *self.datasets.values(), *self._changed]
        for path in self.person.beside.values():
            found += path
        for dataset in self.datasets.values():
            for path in (dataset.path, *dataset.beside.values()):
                found += path
        return frozenset((one.schema, one.table) for one in found)

    @property
    def _changed(self) -> list[TableMap]:
        found: list[TableMap] = [one for stops in self.stops.values() for one in stops]
        found += [self.marks] if self.marks else []
        for dataset in self.datasets.values():
            if isinstance(dataset.statement, RowMap):
                found.append(dataset.statement)
            beyond = (name for name in dataset.along or () if name not in self.datasets)
            found += [TableMap(table=name, schema=dataset.schema) for name in beyond]
        return found
