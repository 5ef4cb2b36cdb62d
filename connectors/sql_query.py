"""The statements that read one dataset: a page behind a place, and the count.

Every statement selects the person's key beside what it reads, so that each row can be checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from connectors.sql_catalog import Catalog, Kind, fixed_value, value_of
from connectors.sql_engine import Family
from connectors.sql_join import (
    IN_BRACES,
    Joined,
    Source,
    compiled,
    given,
    made_of,
    type_of_column,
)
from connectors.sql_map import DatasetMap, Place
from connectors.sql_reading import Raw
from connectors.sql_values import texts_of


class DatasetQuery:
    """Statements over one dataset, compiled once; `index` tells where a value stands in a row."""

    def __init__(self, family: Family, catalog: Catalog, plan: DatasetMap) -> None:
        self._family = family
        self._plan = plan
        self.joined = Joined.of(catalog, plan)
        last = self.joined.along(plan.path)
        self._person = [last.column(name) for name in plan.person]
        self.person_kinds = [last.known.column(name).kind for name in plan.person]
        self.joined.with_beside(plan.beside)
        self._wanted: list[type_of_column] = []
        self._places: dict[object, int] = {}
        own = self.joined.own
        self.person = [self._read(last, name) for name in plan.person]
        self.order = [self._raw(own, name) for name in plan.order]
        self.key = [self._raw(own, name) for name in plan.key]
        self.order_kinds = [own.known.column(name).kind for name in plan.order]
        self.order_can_be_empty = any(own.known.column(name).nullable for name in plan.order)
        self.shown = self._shown_places()
        for place in (*self.shown, *self._ruled()):
            self.index(place)
        self.emptied = self._emptied() if plan.empty else 0  #: 0 is the key's, never its place
        self.sizes = [self._size(n, file.content) for n, file in enumerate(plan.files)]
        self._compile()

    @property
    def repeats(self) -> bool:
        """Whether a row can rightly come more than once: over links, or from a view."""
        return bool(self._plan.path)

    def index(self, place: Place) -> int:
        """Where the value of a place stands in a row."""
        return self._read(self.joined.source(place), place.column)

    @property
    def labelled(self) -> list[sa.Label[Any]]:
        """All that is read of a row."""
        return [column.label(f"c{n}") for n, column in enumerate(self._wanted)]

    def whose(self, ref: str) -> dict[str, object] | None:
        """The values that mean the person; None when no row can be theirs."""
        return key_values(self.person_kinds, ref)

    def behind(self, place: Sequence[object]) -> dict[str, object]:
        """The values that mean the rows behind a place."""
        return {f"a{n}": value for n, value in enumerate(place)}

    def of_person(self, *wanted: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """A statement over the person's rows."""
        mine = [
            is_given(column, kind, f"p{n}")
            for n, (column, kind) in enumerate(zip(self._person, self.person_kinds, strict=True))
        ]
        return sa.select(*wanted).select_from(self.joined.whole).where(*mine, *self.joined.where)

    def _compile(self) -> None:
        own = self.joined.own
        order = [own.column(name) for name in self._plan.order]
        page = self.of_person(*self.labelled).order_by(*order)
        if not self._family.parks:
            page = page.limit(sa.bindparam("most", type_=sa.Integer()))
        dialect = self._family.dialect
        self.first = compiled(page, dialect)
        self.next = compiled(page.where(behind(order, self._family)), dialect)
        self.count = compiled(self._counted(), dialect)

    def _counted(self) -> sa.Select[Any]:
        if not self._plan.path and not self._plan.beside:
            return self.of_person(sa.func.count())
        keys = [self.joined.own.column(name) for name in self._plan.key]
        distinct = self.of_person(*(k.label(f"k{n}") for n, k in enumerate(keys))).distinct()
        return sa.select(sa.func.count()).select_from(distinct.subquery("k"))

    def _read(self, source: Source, name: str) -> int:
        """A column as it is shown."""
        there = source.column(name)
        shown = self._family.shown(source.known.column(name), there)
        if shown is there:
            return self._raw(source, name)
        return self._want(("shown", source.alias, name), shown)

    def _raw(self, source: Source, name: str) -> int:
        """A column as it is compared and ordered."""
        return self._want((source.alias, name), source.column(name))

    def _want(self, place: object, column: type_of_column) -> int:
        if place not in self._places:
            self._places[place] = len(self._wanted)
            self._wanted.append(column)
        return self._places[place]

    def _size(self, number: int, content: Place) -> int:
        there = self.joined.column(content)
        return self._want(("size", number), self._family.size(self.joined.known(content), there))

    def _emptied(self) -> int:
        """Whether a row holds what it holds once it was emptied."""
        return self._want(("emptied",), is_emptied(self.joined.own, self._plan.empty))

    def _shown_places(self) -> list[Place]:
        """What the map shows; with no columns named, every own one that the login may read."""
        plan = self._plan
        own = self.joined.own.known.columns.values()
        every = [Place("", c.name) for c in own if c.granted] if plan.all_columns else []
        contents = {file.content for file in plan.files}
        shown = dict.fromkeys((*every, *plan.columns))
        return [p for p in shown if p.name not in plan.hidden and p not in contents]

    def _ruled(self) -> list[Place]:
        plan = self._plan
        beside = [place for file in plan.files for place in (file.name, file.media_type)]
        ruled = (*plan.dates.values(), plan.author.column, plan.restricted, *beside)
        return [place for place in ruled if place is not None]


def is_emptied(own: Source, empty: Mapping[str, object]) -> type_of_column:
    """1 for a row whose columns hold what they hold once it was emptied, else 0."""
    met = []
    for name, value in empty.items():
        there = own.column(name)
        met.append(there.is_(None) if value is None else there == emptied_value(own, name, value))
    return sa.case((sa.and_(*met), 1), else_=0)


def emptied_value(own: Source, name: str, value: object) -> sa.ColumnElement[Any]:
    """What an emptied column holds; a text may be made of other columns, as `gone-{id}`."""
    if isinstance(value, str) and IN_BRACES.search(value):
        return made_of(own, value)
    fixed = fixed_value(own.known.column(name), value)
    return sa.bindparam("empty", fixed, type_=Raw(), unique=True)


def key_values(kinds: Sequence[Kind], ref: str, prefix: str = "p") -> dict[str, object] | None:
    """The values of a reference under the names `p0`, `p1` ...; None when it fits no key."""
    try:
        texts = texts_of(ref, len(kinds))
        found = {f"{prefix}{n}": value_of(kinds[n], text) for n, text in enumerate(texts)}
    except ValueError:
        return None
    untyped = [n for n, kind in enumerate(kinds) if kind is Kind.ANY]
    return found | {f"{prefix}{n}_text": texts[n] for n in untyped}


def is_given(column: type_of_column, kind: Kind, name: str) -> sa.ColumnElement[bool]:
    """The column is the given value; one without a type may hold a number or its text."""
    if kind is Kind.ANY:
        return column.in_([given(name), given(f"{name}_text")])
    return column == given(name)


def behind(order: Sequence[type_of_column], family: Family) -> sa.ColumnElement[bool]:
    """Rows behind the place `a0`, `a1` ...; MariaDB finds no index for a comparison of rows."""
    values = [given(f"a{n}") for n in range(len(order))]
    if len(order) == 1:
        return order[0] > values[0]
    if family.name != "MariaDB":
        return sa.tuple_(*order) > sa.tuple_(*values)
    steps = [
        sa.and_(*(order[i] == values[i] for i in range(n)), order[n] > values[n])
        for n in range(len(order))
    ]
    return sa.and_(order[0] >= values[0], sa.or_(*steps))
