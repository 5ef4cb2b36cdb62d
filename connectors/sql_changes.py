"""The verbs that change a database, as its map allows; what the map leaves out a person does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from connectors.batch import within_cap
from connectors.changes import ChangesByHand
from connectors.sql_broken import Broken, RuleBroken
from connectors.sql_catalog import Catalog, Kind, NoTable
from connectors.sql_database import Database
from connectors.sql_items import Reading
from connectors.sql_map import DatabaseMap, DatasetMap, Erasing
from connectors.sql_marks import HELD, RESTRICTED, Marks
from connectors.sql_purge import Purging, every_ref
from connectors.sql_rectify import Correction
from connectors.sql_rows import Rows
from connectors.sql_stop import Statements, Stops
from connectors.sql_transaction import Work, Writing
from connectors.sql_tree import Tree
from dsr.core.connector import Change, Due, Item, NotOffered, Place, Purged
from dsr.core.errors import DsrError, NeedsPerson, ValueRefused
from dsr.core.every_ref import Refs
from dsr.core.receipts import Receipt, Retained

_T = TypeVar("_T")
_REFERRED = "Other records refer to it, and the map does not say that they may go along."
_NO_WAY = "The map of this system does not say how processing for this purpose stops; by hand."


class SqlChanges(ChangesByHand):
    """Changes rows by the map; thread-safe. Nothing is changed when the map has no `changes`."""

    place = "the administration screen of the application"
    erase_words = "Delete the records named by the decision"

    def __init__(self, database: Database, plan: DatabaseMap, writing: Writing | None) -> None:
        self._database = database
        self._plan = plan
        self._writing = writing
        self._lock = threading.Lock()
        self._rows_made: dict[str, Rows] = {}
        self._rows_of: Catalog | None = None

    def again(self, place: Place, refs: Sequence[str]) -> Mapping[str, Item]:
        """One look at the rows of these references, as they are now."""
        try:
            rows = self._rows(self._dataset(place.dataset))
        except NoTable:
            if self._dataset(place.dataset).optional:
                return {}
            raise
        found = rows.again(self._database, place.subject_ref, refs)
        return {item.ref: item for item in self._marked(rows.plan, list(found.values()))}

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """Delete or empty the rows, and what may go along, in one transaction."""
        asked = within_cap(refs)
        plan = self._dataset(place.dataset)
        if self._writing is None or plan.erasing is Erasing.BY_HAND:
            return super().erase(place, refs, operation)
        try:
            rows = self._rows(plan)
        except NoTable:
            if plan.optional:
                return Receipt(gone=asked)
            raise
        try:
            return self._writing.transaction(
                lambda work: _erased(work, rows, place.subject_ref, asked)
            )
        except RuleBroken as broken:
            if broken.rule is not Broken.REFERENCE:
                raise _wrong_map(broken, plan) from None
        there = rows.again(self._database, place.subject_ref, asked)
        return Receipt(
            gone=tuple(ref for ref in asked if ref not in there),
            retained=tuple(Retained(ref, _REFERRED) for ref in there),
        )

    def rectify(self, place: Place, ref: str, changes: Sequence[Change], operation: str) -> Receipt:
        """Correct columns of a row whose values are still those that were found."""
        plan = self._dataset(place.dataset)
        writing = self._writing
        if writing is None:
            return super().rectify(place, ref, changes, operation)
        correction = Correction(self._rows(plan), self._plan, changes)
        if correction.by_hand:
            return super().rectify(place, ref, changes, operation)
        return correction.made(writing, place.subject_ref, ref)

    def annotate(self, place: Place, ref: str, statement: str, operation: str) -> Receipt:
        """Add the statement to the row, or as a row of the table that the map names."""
        plan = self._dataset(place.dataset)
        whole = not ref and isinstance(plan.statement, str)  # a column belongs to a row
        if self._writing is None or not plan.statement or whole:
            return super().annotate(place, ref, statement, operation)
        told = {"subject": place.subject_ref, "ref": ref, "dataset": plan.name}
        adding = Statements(self._rows(plan), self._database.catalog(), told)
        return self._done(lambda work: adding.add(work, statement, operation))

    def restrict(
        self, place: Place, refs: Sequence[str], operation: str, *, lift: bool = False
    ) -> Receipt:
        """Set or lift the mark of rows: in their own column, or in the table of marks."""
        asked = within_cap(refs)
        plan = self._dataset(place.dataset)
        own = plan.restricted is not None and not plan.restricted.beside
        if self._writing is None or not (own or (self._plan.marks and plan.restricted is None)):
            return super().restrict(place, refs, operation, lift=lift)
        rows = self._rows(plan)

        def mark(work: Work) -> Receipt:
            owned = rows.owned(work, place.subject_ref, asked)
            if plan.restricted is not None:
                keys = [owned.keys[ref] for ref in owned.rows]
                rows.put(work, _mark(rows, plan.restricted.column, on=not lift), keys)
            else:
                change = rows.marks.take if lift else rows.marks.put
                change(work, plan.name, RESTRICTED, list(owned.rows))
            kept = _kept(owned.stay)
            return Receipt(done=tuple(owned.rows), gone=owned.gone(asked), retained=kept)

        return self._done(mark)

    def stop_using(
        self, subject_ref: str, purposes: Sequence[str], operation: str, *, resume: bool = False
    ) -> Receipt:
        """Set what the map names for these purposes; those it does not name are for a person."""
        known = [purpose for purpose in purposes if purpose in self._plan.stops]
        if self._writing is None or not known:
            return super().stop_using(subject_ref, purposes, operation, resume=resume)
        stops = Stops(self._writing.family, self._database.catalog(), self._plan.stops)
        told = {"subject": subject_ref, "operation": operation}
        met = self._done(
            lambda work: {p for p in known if stops.change(work, p, told, resume=resume)}
        )
        return Receipt(
            done=tuple(purpose for purpose in known if purpose in met),
            gone=tuple(purpose for purpose in known if purpose not in met),
            retained=tuple(Retained(p, _NO_WAY) for p in purposes if p not in known),
        )

    def hold(self, place: Place, operation: str, *, lift: bool = False) -> Receipt | NotOffered:
        """Keep the person's rows from a purge: by their own column, or in the table of marks."""
        plan = self._dataset(place.dataset)
        if self._writing is None or not (plan.held or self._plan.marks):
            return NotOffered("The map of this system names no column or table for a hold.")
        rows, ref = self._rows(plan), place.subject_ref

        def mark(work: Work) -> None:
            if plan.held:
                rows.put(work, _mark(rows, plan.held, on=not lift), rows.keys_of(work, ref))
            else:
                change = rows.marks.take if lift else rows.marks.put
                change(work, plan.name, HELD, [ref])

        self._done(mark)
        return Receipt(done=(ref,))

    def purge(
        self, due: Due, limit: int, operation: str, *, dry_run: bool = False
    ) -> Purged | NotOffered:
        """Erase the oldest rows whose term is over, at most `limit`, in one transaction."""
        plan = self._dataset(due.dataset)
        if self._writing is None or plan.erasing is Erasing.BY_HAND:
            return NotOffered("The map of this system leaves erasing to a person.")
        rows = self._rows(plan)
        purging = Purging(self._database.family, rows, due, self._plan.timezone)
        if dry_run:
            return purging.counted(self._database, limit)
        try:
            return self._writing.transaction(lambda work: purging.done(work, limit))
        except RuleBroken as broken:
            raise _wrong_map(broken, plan) from None

    def every_ref(self, dataset: str, after: str | None, limit: int) -> Refs:
        """References of everybody in a dataset, by key; reads keys alone, nothing of content."""
        try:
            rows = self._rows(self._dataset(dataset))
        except NoTable:
            if self._dataset(dataset).optional:
                return Refs(refs=())
            raise
        return every_ref(self._database, self._database.family, rows, after, limit)

    def _done(self, work: Callable[[Work], _T]) -> _T:
        """One transaction; what the database cannot hold is refused in our words."""
        if self._writing is None:
            raise NeedsPerson("The map of this system does not let this connector change anything.")
        try:
            return self._writing.transaction(work)
        except RuleBroken as broken:
            raise ValueRefused(f"{broken} Nothing was changed.") from None

    def _wrong_changes(self) -> Iterator[str]:
        """What is wrong with that part of the map that says how things are changed."""
        if self._writing is None:
            return
        for plan in self._plan.datasets.values():
            try:
                self._rows(plan).check()
            except NoTable as gone:
                yield "" if plan.optional else str(gone)
            except DsrError as wrong:
                yield f"Dataset {plan.name!r}: {wrong}"
        try:
            Stops(self._writing.family, self._database.catalog(), self._plan.stops).check()
        except DsrError as wrong:
            yield str(wrong)

    def _marked(self, plan: DatasetMap, items: Sequence[Item]) -> tuple[Item, ...]:
        """The items, with the restrictions that stand in the table of marks."""
        if self._plan.marks is None or plan.restricted is not None or not items:
            return tuple(items)
        marked = self._rows(plan).marks.restricted(self._database, plan)
        return tuple(replace(i, restricted=True) if i.ref in marked else i for i in items)

    def _dataset(self, name: str) -> DatasetMap:
        try:
            return self._plan.datasets[name]
        except KeyError:
            known = ", ".join(self._plan.datasets)
            raise NeedsPerson(
                f"The map of this system has no dataset {name!r}; it has: {known}."
            ) from None

    def _reading(self, plan: DatasetMap) -> Reading:
        raise NotImplementedError

    def _rows(self, plan: DatasetMap) -> Rows:
        """Compiled once, and again when the database's tables were looked at anew."""
        reading = self._reading(plan)
        catalog, references = self._database.catalog(), self._database.references()
        with self._lock:
            if self._rows_of is not catalog:
                self._rows_of, self._rows_made = catalog, {}
            if plan.name not in self._rows_made:
                family = self._database.family
                branches = Tree(self._plan, references).of(plan)
                marks = Marks(family, catalog, self._plan.marks)
                self._rows_made[plan.name] = Rows(family, catalog, reading, branches, marks)
            return self._rows_made[plan.name]


def _erased(work: Work, rows: Rows, subject_ref: str, refs: Sequence[str]) -> Receipt:
    owned = rows.owned(work, subject_ref, refs)
    erased = rows.erase(work, owned.rows, owned.keys)
    stays = rows.plan.erasing is Erasing.EMPTY
    return Receipt(
        done=() if stays else erased.refs,
        emptied=erased.refs if stays else (),
        gone=owned.gone(refs),
        retained=_kept({**owned.stay, **erased.stay}),
        evidence={"along": dict(erased.along)} if erased.along else {},
    )


def _kept(stay: Mapping[str, str]) -> tuple[Retained, ...]:
    return tuple(Retained(ref, why) for ref, why in stay.items())


def _mark(rows: Rows, column: str, *, on: bool) -> dict[str, object]:
    known = rows.target.known.column(column)
    return {column: on if known.kind is Kind.BOOLEAN else int(on)}


def _wrong_map(broken: RuleBroken, plan: DatasetMap) -> NeedsPerson:
    return NeedsPerson(
        f"The database refuses to erase rows of dataset {plan.name!r} ({broken.rule}); correct"
        " `erase` or `along` in the map of this system. Nothing was changed."
    )
