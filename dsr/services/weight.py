"""What weighs on a decision that changes something: its outcome, a second person, cooling off.

The desk shows it before, and the decision rests on it: one rule for both.
"""

from __future__ import annotations

from collections.abc import Iterable

from dsr.core.plans import AT_REST, PlanLine
from dsr.core.request import DESTRUCTIVE, Decision, Verb
from dsr.core.wishes import Wish
from dsr.db.subject_requests import RequestItem
from dsr.law.identity import Gate
from dsr.services import weighing
from dsr.services.office import Office


def decision_of(lines: Iterable[PlanLine]) -> Decision:
    """What a plan really does: a retention that keeps something makes a grant partial."""
    rests = [line.treatment in AT_REST for line in lines]
    if not rests:
        return Decision.NOTHING_HELD
    if not any(rests):
        return Decision.GRANTED
    return Decision.REFUSED if all(rests) else Decision.PARTLY


def needs_second(office: Office, wish: Wish, verbs: Iterable[Verb]) -> bool:
    """Whether two persons are needed: by the table of gates, and for all that is not undone."""
    asked = set(verbs)
    gates = weighing.needed(office.register, wish).gates
    return bool(asked & DESTRUCTIVE) or (Gate.TWO_PERSONS in gates and bool(asked))


def cools_off(office: Office, wish: Wish, item: RequestItem, verbs: Iterable[Verb]) -> bool:
    """An erasure cools off once; a plan that came back with differences did so before."""
    if item.facts.get("cooled") or not office.terms.cool_off:
        return False
    gates = weighing.needed(office.register, wish).gates
    return Verb.ERASE in set(verbs) and (Gate.COOLING_OFF in gates or Gate.TWO_PERSONS in gates)
