"""The map of a database: which table is the person's, how each dataset leads to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, kw_only=True)
class DatasetMap(TableMap):
    """A dataset: rows of the table, joined along `path` to the table whose `person` columns hold
    the person's key. `order` ends in `key`, so that it is total. `columns` empty means all own
    ones; `beside` are tables that add columns to a row, at most one of theirs to each.
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
    """The whole map. `timezone` is that of moments stored without one."""

    page_size: int
    timezone: ZoneInfo
    person: PersonMap
    datasets: Mapping[str, DatasetMap]

    @property
    def tables(self) -> frozenset[tuple[str, str]]:
        """Schema and name of every table that is read."""
        found: list[TableMap] = [self.person, *self.datasets.values()]
        for path in self.person.beside.values():
            found += path
        for dataset in self.datasets.values():
            for path in (dataset.path, *dataset.beside.values()):
                found += path
        return frozenset((one.schema, one.table) for one in found)
