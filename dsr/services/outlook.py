"""What deciding on an item would lead to: the proposal, the plan as it would be, the way it takes.

The desk shows it, and decides on exactly what was shown: facts and judgements of a colleague that
came in meanwhile make the page stale, just as other data do (T76).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

import orjson
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput, ChangedMeanwhile
from dsr.core.request import Decision
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.errors import LawError
from dsr.services import resolve, review, stages, weighing, weight
from dsr.services.case import Who
from dsr.services.office import Office
from dsr.services.planning import Drawn
from dsr.services.resolve import Resolution
from dsr.services.weighing import Weighed


@dataclass(frozen=True, kw_only=True)
class Way:
    """What follows on a decision: a second person, days of cooling off; then systems change."""

    decision: Decision | None
    second_person: bool
    cools_off: bool


def mark(session: Session, office: Office, row: SubjectRequest, item: RequestItem) -> str:
    """A hash over all that a decision rests on: the data, the facts, the judgements, the day."""
    told = {name: item.facts.get(name) for name in ("said", "judged", "kept", "signed", "proofs")}
    seen = [review.review_digest(session, row), row.level, office.today().isoformat(), told]
    return sha256(orjson.dumps(seen, option=orjson.OPT_SORT_KEYS)).hexdigest()


def decide(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    made: Resolution,
    who: Who,
) -> RequestItem:
    """Decide on what was shown; `made.seen` is the `mark` of the page."""
    row = subject_requests.by_id(session, what[0].id, lock=True)
    item = stages.item_of(row, what[1].id)
    if made.seen != mark(session, office, row, item):
        raise ChangedMeanwhile("The data or the facts changed since you looked. Look again.")
    bound = replace(made, seen=review.review_digest(session, row))
    try:
        return resolve.resolve(session, office, (row, item), bound, who)
    except LawError as error:
        raise BadInput("facts", str(error)) from None


def way(
    office: Office,
    asked: tuple[Wish, RequestItem],
    weighed: tuple[Weighed, ...],
    drawn: Drawn,
) -> Way:
    """What a decision as proposed would lead to. A rectification has nothing drawn yet."""
    wish, item = asked
    verbs = [job.verb for job in drawn.jobs]
    decision = weighing.outcome_of(weighed)
    if decision is not None and drawn.lines:
        decision = weight.decision_of(drawn.lines)
    refused = decision is Decision.REFUSED
    return Way(
        decision=decision,
        second_person=refused or weight.needs_second(office, wish, verbs),
        cools_off=weight.cools_off(office, wish, item, verbs),
    )
