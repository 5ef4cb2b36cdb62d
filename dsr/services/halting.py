"""Stopping a plan that is being carried out: nothing more is begun, and the item is reviewed anew.

What a system has done by then stays done and is accounted for; a call that is under way keeps its
receipt. Nobody has to agree with it: stopping destroys nothing.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, NotAllowed, NotReady
from dsr.core.stages import Stage
from dsr.db import plans, subject_requests
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import afterwards, case, planning, stages, weighing
from dsr.services.case import Told, Who
from dsr.services.office import Office

ROLES = ("officer", "approver", "clinician")


def can_be_halted(session: Session, item: RequestItem) -> bool:
    """Whether a plan of this item is being carried out."""
    return Stage(item.stage) is Stage.EXECUTING and plans.current(session, item.id) is not None


def halt(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    why: str,
    who: Who,
) -> None:
    """Stop a plan; everything is searched again, so that the officer sees what is left."""
    row = subject_requests.by_id(session, what[0].id, lock=True)
    item = stages.item_of(row, what[1].id)
    if who.staff_id is None or not any(who.has(role) for role in ROLES):
        raise NotAllowed("Only who works on requests may stop a plan.")
    if not can_be_halted(session, item):
        raise NotReady("Nothing is being carried out here.")
    if len(why.strip()) < weighing.SHORTEST:
        raise BadInput("why", "Write why you stop it, in a sentence that somebody else can follow.")
    plan = planning.end(session, office, (row, item), "halted", who)
    body = {"item": item.id, "plan": plan.id if plan else None, "why": "halted"}
    told = Told(who=who, action=Action.PLAN_CHANGED, body=body, text=why.strip())
    case.tell(session, office, row, told)
    stages.move(session, office, item, Stage.REVIEWING, who)
    afterwards.search_afresh(session, office, row, item)
