"""Mail that waits to go out, written in the transaction that caused it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Id, Row, new_id


class OutboxMail(Row):
    """One mail. `dedup` makes the same cause send one mail; address and text are sealed."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "outcome", "next_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    practice: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(30))
    dedup: Mapped[str] = mapped_column(String(100), unique=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome: Mapped[str | None] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(300), default="")
    sent_at: Mapped[datetime | None]


def claim(session: Session, mail_id: str, now: datetime, lease: timedelta) -> OutboxMail | None:
    """Take the lease of a mail that is due, or None."""
    taken = session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.id == mail_id,
            OutboxMail.outcome.is_(None),
            OutboxMail.next_at <= now,
            or_(OutboxMail.lease_until.is_(None), OutboxMail.lease_until < now),
        )
        .values(
            fence=OutboxMail.fence + 1,
            attempts=OutboxMail.attempts + 1,
            lease_until=now + lease,
        )
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return None
    return session.get(OutboxMail, mail_id, populate_existing=True)


def write_if_mine(session: Session, mail_id: str, fence: int, values: dict[str, Any]) -> bool:
    """Write values only while the fence is still ours."""
    written = session.execute(
        update(OutboxMail)
        .where(OutboxMail.id == mail_id, OutboxMail.fence == fence)
        .values(**values)
    )
    return bool(written.rowcount == 1)  # type: ignore[attr-defined]


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of mails that wait, oldest first."""
    wanted = (
        select(OutboxMail.id)
        .where(
            OutboxMail.outcome.is_(None),
            OutboxMail.next_at <= now,
            or_(OutboxMail.lease_until.is_(None), OutboxMail.lease_until < now),
        )
        .order_by(OutboxMail.next_at)
        .limit(limit)
    )
    return list(session.scalars(wanted))
