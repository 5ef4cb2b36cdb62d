"""Requests and their items (one per right), with the queries of the desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from dsr.core.errors import NotFound
from dsr.db import held
from dsr.db.columns import Id, Row, new_id


class SubjectRequest(Row):
    """A request of a subject. Personal values live only in sealed columns and blind indexes."""

    __tablename__ = "subject_requests"
    __table_args__ = (Index("ix_queue", "practice", "closed_at", "due", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    practice: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(2))
    received_at: Mapped[datetime]
    due: Mapped[date]
    level: Mapped[str] = mapped_column(String(3))
    level_how: Mapped[str] = mapped_column(String(20), default="")
    answer_form: Mapped[str] = mapped_column(String(10), default="online")
    scope: Mapped[list[str]]
    data_key_id: Mapped[str] = mapped_column(ForeignKey("data_keys.id"))
    subject_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    refs_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    name_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    content_hash: Mapped[str] = mapped_column(String(32))
    app_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    assigned_to: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    run: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime | None]
    items: Mapped[list[RequestItem]] = relationship(lazy="selectin", order_by="RequestItem.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own hook)


class RequestItem(Row):
    """One right asked for in a request, with its own stage and decision.

    `part` is `medical_file` for the destruction of a file (BW 7:455), else empty. `wish_sealed`
    holds what exactly is asked, `facts` what the desk says about the case: codes, no content.
    """

    __tablename__ = "request_items"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    right: Mapped[str] = mapped_column(String(20))
    part: Mapped[str] = mapped_column(String(20), default="", server_default="")
    stage: Mapped[str] = mapped_column(String(20), index=True)
    decision: Mapped[str | None] = mapped_column(String(20))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    approved_at: Mapped[datetime | None]
    grounds: Mapped[list[str]] = mapped_column(default=list)
    reasons_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    frozen_digest: Mapped[str | None] = mapped_column(String(64))
    wish_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


def by_id(session: Session, request_id: str, *, lock: bool = False) -> SubjectRequest:
    """The request with this id, locked for writing if asked; `NotFound` otherwise."""
    found = held.locked(session, request_id)
    if isinstance(found, SubjectRequest):
        return found
    return _one(session, select(SubjectRequest).where(SubjectRequest.id == request_id), lock=lock)


def by_reference(session: Session, reference: str, *, lock: bool = False) -> SubjectRequest:
    """The request with this reference, whoever asks; callers check the right to see it."""
    wanted = select(SubjectRequest).where(SubjectRequest.reference == reference)
    return _one(session, wanted, lock=lock)


def for_practices(
    session: Session, reference: str, practices: list[str], *, lock: bool = False
) -> SubjectRequest:
    """The request with this reference if it is of one of these practices (T22)."""
    wanted = select(SubjectRequest).where(
        SubjectRequest.reference == reference, SubjectRequest.practice.in_(practices)
    )
    return _one(session, wanted, lock=lock)


def add(session: Session, row: SubjectRequest) -> None:
    """Add a new request; until the commit nobody else can see it, so it is held."""
    session.add(row)
    session.flush()
    held.lock(session, row.id, row)


def _one(session: Session, wanted: Select[SubjectRequest], *, lock: bool) -> SubjectRequest:
    # A join under a lock would show the items as they were before the wait for it: those are
    # read by a statement of their own, after it.
    wanted = wanted.with_for_update() if lock else wanted.options(joinedload(SubjectRequest.items))
    rows = session.scalars(wanted.execution_options(populate_existing=True)).unique()
    found = rows.one_or_none()
    if found is None:
        raise NotFound("There is no request with this number here. Check the number.")
    if lock:
        held.lock(session, found.id, found)
    return found


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """What part of the queue: these practices, these stages (all when empty), open or closed.

    `due_before` leaves out what is due on or after that day; `only` is a subselect of request ids.
    """

    practices: list[str]
    stages: tuple[str, ...] = ()
    closed: bool = False
    assigned_to: str | None = None
    unassigned: bool = False
    due_from: date | None = None
    due_before: date | None = None
    only: Select[str] | None = None


def queue_page(
    session: Session, part: QueueFilter, after: tuple[date, str] | None = None, limit: int = 25
) -> list[SubjectRequest]:
    """One page of the queue, most urgent first; `after` is (due, id) of the last row before."""
    wanted = select(SubjectRequest).where(*_of_part(part))
    if after:
        wanted = wanted.where(tuple_(SubjectRequest.due, SubjectRequest.id) > after)
    wanted = wanted.order_by(SubjectRequest.due, SubjectRequest.id).limit(limit)
    return list(session.scalars(wanted))


def queue_count(session: Session, part: QueueFilter) -> int:
    """How many requests this part of the queue holds."""
    wanted = select(func.count()).select_from(SubjectRequest).where(*_of_part(part))
    return int(session.scalar(wanted) or 0)


def _of_part(part: QueueFilter) -> Iterator[ColumnElement[bool]]:
    closed = SubjectRequest.closed_at
    yield SubjectRequest.practice.in_(part.practices)
    yield closed.is_not(None) if part.closed else closed.is_(None)
    if part.stages:
        asked = select(RequestItem.request_id).where(RequestItem.stage.in_(part.stages))
        yield SubjectRequest.id.in_(asked)
    if part.assigned_to:
        yield SubjectRequest.assigned_to == part.assigned_to
    if part.unassigned:
        yield SubjectRequest.assigned_to.is_(None)
    if part.due_from:
        yield SubjectRequest.due >= part.due_from
    if part.due_before:
        yield SubjectRequest.due < part.due_before
    if part.only is not None:
        yield SubjectRequest.id.in_(part.only)
