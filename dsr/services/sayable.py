"""Which facts the desk may say about a purpose: those that would change what the law proposes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from dsr.core.register import Register
from dsr.db.subject_requests import RequestItem
from dsr.law.activity import Activity
from dsr.law.decide import decide
from dsr.law.facts import VOCABULARY, WHOLE, YES_OR_NO, Fact
from dsr.law.rights import Right
from dsr.services.weighing import PROVED_ELSEWHERE, Weighed

#: ages and counts at which rules of the law turn
_NUMBERS = (0, 1, 2, 6, 12, 16, 18, 120)


def facts_of(register: Register, right: Right, one: Weighed) -> tuple[str, ...]:
    """The facts that matter for a purpose as it stands, those that were said among them."""
    known = tuple(sorted(one.facts.items()))
    return _that_matter(right, register.activity(one.activity), known)


def said(item: RequestItem, activity: str) -> Mapping[str, Fact]:
    """What the desk said about a purpose."""
    return dict(item.facts.get("said", {}).get(activity, {}))


@lru_cache(maxsize=512)
def _that_matter(
    right: Right, activity: Activity, known: tuple[tuple[str, Fact], ...]
) -> tuple[str, ...]:
    facts = dict(known)
    names = [name for name in VOCABULARY if name not in PROVED_ELSEWHERE]
    return tuple(name for name in names if _turns(right, activity, facts, name))


def _turns(right: Right, activity: Activity, facts: Mapping[str, Fact], name: str) -> bool:
    """Whether some value of a fact, or leaving it unsaid, leads to another proposal."""
    without = {key: value for key, value in facts.items() if key != name}
    told = [without, *({**without, name: value} for value in _values(name))]
    found = {(p.outcome, p.question, p.rule) for p in (decide(right, activity, f) for f in told)}
    return len(found) > 1


def _values(name: str) -> Iterator[Fact]:
    kind = VOCABULARY[name]
    if kind is YES_OR_NO:
        yield from (True, False)
    elif kind is WHOLE:
        yield from _NUMBERS
    else:
        yield from sorted(kind)
