"""Reading somebody else's database page by page, over few connections that are kept open.

A page is read from a statement that stays open on the server for the next page, so that rows are
sorted once. The open statement is only a short cut: the cursor of a page holds the last row's
place, and when the statement is gone (another process, a restart, a few seconds' pause) the next
page asks for the rows behind that place.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from connectors.sql_catalog import Catalog, ForeignKey
from connectors.sql_engine import Family, Stream, type_of_row
from connectors.sql_map import DatabaseMap
from connectors.sql_reading import FIRST
from dsr.core.errors import DsrError
from dsr.core.pace import UNHURRIED, Pace

#: bytes of a page, roughly: few rows with long texts are a page too
_BYTES = 4_000_000
#: seconds that an unused connection is kept
_KEPT = 45.0
#: seconds that a statement waits for its next page; the server itself ends it after five
_OPEN = 4.0
_MOST_KEPT = 4
_SAMPLE = 20

_T = TypeVar("_T")


@dataclass(frozen=True)
class Statement:
    """A compiled statement with the values that are always the same."""

    sql: str
    fixed: Mapping[str, object]

    def values(self, more: Mapping[str, object]) -> dict[str, object]:
        """All values of one use."""
        return {**self.fixed, **more}

    def for_nothing(self) -> Statement:
        """The statement for no row at all, to see whether the database would run it."""
        if "most" in self.fixed:
            return Statement(self.sql, {**self.fixed, "most": 0})
        return Statement(f"{self.sql} LIMIT 0", self.fixed)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows of one page. `open_as` names the statement that goes on behind them ("": none does);
    `total` is counted in the same moment, when that was asked and there is more.
    """

    rows: list[type_of_row]
    ended: bool
    open_as: str = ""
    total: int | None = None


@dataclass
class _Open:
    """A statement that is being read, with its connection."""

    stream: Stream
    connection: Any
    each: float = 0.0  #: bytes of a row, as measured
    until: float = 0.0

    def read(self, most: int, begin: int) -> tuple[list[type_of_row], bool]:
        """Rows up to a page's measure of rows or bytes, and whether that was the end."""
        rows: list[type_of_row] = []
        weight = 0.0
        count = min(most, int(_BYTES / self.each) or 1) if self.each else begin
        while True:
            part = self.stream.fetch(count)
            rows.extend(part)
            if len(part) < count:
                return rows, True
            self.each = _weight(part)
            weight += self.each * len(part)
            count = min(most - len(rows), int((_BYTES - weight) / self.each))
            if count <= 0:
                return rows, False


class Database:
    """A database as connectors read it; thread-safe. Its connections end when nobody holds it."""

    def __init__(self, family: Family, plan: DatabaseMap, pace: Pace = UNHURRIED) -> None:
        self.family = family
        self._plan = plan
        self._pace = pace
        self._kept = Kept(family)
        self._catalog: Catalog | None = None
        self._references: tuple[Catalog, list[ForeignKey]] | None = None
        self._lock = threading.Lock()
        weakref.finalize(self, self._kept.close)

    def catalog(self) -> Catalog:
        """The map's tables and their columns; the same object until it is read anew."""
        with self._lock:
            if self._catalog is None or not self._catalog.fresh:
                self._pace.turn()
                tables = self._using(lambda c: self.family.tables(c, self._plan.tables))
                self._catalog = Catalog(tables)
            return self._catalog

    def references(self) -> list[ForeignKey]:
        """All foreign keys of the database, as old as the catalog."""
        catalog = self.catalog()
        with self._lock:
            if self._references is None or self._references[0] is not catalog:
                self._references = (catalog, self._using(self.family.references))
            return self._references[1]

    def rows(self, statement: Statement, values: Mapping[str, object]) -> Sequence[type_of_row]:
        """All rows of a statement."""
        self._pace.turn()
        asked = statement.values(values)
        return self._using(lambda c: self.family.rows(c, statement.sql, asked))

    def page(
        self,
        statement: Statement,
        values: Mapping[str, object],
        open_as: str = "",
        counting: Statement | None = None,
    ) -> Batch:
        """The next rows of the open statement, or the first of this one."""
        self._pace.turn()
        going = self._kept.taken(open_as)
        if going is not None:
            try:
                return self._next(going)
            except self.family.errors:
                self.family.close(going.connection)  # and go on behind the place instead
        return self._new(statement, statement.values(values), counting)

    def leave(self, open_as: str) -> None:
        """Close a statement that nobody will go on with, so that it locks nothing."""
        going = self._kept.taken(open_as)
        if going is not None:
            self.family.close(going.connection)

    def _new(
        self, statement: Statement, values: dict[str, object], counting: Statement | None
    ) -> Batch:
        def begin(connection: Any) -> tuple[_Open, list[type_of_row], bool, int | None]:
            first = min(FIRST, self._plan.page_size)
            stream = self.family.stream(connection, statement.sql, values, first)
            opened = _Open(stream, connection)
            rows, ended = opened.read(self._plan.page_size, first)
            total = None
            if counting and not ended and self.family.counts_beside:
                total = _first(self.family.rows(connection, counting.sql, values))
            return opened, rows, ended, total

        opened, rows, ended, total = self._using(begin, give_back=False)
        batch = self._set_aside(opened, rows, ended=ended)
        if counting and not ended and total is None:
            total = _first(self.rows(counting, values))
        return Batch(rows=rows, ended=ended, open_as=batch.open_as, total=total)

    def _next(self, going: _Open) -> Batch:
        rows, ended = going.read(self._plan.page_size, FIRST)
        return self._set_aside(going, rows, ended=ended)

    def _set_aside(self, opened: _Open, rows: list[type_of_row], *, ended: bool) -> Batch:
        if not ended and self.family.parks:
            return Batch(rows=rows, ended=ended, open_as=self._kept.park(opened))
        try:
            reusable = opened.stream.end()
        except self.family.errors:
            reusable = False
        self._kept.give(opened.connection, good=reusable)
        return Batch(rows=rows, ended=ended)

    def _using(self, work: Callable[[Any], _T], *, give_back: bool = True) -> _T:
        """Once more with a new connection when a kept one turns out to be dead."""
        connection = self._kept.take()
        if connection is not None:
            try:
                return self._worked(work, connection, give_back=give_back)
            except self.family.errors as error:
                if not self.family.is_lost(error):
                    raise self.family.fault(error) from None
        try:
            return self._worked(work, self.family.open(), give_back=give_back)
        except self.family.errors as error:
            raise self.family.fault(error) from None

    def _worked(self, work: Callable[[Any], _T], connection: Any, *, give_back: bool) -> _T:
        try:
            result = work(connection)
        except DsrError:
            self._kept.give(connection, good=True)
            raise
        except BaseException:
            self.family.close(connection)
            raise
        if give_back:
            self._kept.give(connection, good=True)
        return result


class Kept:
    """Connections that wait for use, and open statements that wait for their next page."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._idle: list[tuple[Any, float]] = []
        self._parked: dict[str, _Open] = {}
        self._process = os.getpid()
        self._lock = threading.Lock()

    def take(self) -> Any | None:
        """A connection that was used lately, or None."""
        with self._lock:
            self._sweep()
            return self._idle.pop()[0] if self._idle else None

    def give(self, connection: Any, *, good: bool) -> None:
        """Keep a connection for later, or end it."""
        with self._lock:
            self._sweep()
            if good and self._family.parks and len(self._idle) < _MOST_KEPT:
                self._idle.append((connection, time.monotonic() + _KEPT))
                return
        self._family.close(connection)

    def park(self, opened: _Open) -> str:
        """Keep an open statement; its name, by which it is taken again."""
        name = secrets.token_hex(8)
        opened.until = time.monotonic() + _OPEN
        with self._lock:
            self._sweep()
            if len(self._parked) >= _MOST_KEPT:
                oldest = next(iter(self._parked))
                self._family.close(self._parked.pop(oldest).connection)
            self._parked[name] = opened
        return name

    def taken(self, name: str) -> _Open | None:
        """The open statement of that name, for one thread alone."""
        with self._lock:
            self._sweep()
            return self._parked.pop(name, None)

    def close(self) -> None:
        """End all connections."""
        with self._lock:
            for connection in self._all():
                self._family.close(connection)
            self._idle, self._parked = [], {}

    def _sweep(self) -> None:
        """Forget what is too old, and what belongs to the process that this one was forked from."""
        if self._process != os.getpid():
            self._process, self._idle, self._parked = os.getpid(), [], {}
        now = time.monotonic()
        old = [name for name, opened in self._parked.items() if opened.until < now]
        for name in old:
            self._family.close(self._parked.pop(name).connection)
        for connection, until in self._idle:
            if until < now:
                self._family.close(connection)
        self._idle = [(connection, until) for connection, until in self._idle if until >= now]

    def _all(self) -> list[Any]:
        return [connection for connection, _ in self._idle] + [
            opened.connection for opened in self._parked.values()
        ]


def _weight(rows: Sequence[type_of_row]) -> float:
    """Bytes of a row, roughly, by a sample."""
    sample = rows[:: max(1, len(rows) // _SAMPLE)]
    texts = sum(len(v) for row in sample for v in row if isinstance(v, str | bytes))
    return texts / len(sample) + 8


def _first(rows: Sequence[type_of_row]) -> int:
    return int(rows[0][0])
