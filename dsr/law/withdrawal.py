"""Withdrawal of consent (Art. 7(3)): as easy as giving it, at once, no reason asked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dsr.law.case import Case, Rule
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.rights import Basis, Nature

#: what to cite and what to offer where the basis is another
_INSTEAD: Mapping[Basis, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        Basis.CONTRACT: ("GDPR:6(1)(b)", ("offer_account_closure",)),
        Basis.LEGAL_OBLIGATION: ("GDPR:6(1)(c)", ()),
        Basis.VITAL_INTERESTS: ("GDPR:6(1)(d)", ()),
        Basis.PUBLIC_TASK: ("GDPR:6(1)(e)", ()),
        Basis.LEGITIMATE_INTEREST: ("GDPR:6(1)(f)", ()),
        Basis.DIRECT_MARKETING: ("GDPR:21(3)", ("suppression_list", "stop_processing")),
    }
)


def without_security_no_account(case: Case) -> Proposal | None:
    """Honoured; the app cannot run without security, and statutory logs go on (Art. 7(3), 32)."""
    if case.basis is not Basis.CONSENT or case.nature is not Nature.SECURITY:
        return None
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("GDPR:7(3)", "GDPR:32", "STCRT:2019-38007"),
        actions=("close_account", "explain_consequences", "confirm", "erase_if_no_other_basis"),
    )


def consent_ends_at_once(case: Case) -> Proposal | None:
    """The processing stops at once; what was done before stays lawful (Art. 7(3), 17(1)(b))."""
    if case.basis is not Basis.CONSENT:
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:7(3)", "GDPR:17(1)(b)"),
        actions=(
            "stop_processing",
            "confirm",
            "explain_consequences",
            "erase_if_no_other_basis",
            "tell_his_remains",
            "notify_processors",
        ),
    )


def the_file_rests_on_the_law(case: Case) -> Proposal | None:
    """A file is kept by law, not consent; consent to sharing may end (Art. 6(1)(c); BW 7:454)."""
    if not case.about_care or case.basis is Basis.CONSENT_OR_CONTRACT:
        return None
    return Proposal(
        outcome=Outcome.NOT_APPLICABLE,
        grounds=("GDPR:6(1)(c)", "BW:7:454", "WABVPZ:15a"),
        actions=("offer_withdraw_sharing", "tell_his_remains"),
    )


def research_is_left_by_objecting(case: Case) -> Proposal | None:
    """Who withdraws from research is read as objecting: it stops (Art. 21(6); BW 7:458(2)(c))."""
    if case.basis is not Basis.SCIENTIFIC_RESEARCH and case.nature is not Nature.RESEARCH:
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:21(6)", "BW:7:458(2)(c)"),
        actions=("exclude_from_extraction", "instruct_processor", "confirm"),
    )


def another_basis_is_stated(case: Case) -> Proposal | None:
    """There is no consent to withdraw; what does fit is offered (Art. 7(3), 6(1))."""
    if case.basis not in _INSTEAD:
        return None
    ground, offers = _INSTEAD[case.basis]
    return Proposal(outcome=Outcome.NOT_APPLICABLE, grounds=("GDPR:7(3)", ground), actions=offers)


def was_there_a_consent(case: Case) -> Proposal | None:
    """Where no single basis is stated, a person finds out whether consent is it (Art. 7(3))."""
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("GDPR:7(3)",),
        actions=("dpo_decides",),
        question="is_consent_the_basis",
        asks=Asks.DPO,
    )


RULES: tuple[Rule, ...] = (
    without_security_no_account,
    consent_ends_at_once,
    the_file_rests_on_the_law,
    research_is_left_by_objecting,
    another_basis_is_stated,
    was_there_a_consent,
)
