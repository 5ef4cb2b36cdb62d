"""How each system bears our calls, shared by all workers: turns, rest, and failures in a row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Row
from dsr.db.once import add_if_missing
from dsr.db.steps import Step


class SystemPace(Row):
    """One system. `free_at` is when the next turn would begin if none were saved up;
    nobody calls before `rest_until`; `failures` are searches in a row that did not get through;
    `crowded` says that a search was sent away because too many were at it.
    """

    __tablename__ = "system_paces"

    system: Mapped[str] = mapped_column(String(40), primary_key=True)
    free_at: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    crowded: Mapped[bool] = mapped_column(default=False)


def of(session: Session, system: str) -> SystemPace | None:
    """The pace of a system, to look at; None while nobody has called it."""
    return session.get(SystemPace, system, populate_existing=True)


def locked_for(session: Session, step_id: str) -> SystemPace | None:
    """The pace of a step's system, held by this transaction; None when there is no such step."""
    of_step = select(Step.system).where(Step.id == step_id).scalar_subquery()
    wanted = select(SystemPace).where(SystemPace.system == of_step).with_for_update()
    found = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        system = session.scalar(select(Step.system).where(Step.id == step_id))
        return locked(session, system) if system else None
    return found


def locked(session: Session, system: str) -> SystemPace:
    """The pace of a system, held by this transaction; made when it is not there."""
    wanted = (
        select(SystemPace)
        .where(SystemPace.system == system)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.scalars(wanted).one_or_none()
    if found is None:
        add_if_missing(session, SystemPace, system=system, failures=0, crowded=False)
        found = session.scalars(wanted).one()
    return found
