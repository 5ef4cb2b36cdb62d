"""Erasure (Art. 17): grounds of 17(1), exceptions of 17(3). The medical file: `destruction`."""

from __future__ import annotations

from dsr.law import destruction
from dsr.law.case import Case, Rule
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.rights import Basis, Nature

_CONSENTS = (Basis.CONSENT, Basis.CONSENT_OR_CONTRACT)
#: what is told to others after an erasure
_TELL = ("notify_processors", "notify_recipients_art19")


def a_third_party_without_consent(case: Case) -> Proposal | None:
    """Typed about another without consent: unlawful, or file by now (Art. 17(1)(d), (3)(b))."""
    if not case.says("requester", "third_party_mentioned"):
        return None
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("GDPR:17(1)(d)", "GDPR:17(3)(b)"),
        actions=("redact_if_decided", "restrict_meanwhile"),
        question="is_it_part_of_a_care_file",
        asks=Asks.CLINICIAN,
    )


def the_books_are_kept_for_tax(case: Case) -> Proposal | None:
    """Books are kept for seven years (AWR 52), so Art. 17(3)(b) bars."""
    if case.nature is not Nature.FINANCE or _tax_term_is_over(case):
        return None
    return Proposal(
        outcome=Outcome.REFUSE,
        grounds=("GDPR:17(3)(b)", "AWR:52"),
        actions=("restrict_to_tax_purpose",),
    )


def old_books_go(case: Case) -> Proposal | None:
    """After seven years nothing obliges us to keep books (AWR 52; Art. 17(1)(a))."""
    return _granted(case, "GDPR:17(1)(a)") if case.nature is Nature.FINANCE else None


def access_logs_are_kept_five_years(case: Case) -> Proposal | None:
    """Who looked in a file is kept for five years (Art. 17(3)(b); Stcrt. 2019, 38007)."""
    if case.nature is not Nature.ACCESS_LOG:
        return None
    return Proposal(outcome=Outcome.REFUSE, grounds=("GDPR:17(3)(b)", "STCRT:2019-38007"))


def a_professional_needs_it_longer(case: Case) -> Proposal | None:
    """Log lines that a professional needs stay, with a reason that counts (Art. 17(3)(e))."""
    if not case.says("hold_by_health_professional"):
        return None
    clause = (case.activity.kept_longer_ground,) if case.activity.kept_longer_ground else ()
    grounds = (*clause, "GDPR:5(1)(f)", "GDPR:17(3)(e)")
    actions = ("professional_confirms", "restrict_meanwhile", "only_that_part")
    if "reason" in case.facts:
        return Proposal(outcome=Outcome.REFUSE, grounds=grounds, actions=actions)
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=(*grounds, "GDPR:17(1)(b)"),
        actions=actions,
        question="is_it_needed_for_longer",
        asks=Asks.CLINICIAN,
    )


def a_claim_needs_it(case: Case) -> Proposal | None:
    """What the defence of a claim needs stays, restricted to that, and no more (Art. 17(3)(e))."""
    if not case.says("needed_for_defence") or case.denies("claim_pending"):
        return None
    return Proposal(
        outcome=Outcome.REFUSE,
        grounds=("GDPR:17(3)(e)",),
        actions=("restrict_meanwhile", "only_that_part", "dpo_decides"),
    )


def a_claim_may_need_it(case: Case) -> Proposal | None:
    """Whether a running claim needs it is for the DPO to say (Art. 17(3)(e))."""
    if not case.says("claim_pending") or case.denies("needed_for_defence"):
        return None
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("GDPR:17(1)", "GDPR:17(3)(e)"),
        actions=("dpo_decides", "restrict_meanwhile", "only_that_part"),
        question="is_it_needed_for_a_claim",
        asks=Asks.DPO,
    )


def security_keeps_what_the_law_keeps(case: Case) -> Proposal | None:
    """Log lines on consent go; statutory access logs stay (Art. 17(1)(b), (3)(b))."""
    if case.nature is not Nature.SECURITY or case.basis not in _CONSENTS:
        return None
    # The lines go, not the means to sign in: that belongs to the account.
    lines = (one for one in case.activity.erase_actions if one != "delete_cognito_user")
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("GDPR:17(1)(b)", "GDPR:17(3)(b)", "STCRT:2019-38007"),
        actions=(*lines, "explain_consequences", *_TELL),
    )


def research_stops_from_now(case: Case) -> Proposal | None:
    """No more is handed on from now (Art. 17(1)(c), 21(6); BW 7:458(2)(c)); see Art. 17(3)(d)."""
    if case.nature is not Nature.RESEARCH:
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:17(1)(c)", "GDPR:21(6)", "BW:7:458(2)(c)"),
        actions=("exclude_from_extraction", "instruct_processor", *_TELL),
    )


def notes_outside_the_file(case: Case) -> Proposal | None:
    """Notes that are not about care have no duty to be kept (Art. 17(1)(a), (d))."""
    if case.nature is not Nature.ADMINISTRATION or case.basis is not Basis.NONE_STATED:
        return None
    return _granted(case, "GDPR:17(1)(a)", "GDPR:17(1)(d)")


def is_it_care_or_not(case: Case) -> Proposal | None:
    """Outside the HIS it is file only as far as it is about care (BW 7:454; Art. 17(3)(b))."""
    if case.nature is not Nature.CARE_FILE or not case.says("system", "CRM", "app"):
        return None
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("GDPR:17(1)(a)", "GDPR:17(3)(b)", "BW:7:454"),
        actions=("professional_confirms", "refer_to_source_system"),
        question="is_it_part_of_a_care_file",
        asks=Asks.CLINICIAN,
    )


def marketing_stops(case: Case) -> Proposal | None:
    """Data for direct marketing go once the person objects (Art. 17(1)(c), 21(2)-(3))."""
    if case.basis is not Basis.DIRECT_MARKETING:
        return None
    granted = _granted(case, "GDPR:17(1)(c)", "GDPR:21(2)", "GDPR:21(3)")
    return _with(granted, "suppression_list")


def consent_ends_with_the_request(case: Case) -> Proposal | None:
    """Who asks to erase what rests on consent withdraws it (Art. 7(3), 17(1)(b))."""
    if case.basis not in _CONSENTS:
        return None
    granted = _granted(case, "GDPR:17(1)(b)", "GDPR:7(3)")
    return _with(granted, "tell_his_remains", "explain_consequences")


def the_contract_still_needs_it(case: Case) -> Proposal | None:
    """While the contract runs the data are needed; closing is offered (Art. 17(1)(a), 6(1)(b))."""
    if case.basis is not Basis.CONTRACT:
        return None
    over = case.says("account_closed") or case.denies("account_active")
    runs = case.says("account_active") or case.says("wants_to_keep_using")
    if over and not runs:
        return _granted(case, "GDPR:17(1)(a)")
    if runs and not over:
        return Proposal(
            outcome=Outcome.REFUSE,
            grounds=("GDPR:17(1)", "GDPR:17(1)(a)", "GDPR:6(1)(b)"),
            actions=("offer_account_closure", "explain_consequences"),
        )
    return _ask("is_the_contract_over", Asks.OFFICER, "GDPR:17(1)(a)", "GDPR:6(1)(b)")


def a_duty_to_keep(case: Case) -> Proposal | None:
    """What a law obliges us to keep is not erased (Art. 17(3)(b))."""
    if case.basis is not Basis.LEGAL_OBLIGATION:
        return None
    grounds = ("GDPR:17(3)(b)", "GDPR:6(1)(c)")
    return Proposal(outcome=Outcome.REFUSE, grounds=grounds)


def after_an_objection(case: Case) -> Proposal | None:
    """After an objection it goes, unless our grounds override (Art. 17(1)(c), 21(1))."""
    if case.basis not in (Basis.LEGITIMATE_INTEREST, Basis.PUBLIC_TASK):
        return None
    if case.says("objected") and case.denies("overriding_grounds"):
        granted = _granted(case, "GDPR:17(1)(c)", "GDPR:21(1)")
        figures = case.nature is Nature.STATISTICS
        return _with(granted, "recompute_aggregate") if figures else granted
    return _ask(
        "do_our_grounds_override",
        Asks.DPO,
        "GDPR:17(1)(a)",
        "GDPR:17(1)(c)",
        "GDPR:21(1)",
        *(("GDPR:17(3)(b)",) if case.basis is Basis.PUBLIC_TASK else ()),
    )


def backups_follow_by_rotation(case: Case) -> Proposal | None:
    """Live systems now, backups by rotation and again after a restore (Art. 17(1))."""
    if case.basis is not Basis.ANY or not case.says("backup_copies"):
        return None
    return _granted(case, "GDPR:17(1)")


def no_basis_at_all(case: Case) -> Proposal | None:
    """What is kept on no basis is kept unlawfully (Art. 17(1)(d))."""
    if case.basis is not Basis.NONE_STATED:
        return None
    return _granted(case, "GDPR:17(1)(d)")


def which_ground_is_there(case: Case) -> Proposal | None:
    """Whether a ground of Art. 17(1) or an exception of 17(3) applies is looked at by a person."""
    return _ask("which_ground_of_erasure", Asks.DPO, "GDPR:17(1)", "GDPR:17(3)")


def _tax_term_is_over(case: Case) -> bool:
    terms = ("within_tax_term", "within_7_years")
    return any(case.denies(one) for one in terms) and not any(case.says(one) for one in terms)


def _granted(case: Case, *grounds: str) -> Proposal:
    return Proposal(
        outcome=Outcome.GRANT, grounds=grounds, actions=(*case.activity.erase_actions, *_TELL)
    )


def _with(proposal: Proposal, *actions: str) -> Proposal:
    return Proposal(
        outcome=proposal.outcome, grounds=proposal.grounds, actions=(*proposal.actions, *actions)
    )


def _ask(question: str, asks: Asks, *grounds: str) -> Proposal:
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=grounds,
        actions=("dpo_decides",) if asks is Asks.DPO else (),
        question=question,
        asks=asks,
    )


RULES: tuple[Rule, ...] = (
    a_third_party_without_consent,
    the_books_are_kept_for_tax,
    access_logs_are_kept_five_years,
    a_professional_needs_it_longer,
    is_it_care_or_not,
    *destruction.RULES,
    a_claim_needs_it,
    a_claim_may_need_it,
    old_books_go,
    security_keeps_what_the_law_keeps,
    research_stops_from_now,
    notes_outside_the_file,
    marketing_stops,
    consent_ends_with_the_request,
    the_contract_still_needs_it,
    a_duty_to_keep,
    after_an_objection,
    backups_follow_by_rotation,
    no_basis_at_all,
    which_ground_is_there,
)
