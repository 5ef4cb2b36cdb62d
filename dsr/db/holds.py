"""Holds: what must not be purged while a request is pending; and restrictions that are in force."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db import leases
from dsr.db.columns import Id, Row, new_id
from dsr.db.leases import Claim, Leased

#: what became of a hold: the values of `Hold.how`
WAITING, HELD, SNAPSHOT, NONE = "waiting", "held", "snapshot", "none"


class Hold(Leased, Row):
    """A dataset of one person that is kept from purging since a request came in.

    `how`: `held` in the system itself, `snapshot` sealed in the vault under a key of its own
    (`data_key_id`), `waiting` until a system answers, `none` with the reason in `why` (a code).
    It has an outcome while nobody has to do anything about it; `ending` is why it has to end, and
    `lifted_at` when it did.
    """

    __tablename__ = "holds"
    __table_args__ = (
        UniqueConstraint("request_id", "system", "dataset", name="uq_holds_dataset"),
        Index("ix_holds_due", "outcome", "next_at"),
        Index(
            "ix_holds_living",
            "request_id",
            sqlite_where=text("ending = ''"),
            postgresql_where=text("ending = ''"),
        ),
    )

    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    system: Mapped[str] = mapped_column(String(40))
    dataset: Mapped[str] = mapped_column(String(40))
    how: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(String(40), default="")
    ref_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey("data_keys.id"))
    blob: Mapped[str] = mapped_column(String(200), default="")
    placed_at: Mapped[datetime]
    ending: Mapped[str] = mapped_column(String(20), default="")
    opened_at: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]


class Restriction(Row):
    """A restriction (Art. 18) that a plan put on items; its marks are undone by `lifting_plan`.

    `told_at` is when the person heard that it ends, which comes first (Art. 18(3)). `review_on` is
    the day on which the officer looks whether it is still needed.
    """

    __tablename__ = "restrictions"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    practice: Mapped[str] = mapped_column(String(40), index=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("request_items.id"))
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    ground: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime]
    review_on: Mapped[date]
    told_at: Mapped[datetime | None]
    lifting_plan_id: Mapped[str | None] = mapped_column(ForeignKey("plans.id"))
    lifted_at: Mapped[datetime | None]


#: written out, so that the index of holds that go on serves it
NOT_ENDED = Hold.ending == literal_column("''")


def of_request(session: Session, request_id: str) -> list[Hold]:
    """The holds of a request."""
    wanted = select(Hold).where(Hold.request_id == request_id)
    return list(session.scalars(wanted.order_by(Hold.system, Hold.dataset)))


def in_force(session: Session, practices: list[str]) -> list[Restriction]:
    """Restrictions that are not lifted, those that are to be looked at first."""
    wanted = select(Restriction).where(
        Restriction.practice.in_(practices), Restriction.lifted_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Restriction.review_on, Restriction.id)))


def unsettled(session: Session, system: str, dataset: str) -> bool:
    """Whether a hold on this dataset still waits to be placed."""
    wanted = select(Hold.id).where(
        NOT_ENDED, Hold.system == system, Hold.dataset == dataset, Hold.how == WAITING
    )
    return session.scalars(wanted.limit(1)).first() is not None


def claim(session: Session, hold_id: str, now: datetime, lease: timedelta) -> Hold | None:
    """Take the lease of a hold that is due, or None."""
    return leases.claim(session, Hold, Claim(row_id=hold_id, now=now, lease=lease))


def write_if_mine(session: Session, hold_id: str, fence: int, values: dict[str, Any]) -> bool:
    """Write values of a hold only while the fence is still ours."""
    return leases.write_if_mine(session, Hold, hold_id, fence, values)


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of holds that wait for a worker, oldest first."""
    return leases.due(session, Hold, now, limit)
