"""Changing somebody else's database: one transaction for each operation, all of it or nothing."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from connectors.sql_broken import RuleBroken
from connectors.sql_database import Database, Kept, Statement
from connectors.sql_engine import Family, type_of_row
from dsr.core.errors import DsrError
from dsr.core.pace import UNHURRIED, Pace

_T = TypeVar("_T")


class Reads(Protocol):
    """What statements are read through: a transaction, or the database as it is read otherwise."""

    def rows(self, statement: Statement, values: Mapping[str, object]) -> Sequence[type_of_row]:
        """All rows of a statement."""
        ...


class Work:
    """One transaction that is under way; `statements` counts what it asked."""

    def __init__(self, family: Family, connection: Any) -> None:
        self._family = family
        self._connection = connection
        self.statements = 0

    def rows(self, statement: Statement, values: Mapping[str, object]) -> Sequence[type_of_row]:
        """All rows of a statement."""
        self.statements += 1
        return self._family.rows(self._connection, statement.sql, statement.values(values))

    def change(self, statement: Statement, values: Mapping[str, object]) -> int:
        """How many rows a statement met."""
        self.statements += 1
        return self._family.change(self._connection, statement.sql, statement.values(values))


class Writing:
    """The database over a login that may change it; thread-safe."""

    def __init__(self, family: Family, database: Database, pace: Pace = UNHURRIED) -> None:
        self.family = family
        self.database = database
        self._pace = pace
        self._kept = Kept(family)
        weakref.finalize(self, self._kept.close)

    def transaction(self, work: Callable[[Work], _T]) -> _T:
        """What `work` gives, once all of it holds; whatever it raises takes all of it back.

        `RuleBroken` when a rule of the database refuses a change.
        """
        self._pace.turn()
        connection = self._begun()
        try:
            result = work(Work(self.family, connection))
            self.family.change(connection, "COMMIT", {})
        except self.family.errors as error:
            self._undo(connection)
            raise self._fault(error) from None
        except BaseException:
            self._undo(connection)
            raise
        self._kept.give(connection, good=True)
        return result

    def _begun(self) -> Any:
        """A connection in a new transaction; a kept one may turn out to be dead."""
        kept = self._kept.take()
        if kept is not None:
            with suppress(*self.family.errors):  # and open a new one
                return self._begin(kept)
        try:
            return self._begin(self.family.open(write=True))
        except self.family.errors as error:
            raise self.family.fault(error) from None

    def _begin(self, connection: Any) -> Any:
        try:
            self.family.change(connection, self.family.begin, {})
        except BaseException:
            self.family.close(connection)
            raise
        return connection

    def _undo(self, connection: Any) -> None:
        with suppress(*self.family.errors):  # or the server takes it back when the session ends
            self.family.change(connection, "ROLLBACK", {})
        self.family.close(connection)

    def _fault(self, error: BaseException) -> DsrError:
        rule = self.family.broken(error)
        return RuleBroken(rule) if rule else self.family.fault(error)
