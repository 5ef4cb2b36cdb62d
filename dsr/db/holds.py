"""Holds: what must not be purged while a request is pending; and restrictions that are in force."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Id, Row, new_id


class Hold(Row):
    """A dataset of one person that is kept from purging since a request came in.

    `how`: `held` in the system itself, `snapshot` sealed in the vault under a key of its own
    (`data_key_id`), `waiting` until a system answers, `none` with the reason in `why` (a code).
    """

    __tablename__ = "holds"
    __table_args__ = (UniqueConstraint("request_id", "system", "dataset", name="uq_holds_dataset"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    system: Mapped[str] = mapped_column(String(40))
    dataset: Mapped[str] = mapped_column(String(40))
    how: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(String(40), default="")
    ref_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey("data_keys.id"))
    blob: Mapped[str] = mapped_column(String(200), default="")
    placed_at: Mapped[datetime]
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
