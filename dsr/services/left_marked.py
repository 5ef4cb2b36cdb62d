"""Marks of restriction that a plan left behind: in force until somebody lifts them (Art. 18).

A plan that ends half-way, because the data changed or the person took it back, has marked some
items already. Without a row of their own nobody would know of these marks, and none would go.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.request import Verb
from dsr.db import plans
from dsr.db.columns import new_id
from dsr.db.holds import Restriction
from dsr.db.plans import Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import case, stages, wishes
from dsr.services.case import SYSTEM, Told
from dsr.services.office import Office


def put(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], plan: Plan
) -> None:
    """Note that what a plan marked is restricted, if it marked or may have marked anything."""
    row, item = what
    batches = plans.batches(session, plan.id)
    if not any(one.verb == Verb.RESTRICT and one.acting_at for one in batches):
        return
    made = Restriction(
        id=new_id(),
        practice=row.practice,
        request_id=row.id,
        item_id=item.id,
        plan_id=plan.id,
        ground=str(wishes.of(session, office, row, item).data["ground"]),
        since=office.now(),
        review_on=office.today() + office.terms.restriction_review,
    )
    _replace(session, office, made)
    session.add(made)
    body = {"item": item.id, "restriction": made.id, "ground": made.ground}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.RESTRICTED, body=body))


def lifted(session: Session, office: Office, row: SubjectRequest, done: Plan) -> bool:
    """Note that a lifting plan came to its end; False for any other plan."""
    wanted = select(Restriction).where(Restriction.lifting_plan_id == done.id)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        return False
    found.lifted_at = office.now()
    item = stages.item_of(row, found.item_id)
    item.facts = {**item.facts, "lifting": "lifted"}
    return True


def _replace(session: Session, office: Office, made: Restriction) -> None:
    """What an earlier plan of the item marked is in the newer one, if it covers the same places."""
    wanted = select(Restriction).where(
        Restriction.item_id == made.item_id, Restriction.lifted_at.is_(None)
    )
    for before in session.scalars(wanted).all():
        if _places(session, before.plan_id) <= _places(session, made.plan_id):
            before.lifted_at = office.now()


def _places(session: Session, plan_id: str) -> set[tuple[str, str]]:
    batches = plans.batches(session, plan_id)
    return {(one.system, one.dataset) for one in batches if one.verb == Verb.RESTRICT}
