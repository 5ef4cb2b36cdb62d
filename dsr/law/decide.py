"""Deciding: the ordered rules of a right, and what goes with every outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from dsr.law import (
    access,
    erasure,
    objection,
    portability,
    rectification,
    restriction,
    threshold,
    withdrawal,
)
from dsr.law.activity import Activity
from dsr.law.authority import Authority, Standing
from dsr.law.case import Case, Rule
from dsr.law.errors import UnknownValue
from dsr.law.facts import Fact, checked
from dsr.law.proposal import Outcome, Proposal
from dsr.law.rights import Right

#: the rules of each right, in the order in which they are asked; the last one always speaks
RULES: Mapping[Right, tuple[Rule, ...]] = MappingProxyType(
    {
        Right.ACCESS: access.RULES,
        Right.RECTIFICATION: rectification.RULES,
        Right.ERASURE: erasure.RULES,
        Right.RESTRICTION: restriction.RULES,
        Right.PORTABILITY: portability.RULES,
        Right.OBJECTION: objection.RULES,
        Right.WITHDRAWAL: withdrawal.RULES,
    }
)
#: outcomes that do not act, wholly or in part: reasons in writing (Art. 12(4))
NOT_ACTED_ON = frozenset({Outcome.REFUSE, Outcome.PARTLY, Outcome.NOT_APPLICABLE})
_ACTED_ON = frozenset({Outcome.GRANT, Outcome.PARTLY})
#: outcomes that rest on the authority of the one who acts
_FOR_WHO_MAY_ACT = _ACTED_ON | {Outcome.PROFESSIONAL_JUDGEMENT}


def decide(right: Right, activity: Activity, facts: Mapping[str, object]) -> Proposal:
    """What the law proposes for this right on this activity, by the first rule that speaks.

    `facts` use the closed vocabulary; `UnknownValue` names one that does not. A fact that is not
    given is not known: without `identity` nothing is ever granted.
    """
    known = checked(facts)
    if right not in set(Right):
        raise UnknownValue("right", right, Right)
    return _decide(Right(right), activity, tuple(sorted(known.items())))


@lru_cache(maxsize=4096, typed=True)
def _decide(right: Right, activity: Activity, facts: tuple[tuple[str, Fact], ...]) -> Proposal:
    case = Case(right=right, activity=activity, facts=dict(facts))
    asked = ((rule, rule(case)) for rule in (*threshold.RULES, *RULES[right]))
    return next(_finished(case, rule, said) for rule, said in asked if said is not None)


def _finished(case: Case, rule: Rule, proposal: Proposal) -> Proposal:
    found = threshold.authority(case) if proposal.outcome in _FOR_WHO_MAY_ACT else None
    grounds = (*proposal.grounds, *(_more_grounds(case, found) if found else ()))
    actions = (*proposal.actions, *_more_actions(case, proposal, found))
    return replace(
        proposal,
        grounds=tuple(dict.fromkeys(grounds)),
        actions=tuple(dict.fromkeys(actions)),
        rule=proposal.rule or name_of(rule),
    )


def name_of(rule: Rule) -> str:
    """A rule's name as screens and pages show it: `erasure.a_duty_to_keep`."""
    return f"{rule.__module__.rpartition('.')[2]}.{rule.__name__}"


def _more_grounds(case: Case, found: Authority) -> tuple[str, ...]:
    acts_by = found.grounds if found.standing is Standing.MAY else ()
    beside = (code for name, codes in _BESIDE if name in case.facts for code in codes)
    signed_in = ("GDPR:12(6)",) if case.says("channel", "app_session") else ()  # no doubt is left
    return (*acts_by, *beside, *signed_in)


#: what a fact adds to a request that is granted: it was seen, and it does not count against it
_BESIDE = (
    ("requests_last_12_months", ("GDPR:12(5)", "CJEU:C-416/23")),  # a number alone proves nothing
    ("motive_stated", ("CJEU:C-307/22",)),  # why somebody asks is no ground to refuse
    ("pseudonymised", ("GDPR:4(1)",)),  # a pseudonym is personal data for who can link it
)


def _more_actions(case: Case, proposal: Proposal, found: Authority | None) -> tuple[str, ...]:
    actions: list[str] = []
    if found is not None and proposal.outcome in _ACTED_ON:
        actions += found.actions
        if case.activity.by_processor:
            actions.append("instruct_processor")
        if case.right is Right.ERASURE and case.says("backup_copies"):
            actions.append("suppression_list_for_restore")
    if proposal.outcome in NOT_ACTED_ON:
        actions.append("art12_4_letter")
    return tuple(actions)
