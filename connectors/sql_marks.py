"""The table in which this connector keeps its own marks, where the map names one.

Its columns are `dataset`, `ref` and `mark`: "restricted" with an item's reference, or "held" with
a person's.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from connectors.sql_catalog import Catalog
from connectors.sql_database import Statement
from connectors.sql_engine import Family
from connectors.sql_join import compiled, given, target
from connectors.sql_map import DatasetMap, TableMap
from connectors.sql_slots import Sized, among, chunks, key_slots
from connectors.sql_transaction import Reads, Work

RESTRICTED = "restricted"
HELD = "held"


class Marks:
    """The marks of one database; without a table of them there is none."""

    def __init__(self, family: Family, catalog: Catalog, plan: TableMap | None) -> None:
        self.kept = plan is not None
        if plan is None:
            return
        own = target(catalog, plan)
        dataset, self._ref, mark = own.column("dataset"), own.column("ref"), own.column("mark")
        these = (dataset == given("dataset"), mark == given("mark"))
        self._table = own.table
        self._all = compiled(sa.select(self._ref).where(*these), family.dialect)
        self._some = Sized(
            family.dialect, lambda n: sa.select(self._ref).where(*these, among([self._ref], n))
        )
        self._gone = Sized(
            family.dialect, lambda n: sa.delete(own.table).where(*these, among([self._ref], n))
        )
        self._dialect = family.dialect

    def restricted(self, reads: Reads, dataset: DatasetMap) -> frozenset[str]:
        """The references of a dataset that are marked as restricted."""
        return self._of(reads, dataset, RESTRICTED)

    def held(self, reads: Reads, dataset: DatasetMap) -> frozenset[str]:
        """The people whose rows of a dataset are held."""
        return self._of(reads, dataset, HELD)

    def put(self, work: Work, dataset: str, mark: str, refs: Sequence[str]) -> None:
        """Mark what is not marked yet."""
        fixed: dict[str, object] = {"dataset": dataset, "mark": mark}
        for size, part in chunks([(ref,) for ref in refs]):
            rows = work.rows(self._some.of(size), fixed | key_slots(part))
            there = {str(row[0]) for row in rows}
            missing = [key for key in dict.fromkeys(part) if key[0] not in there]
            if missing:
                work.change(self._added(len(missing)), fixed | key_slots(missing))

    def take(self, work: Work, dataset: str, mark: str, refs: Sequence[str]) -> None:
        """Take marks away."""
        fixed: dict[str, object] = {"dataset": dataset, "mark": mark}
        for size, part in chunks([(ref,) for ref in refs]):
            work.change(self._gone.of(size), fixed | key_slots(part))

    def _added(self, count: int) -> Statement:
        rows = [
            {"dataset": given("dataset"), "ref": given(f"s{slot}_0"), "mark": given("mark")}
            for slot in range(count)
        ]
        return compiled(sa.insert(self._table).values(rows), self._dialect)

    def _of(self, reads: Reads, dataset: DatasetMap, mark: str) -> frozenset[str]:
        if not self.kept:
            return frozenset()
        rows = reads.rows(self._all, {"dataset": dataset.name, "mark": mark})
        return frozenset(str(row[0]) for row in rows)
