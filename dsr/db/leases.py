"""Leases and fences: whoever holds the lease works, whoever lost it is refused (design 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, String, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Id, new_id


class Leased:
    """The columns of a row that a worker takes, works on, and gives back.

    A row without an outcome is not finished. `trouble` holds a code and words without personal
    data.
    """

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    outcome: Mapped[str | None] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(300), default="")


R = TypeVar("R", bound=Leased)
#: no lease is this long: one that seems so was taken by a host whose clock is wrong (F34)
LONGEST = timedelta(minutes=15)
#: due from its making on, whatever the clock of the host says that made it (F34)
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A wish for the lease of one row: at this moment, for so long, with values to write."""

    row_id: str
    now: datetime
    lease: timedelta
    values: dict[str, Any] = field(default_factory=dict)


def waiting(table: type[R], now: datetime) -> list[ColumnElement[bool]]:
    """What holds for a row that is due and in nobody's hands."""
    return [
        table.outcome.is_(None),
        table.next_at <= now,
        or_(
            table.lease_until.is_(None),
            table.lease_until < now,
            table.lease_until > now + LONGEST,
        ),
    ]


def claim(session: Session, table: type[R], wish: Claim, *also: ColumnElement[bool]) -> R | None:
    """Take the lease (compare and set, fence + 1), or None when the row is not to be had."""
    taking = (
        update(table)
        .where(table.id == wish.row_id, *waiting(table, wish.now), *also)
        .values(
            fence=table.fence + 1,
            attempts=table.attempts + 1,
            lease_until=wish.now + wish.lease,
            **wish.values,
        )
        .returning(table)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    return session.scalars(taking).one_or_none()


def write_if_mine(
    session: Session, table: type[R], row_id: str, fence: int, values: dict[str, Any]
) -> bool:
    """Write values only while the fence is still ours; False means: somebody took over."""
    written = session.execute(
        update(table).where(table.id == row_id, table.fence == fence).values(**values)
    )
    return bool(written.rowcount == 1)  # type: ignore[attr-defined]


def due(
    session: Session, table: type[R], now: datetime, limit: int, *also: ColumnElement[bool]
) -> list[str]:
    """Ids of rows that wait for a worker, oldest first."""
    wanted = select(table.id).where(*waiting(table, now), *also)
    return list(session.scalars(wanted.order_by(table.next_at, table.id).limit(limit)))
