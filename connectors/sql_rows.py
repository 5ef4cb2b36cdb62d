"""The rows of a dataset that references mean, and whose they are, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.sql_catalog import Catalog
from connectors.sql_children import Children, Found, Parent, labelled
from connectors.sql_engine import Family, type_of_row
from connectors.sql_items import Reading
from connectors.sql_join import Joined, compiled, target
from connectors.sql_map import Erasing, RowMap
from connectors.sql_marks import Marks
from connectors.sql_query import emptied_value
from connectors.sql_slots import (
    Sized,
    among,
    among_refs,
    chunks,
    fitting,
    key_slots,
    ref_slots,
    type_of_key,
    values_given,
)
from connectors.sql_transaction import Reads, Work
from connectors.sql_tree import Branch, wanted_of
from connectors.sql_values import ref_of
from dsr.core.connector import Item
from dsr.core.errors import ForeignRecord

_SHARED = "It is somebody else's in the system too."
_NOBODYS = "It leads to nobody any more; look at it by hand."


@dataclass(frozen=True, kw_only=True)
class Owned:
    """A person's own rows that references mean, by reference, and why others have to stay."""

    rows: Mapping[str, Parent]
    keys: Mapping[str, type_of_key]
    stay: Mapping[str, str]

    def gone(self, refs: Sequence[str]) -> tuple[str, ...]:
        """Those of which there is no row."""
        return tuple(ref for ref in refs if ref not in self.keys)


@dataclass(frozen=True, kw_only=True)
class Erased:
    """References that were erased, why others stay, and how many rows of tables went along."""

    refs: tuple[str, ...]
    stay: Mapping[str, str]
    along: Mapping[str, int]


class Rows:
    """The statements that change rows of one dataset, compiled once for a look at the tables."""

    def __init__(
        self,
        family: Family,
        catalog: Catalog,
        reading: Reading,
        branches: Sequence[Branch],
        marks: Marks,
    ) -> None:
        self.plan, self.reading, self.marks = reading.plan, reading, marks
        self.target = target(catalog, self.plan)
        self.key = [self.target.column(name) for name in self.plan.key]
        self.person_kinds = reading.query.person_kinds
        self.kinds = [self.target.known.column(name).kind for name in self.plan.key]
        self.dialect = family.dialect
        self.wanted = wanted_of(branches)
        self._family, self._catalog = family, catalog
        self._children = [Children(family, catalog, branch) for branch in branches]
        self._set: dict[tuple[str, ...], Sized] = {}
        self._found = Sized(family.dialect, self._selected)
        self._again = Sized(family.dialect, self._read_again)
        self._delete = Sized(family.dialect, self._deleted)
        self._empty = Sized(family.dialect, self._emptied)

    def again(self, reads: Reads, subject_ref: str, refs: Sequence[str]) -> dict[str, Item]:
        """The person's items of these references, as they are now."""
        mine = self.reading.query.whose(subject_ref)
        found: dict[str, Item] = {}
        if mine is None:
            return found
        wanted, maker = set(refs), self.reading.maker
        for size, part in chunks(fitting(self.kinds, refs)):
            rows = reads.rows(self._again.of(size), mine | ref_slots(part))
            maker.check(subject_ref, rows)
            found |= {item.ref: item for item in maker.items(subject_ref, rows)}
        return {ref: item for ref, item in found.items() if ref in wanted}

    def owned(self, reads: Reads, subject_ref: str, refs: Sequence[str]) -> Owned:
        """Whose the rows are that references mean; `ForeignRecord` when one is somebody else's."""
        people: dict[str, set[str | None]] = {}
        rows: dict[str, Parent] = {}
        keys: dict[str, type_of_key] = {}
        asked = set(refs)
        for size, part in chunks(fitting(self.kinds, refs)):
            for row in reads.rows(self._found.of(size), ref_slots(part)):
                parent, key = self.parent(row)
                if parent.root in asked:
                    people.setdefault(parent.root, set()).add(parent.person)
                    keys[parent.root] = key
                    if parent.person == subject_ref:
                        rows[parent.root] = parent
        if any(whose != {None} and subject_ref not in whose for whose in people.values()):
            raise ForeignRecord(
                f"A reference of {self.plan.name!r} is somebody else's; nothing was changed."
            )
        stay = {ref: _SHARED for ref, whose in people.items() if len(whose) > 1}
        stay |= {ref: _NOBODYS for ref, whose in people.items() if whose == {None}}
        mine = {ref: parent for ref, parent in rows.items() if ref not in stay}
        return Owned(rows=mine, keys=keys, stay=stay)

    def check(self) -> None:
        """`NeedsPerson` when a column is missing that the map wants to change."""
        plan = self.plan
        names = [*plan.empty, plan.held, plan.statement if isinstance(plan.statement, str) else ""]
        for name in filter(None, names):
            self.target.known.column(name)
        if isinstance(plan.statement, RowMap):
            there = target(self._catalog, plan.statement).known
            for name in (*plan.statement.values, plan.statement.text):
                there.column(name)

    def keys_of(self, reads: Reads, subject_ref: str) -> list[type_of_key]:
        """The keys of all rows of a person."""
        query = self.reading.query
        mine = query.whose(subject_ref)
        if mine is None:
            return []
        own = [query.joined.own.column(name) for name in self.plan.key]
        statement = compiled(query.of_person(*labelled(own)), self.dialect)
        return list(dict.fromkeys(tuple(row) for row in reads.rows(statement, mine)))

    def parent(self, row: type_of_row) -> tuple[Parent, type_of_key]:
        """A row of `head`, as others refer to it, and its key."""
        keys, people = len(self.plan.key), len(self.plan.person)
        person = row[keys : keys + people]
        whose = None if person.count(None) == people else ref_of(person)
        columns = dict(zip(self.wanted, row[keys + people :], strict=False))
        return Parent(ref_of(row[:keys]), whose, columns), row[:keys]

    def head(self) -> tuple[Joined, list[sa.ColumnElement[Any]]]:
        """The table with the way to whom its rows belong: key, person, what others refer to."""
        joined = Joined.of(self._catalog, self.plan)
        last = joined.along(self.plan.path, outer=True)
        own = [joined.own.column(name) for name in (*self.plan.key, *self.wanted)]
        person = [last.column(name) for name in self.plan.person]
        keys = len(self.plan.key)
        return joined, [*own[:keys], *person, *own[keys:]]

    def blocked(self, reads: Reads, parents: Iterable[Parent], *, purging: bool) -> Found:
        """What refers to these rows."""
        found = Found(self.marks, purging)
        parents = list(parents)
        for child in self._children:
            child.find(reads, parents, found)
        return found

    def erase(
        self,
        work: Work,
        parents: Mapping[str, Parent],
        keys: Mapping[str, type_of_key],
        *,
        purging: bool = False,
    ) -> Erased:
        """Erase rows, and before them what refers to them and may go along."""
        found = self.blocked(work, parents.values(), purging=purging)
        along: dict[str, int] = {}
        for child, here in found.along:
            name = child.branch.key.child.name
            along[name] = along.get(name, 0) + child.erase(work, here, found.blocked)
        refs = tuple(ref for ref in parents if ref not in found.blocked)
        statement = self._delete if self.plan.erasing is Erasing.DELETE else self._empty
        self._change(work, statement, [keys[ref] for ref in refs])
        along = {name: count for name, count in along.items() if count}
        return Erased(refs=refs, stay=found.blocked, along=along)

    def put(self, work: Work, values: Mapping[str, object], keys: Sequence[type_of_key]) -> None:
        """Give columns a value in rows."""
        names = tuple(values)
        if names not in self._set:
            self._set[names] = Sized(self._family.dialect, lambda n: self._updated(names, n))
        fixed = {f"w{n}": value for n, value in enumerate(values.values())}
        self._change(work, self._set[names], keys, fixed)

    def _change(
        self,
        work: Work,
        statement: Sized,
        keys: Sequence[type_of_key],
        fixed: Mapping[str, object] | None = None,
    ) -> None:
        for size, part in chunks(keys):
            work.change(statement.of(size), {**(fixed or {}), **key_slots(part)})

    def _selected(self, size: int) -> sa.Select[Any]:
        joined, columns = self.head()
        own = [joined.own.column(name) for name in self.plan.key]
        statement = sa.select(*labelled(columns)).select_from(joined.whole)
        statement = statement.where(among_refs(own, self.kinds, size), *joined.where)
        only = [joined.own.there] if self._family.name == "PostgreSQL" else None
        return statement.with_for_update(of=only)

    def _read_again(self, size: int) -> sa.Select[Any]:
        query = self.reading.query
        own = [query.joined.own.column(name) for name in self.plan.key]
        return query.of_person(*query.labelled).where(among_refs(own, self.kinds, size))

    def _deleted(self, size: int) -> sa.Delete:
        return sa.delete(self.target.table).where(among(self.key, size))

    def _emptied(self, size: int) -> sa.Update:
        values = {n: emptied_value(self.target, n, v) for n, v in self.plan.empty.items()}
        return sa.update(self.target.table).where(among(self.key, size)).values(values)

    def _updated(self, names: Sequence[str], size: int) -> sa.Update:
        statement = sa.update(self.target.table).where(among(self.key, size))
        return statement.values(values_given(names))
