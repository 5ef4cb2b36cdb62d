"""Restriction (Art. 18): four grounds, no others; it stops every automatic erasure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dsr.law.case import Case, Rule
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.rights import Nature

#: the four grounds of Art. 18(1), by the fact that names them
GROUNDS: Mapping[str, str] = MappingProxyType(
    {
        "accuracy_contested": "GDPR:18(1)(a)",
        "unlawful_opposes_erasure": "GDPR:18(1)(b)",
        "needed_for_claim": "GDPR:18(1)(c)",
        "objection_pending": "GDPR:18(1)(d)",
    }
)
_JUDGED = (Nature.CARE_FILE, Nature.CARE_COPY, Nature.FINANCE)
_MARK = (
    "mark_restricted",
    "stop_auto_deletion",
    "inform_before_lifting",
    "notify_recipients_art19",
)

#: an allergy that is hidden kills: a contested entry stays in sight, marked as contested
_IN_SIGHT = ("flag_contested", "professional_confirms")


def no_other_ground(case: Case) -> Proposal | None:
    """Outside (a)-(d) there is no restriction; in the file, masking is offered (Art. 18(1))."""
    if not case.says("ground", "none"):
        return None
    masked = ("offer_masking_in_his",) if case.about_care else ()
    return Proposal(outcome=Outcome.REFUSE, grounds=("GDPR:18(1)",), actions=masked)


def which_ground(case: Case) -> Proposal | None:
    """Which of the four grounds it is has to be known first (Art. 18(1))."""
    if "ground" in case.facts:
        return None
    care = case.about_care
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("GDPR:18(1)", *GROUNDS.values()),
        actions=_IN_SIGHT if care else ("restrict_meanwhile",),
        question="which_ground_of_restriction",
        asks=Asks.CLINICIAN if care else Asks.OFFICER,
    )


def care_stays_safe(case: Case) -> Proposal | None:
    """In a file or in books a person judges how to mark it and keep care safe (Art. 18(1)-(2))."""
    if case.nature not in _JUDGED:
        return None
    care = case.about_care
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=(*_ground(case), "GDPR:18(2)", *(("BW:7:453",) if care else ())),
        actions=(*_MARK, *(_IN_SIGHT if care else ("restrict_meanwhile",))),
        question="how_to_restrict_safely",
        asks=Asks.CLINICIAN if care else Asks.OFFICER,
    )


def a_ground_is_there(case: Case) -> Proposal | None:
    """With a ground it is only stored: marked, and no purge takes it (Art. 18(1)-(3))."""
    return Proposal(outcome=Outcome.GRANT, grounds=(*_ground(case), "GDPR:18(2)"), actions=_MARK)


def _ground(case: Case) -> tuple[str, ...]:
    return (GROUNDS[str(case.facts["ground"])],)


RULES: tuple[Rule, ...] = (
    no_other_ground,
    which_ground,
    care_stays_safe,
    a_ground_is_there,
)
