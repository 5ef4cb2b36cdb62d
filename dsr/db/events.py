"""The log: one append-only hash chain per practice, written in the transaction it tells of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, event, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm import Session as OrmSession

from dsr.core.chain import GENESIS, row_hash
from dsr.db.columns import Id, Row

PENDING = "pending_events"
#: rows of one page of an export
EXPORTED = 1000


class Event(Row):
    """One thing that happened. `body` holds ids, codes and keyed hashes, never free text.

    Free text is sealed under the case's key; the chain hashes the ciphertext, so shredding the
    key erases the text and leaves the chain whole (T71).
    """

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_request", "request_id", "seq"),)

    practice: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(40), index=True)
    request_id: Mapped[str | None] = mapped_column(Id)
    body: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    prev_hash: Mapped[str] = mapped_column(String(64))
    row_hash: Mapped[str] = mapped_column(String(64))

    def chained(self) -> dict[str, Any]:
        """The values that the row's hash covers, as the export carries them."""
        return {
            "practice": self.practice,
            "seq": self.seq,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": self.actor,
            "action": self.action,
            "request_id": self.request_id,
            "body": self.body,
            "sealed_sha256": hashlib.sha256(self.sealed).hexdigest() if self.sealed else None,
            "prev_hash": self.prev_hash,
        }


class EventHead(Row):
    """The end of a practice's chain; locked for the moment of appending."""

    __tablename__ = "event_heads"

    practice: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    row_hash: Mapped[str] = mapped_column(String(64))


def record(session: Session, told: Event) -> None:
    """Add an event to this transaction; it is chained just before the commit.

    Chaining late keeps the lock on the chain's end as short as a single insert.
    """
    session.info.setdefault(PENDING, []).append(told)


def pending(session: Session) -> list[Event]:
    """Events of this transaction that are chained when it commits."""
    told: list[Event] = session.info.get(PENDING, [])
    return told


@event.listens_for(OrmSession, "before_commit")
def _chain_pending(session: Session) -> None:
    pending: list[Event] = session.info.pop(PENDING, [])
    for practice in sorted({told.practice for told in pending}):
        _append(session, practice, [told for told in pending if told.practice == practice])
    session.flush()


@event.listens_for(OrmSession, "after_rollback")
def _forget_pending(session: Session) -> None:
    session.info.pop(PENDING, None)


def _append(session: Session, practice: str, told: list[Event]) -> None:
    head = session.scalars(
        select(EventHead)
        .where(EventHead.practice == practice)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if head is None:
        head = EventHead(practice=practice, seq=0, row_hash=GENESIS(practice).hex())
        session.add(head)
    for row in told:
        row.seq = head.seq + 1
        row.prev_hash = head.row_hash
        row.row_hash = row_hash(bytes.fromhex(head.row_hash), row.chained()).hex()
        head.seq, head.row_hash = row.seq, row.row_hash
        session.add(row)


def of_request(session: Session, practice: str, request_id: str) -> list[Event]:
    """What happened to one request, oldest first."""
    wanted = select(Event).where(Event.practice == practice, Event.request_id == request_id)
    return list(session.scalars(wanted.order_by(Event.seq)))


@dataclass(frozen=True, kw_only=True)
class LogPart:
    """What part of a practice's log: older than row `before` (0: the newest), one action or all."""

    practice: str
    before: int = 0
    action: str = ""
    request_id: str = ""


def log_page(session: Session, part: LogPart, limit: int = 50) -> list[Event]:
    """A page of the log, newest first."""
    wanted = select(Event).where(Event.practice == part.practice)
    if part.before:
        wanted = wanted.where(Event.seq < part.before)
    if part.action:
        wanted = wanted.where(Event.action == part.action)
    if part.request_id:
        wanted = wanted.where(Event.request_id == part.request_id)
    return list(session.scalars(wanted.order_by(Event.seq.desc()).limit(limit)))


def heads(session: Session) -> list[EventHead]:
    """The end of every chain."""
    return list(session.scalars(select(EventHead).order_by(EventHead.practice)))


def export(session: Session, practice: str | None = None) -> Iterator[dict[str, Any]]:
    """Every row as the verifier reads it, page by page, chain by chain."""
    place = ("", 0)
    while True:
        wanted = select(Event).where(tuple_(Event.practice, Event.seq) > tuple_(*place))
        if practice is not None:
            wanted = wanted.where(Event.practice == practice)
        rows = session.scalars(wanted.order_by(Event.practice, Event.seq).limit(EXPORTED)).all()
        for row in rows:
            yield {**row.chained(), "row_hash": row.row_hash}
        if len(rows) < EXPORTED:
            return
        place = (rows[-1].practice, rows[-1].seq)
        session.expunge_all()


def open_chains(session: Session, practices: list[str]) -> None:
    """Begin the chain of each practice, so that two first events never race for it."""
    begun = set(session.scalars(select(EventHead.practice)))
    for practice in practices:
        if practice not in begun:
            session.add(EventHead(practice=practice, seq=0, row_hash=GENESIS(practice).hex()))
