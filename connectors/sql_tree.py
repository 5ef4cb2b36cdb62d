"""Which tables' rows refer to a dataset's, by the database's own foreign keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.sql_catalog import ForeignKey, Named
from connectors.sql_map import DatabaseMap, DatasetMap, Erasing, TableMap


@dataclass(frozen=True, kw_only=True)
class Branch:
    """Rows of a table that refer to those of another.

    `along` says that they go with what they refer to; `plans` are the datasets of their table.
    Rows that refer to rows of their own table have no branches of their own.
    """

    key: ForeignKey
    along: bool
    plans: tuple[DatasetMap, ...] = ()
    branches: tuple[Branch, ...] = ()

    @property
    def table(self) -> TableMap:
        """The table of these rows, as a statement names it."""
        child = self.key.child
        return TableMap(table=child.name, schema="" if child.usual else child.schema)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns of these rows that others refer to."""
        return wanted_of(self.branches)


def wanted_of(branches: Iterable[Branch]) -> tuple[str, ...]:
    """The columns that the branches' rows refer to, and those that refer within the table."""
    columns: dict[str, None] = {}
    for branch in branches:
        columns |= dict.fromkeys(branch.key.parent_columns)
    return tuple(columns)


class Tree:
    """The branches of a map's datasets."""

    def __init__(self, plan: DatabaseMap, keys: Sequence[ForeignKey]) -> None:
        self._plan = plan
        self._keys = keys

    def of(self, dataset: DatasetMap) -> tuple[Branch, ...]:
        """The branches of a dataset whose rows are deleted; nothing is in the way of emptying."""
        if dataset.erasing is not Erasing.DELETE:
            return ()
        return tuple(self._branches(dataset.schema, dataset.table, dataset, ()))

    def _branches(
        self, schema: str, table: str, dataset: DatasetMap, above: tuple[Named, ...]
    ) -> Iterator[Branch]:
        for key in self._keys:
            if key.loosens or not key.parent.means(schema, table):
                continue
            plans = tuple(p for p in self._plan.datasets.values() if _means(key.child, p))
            along = not key.to_itself and key.child not in above and self._goes(key, plans, dataset)
            above_it = (*above, key.parent)
            child = key.child
            below = self._branches(child.schema, child.name, dataset, above_it) if along else ()
            yield Branch(key=key, along=along, plans=plans, branches=tuple(below))

    def _goes(self, key: ForeignKey, plans: Sequence[DatasetMap], dataset: DatasetMap) -> bool:
        if any(plan.erasing is not Erasing.DELETE for plan in plans):
            return False
        if dataset.along is None:
            return bool(plans)
        named = {plan.name for plan in plans} & set(dataset.along)
        return bool(named) or (not plans and key.child.name in dataset.along)


def _means(named: Named, plan: TableMap) -> bool:
    return named.means(plan.schema, plan.table)
