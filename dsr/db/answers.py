"""What goes out: withheld parts, sign-offs, letters, packages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db import held
from dsr.db.columns import Id, Row, new_id


class Withholding(Row):
    """An item, a field or a span of text that is not given, and why.

    `item_key` is a keyed hash of (system, dataset, ref), so it survives a new search; `path` is
    a JSON pointer into the item's data; `start` and `end` count characters of that text.
    """

    __tablename__ = "withholdings"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    system: Mapped[str] = mapped_column(String(40))
    dataset: Mapped[str] = mapped_column(String(40))
    item_key: Mapped[str] = mapped_column(String(32))
    path: Mapped[str] = mapped_column(String(300), default="")
    start: Mapped[int | None]
    end: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(20))
    made_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class SignOff(Row):
    """A clinician's word that the medical file items of a system may leave (BW 7:456)."""

    __tablename__ = "sign_offs"
    __table_args__ = (UniqueConstraint("request_id", "system", "digest", name="uq_sign_offs_what"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    system: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    clinician: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]


class Letter(Row):
    """A letter as it went out; the PDF lies sealed in the vault."""

    __tablename__ = "letters"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("request_items.id"))
    kind: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    level: Mapped[str] = mapped_column(String(3))
    blob: Mapped[str] = mapped_column(String(200))
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class Package(Row):
    """A package as it may be fetched: until when, how often, at which level."""

    __tablename__ = "packages"
    __table_args__ = (
        Index(
            "ix_packages_expiring",
            "expires_at",
            sqlite_where=text("destroyed_at IS NULL"),
            postgresql_where=text("destroyed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("request_items.id"))
    blob: Mapped[str] = mapped_column(String(200))
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(3))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    downloads: Mapped[int] = mapped_column(default=0)
    downloads_allowed: Mapped[int] = mapped_column(default=10)
    destroyed_at: Mapped[datetime | None]


def withholdings(session: Session, request_id: str) -> list[Withholding]:
    """Everything withheld at this moment, in the order it was decided."""
    wanted = select(Withholding).where(
        Withholding.request_id == request_id, Withholding.lifted_at.is_(None)
    )
    wanted = wanted.order_by(Withholding.id)
    return list(held.once(session, Withholding, request_id, lambda: session.scalars(wanted).all()))


def sign_offs(session: Session, request_id: str) -> list[SignOff]:
    """All sign-offs of a request."""
    wanted = select(SignOff).where(SignOff.request_id == request_id)
    return list(held.once(session, SignOff, request_id, lambda: session.scalars(wanted).all()))


def letters(session: Session, request_id: str) -> list[Letter]:
    """All letters of a request, oldest first."""
    wanted = select(Letter).where(Letter.request_id == request_id)
    return list(session.scalars(wanted.order_by(Letter.made_at, Letter.id)))


def package_of(
    session: Session, request_id: str, item_id: str | None = None, *, lock: bool = False
) -> Package | None:
    """The newest package of a request (of one item of it, if given) that was not destroyed."""
    wanted = select(Package).where(Package.request_id == request_id, Package.destroyed_at.is_(None))
    if item_id is not None:
        wanted = wanted.where(Package.item_id == item_id)
    wanted = wanted.order_by(Package.made_at.desc()).limit(1)
    wanted = wanted.with_for_update() if lock else wanted
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
