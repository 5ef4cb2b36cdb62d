"""Wrapped data keys: one a request, one for the house. Shredding empties the row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Id, Row, new_id

HOUSE = "house"


class DataKey(Row):
    """A data key wrapped by a key-encryption key; `wrapped` is None once it is destroyed."""

    __tablename__ = "data_keys"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kek_id: Mapped[str] = mapped_column(String(40), index=True)
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


def not_under(session: Session, kek_id: str, limit: int) -> list[DataKey]:
    """Living keys that are wrapped by another key-encryption key than the current one."""
    wanted = select(DataKey).where(DataKey.wrapped.is_not(None), DataKey.kek_id != kek_id)
    return list(session.scalars(wanted.order_by(DataKey.id).limit(limit)))
