"""Composing the FROM of a statement: a table, the path to a person, tables read beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.sql_catalog import Catalog, Column, Kind, Table, fixed_value
from connectors.sql_database import Statement
from connectors.sql_map import Condition, Join, Place, TableMap
from connectors.sql_reading import Raw
from dsr.core.errors import NeedsPerson

type_of_column = sa.ColumnElement[Any]  # Any: the database's own type
type_of_statement = sa.Select[Any] | sa.Delete | sa.Update | sa.Insert
IN_BRACES = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Source:
    """A table as it stands in a statement, with what is known of its columns."""

    known: Table
    alias: str
    there: sa.FromClause

    def column(self, name: str) -> type_of_column:
        """The column; `NeedsPerson` says what to mend when it is missing or not granted."""
        self.known.column(name)
        return self.there.c[name]


@dataclass(frozen=True)
class Target(Source):
    """A table that is changed, under its own name."""

    table: sa.TableClause


@dataclass
class Joined:
    """A table and all that a statement joins to it."""

    catalog: Catalog
    own: Source
    whole: sa.FromClause
    where: list[sa.ColumnElement[bool]]
    beside: dict[str, Source]
    tables: int = 1

    @classmethod
    def of(cls, catalog: Catalog, plan: TableMap) -> Joined:
        """The table by itself, with its conditions."""
        own = _source(catalog, plan, "t0")
        return cls(catalog, own, own.there, conditions(own, plan.where), {})

    def along(self, path: Sequence[Join], *, outer: bool = False) -> Source:
        """Join a path of tables; the last one. `outer` keeps rows that find nothing."""
        here = self.own
        for step in path:
            there = _source(self.catalog, step, f"t{self.tables}")
            self.tables += 1
            on = [self._equal(here, there, *pair) for pair in step.on.items()]
            on += conditions(there, step.where)
            self.whole = self.whole.join(there.there, sa.and_(*on), isouter=outer)
            here = there
        return here

    def with_beside(self, paths: Mapping[str, Sequence[Join]], *, outer: bool = True) -> Joined:
        """The tables that are read beside, under their names."""
        for name, path in paths.items():
            self.beside[name] = self.along(path, outer=outer)
        return self

    def source(self, place: Place) -> Source:
        """The table that a place of the map means."""
        return self.beside[place.beside] if place.beside else self.own

    def column(self, place: Place) -> type_of_column:
        """The column that a place of the map means."""
        return self.source(place).column(place.column)

    def known(self, place: Place) -> Column:
        """What is known of the column that a place of the map means."""
        return self.source(place).known.column(place.column)

    def _equal(self, here: Source, there: Source, ours: str, theirs: str) -> sa.ColumnElement[bool]:
        one = here.column(ours)
        if IN_BRACES.search(theirs):
            return one == made_of(there, theirs)
        other = there.column(theirs)
        kinds = {here.known.column(ours).kind, there.known.column(theirs).kind}
        if len(kinds) > 1 and Kind.TEXT in kinds:  # a generic relation: numbers kept as text
            one, other = sa.cast(one, sa.Text()), sa.cast(other, sa.Text())
        return one == other


def conditions(source: Source, where: Sequence[Condition]) -> list[sa.ColumnElement[bool]]:
    """The fixed conditions of a map on a table."""
    return [_condition(source, one) for one in where]


def compiled(statement: type_of_statement, dialect: sa.Dialect) -> Statement:
    """The statement as text; values without a fixed one are given at each use."""
    made = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    return Statement(str(made), dict(made.params))


def given(name: str) -> sa.BindParameter[Any]:
    """A value that is given at each use."""
    return sa.bindparam(name, type_=Raw())


def target(catalog: Catalog, plan: TableMap) -> Target:
    """A table by its own name, to be changed."""
    known = catalog.table(plan.schema, plan.table)
    table = bare(plan.schema, known.name, known.columns)
    return Target(known, known.name, table, table)


def bare(schema: str, name: str, columns: Iterable[str]) -> sa.TableClause:
    """A table with these columns, of which nothing else is known."""
    there = [sa.column(sa.quoted_name(column, quote=True), Raw()) for column in columns]
    return sa.table(
        sa.quoted_name(name, quote=True),
        *there,
        schema=sa.quoted_name(schema, quote=True) if schema else None,
    )


def _source(catalog: Catalog, plan: TableMap, alias: str) -> Source:
    own = target(catalog, plan)
    return Source(own.known, alias, own.there.alias(alias))


def _condition(source: Source, one: Condition) -> sa.ColumnElement[bool]:
    column, known = source.column(one.column), source.known.column(one.column)
    values = [_fixed(fixed_value(known, value)) for value in one.values if value is not None]
    choices = [column.in_(values)] if values else []
    if None in one.values:
        choices.append(column.is_(None))
    met = sa.or_(*choices)
    return sa.not_(sa.func.coalesce(met, sa.false())) if one.negated else met


def _fixed(value: object) -> sa.BindParameter[Any]:
    return sa.bindparam("fixed", value, type_=Raw(), unique=True)


def made_of(source: Source, text: str) -> type_of_column:
    """A text made of columns, such as `party.party,{id}`."""
    made: type_of_column = sa.literal("", sa.Text())
    pieces = IN_BRACES.split(text)
    for number, piece in enumerate(pieces):
        if number % 2:
            made = made.concat(sa.cast(source.column(piece), sa.Text()))
        elif piece:
            made = made.concat(sa.literal(piece, sa.Text()))
    if len(pieces) < 2:
        raise NeedsPerson("A text of `on` names no column between braces; correct the map.")
    return made
