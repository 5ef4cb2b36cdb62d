"""Plans: what will be changed for one item of a request, frozen under a hash; and its batches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db import held, leases
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


class Slot(NamedTuple):
    """Where a batch stands in the work of its plan, without what it holds."""

    id: str
    phase: int
    system: str
    verb: str
    digest: str
    outcome: str | None
    needs_person: bool
    acting_at: datetime | None
    lease_until: datetime | None


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


def outline(session: Session, plan_id: str) -> Sequence[Slot]:
    """The batches of a plan in the order of the work; a plan of 50,000 items has a hundred."""
    return held.once(session, Batch, plan_id, lambda: _outline(session, plan_id))


def _outline(session: Session, plan_id: str) -> Sequence[Slot]:
    columns = [getattr(Batch, name) for name in Slot._fields]
    wanted = select(*columns).where(Batch.plan_id == plan_id)
    rows = session.execute(wanted.order_by(Batch.phase, Batch.number))
    return tuple(Slot(*row) for row in rows)


def request_of_due(session: Session, batch_id: str, now: datetime) -> str | None:
    """The request of a batch that waits for a worker; None when it does not (any more)."""
    waiting = leases.waiting(Batch, now)
    wanted = select(Batch.request_id).where(Batch.id == batch_id, *waiting)
    return session.scalar(wanted.where(Batch.needs_person.is_(False)))


def with_plan(session: Session, batch_id: str) -> tuple[Batch, Plan]:
    """A batch, locked, and its plan, as they are now."""
    wanted = select(Batch, Plan).join(Plan, Plan.id == Batch.plan_id).where(Batch.id == batch_id)
    wanted = wanted.with_for_update(of=Batch).execution_options(populate_existing=True)
    batch, plan = session.execute(wanted).one()
    return batch, plan


def open_now(session: Session, batch_ids: Sequence[str], now: datetime) -> None:
    """Let batches be due that nobody works on."""
    if batch_ids:
        free = (Batch.id.in_(batch_ids), Batch.lease_until.is_(None))
        session.execute(update(Batch).where(*free).values(next_at=now))


def claim(session: Session, wish: Claim) -> Batch | None:
    """Take the lease of a batch that is due and waits for no person, or None."""
    return leases.claim(session, Batch, wish, Batch.needs_person.is_(False))


def written_if_mine(
    session: Session, batch_id: str, fence: int, values: dict[str, Any]
) -> Batch | None:
    """The batch with these values written, or None when the fence is not ours any more."""
    writing = update(Batch).where(Batch.id == batch_id, Batch.fence == fence).values(**values)
    options = {"populate_existing": True, "synchronize_session": False}
    return session.scalars(writing.returning(Batch), execution_options=options).one_or_none()


def write_if_mine(session: Session, batch_id: str, fence: int, values: dict[str, Any]) -> bool:
    """Write values of a batch only while the fence is still ours."""
    return leases.write_if_mine(session, Batch, batch_id, fence, values)


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of batches that wait for a worker, oldest first; none of a plan that has not begun."""
    begun = select(Plan.id).where(Plan.begun_at.is_not(None), Plan.ended_how == "")
    also = (Batch.needs_person.is_(False), Batch.plan_id.in_(begun))
    return leases.due(session, Batch, now, limit, *also)
