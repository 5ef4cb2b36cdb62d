"""Wrapped data keys: one a request, one for the house. Shredding empties the row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Id, Row, new_id

HOUSE = "house"
_DOOMED = text("destroyed_at IS NOT NULL AND wrapped IS NOT NULL")


class DataKey(Row):
    """A data key wrapped by a key-encryption key; `wrapped` is None once it is destroyed.

    `share_at` is the slot of its share in the ledger folder, which the key needs beside what is
    wrapped here; None for a key without one. `destroyed_at` is set first: from then on it opens
    nothing, and whoever comes by ends the destruction.
    """

    __tablename__ = "data_keys"
    __table_args__ = (
        Index("ix_data_keys_doomed", "id", sqlite_where=_DOOMED, postgresql_where=_DOOMED),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kek_id: Mapped[str] = mapped_column(String(40), index=True)
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    share_at: Mapped[int | None] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


def not_under(session: Session, kek_id: str, limit: int) -> list[DataKey]:
    """Living keys that are wrapped by another key-encryption key than the current one."""
    wanted = select(DataKey).where(DataKey.wrapped.is_not(None), DataKey.kek_id != kek_id)
    return list(session.scalars(wanted.order_by(DataKey.id).limit(limit)))


def doomed(session: Session, limit: int) -> list[str]:
    """Ids of keys whose destruction was decided and has not come to its end."""
    wanted = select(DataKey.id).where(
        DataKey.destroyed_at.is_not(None), DataKey.wrapped.is_not(None)
    )
    return list(session.scalars(wanted.order_by(DataKey.id).limit(limit)))
