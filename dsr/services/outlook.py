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
from dsr.core.plans import AT_REST, PlanLine, Treatment
from dsr.core.request import Decision
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.errors import LawError
from dsr.law.identity import Gate
from dsr.services import resolve, review, stages, weighing
from dsr.services.case import Who
from dsr.services.office import Office
from dsr.services.resolve import Resolution
from dsr.services.weighing import Weighed

#: what cannot be undone
_FOR_GOOD = frozenset({Treatment.ERASE, Treatment.EMPTY, Treatment.CORRECT})
_ERASED = frozenset({Treatment.ERASE, Treatment.EMPTY})


@dataclass(frozen=True, kw_only=True)
class Way:
    """What follows on a decision: a second person, days of cooling off; then systems change."""

    decision: Decision | None
    second_person: bool
    cools_off: bool


def mark(session: Session, office: Office, row: SubjectRequest, item: RequestItem) -> str:
    """A hash over all that a decision rests on: the data, the facts, the judgements, the day."""
    told = {name: item.facts.get(name) for name in ("said", "judged", "kept", "signed")}
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
    lines: tuple[PlanLine, ...],
) -> Way:
    """What a decision as proposed would lead to. For a rectification the lines are still none."""
    wish, item = asked
    gates = weighing.needed(office.register, wish).gates
    does = {line.treatment for line in lines} - AT_REST
    decision = _expected(weighed, lines)
    weighty = bool(does & _FOR_GOOD) or (Gate.TWO_PERSONS in gates and bool(does))
    waits = Gate.COOLING_OFF in gates or Gate.TWO_PERSONS in gates
    cools = bool(does & _ERASED) and waits and not item.facts.get("cooled")
    return Way(
        decision=decision,
        second_person=weighty or decision is Decision.REFUSED,
        cools_off=cools and bool(office.terms.cool_off),
    )


def _expected(weighed: tuple[Weighed, ...], lines: tuple[PlanLine, ...]) -> Decision | None:
    decision = weighing.outcome_of(weighed)
    if decision is None or not lines:
        return decision
    rests = [line.treatment in AT_REST for line in lines]
    if not any(rests):
        return Decision.GRANTED
    return Decision.REFUSED if all(rests) else Decision.PARTLY
