"""Withdrawal of consent in the app acts at once: the use stops, and nothing is erased by it.

As easy as giving it, and without waiting for anybody (Art. 7(3)). Stopping can be undone; the
erasure that follows from it is planned as an item of its own, with its approval and cooling off.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.core.wishes import Wish
from dsr.db.columns import new_id
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import (
    beginning,
    case,
    drawing,
    found,
    plan,
    planning,
    propose,
    stages,
    weighing,
    wishes,
)
from dsr.services.case import PATIENT, SYSTEM, Told
from dsr.services.office import Office
from dsr.services.planning import About

#: the law's word for an erasure that a withdrawal brings with it (Art. 17(1)(b))
FOLLOWS = "erase_if_no_other_basis"
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
    item.grounds = list(dict.fromkeys(code for one in weighed for code in one.settled.grounds))
    item.frozen_digest = found.digest(session, row)
    item.facts = {**item.facts, "release": row.level, "run": row.run, "at_once": True}
    body = {"item": item.id, "decision": decision, "grounds": item.grounds}
    case.tell(session, office, row, Told(who=PATIENT, action=Action.DECIDED, body=body))
    made = planning.freeze(session, office, about, drawn, PATIENT)
    stages.move(session, office, item, Stage.EXECUTING, SYSTEM)
    beginning.begin(session, office, (row, item), made)
    return True


def plan_what_follows(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem
) -> RequestItem | None:
    """The erasure that a carried out withdrawal brings with it, as a planned item; None if none.

    It is searched and decided like any other; no rule starts it by itself.
    """
    weighed = weighing.weighed(session, office, row, item)
    ended = [one.activity for one in weighed if FOLLOWS in one.proposal.actions and one.acts]
    asked = [wishes.of(session, office, row, one) for one in row.items if _erases(one)]
    named = [name for name in ended if not any(covers(office, wish, name) for wish in asked)]
    if not named:
        return None
    wish = Wish(
        right=Right.ERASURE,
        data={"what": ["other"], "reason": "withdrawn", "understood": True, "activities": named},
    )
    made = wishes.new_item(case.case_key(session, office, row), wish)
    made.id, made.request_id = made.id or new_id(), row.id
    row.items.append(made)
    session.flush()
    for to in (Stage.IDENTIFYING, Stage.SEARCHING):
        stages.move(session, office, made, to, SYSTEM)
    row.scope = wishes.scope((wish,), row.scope) if row.scope != ["all"] else row.scope
    row.run += 1
    plan.search_all(session, office, row)
    return made


def covers(office: Office, wish: Wish, activity: str) -> bool:
    """Whether an erasure is about all that is kept for an activity, and not of another part."""
    kept = [
        dataset
        for system in office.register.systems
        for dataset in system.datasets
        if propose.activity_of(dataset) == activity
    ]
    return all(wishes.about(wish, dataset, plan.group_of(dataset)) for dataset in kept)


def _erases(item: RequestItem) -> bool:
    stopped = (Decision.WITHDRAWN, Decision.REFUSED, Decision.NOT_PROVED)
    return item.right == Right.ERASURE and not item.part and item.decision not in stopped
