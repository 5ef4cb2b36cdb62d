"""When a plan begins: at once, after its days of cooling off, and in the order of its phases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.stages import Stage
from dsr.db import plans, subject_requests
from dsr.db.plans import Batch, Plan, Slot
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import case, notify, one_by_one, permitted, processor_task, stages
from dsr.services.case import SYSTEM, Told
from dsr.services.office import Office

AT_ONCE = 100


def begin(session: Session, office: Office, plan: Plan) -> None:
    """Begin a plan whose item is executing: what has its turn may be worked on."""
    plan.begun_at = office.now()
    ring_for(session, open_phase(session, office, plan.id))


def ring_for(session: Session, opened: Sequence[Slot]) -> None:
    """One hand for each system, which goes on by itself; where that takes long, others join.

    The sweeper rings for all that is still due: it would be lost on a system that answers at once.
    """
    first = {one.system: one.id for one in reversed(opened) if is_free(one)}
    session.info.setdefault("to_change", []).extend(first.values())


def is_free(slot: Slot) -> bool:
    """Whether a worker may take a batch whose turn it is."""
    return not slot.needs_person and slot.lease_until is None


def cool_off(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], plan: Plan
) -> None:
    """Let an approved erasure wait; the person hears of it at the address on file (T86)."""
    row, item = what
    plan.cool_until = office.now() + office.terms.cool_off
    stages.move(session, office, item, Stage.COOLING_OFF, SYSTEM)
    body = {"item": item.id, "plan": plan.id, "until": plan.cool_until.isoformat()}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.COOLING_OFF, body=body))
    notify.erasure_planned(session, office, row, plan)


def any_cooled(session: Session, now: datetime) -> bool:
    """Whether a plan's days of cooling off are over and it has not begun."""
    wanted = select(Plan.id).where(
        Plan.cool_until <= now, Plan.begun_at.is_(None), Plan.ended_how == ""
    )
    return session.scalars(wanted.limit(1)).first() is not None


def begin_cooled(session: Session, office: Office, now: datetime) -> int:
    """Begin the plans whose days of cooling off are over; how many."""
    wanted = select(Plan.id, Plan.request_id).where(
        Plan.cool_until <= now, Plan.begun_at.is_(None), Plan.ended_how == ""
    )
    # In one order, so that two sweepers wait for each other and do not lock each other out.
    found = session.execute(wanted.order_by(Plan.request_id).limit(AT_ONCE)).all()
    return one_by_one.each(session, "cooled", found, lambda one: _cooled(session, office, *one))


def _cooled(session: Session, office: Office, plan_id: str, request_id: str) -> bool:
    row = subject_requests.by_id(session, request_id, lock=True)
    plan = session.get_one(Plan, plan_id, populate_existing=True)
    item = stages.item_of(row, plan.item_id)
    if Stage(item.stage) is not Stage.COOLING_OFF or plan.begun_at is not None or plan.ended_how:
        return False
    item.facts = {**item.facts, "cooled": True}
    stages.move(session, office, item, Stage.EXECUTING, SYSTEM)
    begin(session, office, plan)
    return True


def open_phase(session: Session, office: Office, plan_id: str) -> list[Slot]:
    """Let what has its turn be worked on; its batches, none when there is nothing to open.

    A dataset after the other; what a person does goes on beside that, and the sign-in waits for
    all: without it the person could not follow what happens.
    """
    session.flush()
    waiting = [one for one in plans.outline(session, plan_id) if one.outcome is None]
    opened = _have_their_turn(office, waiting)
    for one in opened:
        if one.needs_person:
            _hand_over(session, office, session.get_one(Batch, one.id))
    plans.open_now(session, [one.id for one in opened if is_free(one)], office.now())
    return opened


def _have_their_turn(office: Office, waiting: list[Slot]) -> list[Slot]:
    looks = [one for one in waiting if one.phase == 0]
    if looks:
        return looks
    before_login = [one for one in waiting if not permitted.is_login(office, one.system)]
    mine = before_login or waiting
    by_machine = [one for one in mine if not one.needs_person]
    first = min((one.phase for one in by_machine), default=0)
    by_hand = [one for one in mine if one.needs_person and one.acting_at is None]
    return [*(one for one in by_machine if one.phase == first), *by_hand]


def _hand_over(session: Session, office: Office, batch: Batch) -> None:
    """A person is asked, now that the approval holds; who answers later need not be approved."""
    row = subject_requests.by_id(session, batch.request_id, lock=True)
    plan, item = session.get_one(Plan, batch.plan_id), stages.item_of(row, batch.item_id)
    if permitted.verdict(session, office, permitted.Case(row, item, plan, batch)).may:
        batch.acting_at = office.now()
        ask_processor(session, office, batch)


def ask_processor(session: Session, office: Office, batch: Batch) -> None:
    """Mail a batch that waits for a person to its processor, where that is how it is reached."""
    if office.register.system(batch.system).mail_to:
        processor_task.create_for_batch(session, office, batch)
