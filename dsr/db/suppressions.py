"""Suppression: who may not be used for a purpose any more, as keyed hashes and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Id, Row, new_id

#: questions of one statement
_TOGETHER = 100


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


def are_living(session: Session, purpose: str, hashes: Sequence[bytes]) -> list[bool]:
    """Of each hash whether it is suppressed now: one row a statement, whatever the answers are."""
    found: list[bool] = []
    for begin in range(0, len(hashes), _TOGETHER):
        part = hashes[begin : begin + _TOGETHER]
        asked = [
            exists().where(
                Suppression.purpose == purpose,
                Suppression.hashed == hashed,
                Suppression.lifted_at.is_(None),
            )
            for hashed in part
        ]
        found.extend(bool(one) for one in session.execute(select(*asked)).one())
    return found


def rows(session: Session, purpose: str, hashes: Iterable[bytes]) -> list[Suppression]:
    """The living rows of these hashes under a purpose, locked for writing."""
    wanted = select(Suppression).where(
        Suppression.purpose == purpose,
        Suppression.hashed.in_(list(hashes)),
        Suppression.lifted_at.is_(None),
    )
    return list(session.scalars(wanted.with_for_update()))
