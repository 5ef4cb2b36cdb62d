"""The patient side: browser visits, one-time codes, app links, tallies against flooding."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Id, Row, new_id


class Visit(Row):
    """What one browser has typed and proved so far; sealed, and gone after a day."""

    __tablename__ = "visits"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Code(Row):
    """A one-time code, bound to a request and a purpose; counted here, not in a login (T7, T8)."""

    __tablename__ = "codes"
    __table_args__ = (Index("ix_codes_request", "request_id", "purpose"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"))
    purpose: Mapped[str] = mapped_column(String(20))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(3))
    tries: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AppLink(Row):
    """The practice's own statement that an app account belongs to a patient (never by e-mail)."""

    __tablename__ = "app_links"
    __table_args__ = (UniqueConstraint("account_index", "made_at", name="uq_app_links_account"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    practice: Mapped[str] = mapped_column(String(40))
    account_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    patient_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Tally(Row):
    """How often something was tried in a window; in the database, so that it survives Redis."""

    __tablename__ = "tallies"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    window: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    count: Mapped[int] = mapped_column(default=0)


class IdempotencyKey(Row):
    """The answer once given to a caller's key; the same key and body get it again."""

    __tablename__ = "idempotency_keys"

    caller_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(index=True)


def codes_for(session: Session, request_id: str, purpose: str) -> list[Code]:
    """Codes of a request for one purpose, newest first, locked for writing."""
    wanted = select(Code).where(Code.request_id == request_id, Code.purpose == purpose)
    newest_first = wanted.order_by(Code.made_at.desc(), Code.id.desc())
    return list(session.scalars(newest_first.with_for_update()))


def link_of(session: Session, account_index: bytes) -> AppLink | None:
    """The living link of an app account."""
    wanted = select(AppLink).where(
        AppLink.account_index == account_index, AppLink.ended_at.is_(None)
    )
    return session.scalars(wanted.order_by(AppLink.made_at.desc()).limit(1)).one_or_none()
