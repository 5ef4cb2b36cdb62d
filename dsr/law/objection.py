"""Objection (Art. 21): against 6(1)(e) and (f), marketing and research; elsewhere another way."""

from __future__ import annotations

from dsr.law.case import Case, Rule
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.rights import Basis, Nature

_BALANCED = (Basis.LEGITIMATE_INTEREST, Basis.PUBLIC_TASK)
_DUTIES = (Basis.LEGAL_OBLIGATION, Basis.VITAL_INTERESTS)


def marketing_always_stops(case: Case) -> Proposal | None:
    """Against direct marketing the objection is absolute, and at once (Art. 21(2)-(3))."""
    if case.basis is not Basis.DIRECT_MARKETING:
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:21(2)", "GDPR:21(3)"),
        actions=("suppression_list", "stop_processing", "confirm"),
    )


def research_stops(case: Case) -> Proposal | None:
    """A patient's objection ends handing on for research (Art. 21(6); BW 7:458(2)(c))."""
    if case.nature is not Nature.RESEARCH and case.basis is not Basis.SCIENTIFIC_RESEARCH:
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:21(6)", "BW:7:458(2)(c)"),
        actions=("exclude_from_extraction", "instruct_processor", "confirm"),
    )


def consent_is_withdrawn_instead(case: Case) -> Proposal | None:
    """Against consent there is no objection; withdrawing it is offered (Art. 21(1), 7(3))."""
    if case.basis not in (Basis.CONSENT, Basis.CONSENT_OR_CONTRACT):
        return None
    sure = case.basis is Basis.CONSENT
    return Proposal(
        outcome=Outcome.REFUSE,
        grounds=("GDPR:21(1)", *(("GDPR:7(3)",) if sure else ())),
        actions=(
            "offer_consent_withdrawal",
            *(() if sure else ("offer_account_closure",)),
            "explain_consequences",
        ),
    )


def a_contract_is_ended_instead(case: Case) -> Proposal | None:
    """Against a contract there is no objection; closing the account is offered (Art. 21(1))."""
    if case.basis is not Basis.CONTRACT:
        return None
    return Proposal(
        outcome=Outcome.REFUSE,
        grounds=("GDPR:21(1)", "GDPR:6(1)(b)"),
        actions=("offer_account_closure", "explain_consequences"),
    )


def a_duty_is_no_choice(case: Case) -> Proposal | None:
    """Against a legal obligation there is no objection; sharing may be stopped (Art. 21(1))."""
    if case.basis not in _DUTIES:
        return None
    care = ("offer_withdraw_sharing", "offer_masking_in_his") if case.about_care else ()
    basis = "GDPR:6(1)(c)" if case.basis is Basis.LEGAL_OBLIGATION else "GDPR:6(1)(d)"
    return Proposal(outcome=Outcome.REFUSE, grounds=("GDPR:21(1)", basis), actions=care)


def our_grounds_compel(case: Case) -> Proposal | None:
    """We may go on only on grounds that we show to compel; the DPO signs them (Art. 21(1))."""
    if case.basis not in _BALANCED or not case.says("controller_compelling_grounds"):
        return None
    return Proposal(
        outcome=Outcome.REFUSE,
        grounds=("GDPR:21(1)", "GDPR:12(4)"),
        actions=("human_decision", "dpo_decides"),
    )


def the_situation_was_stated(case: Case) -> Proposal | None:
    """Reasons were given and we show none that compel: it stops (Art. 21(1))."""
    if case.basis not in _BALANCED or not case.says("situation", "stated"):
        return None
    if not case.denies("controller_compelling_grounds"):
        return None
    figures = case.nature is Nature.STATISTICS
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:21(1)",),
        actions=(*(("exclude_from_input",) if figures else ()), "stop_processing", "confirm"),
    )


def weigh_the_interests(case: Case) -> Proposal | None:
    """A person weighs the interests; restricted meanwhile (Art. 21(1), 18(1)(d))."""
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("GDPR:21(1)", "GDPR:18(1)(d)"),
        actions=("dpo_decides", "restrict_meanwhile"),
        question="do_our_grounds_override"
        if case.says("situation", "stated")
        else "what_is_the_situation",
        asks=Asks.DPO,
    )


RULES: tuple[Rule, ...] = (
    marketing_always_stops,
    research_stops,
    consent_is_withdrawn_instead,
    a_contract_is_ended_instead,
    a_duty_is_no_choice,
    our_grounds_compel,
    the_situation_was_stated,
    weigh_the_interests,
)
