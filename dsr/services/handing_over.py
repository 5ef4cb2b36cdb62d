"""Asking a person later, when a plan began before their turn could come.

A plan that waits for the copy of its request, or whose approval ended meanwhile, has nothing that
a worker would come back to once only work by hand is left.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.db import plans, subject_requests
from dsr.db.plans import Batch, Plan
from dsr.services import beginning, changing, one_by_one, permitted, stages
from dsr.services.office import Office

AT_ONCE = 1000


def look_again(session: Session, office: Office) -> int:
    """Hand over what waits for a person and may be done now; how many batches there were."""
    wanted = select(Batch.id, Batch.request_id).join(Plan, Plan.id == Batch.plan_id)
    waiting = wanted.where(
        Plan.begun_at.is_not(None),
        Plan.ended_how == "",
        Batch.needs_person.is_(True),
        Batch.acting_at.is_(None),
        Batch.outcome.is_(None),
    )
    found = session.execute(waiting.order_by(Batch.request_id).limit(AT_ONCE)).all()
    return one_by_one.each(session, "hand", found, lambda one: _looked_at(session, office, *one))


def _looked_at(session: Session, office: Office, batch_id: str, request_id: str) -> bool:
    row = subject_requests.by_id(session, request_id, lock=True)
    batch, plan = plans.with_plan(session, batch_id)
    if plan.ended_how or batch.outcome is not None or batch.acting_at is not None:
        return False
    item = stages.item_of(row, batch.item_id)
    verdict = permitted.verdict(session, office, permitted.Case(row, item, plan, batch))
    if verdict.may:
        batch.acting_at = office.now()
        beginning.ask_processor(session, office, batch)
    elif verdict.wait is None:
        changing.back_to_review(session, office, (row, item), verdict.why)
    return verdict.may
