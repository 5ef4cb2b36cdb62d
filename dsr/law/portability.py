"""Portability (Art. 20): what the person gave, on consent or contract, processed by machine."""

from __future__ import annotations

from dsr.law.case import Case, Rule
from dsr.law.proposal import Outcome, Proposal
from dsr.law.rights import Basis, Nature

_PORTABLE = (Basis.CONSENT, Basis.CONTRACT, Basis.CONSENT_OR_CONTRACT)
#: tasks that the law gives, for which nobody carries data off (recital 68)
_DUTIES = (Basis.LEGAL_OBLIGATION, Basis.PUBLIC_TASK)
_COPY_INSTEAD = ("offer_access_copy", "copy_electronic")


def paper_is_outside(case: Case) -> Proposal | None:
    """Only what is processed by automated means is portable (Art. 20(1)(b))."""
    if not case.denies("automated"):
        return None
    return Proposal(
        outcome=Outcome.REFUSE, grounds=("GDPR:20(1)", "GDPR:20(1)(b)"), actions=_COPY_INSTEAD
    )


def what_the_patient_put_in_the_file(case: Case) -> Proposal | None:
    """Own entries in a file are given of our own accord (Art. 20(1), as the sector reads it)."""
    if not case.about_care or case.basis in _PORTABLE:
        return None
    if case.denies("policy_voluntary_portability") or case.says("data_origin", "professional"):
        return None
    by_policy = case.says("policy_voluntary_portability") and case.says("data_origin", "patient")
    copied = case.nature is Nature.CARE_COPY or case.activity.by_processor
    if not by_policy and not copied:
        return None
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("AVGHELPDESK:dataportabiliteit", "GDPR:20(1)"),
        actions=("copy_electronic", "offer_access_copy", "only_that_part"),
    )


def other_bases_give_a_copy(case: Case) -> Proposal | None:
    """On any other basis nothing is portable; a copy under Art. 15 is offered (Art. 20(1), (3))."""
    if case.basis in _PORTABLE:
        return None
    public = ("GDPR:20(3)",) if case.basis in _DUTIES else ()
    return Proposal(
        outcome=Outcome.REFUSE,
        grounds=("GDPR:20(1)", "GDPR:20(1)(a)", *public),
        actions=_COPY_INSTEAD,
    )


def conclusions_were_not_given(case: Case) -> Proposal | None:
    """What a professional concluded was not provided by the person (Art. 20(1))."""
    if not case.says("data_origin", "professional"):
        return None
    return Proposal(outcome=Outcome.REFUSE, grounds=("GDPR:20(1)",), actions=_COPY_INSTEAD)


def straight_to_another_controller(case: Case) -> Proposal | None:
    """Sent on directly only where that is technically feasible; else to the person (Art. 20(2))."""
    if not case.says("direct_to", "other_controller") or case.says("technically_feasible"):
        return None
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("GDPR:20(1)(a)", "GDPR:20(2)"),
        actions=("copy_electronic", "exclude_password_hash"),
    )


def others_speak_in_it_too(case: Case) -> Proposal | None:
    """What the person sent and did goes along; what others wrote does not (Art. 20(4))."""
    if case.nature not in (Nature.MESSAGES, Nature.SECURITY):
        return None
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("GDPR:20(1)", "GDPR:20(1)(a)", "GDPR:20(4)"),
        actions=("copy_electronic", "offer_access_copy"),
    )


def given_by_the_person(case: Case) -> Proposal | None:
    """What the person gave goes along in a format that machines read (Art. 20(1)(a))."""
    account = ("exclude_password_hash",) if case.nature is Nature.ACCOUNT else ()
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:20(1)", "GDPR:20(1)(a)"),
        actions=("copy_electronic", "free_of_charge", *account),
    )


RULES: tuple[Rule, ...] = (
    paper_is_outside,
    what_the_patient_put_in_the_file,
    other_bases_give_a_copy,
    conclusions_were_not_given,
    straight_to_another_controller,
    others_speak_in_it_too,
    given_by_the_person,
)
