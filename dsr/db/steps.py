"""Steps: the ledger of all work on systems. A row without an outcome is not finished."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db import held, leases
from dsr.db.columns import Id, Row, new_id
from dsr.db.leases import Claim, Leased


class Step(Leased, Row):
    """One verb on one system for one request.

    Nobody may work on it without its lease, and a result is written only where `fence` is still
    the worker's own (design 5). `trouble` holds a code and words without personal data. `item_id`
    is the item whose answer a packing step makes; a search is for all items of its request.
    """

    __tablename__ = "steps"
    __table_args__ = (
        UniqueConstraint("request_id", "system", "verb", "run", name="uq_steps_work"),
        Index("ix_steps_due", "outcome", "next_at"),
        Index("ix_steps_in_hand", "system", "lease_until"),
    )

    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    practice: Mapped[str] = mapped_column(String(40))
    system: Mapped[str] = mapped_column(String(40))
    item_id: Mapped[str | None] = mapped_column(Id)
    verb: Mapped[str] = mapped_column(String(20))
    run: Mapped[int] = mapped_column(default=1)
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    found_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    proof_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    needs_person: Mapped[bool] = mapped_column(default=False)
    accepted_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Segment(Row):
    """A sealed piece of a step's archive: `count` items from number `first` on.

    `datasets` holds what the piece counts, sealed: a kind may come from somebody's data.
    """

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("step_id", "number", name="uq_segments_place"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    step_id: Mapped[str] = mapped_column(ForeignKey("steps.id"), index=True)
    number: Mapped[int]
    datasets: Mapped[dict[str, Any]]
    first: Mapped[int]
    count: Mapped[int]
    blob: Mapped[str] = mapped_column(String(200))
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))


def claim(session: Session, step_id: str, now: datetime, lease: timedelta) -> Step | None:
    """Take the lease of a step that is due and waits for no person, or None."""
    wish = Claim(row_id=step_id, now=now, lease=lease, values={"started_at": now})
    return leases.claim(session, Step, wish, Step.needs_person.is_(False))


def write_if_mine(session: Session, step_id: str, fence: int, values: dict[str, Any]) -> bool:
    """Write values of a step only while the fence is still ours."""
    return leases.write_if_mine(session, Step, step_id, fence, values)


def verb_of(session: Session, step_id: str) -> str | None:
    """What a step does, so that the right task takes it; None when it is not there."""
    return session.scalars(select(Step.verb).where(Step.id == step_id)).one_or_none()


def in_hand(session: Session, system: str, now: datetime) -> int:
    """How many searches of a system are in a worker's hands now."""
    held = Step.lease_until.between(now, now + leases.LONGEST)
    wanted = select(func.count()).where(Step.system == system, held)
    return session.scalar(wanted) or 0


def put_off(session: Session, step_id: str, until: datetime) -> None:
    """Let a step that nobody has in hand wait; its tries are not counted."""
    unheld = (Step.id == step_id, Step.outcome.is_(None), Step.lease_until.is_(None))
    session.execute(update(Step).where(*unheld).values(next_at=until))


def wake(session: Session, system: str, now: datetime) -> None:
    """Let the searches that wait for another try of a system be tried now."""
    waiting = (
        Step.system == system,
        Step.outcome.is_(None),
        Step.needs_person.is_(False),
        Step.lease_until.is_(None),
        Step.next_at > now,
    )
    session.execute(update(Step).where(*waiting).values(next_at=now))


def take_if_mine(session: Session, step_id: str, fence: int, values: dict[str, Any]) -> Step | None:
    """Write values of a step while the fence is still ours, and hold it; None: it is not."""
    writing = update(Step).where(Step.id == step_id, Step.fence == fence).values(**values)
    options = {"populate_existing": True, "synchronize_session": False}
    return session.scalars(writing.returning(Step).execution_options(**options)).one_or_none()


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of steps that wait for a worker, oldest first, with room for every system."""
    place = func.row_number().over(partition_by=Step.system, order_by=Step.next_at)
    waiting = (
        select(Step.id, Step.next_at, place.label("place"))
        .where(*leases.waiting(Step, now), Step.needs_person.is_(False))
        .subquery()
    )
    wanted = select(waiting.c.id).order_by(waiting.c.place, waiting.c.next_at)
    return list(session.scalars(wanted.limit(limit)))


def next_due(session: Session, now: datetime, system: str) -> str | None:
    """The step of one system that has waited longest, or None."""
    also = (Step.needs_person.is_(False), Step.system == system)
    return next(iter(leases.due(session, Step, now, 1, *also)), None)


def of_request(session: Session, request_id: str, run: int | None = None) -> list[Step]:
    """All steps of a request (of one search run, if given), oldest first."""
    wanted = select(Step).where(Step.request_id == request_id).order_by(Step.id)
    found = held.once(session, Step, request_id, lambda: session.scalars(wanted).all())
    return [step for step in found if run is None or step.run == run]


#: how far a search is: the entries of its cursor that mean something only with what it found
_PLACE = frozenset({"dataset", "after", "agrees", "person", "said"})


def forget_found(session: Session, step: Step) -> None:
    """Unname what a step has found so far and where it was; it begins from the beginning.

    The sealed bytes go with the request's key.
    """
    session.execute(delete(Segment).where(Segment.step_id == step.id))
    step.counts = {}
    step.cursor = {name: value for name, value in step.cursor.items() if name not in _PLACE}


def segments_of(session: Session, step_id: str) -> list[Segment]:
    """The pieces of a step's archive in order."""
    wanted = select(Segment).where(Segment.step_id == step_id).order_by(Segment.number)
    return list(held.once(session, Segment, step_id, lambda: session.scalars(wanted).all()))
