"""The rows that refer to rows about to be erased: which go along, and which stand in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from connectors.sql_catalog import Catalog
from connectors.sql_engine import Family, type_of_row
from connectors.sql_join import Joined, bare, type_of_column
from connectors.sql_map import DatasetMap
from connectors.sql_marks import Marks
from connectors.sql_slots import Sized, among, chunks, key_slots, type_of_key
from connectors.sql_transaction import Reads, Work
from connectors.sql_tree import Branch
from connectors.sql_values import ref_of

type_of_staying = Callable[["Parent", type_of_row], bool]


@dataclass(frozen=True)
class Parent:
    """A row that others may refer to: what is erased at the root of it, whose that is (None:
    nobody's), and the columns that others hold.
    """

    root: str
    person: str | None
    columns: Mapping[str, object]


@dataclass
class Found:
    """What stands in the way of each root (by its reference, why), and what goes along, in the
    order in which it must go.
    """

    marks: Marks
    purging: bool = False  #: then held rows stay too
    blocked: dict[str, str] = field(default_factory=dict)
    along: list[tuple[Children, Mapping[type_of_key, Parent]]] = field(default_factory=list)

    def block(self, parents: Iterable[Parent], why: str) -> None:
        """These roots stay."""
        for parent in parents:
            self.blocked.setdefault(parent.root, why)


class Children:
    """The statements over one branch, compiled once."""

    def __init__(self, family: Family, catalog: Catalog, branch: Branch) -> None:
        self.branch = branch
        self._catalog = catalog
        self._plan = branch.plans[0] if branch.plans else None
        self._below = [Children(family, catalog, one) for one in branch.branches]
        self._keys = len(branch.key.columns)
        self._select = Sized(family.dialect, self._selected)
        self._delete = Sized(family.dialect, self._deleted)
        self._loosen = Sized(family.dialect, self._loosened)

    def find(self, reads: Reads, parents: Sequence[Parent], found: Found) -> None:
        """Look which rows refer to these parents, and to those in turn."""
        here = _by_value(parents, self.branch.key.parent_columns)
        rows = [row for size, part in chunks(list(here)) for row in self._rows(reads, size, part)]
        if not rows:
            return
        if self.branch.key.to_itself:
            self._within(rows, here, found)
        elif self.branch.along:
            self._go_along(reads, rows, here, found)
        else:
            for row in rows:
                found.block(self._meant(row, here), f"Records of {self._name} refer to it.")

    def erase(
        self, work: Work, here: Mapping[type_of_key, Parent], blocked: Mapping[str, str]
    ) -> int:
        """Erase what refers to the values whose root is not blocked; how many rows went."""
        values = [value for value, parent in here.items() if parent.root not in blocked]
        if self.branch.key.to_itself:
            self._change(work, self._loosen, values)
            return 0
        return self._change(work, self._delete, values)

    @property
    def _name(self) -> str:
        return repr(self.branch.key.child.name)

    def _rows(self, reads: Reads, size: int, part: Sequence[type_of_key]) -> Sequence[type_of_row]:
        return reads.rows(self._select.of(size), key_slots(part))

    def _change(self, work: Work, statement: Sized, values: Sequence[type_of_key]) -> int:
        return sum(work.change(statement.of(n), key_slots(part)) for n, part in chunks(values))

    def _meant(self, row: type_of_row, here: Mapping[type_of_key, Parent]) -> Iterable[Parent]:
        """The parent of a row; all of them where the database compares otherwise than we do."""
        parent = here.get(row[: self._keys])
        return here.values() if parent is None else (parent,)

    def _within(
        self, rows: Sequence[type_of_row], here: Mapping[type_of_key, Parent], found: Found
    ) -> None:
        """Rows of the same table: what is erased together may refer to each other."""
        why = f"Other records of {self._name} refer to it."
        pairs: list[tuple[str, str]] = []
        for row in rows:
            child = here.get(row[self._keys :])
            for parent in self._meant(row, here):
                if child is None:
                    found.block([parent], why)
                else:
                    pairs.append((parent.root, child.root))
        while stay := {p for p, c in pairs if c in found.blocked} - set(found.blocked):
            found.blocked |= dict.fromkeys(stay, why)
        if self._can_be_loose():
            found.along.append((self, here))

    def _go_along(
        self,
        reads: Reads,
        rows: Sequence[type_of_row],
        here: Mapping[type_of_key, Parent],
        found: Found,
    ) -> None:
        stays = self._staying(reads, found)
        wanted = self.branch.wanted
        below: list[Parent] = []
        for row in rows:
            rest = row[self._keys :]
            for parent in self._meant(row, here):
                if stays(parent, rest[len(wanted) :]):
                    found.block([parent], f"Records of {self._name} that have to stay refer to it.")
                columns = dict(zip(wanted, rest, strict=False))
                below.append(Parent(parent.root, parent.person, columns))
        for child in self._below:
            child.find(reads, below, found)
        found.along.append((self, here))

    def _staying(self, reads: Reads, found: Found) -> type_of_staying:
        """Whether a row of a dataset stays: another person's, restricted, or held from a purge.

        A row is judged by what `_judged` selects: its person, its key, and its own marks.
        """
        plan = self._plan
        if plan is None:
            return lambda parent, told: False
        people, keys = len(plan.person), len(plan.key)
        restricted = found.marks.restricted(reads, plan)
        held = found.marks.held(reads, plan) if found.purging else frozenset()

        def stays(parent: Parent, told: type_of_row) -> bool:
            person = told[:people]
            if person.count(None) < people and ref_of(person) != parent.person:
                return True
            own = told[people + keys :]
            return (
                bool(own[0])
                or bool(found.purging and own[1])
                or bool(restricted and ref_of(told[people : people + keys]) in restricted)
                or parent.person in held
            )

        return stays

    def _can_be_loose(self) -> bool:
        branch = self.branch
        table = self._catalog.table(branch.table.schema, branch.table.table)
        return all(table.column(name).nullable for name in branch.key.columns)

    def _selected(self, size: int) -> sa.Select[Any]:
        key, branch = self.branch.key, self.branch
        if not branch.along or self._plan is None:
            names = (*key.columns, *(key.parent_columns if key.to_itself else branch.wanted))
            there = bare(branch.table.schema, branch.table.table, dict.fromkeys(names))
            own = [there.c[name] for name in key.columns]
            read = labelled([there.c[name] for name in names])
            plain = sa.select(*read).select_from(there).where(among(own, size))
            return plain if branch.along or key.to_itself else plain.distinct()
        joined = Joined.of(self._catalog, branch.table)
        last = joined.along(self._plan.path, outer=True)
        refer = [joined.own.column(name) for name in key.columns]
        wanted = [joined.own.column(name) for name in branch.wanted]
        judged = [last.column(name) for name in self._plan.person]
        judged += [joined.own.column(name) for name in self._plan.key]
        read = labelled([*refer, *wanted, *judged, *self._own_marks(joined, self._plan)])
        return sa.select(*read).select_from(joined.whole).where(among(refer, size))

    def _own_marks(self, joined: Joined, plan: DatasetMap) -> Iterator[type_of_column]:
        place = plan.restricted
        if place is not None:
            joined.with_beside({n: p for n, p in plan.beside.items() if n == place.beside})
        yield joined.column(place) if place else sa.null()
        yield joined.own.column(plan.held) if plan.held else sa.null()

    def _deleted(self, size: int) -> sa.Delete:
        there, own = self._changed()
        return sa.delete(there).where(among(own, size))

    def _loosened(self, size: int) -> sa.Update:
        there, own = self._changed()
        empty = {name: sa.null() for name in self.branch.key.columns}
        return sa.update(there).where(among(own, size)).values(empty)

    def _changed(self) -> tuple[sa.TableClause, list[type_of_column]]:
        key, table = self.branch.key, self.branch.table
        there = bare(table.schema, table.table, dict.fromkeys((*key.columns, *key.parent_columns)))
        return there, [there.c[name] for name in key.columns]


def _by_value(parents: Sequence[Parent], columns: Sequence[str]) -> dict[type_of_key, Parent]:
    values = ((tuple(parent.columns[c] for c in columns), parent) for parent in parents)
    return {value: parent for value, parent in values if None not in value}


def labelled(columns: Sequence[type_of_column]) -> list[sa.Label[Any]]:
    """Columns under names of their own, so that none is taken for another."""
    return [column.label(f"c{n}") for n, column in enumerate(columns)]
