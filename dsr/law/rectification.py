"""Rectification (Art. 16; BW 7:454(2)): facts are corrected, opinions get a statement beside."""

from __future__ import annotations

from dsr.law.case import Case, Rule
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.rights import Nature

_LOGS = (Nature.SECURITY, Nature.ACCESS_LOG)
#: fields about who and where somebody is
_PERSONAL = ("address", "phone", "birth_date")


def the_patients_own_statement(case: Case) -> Proposal | None:
    """A statement is added on request, whatever it says (BW 7:454(2); Art. 16 second sentence)."""
    if not case.says("field", "patient_statement"):
        return None
    grounds = ("BW:7:454(2)", "GDPR:16") if case.about_care else ("GDPR:16",)
    return Proposal(outcome=Outcome.GRANT, grounds=grounds, actions=("keep_audit_trail",))


def an_opinion_stays(case: Case) -> Proposal | None:
    """A professional's conclusion stays, with a statement beside it (Art. 16; BW 7:454(2))."""
    if not case.says("field", "professional_opinion"):
        return None
    return Proposal(
        outcome=Outcome.REFUSE,
        grounds=("GDPR:16", *(("BW:7:454", "BW:7:454(2)") if case.about_care else ())),
        actions=("offer_statement",),
    )


def a_log_is_not_rewritten(case: Case) -> Proposal | None:
    """A log line tells what was done; it is annotated, not rewritten (Art. 5(1)(d), (f), 16)."""
    if not case.says("field", "log_line") and case.nature not in _LOGS:
        return None
    grounds = ("GDPR:16", "GDPR:5(1)(d)", "GDPR:5(1)(f)")
    if case.says("technically_wrong"):
        actions = ("keep_audit_trail", "notify_recipients_art19")
        return Proposal(outcome=Outcome.GRANT, grounds=grounds, actions=actions)
    return Proposal(outcome=Outcome.REFUSE, grounds=grounds, actions=("offer_statement",))


def a_sent_message_stays_as_sent(case: Case) -> Proposal | None:
    """A message says rightly what was sent; a supplement is added (Art. 16, 5(1)(d))."""
    if not case.says("field", "sent_message"):
        return None
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("GDPR:16", "GDPR:5(1)(d)"),
        actions=("offer_statement", "keep_audit_trail"),
    )


def a_fact_that_was_shown(case: Case) -> Proposal | None:
    """A recorded fact that is shown to be wrong is corrected (Art. 16; BW 7:454; C-247/23)."""
    if not case.says("field", "recorded_fact") or not case.says("objectively_shown"):
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:16", "BW:7:454", "GDPR:19") if case.about_care else ("GDPR:16", "GDPR:19"),
        actions=("notify_recipients_art19", "keep_audit_trail", *_at_the_source(case)),
    )


def too_young_for_the_account(case: Case) -> Proposal | None:
    """A birth date is put right, also where the account then has to close (Art. 16)."""
    age = case.number("new_age")
    if not case.says("field", "birth_date") or age is None or age >= case.activity.minimum_age:
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:16", "GDPR:19", case.activity.minimum_age_ground),
        actions=("notify_recipients_art19", "keep_audit_trail", "close_account"),
    )


def who_and_where_somebody_is(case: Case) -> Proposal | None:
    """Address, phone and birth date are corrected at the source and passed on (Art. 16, 19)."""
    if not case.says("field", *_PERSONAL):
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:16", "GDPR:19"),
        actions=("notify_recipients_art19", "keep_audit_trail", *_at_the_source(case)),
    )


def is_it_wrong(case: Case) -> Proposal | None:
    """Whether it is inaccurate is found out, and restricted meanwhile (Art. 16, 18(1)(a))."""
    asks = Asks.CLINICIAN if case.about_care else Asks.OFFICER
    meanwhile = ("flag_contested", "professional_confirms", "restrict_meanwhile")
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("GDPR:16", "GDPR:18(1)(a)", *(("BW:7:454",) if case.about_care else ())),
        actions=(*(meanwhile if case.about_care else meanwhile[2:]), "offer_statement"),
        question="is_it_inaccurate",
        asks=asks,
    )


def _at_the_source(case: Case) -> tuple[str, ...]:
    copies = ("instruct_processor",) if case.activity.by_processor else ()
    return ("correct_source", *copies) if case.activity.source_elsewhere else copies


RULES: tuple[Rule, ...] = (
    the_patients_own_statement,
    an_opinion_stays,
    a_log_is_not_rewritten,
    a_sent_message_stays_as_sent,
    a_fact_that_was_shown,
    too_young_for_the_account,
    who_and_where_somebody_is,
    is_it_wrong,
)
