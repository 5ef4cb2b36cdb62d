"""Suppression: who may not be used for a purpose any more, as keyed hashes and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Id, Row, new_id


class Suppression(Row):
    """One identifier of a person (`kind`: email, phone, patient_number) under one purpose.

    `hashed` is a keyed hash: it can be asked for and not read (law.md 6). It lives as long as the
    purpose does, and is lifted when the person consents again.
    """

    __tablename__ = "suppressions"
    __table_args__ = (Index("ix_suppressions_asked", "purpose", "hashed"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    practice: Mapped[str] = mapped_column(String(40))
    purpose: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    hashed: Mapped[bytes] = mapped_column(LargeBinary(16))
    request_id: Mapped[str | None] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    since: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


def living(session: Session, purpose: str, hashes: Iterable[bytes]) -> set[bytes]:
    """Which of these hashes are suppressed for a purpose now."""
    wanted = select(Suppression.hashed).where(
        Suppression.purpose == purpose,
        Suppression.hashed.in_(list(hashes)),
        Suppression.lifted_at.is_(None),
    )
    return set(session.scalars(wanted))
