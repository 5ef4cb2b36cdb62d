"""Carrying out what was decided: by the systems, or at once where none of them has to act."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.db import plans
from dsr.db.plans import Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import afterwards, beginning, decide
from dsr.services.office import Office


def start(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    plan: Plan | None,
) -> None:
    """Carry out the plan of an item that is executing; with no plan there is only a letter.

    A plan that asks nothing of any system (a use of none that stops) is done at once, with all
    that follows on it.
    """
    row, item = what
    if plan is None:
        decide.add_pack(session, office, row, item)
    elif plans.batches(session, plan.id):
        beginning.begin(session, office, plan)
    else:
        plan.begun_at = office.now()
        afterwards.finished(session, office, row, plan)
