"""Erasing rows of anybody whose term is over, the oldest first, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors.sql_catalog import Column
from connectors.sql_children import Parent, labelled
from connectors.sql_engine import Family, type_of_row
from connectors.sql_join import compiled, given, type_of_column
from connectors.sql_query import behind, is_emptied
from connectors.sql_rows import Rows
from connectors.sql_slots import type_of_key
from connectors.sql_transaction import Reads, Work
from connectors.sql_values import MILLISECONDS_FROM, cursor_of, ref_of, values_of
from dsr.core.connector import Due, Purged
from dsr.core.errors import NeedsPerson
from dsr.core.every_ref import Refs

#: rows that are looked at and erased by one statement
_STEP = 500
_NUMBERS = ("int", "numeric", "decimal", "real", "double", "float")


@dataclass
class _Round:
    """What one round did so far; `more` is set when it stopped before the end."""

    refs: list[str] = field(default_factory=list)
    spared: set[str] = field(default_factory=set)
    more: bool = False

    def told(self, *, dry_run: bool) -> Purged:
        refs = () if dry_run else tuple(self.refs)
        return Purged(erased=len(self.refs), spared=len(self.spared), more=self.more, refs=refs)


@dataclass(frozen=True)
class _Candidate:
    """A row whose term may be over, and whether its own marks or date keep it."""

    parent: Parent
    key: type_of_key
    marked: bool
    emptied: bool
    when: datetime | date | None


class Purging:
    """One purge of one dataset, worked out for its event."""

    def __init__(self, family: Family, rows: Rows, due: Due, timezone: ZoneInfo) -> None:
        known = rows.plan.dates
        if due.event not in known:
            raise NeedsPerson(
                f"Dataset {due.dataset!r} has no date {due.event!r} in the map; it has:"
                f" {', '.join(known) or 'none'}."
            )
        self._family = family
        self._rows = rows
        self._due = due
        self._zone = timezone
        self._event = known[due.event]
        self._compile()

    def counted(self, reads: Reads, limit: int) -> Purged:
        """What a round of `limit` would erase."""
        done = _Round()
        for step in self._steps(reads, done, limit):
            parents = {one.parent.root: one.parent for one in step}
            blocked = self._rows.blocked(reads, parents.values(), purging=True).blocked
            self._count(done, [ref for ref in parents if ref not in blocked], blocked)
        return done.told(dry_run=True)

    def done(self, work: Work, limit: int) -> Purged:
        """Erase at most `limit` rows."""
        done = _Round()
        for step in self._steps(work, done, limit):
            parents = {one.parent.root: one.parent for one in step}
            keys = {one.parent.root: one.key for one in step}
            erased = self._rows.erase(work, parents, keys, purging=True)
            self._count(done, erased.refs, erased.stay)
        return done.told(dry_run=False)

    def _count(self, done: _Round, refs: Sequence[str], stay: Mapping[str, str]) -> None:
        done.refs.extend(refs)
        done.spared.update(stay)

    def _steps(self, reads: Reads, done: _Round, limit: int) -> Iterator[list[_Candidate]]:
        """Rows to erase, in steps, until `done` has `limit` of them or there are no more."""
        waiting: list[_Candidate] = []
        for one in self._candidates(reads, done):
            if len(done.refs) + len(waiting) >= limit:
                if waiting:
                    yield waiting
                waiting = []
                if len(done.refs) >= limit:
                    done.more = True
                    return
            waiting.append(one)
            if len(waiting) >= _STEP:
                yield waiting
                waiting = []
        if waiting:
            yield waiting

    def _candidates(self, reads: Reads, done: _Round) -> Iterator[_Candidate]:
        """Rows that nothing but other rows may keep, the oldest first; counts those spared."""
        rows = self._rows
        held = rows.marks.held(reads, rows.plan)
        sparing = self._due.sparing | rows.marks.restricted(reads, rows.plan)
        for ref, group in groupby(self._read(reads), key=lambda one: one.parent.root):
            several = list(group)
            one = several[0]
            if one.emptied or not self._is_over(one.when):
                continue
            people = {each.parent.person for each in several}
            if any(each.marked for each in several) or ref in sparing or people & held:
                done.spared.add(ref)
            else:
                yield one

    def _read(self, reads: Reads) -> Iterator[_Candidate]:
        """Rows on or before the day, by the event and then the key; a key's rows together."""
        statement, values = self._first, self._bounds
        while True:
            rows = list(reads.rows(statement, values))
            last = len(rows) == _STEP
            if last and rows[0][: self._place] != rows[-1][: self._place]:
                end = rows[-1][: self._place]
                rows = [row for row in rows if row[: self._place] != end]
            for row in rows:
                yield self._candidate(row)
            if not last:
                return
            behind_it = {f"a{n}": value for n, value in enumerate(rows[-1][: self._place])}
            statement, values = self._next, {**self._bounds, **behind_it}

    def _candidate(self, row: type_of_row) -> _Candidate:
        parent, key = self._rows.parent(row[self._place + 3 :])
        restricted, held, emptied = row[self._place : self._place + 3]
        return _Candidate(
            parent=parent,
            key=key,
            marked=bool(restricted) or bool(held),
            emptied=bool(emptied),
            when=self._rows.reading.maker.when(self._event, row[0]),
        )

    def _is_over(self, when: datetime | date | None) -> bool:
        if isinstance(when, datetime):
            return when.astimezone(self._zone).date() <= self._due.until
        return when is not None and when <= self._due.until

    def _compile(self) -> None:
        plan = self._rows.plan
        joined, head = self._rows.head()
        paths = {p.beside for p in (self._event, plan.restricted) if p is not None and p.beside}
        joined.with_beside({name: plan.beside[name] for name in paths})
        there = joined.column(self._event)
        order = [there, *(joined.own.column(name) for name in plan.key)]
        self._place = len(order)
        marks = [
            joined.column(plan.restricted) if plan.restricted else sa.null(),
            joined.own.column(plan.held) if plan.held else sa.null(),
            is_emptied(joined.own, plan.empty) if plan.empty else sa.null(),
        ]
        over, self._bounds = _until(joined.known(self._event), there, self._due.until, self._zone)
        statement = sa.select(*labelled([*order, *marks, *head])).select_from(joined.whole)
        statement = statement.where(over, *joined.where).order_by(*order).limit(_STEP)
        self._first = compiled(statement, self._family.dialect)
        later = statement.where(behind(order, self._family))
        self._next = compiled(later, self._family.dialect)


def every_ref(reads: Reads, family: Family, rows: Rows, after: str | None, limit: int) -> Refs:
    """A page of references of everybody, by key."""
    joined, head = rows.head()
    people = head[len(rows.key) : len(rows.key) + len(rows.plan.person)]
    order = [*head[: len(rows.key)], *people]
    statement = sa.select(*labelled(order)).select_from(joined.whole).distinct()
    statement = statement.where(*joined.where, *(column.is_not(None) for column in people))
    values: dict[str, object] = {}
    if after is not None:
        statement = statement.where(behind(order, family))
        place, _ = values_of(after, [*rows.kinds, *rows.person_kinds])
        values = {f"a{n}": value for n, value in enumerate(place)}
    found = reads.rows(
        compiled(statement.order_by(*order).limit(limit + 1), family.dialect), values
    )
    keys = len(rows.key)
    told = tuple((ref_of(row[keys:]), ref_of(row[:keys])) for row in found[:limit])
    return Refs(refs=told, next=cursor_of(found[limit - 1], "") if len(found) > limit else None)


def _until(
    column: Column, there: type_of_column, until: date, zone: ZoneInfo
) -> tuple[sa.ColumnElement[bool], dict[str, object]]:
    """On or before a day, so that an index helps; wider where a text may mean another zone.

    What comes back is judged again by its date.
    """
    declared = column.declared.lower()
    end = until + timedelta(days=1)
    midnight = datetime.combine(end, time(), zone)
    if any(word in declared for word in _NUMBERS):
        seconds = midnight.timestamp()
        in_milliseconds = sa.and_(there >= given("u1"), there < given("u2"))
        bounds: dict[str, object] = {
            "u0": int(seconds),
            "u1": MILLISECONDS_FROM,
            "u2": int(seconds * 1000),
        }
        return sa.or_(there < given("u0"), in_milliseconds), bounds
    if declared == "timestamp with time zone":
        return there < given("u0"), {"u0": midnight.isoformat()}
    if declared.startswith("timestamp(") or declared == "timestamp":
        end = (midnight.astimezone(UTC) + timedelta(days=1)).date()  # MariaDB keeps them in UTC
    if declared not in ("date", "timestamp without time zone"):
        end += timedelta(days=1)
    return there < given("u0"), {"u0": end.isoformat()}
