"""When a plan begins: at once, after its days of cooling off, and in the order of its phases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.stages import Stage
from dsr.db import plans, subject_requests
from dsr.db.plans import Batch, Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import case, decide, notify, processor_task, stages
from dsr.services.case import SYSTEM, Told
from dsr.services.office import Office

AT_ONCE = 100


def begin(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    plan: Plan | None,
) -> None:
    """Begin a plan whose item is executing; where there is nothing to do its letter is made."""
    row, item = what
    if plan is None or not plans.batches(session, plan.id):
        if plan is not None:
            plan.begun_at = plan.ended_at = office.now()
            plan.ended_how = "done"
        decide.add_pack(session, office, row, item)
        return
    plan.begun_at = office.now()
    open_phase(session, office, plan)


def cool_off(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], plan: Plan
) -> None:
    """Let an approved erasure wait; the person hears of it at the address on file (T86)."""
    row, item = what
    plan.cool_until = office.now() + office.terms.cool_off
    stages.move(session, office, item, Stage.COOLING_OFF, SYSTEM)
    body = {"item": item.id, "plan": plan.id, "until": plan.cool_until.isoformat()}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.COOLING_OFF, body=body))
    notify.erasure_planned(session, office, row, plan.id)


def begin_cooled(session: Session, office: Office, now: datetime) -> int:
    """Begin the plans whose days of cooling off are over; how many."""
    wanted = select(Plan.id, Plan.request_id).where(
        Plan.cool_until <= now, Plan.begun_at.is_(None), Plan.ended_how == ""
    )
    begun = 0
    for plan_id, request_id in session.execute(wanted.limit(AT_ONCE)).all():
        row = subject_requests.by_id(session, request_id, lock=True)
        plan = session.get_one(Plan, plan_id, populate_existing=True)
        item = stages.item_of(row, plan.item_id)
        if Stage(item.stage) is Stage.COOLING_OFF and plan.begun_at is None and not plan.ended_how:
            item.facts = {**item.facts, "cooled": True}
            stages.move(session, office, item, Stage.EXECUTING, SYSTEM)
            begin(session, office, (row, item), plan)
            begun += 1
    return begun


def ask_processor(session: Session, office: Office, batch: Batch) -> None:
    """Mail a batch that waits for a person to its processor, where that is how it is reached."""
    if batch.needs_person and office.register.system(batch.system).mail_to:
        processor_task.create_for_batch(session, office, batch)


def open_phase(session: Session, office: Office, plan: Plan) -> list[Batch]:
    """Let the first phase that is not at its end be worked on; its batches, none when all ended."""
    waiting = [one for one in plans.batches(session, plan.id) if one.outcome is None]
    if not waiting:
        return []
    phase = min(one.phase for one in waiting)
    opened = [one for one in waiting if one.phase == phase]
    for batch in opened:
        ask_processor(session, office, batch)
        if batch.lease_until is None:
            batch.next_at = office.now()
    session.info.setdefault("to_change", []).extend(
        one.id for one in opened if not one.needs_person
    )
    return opened
