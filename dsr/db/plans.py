"""Plans: what will be changed for one item of a request, frozen under a hash; and its batches."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db import leases
from dsr.db.columns import Id, Row, new_id
from dsr.db.leases import Claim, Leased


class Plan(Row):
    """A version of what will be done for one item.

    `digest` covers the summary and the digest of every batch: whoever approves, approves that.
    `summary` holds counts, codes and days per system and dataset, never content. `ended_how` is
    empty while the plan is in force: then `done`, `superseded`, `sent_back`, `cancelled`.
    """

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("item_id", "number", name="uq_plans_number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("request_items.id"), index=True)
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    seen_digest: Mapped[str] = mapped_column(String(64))
    summary: Mapped[dict[str, Any]]
    made_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    approved_at: Mapped[datetime | None]
    approval_until: Mapped[datetime | None]
    cool_until: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str] = mapped_column(String(20), default="")


class Batch(Leased, Row):
    """At most 500 items of one dataset that one verb is done to; its id is the operation id.

    `phase` orders the batches of a plan: a later phase begins when every earlier one has its
    outcome. `acting_at` is written before the call and tells the next worker to look first.
    `refs_sealed` holds [[ref, item key, content hash], ...], `detail_sealed` what a rectification
    or a statement needs, `receipt_sealed` the outcome of every ref; `counts` the same in numbers.
    """

    __tablename__ = "batches"
    __table_args__ = (
        UniqueConstraint("plan_id", "phase", "number", name="uq_batches_place"),
        Index("ix_batches_due", "outcome", "next_at"),
    )

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"), index=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("request_items.id"))
    practice: Mapped[str] = mapped_column(String(40))
    system: Mapped[str] = mapped_column(String(40))
    dataset: Mapped[str] = mapped_column(String(40))
    verb: Mapped[str] = mapped_column(String(20))
    phase: Mapped[int]
    number: Mapped[int]
    count: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    refs_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    detail_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    acting_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    receipt_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    instruction: Mapped[str] = mapped_column(String(500), default="")
    verified_at: Mapped[datetime | None]
    needs_person: Mapped[bool] = mapped_column(default=False)
    proof_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    accepted_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    finished_at: Mapped[datetime | None]


def current(session: Session, item_id: str, *, lock: bool = False) -> Plan | None:
    """The plan of an item that is in force; None when there is none, or it has ended."""
    wanted = select(Plan).where(Plan.item_id == item_id, Plan.ended_how == "")
    wanted = wanted.order_by(Plan.number.desc()).limit(1)
    wanted = wanted.with_for_update() if lock else wanted
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def of_item(session: Session, item_id: str) -> list[Plan]:
    """Every version of the plan of an item, oldest first."""
    return list(session.scalars(select(Plan).where(Plan.item_id == item_id).order_by(Plan.number)))


def batches(session: Session, plan_id: str) -> list[Batch]:
    """The batches of a plan in the order of the work."""
    wanted = select(Batch).where(Batch.plan_id == plan_id).order_by(Batch.phase, Batch.number)
    return list(session.scalars(wanted))


def claim(session: Session, batch_id: str, now: datetime, lease: timedelta) -> Batch | None:
    """Take the lease of a batch that is due and waits for no person, or None."""
    wish = Claim(row_id=batch_id, now=now, lease=lease)
    return leases.claim(session, Batch, wish, Batch.needs_person.is_(False))


def write_if_mine(session: Session, batch_id: str, fence: int, values: dict[str, Any]) -> bool:
    """Write values of a batch only while the fence is still ours."""
    return leases.write_if_mine(session, Batch, batch_id, fence, values)


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of batches that wait for a worker, oldest first; none of a plan that has not begun."""
    begun = select(Plan.id).where(Plan.begun_at.is_not(None), Plan.ended_how == "")
    also = (Batch.needs_person.is_(False), Batch.plan_id.in_(begun))
    return leases.due(session, Batch, now, limit, *also)


def next_open(session: Session, plan_id: str, phase: int) -> str | None:
    """The next batch of a phase that a worker can do, or None."""
    wanted = select(Batch.id).where(
        Batch.plan_id == plan_id,
        Batch.phase == phase,
        Batch.outcome.is_(None),
        Batch.needs_person.is_(False),
        Batch.lease_until.is_(None),
    )
    return session.scalars(wanted.order_by(Batch.number).limit(1)).first()


def unfinished(session: Session, plan_id: str) -> int:
    """How many batches of a plan have no outcome yet."""
    wanted = select(Batch.id).where(Batch.plan_id == plan_id, Batch.outcome.is_(None))
    return len(session.scalars(wanted).all())
