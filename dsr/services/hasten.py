"""Trying a batch again now, when whoever mended its system does not want to wait."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import NotAllowed, NotReady
from dsr.db.plans import Batch, Plan
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case
from dsr.services.case import Told, Who
from dsr.services.office import Office


def batch(session: Session, office: Office, row: SubjectRequest, one: Batch, who: Who) -> None:
    """Let a worker try a batch at once. All that a call asks for is asked again before it."""
    if not who.has("officer") or who.staff_id is None:
        raise NotAllowed("Only a privacy officer may do this.")
    plan = session.get_one(Plan, one.plan_id)
    waits = one.outcome is None and one.trouble and one.lease_until is None
    if not waits or plan.begun_at is None or plan.ended_how:
        raise NotReady("This is not waiting to be tried again.")
    one.next_at, one.needs_person = office.now(), False
    body = {"system": one.system, "batch": one.id}
    case.tell(session, office, row, Told(who=who, action=Action.BATCH_RETRIED, body=body))
    session.info.setdefault("to_change", []).append(one.id)
