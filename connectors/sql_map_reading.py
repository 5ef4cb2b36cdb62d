"""Reading the map of a database from the register; a mistake is named with its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from connectors.sql_changes_reading import (
    CHANGING,
    empty_of,
    erasing_of,
    marks_of,
    statement_of,
    stops_of,
)
from connectors.sql_map import (
    AuthorRule,
    Condition,
    DatabaseMap,
    DatasetMap,
    FileColumns,
    Join,
    PersonMap,
    Place,
    type_of_path,
)
from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry

#: rows of a page; a page also ends when it holds many bytes
PAGE_SIZE = 2000
_MATCHED = ("patient_number", "email", "phone", "birth_date", "town")
_TABLE = ("table", "schema", "where")
_DATASET = (
    "key", "order", "path", "person", "beside", "columns", "hidden", "json", "dates", "kind",
    "author", "files", "restricted", "third_party", "optional", *CHANGING,
)  # fmt: skip


def read_map(settings: Entry) -> DatabaseMap:
    """The map in a system's settings; `BrokenRegister` names the place of a mistake."""
    schema = settings.text("schema", "")
    person = _person(settings.at("person"), schema)
    found = {n: _dataset(n, at, schema) for n, at in settings.each("datasets").items()}
    for name, dataset in found.items():
        if len(dataset.person) != len(person.key):
            raise BrokenRegister(
                f"{settings.path}.datasets.{name}.person: name as many columns as the person's key"
                f" has ({len(person.key)}), in the same order."
            )
    return DatabaseMap(
        page_size=int(settings.number("page_size", PAGE_SIZE)),
        timezone=_timezone(settings),
        person=person,
        datasets=found,
        changes=settings.flag("changes") or "change_url" in settings.values,
        marks=marks_of(settings, schema),
        stops=stops_of(settings, person, read_where),
    )


def _timezone(settings: Entry) -> ZoneInfo:
    name = settings.text("timezone", "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        raise BrokenRegister(
            f"{settings.path}.timezone: {name!r} is no time zone; write one as Europe/Amsterdam."
        ) from None


def _person(at: Entry, schema: str) -> PersonMap:
    at.only(*_TABLE, "key", "beside", "match", "since")
    match = at.at("match")
    match.only("refs", "name", *_MATCHED)
    beside = _beside(at, schema)
    return PersonMap(
        table=at.text("table"),
        schema=at.text("schema", schema),
        where=read_where(at),
        key=_key(at),
        beside=beside,
        refs=_places(match, "refs", beside),
        name=tuple(_place(name, beside) for name in match.texts("name")),
        columns={w: _place(match.text(w), beside) for w in _MATCHED if w in match.values},
        since=_places(at, "since", beside),
    )


def _dataset(name: str, at: Entry, schema: str) -> DatasetMap:
    at.only(*_TABLE, *_DATASET)
    beside = _beside(at, schema)
    columns = at.texts("columns")
    return DatasetMap(
        name=name,
        table=at.text("table"),
        schema=at.text("schema", schema),
        where=read_where(at),
        key=_key(at),
        order=tuple(dict.fromkeys((*at.texts("order"), *_key(at)))),
        path=tuple(_join(step, schema) for step in at.rows("path")),
        person=_person_columns(at),
        beside=beside,
        columns=tuple(_place(column, beside) for column in columns if column != "*"),
        all_columns=not columns or "*" in columns,
        hidden=frozenset(at.texts("hidden")),
        json=frozenset(at.texts("json")),
        dates=_places(at, "dates", beside),
        kind=at.text("kind", name),
        author=_author(at, beside),
        files=tuple(_file(file, beside) for file in at.rows("files")),
        restricted=_maybe(at, "restricted", beside),
        about_subject=not at.flag("third_party"),
        optional=at.flag("optional"),
        erasing=erasing_of(at),
        empty=empty_of(at),
        along=at.texts("along") if "along" in at.values else None,
        held=at.text("held", ""),
        statement=statement_of(at, schema),
    )


def _key(at: Entry) -> tuple[str, ...]:
    key = at.texts("key")
    if not key:
        raise BrokenRegister(f"{at.path}.key: name the column or columns that tell rows apart.")
    return key


def _person_columns(at: Entry) -> tuple[str, ...]:
    person = at.texts("person")
    if not person:
        raise BrokenRegister(f"{at.path}.person: name the column that holds the person's key.")
    return person


def _beside(at: Entry, schema: str) -> dict[str, type_of_path]:
    if "beside" not in at.values:
        return {}
    below = at.at("beside")
    found = {name: tuple(_join(step, schema) for step in below.rows(name)) for name in below.values}
    for name, path in found.items():
        if not path:
            raise BrokenRegister(f"{below.path}.{name}: write a list of tables with `table`, `on`.")
    return found


def _join(at: Entry, schema: str) -> Join:
    if "True" in map(str, at.values):  # what YAML makes of a bare `on`
        raise BrokenRegister(f'{at.path}: write "on" between quotes; YAML reads on as yes.')
    at.only(*_TABLE, "on")
    on = at.pairs("on")
    if not on:
        raise BrokenRegister(f"{at.path}.on: write which columns are equal, as {{ours: theirs}}.")
    return Join(
        table=at.text("table"), schema=at.text("schema", schema), where=read_where(at), on=on
    )


def read_where(at: Entry) -> tuple[Condition, ...]:
    """The conditions on a table's rows."""
    if "where" not in at.values:
        return ()
    below = at.at("where")
    return tuple(_condition(below, column, value) for column, value in below.values.items())


def _condition(at: Entry, column: str, value: object) -> Condition:
    negated = isinstance(value, Mapping)
    if isinstance(value, Mapping):
        Entry(value, f"{at.path}.{column}").only("not")
        value = value.get("not")
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    if not values or not all(x is None or isinstance(x, str | int | float | date) for x in values):
        raise BrokenRegister(
            f"{at.path}.{column}: write a value, a list of values, null, or {{not: ...}} of those."
        )
    return Condition(str(column), values, negated)


def _place(text: str, beside: Collection[str]) -> Place:
    """`mail.value` is a column of the table read beside as `mail`; any other text is our own."""
    before, dot, after = text.partition(".")
    return Place(before, after) if dot and before in beside else Place("", text)


def _places(at: Entry, key: str, beside: Collection[str]) -> dict[str, Place]:
    return {name: _place(text, beside) for name, text in at.pairs(key).items()}


def _maybe(at: Entry, key: str, beside: Collection[str]) -> Place | None:
    text = at.text(key, "")
    return _place(text, beside) if text else None


def _author(at: Entry, beside: Collection[str]) -> AuthorRule:
    if isinstance(at.values.get("author", ""), str):
        return AuthorRule(fixed=at.text("author", ""))
    rule = at.at("author")
    rule.only("column", "values", "otherwise")
    column = _place(rule.text("column"), beside)
    return AuthorRule(rule.text("otherwise", ""), column, rule.pairs("values"))


def _file(at: Entry, beside: Collection[str]) -> FileColumns:
    at.only("content", "name", "type", "base64")
    return FileColumns(
        content=_place(at.text("content"), beside),
        name=_maybe(at, "name", beside),
        media_type=_maybe(at, "type", beside),
        base64=at.flag("base64"),
    )
