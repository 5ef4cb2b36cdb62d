"""Withdrawal of consent in the app acts at once: the use stops, and nothing is erased by it.

As easy as giving it, and without waiting for anybody (Art. 7(3)). Stopping can be undone; the
erasure that follows from it is planned as an item of its own (`withdrawing`).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import (
    carrying_out,
    case,
    drawing,
    found,
    planning,
    stages,
    weighing,
    wishes,
)
from dsr.services.case import PATIENT, SYSTEM, Told
from dsr.services.office import Office
from dsr.services.planning import About

_BEFORE = (Stage.SEARCHING, Stage.REVIEWING)


def at_once(session: Session, office: Office, row: SubjectRequest) -> int:
    """Carry out the withdrawals of a request that was proved in the app; how many began.

    As soon as the leading system said who it is: the others could not be told whose use stops.
    """
    if not Level(row.level).reaches(Level.IA3) or row.level_how != "app":
        return 0
    leading = office.register.identity_system.id
    if leading not in case.open_refs(case.case_key(session, office, row), row):
        return 0
    asked = [item for item in row.items if item.right == Right.WITHDRAWAL]
    return sum(_began(session, office, row, item) for item in asked)


def _began(session: Session, office: Office, row: SubjectRequest, item: RequestItem) -> bool:
    if Stage(item.stage) not in _BEFORE:
        return False
    weighed = weighing.weighed(session, office, row, item)
    decision = weighing.outcome_of(weighed)
    if decision is None or not any(one.acts for one in weighed):
        return False  # a person has to look first
    if Stage(item.stage) is Stage.SEARCHING:
        stages.move(session, office, item, Stage.REVIEWING, SYSTEM)
    stages.move(session, office, item, Stage.DECIDING, PATIENT)
    wish = wishes.of(session, office, row, item)
    about = About(row=row, item=item, wish=wish)
    drawn = drawing.draw(session, office, about, weighed)
    item.decision, item.decided_at = decision, office.now()
    item.grounds = weighing.grounds_of(weighed)
    item.frozen_digest = found.digest(session, row)
    item.facts = {**item.facts, "release": row.level, "run": row.run, "at_once": True}
    body = {"item": item.id, "decision": decision, "grounds": item.grounds}
    case.tell(session, office, row, Told(who=PATIENT, action=Action.DECIDED, body=body))
    made = planning.freeze(session, office, about, drawn, PATIENT)
    stages.move(session, office, item, Stage.EXECUTING, SYSTEM)
    carrying_out.start(session, office, (row, item), made)
    return True
