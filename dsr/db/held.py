"""What a transaction holds: a request it locked, and what it read of it since.

While a transaction holds a request's row, nobody else changes what belongs to it (everybody locks
the request first), so reading the same twice tells nothing new. Whatever this transaction itself
writes to a table is read anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from dsr.db.columns import Row

_HELD = "held"
#: the mark of sessions that only read: what they read once they know until they end
READS = "reads"
R = TypeVar("R")


class _Held:
    """Of one transaction: the rows it locked, and what it read, by table and key."""

    def __init__(self, transaction: object) -> None:
        self.transaction = transaction
        self.locked: dict[Hashable, Row] = {}
        self.read: dict[type[Row], dict[Hashable, Any]] = {}


def lock(session: Session, key: Hashable, row: Row) -> None:
    """Note that this transaction holds this row until it ends."""
    _held(session).locked[key] = row


def locked(session: Session, key: Hashable) -> Row | None:
    """The row, if this transaction holds it already."""
    return _held(session).locked.get(key)


def once(session: Session, table: type[Row], key: Hashable, load: Callable[[], R]) -> R:
    """What `load` reads of a table, read once while the session holds a request or only reads."""
    held = _held(session)
    if not held.locked and not session.info.get(READS):
        return load()
    if session.autoflush and (session.new or session.deleted or session.dirty):
        session.flush()
    known = held.read.setdefault(table, {})
    if key not in known:
        known[key] = load()
    found: R = known[key]
    return found


def _held(session: Session) -> _Held:
    transaction = session.get_transaction() or session.begin()
    held: _Held | None = session.info.get(_HELD)
    if held is None or held.transaction is not transaction:
        held = session.info[_HELD] = _Held(transaction)
    return held


@event.listens_for(Session, "after_flush")
def _forget_written(session: Session, _context: object) -> None:
    if held := session.info.get(_HELD):
        for row in (*session.new, *session.deleted, *session.dirty):
            held.read.pop(type(row), None)


@event.listens_for(Session, "do_orm_execute")
def _forget_all(asked: ORMExecuteState) -> None:
    held = asked.session.info.get(_HELD)
    if held is None or asked.is_select:
        return
    if asked.bind_mapper is None:
        held.read.clear()
    else:
        held.read.pop(asked.bind_mapper.class_, None)
