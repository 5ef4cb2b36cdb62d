"""Stopping the processing for a purpose, and adding a person's statement, by rows of the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.sql_catalog import Catalog, Column, fixed_value
from connectors.sql_engine import Family
from connectors.sql_join import IN_BRACES, Target, compiled, conditions, given, target
from connectors.sql_map import RowMap, StopMap
from connectors.sql_query import is_given, key_values
from connectors.sql_rows import Rows
from connectors.sql_slots import among, key_slots, values_given
from connectors.sql_transaction import Work
from dsr.core.errors import NeedsPerson, ValueRefused
from dsr.core.receipts import Receipt

type_of_told = Mapping[str, str]


class Stops:
    """The ways in which a map stops purposes."""

    def __init__(
        self, family: Family, catalog: Catalog, stops: Mapping[str, tuple[StopMap, ...]]
    ) -> None:
        self._dialect = family.dialect
        self._catalog = catalog
        self._stops = stops

    def change(self, work: Work, purpose: str, told: type_of_told, *, resume: bool) -> bool:
        """Stop or resume a purpose; whether there was anything to stop."""
        met = [self._one(work, stop, told, resume=resume) for stop in self._stops[purpose]]
        return any(met)

    def check(self) -> None:
        """`NeedsPerson` when a table or column of the map is missing."""
        for stop in (one for stops in self._stops.values() for one in stops):
            own = target(self._catalog, stop).known
            named = [condition.column for condition in stop.where]
            for name in (*stop.person, *stop.stopped, *stop.row, *named):
                own.column(name)

    def _one(self, work: Work, stop: StopMap, told: type_of_told, *, resume: bool) -> bool:
        own = target(self._catalog, stop)
        kinds = [own.known.column(name).kind for name in stop.person]
        whose = key_values(kinds, told["subject"])
        if whose is None:
            return False
        mine = [is_given(own.column(c), kinds[n], f"p{n}") for n, c in enumerate(stop.person)]
        mine += conditions(own, stop.where)
        if not stop.stopped:
            keys = {name: whose[f"p{n}"] for n, name in enumerate(stop.person)}
            row = _filled(own.known.columns, {**keys, **stop.row}, told)
            opt_out = _Row(own, row, self._dialect)
            (opt_out.take if resume else opt_out.add)(work)
            return True
        values = stop.resumed if resume else stop.stopped
        new = _filled(own.known.columns, values, told)
        statement = sa.update(own.table).where(*mine).values(values_given(new))
        fixed = {f"w{n}": value for n, value in enumerate(new.values())}
        return work.change(compiled(statement, self._dialect), {**whose, **fixed}) > 0


class Statements:
    """Where a dataset's map puts the statement of a person."""

    def __init__(self, rows: Rows, catalog: Catalog, told: type_of_told) -> None:
        self._rows = rows
        self._catalog = catalog
        self._told = told

    def add(self, work: Work, statement: str, operation: str) -> Receipt:
        """Add it once, to a row that is the person's own or to the whole dataset."""
        ref = self._told["ref"]
        keys = []
        if ref:
            owned = self._rows.owned(work, self._told["subject"], [ref])
            if ref not in owned.rows:
                return Receipt(gone=(ref,))
            keys = [owned.keys[ref]]
        where = self._rows.plan.statement
        if isinstance(where, RowMap):
            told = {**self._told, "operation": operation}
            own = target(self._catalog, where)
            row = _filled(own.known.columns, where.values, told) | {where.text: statement}
            _Row(own, row, self._rows.dialect).add(work)
        else:
            self._into(work, where, keys, statement)
        return Receipt(done=(ref,))

    def _into(self, work: Work, column: str, keys: list[tuple[object, ...]], words: str) -> None:
        own = self._rows.target
        read = sa.select(own.column(column)).where(among(self._rows.key, 1))
        rows = work.rows(compiled(read, self._rows.dialect), key_slots(keys))
        before = str(rows[0][0] or "")
        if words in before:
            return
        whole, longest = f"{before}\n{words}".strip(), own.known.column(column).longest
        if longest is not None and len(whole) > longest:
            raise ValueRefused(f"The statement does not fit: at most {longest} characters.")
        self._rows.put(work, {column: whole}, keys)


@dataclass(frozen=True)
class _Row:
    """A row that a table has to hold, or not."""

    own: Target
    values: Mapping[str, object]
    dialect: sa.Dialect

    def add(self, work: Work) -> None:
        """Have it there, once."""
        count = sa.select(sa.func.count()).select_from(self.own.table).where(*self._met())
        if not work.rows(compiled(count, self.dialect), self._given())[0][0]:
            new = sa.insert(self.own.table).values(values_given(self.values))
            work.change(compiled(new, self.dialect), self._given())

    def take(self, work: Work) -> None:
        """Have it there no more."""
        statement = sa.delete(self.own.table).where(*self._met())
        work.change(compiled(statement, self.dialect), self._given())

    def _met(self) -> list[sa.ColumnElement[bool]]:
        columns = [(self.own.column(name), value) for name, value in self.values.items()]
        return [
            column.is_(None) if value is None else column == given(f"w{n}")
            for n, (column, value) in enumerate(columns)
        ]

    def _given(self) -> dict[str, object]:
        return {f"w{n}": value for n, value in enumerate(self.values.values())}


def _filled(
    columns: Mapping[str, Column], values: Mapping[str, object], told: type_of_told
) -> dict[str, object]:
    """The values of a row, with what its texts' braces stand for."""
    found = {}
    for name, value in values.items():
        if name not in columns:
            raise NeedsPerson(
                f"The map sets column {name!r}, which its table does not have; correct the map."
            )
        text = (
            IN_BRACES.sub(lambda one: _said(one[1], told), value)
            if isinstance(value, str)
            else value
        )
        found[name] = fixed_value(columns[name], text)
    return found


def _said(name: str, told: type_of_told) -> str:
    if name not in told:
        raise NeedsPerson(
            f"The map writes {{{name}}}; only {', '.join(told)} can stand there. Correct the map."
        )
    return told[name]
