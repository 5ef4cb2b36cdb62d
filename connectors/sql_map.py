"""The YAML map of a database: which table is the person's, how each dataset leads to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry


@dataclass(frozen=True)
class Join:
    """One step of a path: the next table, and which columns of here equal which of there."""

    table: str
    on: Mapping[str, str]


@dataclass(frozen=True)
class FileColumns:
    """A file kept in a row: its bytes, and where its name and media type stand ("": nowhere)."""

    content: str
    name: str
    media_type: str


@dataclass(frozen=True)
class AuthorRule:
    """Who wrote a row: a fixed word, or by the value of a column."""

    fixed: str = ""
    column: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def of(self, row: Mapping[str, object]) -> str:
        """The author word for a row."""
        return self.values.get(str(row[self.column]), self.fixed) if self.column else self.fixed


@dataclass(frozen=True, kw_only=True)
class DatasetMap:
    """A dataset: rows of `table`, joined along `path` to the table whose `person` column holds
    the person's key. `order` ends in `key`, so that it is total. `columns` empty means all.
    """

    name: str
    table: str
    key: tuple[str, ...]
    order: tuple[str, ...]
    path: tuple[Join, ...]
    person: str
    columns: tuple[str, ...]
    hidden: frozenset[str]
    dates: Mapping[str, str]
    kind: str
    author: AuthorRule
    files: tuple[FileColumns, ...]
    restricted: str
    about_subject: bool
    optional: bool


@dataclass(frozen=True, kw_only=True)
class PersonMap:
    """The person's table, its key, and the columns a person is told by.

    `refs` maps the id of a system of the register to the column that holds the person's
    reference in that system; `since` maps "email" and "phone" to when each last changed.
    """

    table: str
    key: str
    refs: Mapping[str, str]
    name: tuple[str, ...]
    columns: Mapping[str, str]
    since: Mapping[str, str]

    @property
    def wanted(self) -> tuple[str, ...]:
        """All columns that `locate` reads, each once."""
        every = (self.key, *self.refs.values(), *self.name, *self.columns.values())
        return tuple(dict.fromkeys((*every, *self.since.values())))


@dataclass(frozen=True, kw_only=True)
class DatabaseMap:
    """The whole map. `timezone` is that of moments stored without one."""

    schema: str | None
    page_size: int
    timezone: ZoneInfo
    person: PersonMap
    datasets: Mapping[str, DatasetMap]


_MATCHED = ("patient_number", "email", "phone", "birth_date", "town")
_DATASET_KEYS = (
    "table",
    "key",
    "order",
    "path",
    "person",
    "columns",
    "hidden",
    "dates",
    "kind",
    "author",
    "files",
    "restricted",
    "third_party",
    "optional",
)


def read_map(settings: Entry) -> DatabaseMap:
    """The map in a system's settings; `BrokenRegister` names the place of a mistake."""
    return DatabaseMap(
        schema=settings.text("schema", "") or None,
        page_size=int(settings.number("page_size", 500)),
        timezone=_timezone(settings),
        person=_person(settings.at("person")),
        datasets={name: _dataset(name, at) for name, at in settings.each("datasets").items()},
    )


def _timezone(settings: Entry) -> ZoneInfo:
    name = settings.text("timezone", "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        raise BrokenRegister(
            f"{settings.path}.timezone: {name!r} is no time zone; write one as Europe/Amsterdam."
        ) from None


def _person(at: Entry) -> PersonMap:
    at.only("table", "key", "match", "since")
    match = at.at("match")
    match.only("refs", "name", *_MATCHED)
    return PersonMap(
        table=at.text("table"),
        key=at.text("key"),
        refs=match.pairs("refs"),
        name=match.texts("name"),
        columns={word: match.text(word) for word in _MATCHED if word in match.values},
        since=at.pairs("since"),
    )


def _dataset(name: str, at: Entry) -> DatasetMap:
    at.only(*_DATASET_KEYS)
    key = at.texts("key")
    if not key:
        raise BrokenRegister(f"{at.path}.key: name the column or columns that tell rows apart.")
    return DatasetMap(
        name=name,
        table=at.text("table"),
        key=key,
        order=tuple(dict.fromkeys((*at.texts("order"), *key))),
        path=tuple(_join(step) for step in at.rows("path")),
        person=at.text("person"),
        columns=at.texts("columns"),
        hidden=frozenset(at.texts("hidden")),
        dates=at.pairs("dates"),
        kind=at.text("kind", name),
        author=_author(at),
        files=tuple(_file(file) for file in at.rows("files")),
        restricted=at.text("restricted", ""),
        about_subject=not at.flag("third_party"),
        optional=at.flag("optional"),
    )


def _join(at: Entry) -> Join:
    if "True" in map(str, at.values):  # what YAML makes of a bare `on`
        raise BrokenRegister(f'{at.path}: write "on" between quotes; YAML reads on as yes.')
    at.only("table", "on")
    return Join(at.text("table"), at.pairs("on"))


def _author(at: Entry) -> AuthorRule:
    if isinstance(at.values.get("author", ""), str):
        return AuthorRule(fixed=at.text("author", ""))
    rule = at.at("author")
    rule.only("column", "values", "otherwise")
    return AuthorRule(rule.text("otherwise", ""), rule.text("column"), rule.pairs("values"))


def _file(at: Entry) -> FileColumns:
    at.only("content", "name", "type")
    return FileColumns(at.text("content"), at.text("name", ""), at.text("type", ""))
