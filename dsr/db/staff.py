"""Staff, their logins at the desk, and the keys they make for the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Id, Row, new_id


class Staff(Row):
    """Somebody who works at the desk. `person_key` is one per human being, not per account."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    person_key: Mapped[str] = mapped_column(String(80), index=True)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    roles: Mapped[list[str]]
    practices: Mapped[list[str]]
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    totp_step: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class StaffLogin(Row):
    """A browser's login at the desk; the cookie holds the token, the row only its hash."""

    __tablename__ = "staff_logins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    stepped_up_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiKey(Row):
    """A bearer key of one staff member for one practice; only its hash is kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    practice: Mapped[str] = mapped_column(String(40))
    scopes: Mapped[list[str]]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


def by_login(session: Session, login: str, *, lock: bool = False) -> Staff | None:
    """The account with this login name."""
    if "\0" in login:
        return None  # no text column can hold it, and PostgreSQL would call it our fault
    wanted = select(Staff).where(Staff.login == login.strip().casefold())
    return session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
