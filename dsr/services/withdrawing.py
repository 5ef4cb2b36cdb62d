"""The erasure that follows on a withdrawal of consent: an item of its own (Art. 17(1)(b)).

It is planned with its approval and its days of cooling off; stopping the use waits for none of it.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.core.wishes import Wish
from dsr.db.columns import new_id
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import case, plan, propose, stages, weighing, wishes
from dsr.services.case import SYSTEM
from dsr.services.office import Office

#: the law's word for an erasure that a withdrawal brings with it (Art. 17(1)(b))
FOLLOWS = "erase_if_no_other_basis"


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
