"""Mail that waits to go out, written in the transaction that caused it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db import leases
from dsr.db.columns import Row
from dsr.db.leases import Claim, Leased


class OutboxMail(Leased, Row):
    """One mail. `dedup` makes the same cause send one mail; address and text are sealed."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "outcome", "next_at"),)

    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    practice: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(30))
    dedup: Mapped[str] = mapped_column(String(100), unique=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime | None]


def claim(session: Session, mail_id: str, now: datetime, lease: timedelta) -> OutboxMail | None:
    """Take the lease of a mail that is due, or None."""
    return leases.claim(session, OutboxMail, Claim(row_id=mail_id, now=now, lease=lease))


def write_if_mine(session: Session, mail_id: str, fence: int, values: dict[str, Any]) -> bool:
    """Write values of a mail only while the fence is still ours."""
    return leases.write_if_mine(session, OutboxMail, mail_id, fence, values)


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of mails that wait, oldest first."""
    return leases.due(session, OutboxMail, now, limit)
