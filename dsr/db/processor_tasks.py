"""Tasks for a processor without an API: mailed with a one-time form, reminded, proved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Id, Row, new_id


class ProcessorTask(Row):
    """One task for one processor. `subject_of` is a batch or a search step; its answer settles it.

    The mail holds a number and a link, never who it is about; the form opens that once the
    one-time token and the code from a second mail are there.
    """

    __tablename__ = "processor_tasks"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    practice: Mapped[str] = mapped_column(String(40))
    system: Mapped[str] = mapped_column(String(40))
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("batches.id"), index=True)
    step_id: Mapped[str | None] = mapped_column(ForeignKey("steps.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(20), default="")
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


def open_tasks(session: Session, limit: int) -> list[ProcessorTask]:
    """Tasks that wait for an answer, oldest first."""
    wanted = select(ProcessorTask).where(ProcessorTask.answered_at.is_(None))
    return list(session.scalars(wanted.order_by(ProcessorTask.made_at).limit(limit)))
