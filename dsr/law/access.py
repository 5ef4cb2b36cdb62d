"""Access (Art. 15; BW 7:456; Wabvpz 15d-15e): what is given, redacted or no longer held."""

from __future__ import annotations

from dsr.law.case import Case, Rule
from dsr.law.derivation import choice
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.rights import Nature


def work_notes_are_no_file(case: Case) -> Proposal | None:
    """Notes for a provisional thought, shared with nobody, are outside the file (BW 7:454(1))."""
    if not case.says("object", "personal_work_notes"):
        return None
    grounds = ("BW:7:454(1)", "AP:dossier_rights")
    return Proposal(outcome=Outcome.REFUSE, grounds=grounds)


def the_file_of_the_deceased(case: Case) -> Proposal | None:
    """The Regulation ends with life; next of kin get the part that BW 7:458a opens (recital 27)."""
    if not case.says("patient_deceased") and not case.says("requester", "heir"):
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("BW:7:458a", "GDPR:recital27"),
        actions=("only_that_part", "professional_confirms", "exclude_personal_work_notes"),
    )


def the_third_party_gets_its_own(case: Case) -> Proposal | None:
    """Who is mentioned in another's message has access to the own data alone (Art. 15(1), (4))."""
    if not case.says("requester", "third_party_mentioned"):
        return None
    if case.says("own_data_identifiable"):
        return Proposal(
            outcome=Outcome.PARTLY,
            grounds=("GDPR:15(1)", "GDPR:15(4)"),
            actions=("redact_account_holder", "explain_redaction"),
        )
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("GDPR:15(1)", "GDPR:15(4)", "GDPR:11(2)"),
        actions=("redact_account_holder",),
        question="are_own_data_identifiable",
        asks=Asks.OFFICER,
    )


def staff_get_their_own(case: Case) -> Proposal | None:
    """Who worked on a file gets the own data, never the patient's (Art. 15(1), (4); BW 7:457)."""
    if not case.says("requester", "employee", "care_provider"):
        return None
    if not case.about_care and case.nature is not Nature.ACCESS_LOG:
        return None
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("GDPR:15(1)", "GDPR:15(4)", "BW:7:457(1)"),
        actions=("only_that_part", "redact", "explain_redaction"),
    )


def gone_before_the_request(case: Case) -> Proposal | None:
    """What had gone by its period before the request came is no longer held (Art. 15(1))."""
    if not case.says("messages_expired_before_receipt"):
        return None
    actions = ("state_no_longer_held", "confirm")
    return Proposal(outcome=Outcome.NO_DATA, grounds=("GDPR:15(1)",), actions=actions)


def who_looked_in_the_file(case: Case) -> Proposal | None:
    """The patient hears who looked in the file and when, by name (Wabvpz 15e; C-579/21)."""
    asked = case.about_care and case.says("wants", "staff_names", "who_and_when")
    if case.nature is not Nature.ACCESS_LOG and not asked:
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("WABVPZ:15e", "GDPR:15(1)", "CJEU:C-579/21", "AP:dossier_rights"),
        actions=("include_names_and_dates", "freeze_logs_at_receipt"),
    )


def staff_names_outside_care(case: Case) -> Proposal | None:
    """Dates and purposes of look-ups are owed, names of staff where needed (Art. 15; C-579/21)."""
    if not case.says("wants", "staff_names"):
        return None
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("GDPR:15(1)", "CJEU:C-579/21", "GDPR:15(4)"),
        actions=("freeze_logs_at_receipt", "explain_redaction"),
    )


def recipients_by_name(case: Case) -> Proposal | None:
    """The actual recipients are named, unless that is impossible (Art. 15(1)(c); C-154/21)."""
    if not case.says("wants", "recipients"):
        return None
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:15(1)", "GDPR:15(1)(c)", "CJEU:C-154/21"),
        actions=("include_names_and_dates", "free_of_charge"),
    )


def another_told_it_to_the_carer(case: Case) -> Proposal | None:
    """Whether the privacy of another weighs more is for the GP (BW 7:456; UAVG 41(1)(i))."""
    told = case.says("supplied_by", "third_party_confidential") and case.about_care
    if not told and not case.says("dossier_contains", "third_party_confidential"):
        return None
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("BW:7:456", "GDPR:15(4)", "UAVG:41(1)(i)"),
        actions=("redact_if_decided", "explain_redaction", "only_that_part"),
        question="does_privacy_of_another_weigh_more",
        asks=Asks.CLINICIAN,
    )


def another_in_a_message(case: Case) -> Proposal | None:
    """What the person typed is known to the person; what another told is redacted (Art. 15(4))."""
    if not case.says("third_party_in_message") or case.says("supplied_by", "requester"):
        return None
    if case.says("supplied_by", "third_party_confidential"):
        return Proposal(
            outcome=Outcome.PARTLY,
            grounds=("GDPR:15(3)", "GDPR:15(4)"),
            actions=("redact", "explain_redaction", "freeze_messages_at_receipt"),
        )
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("GDPR:15(3)", "GDPR:15(4)"),
        actions=("redact_if_decided", "freeze_messages_at_receipt"),
        question="who_told_it",
        asks=Asks.OFFICER,
    )


def the_same_copy_again(case: Case) -> Proposal | None:
    """A further identical copy may cost a fee, told beforehand; of a file on paper (Art. 15(3))."""
    if (case.number("copy_number") or 1) < 2 or not case.says("no_changes"):
        return None
    if case.about_care and not _is_soon(case.number("interval_days")):
        return None
    paper = ("fee_for_paper_only",) if case.about_care else ("copy_electronic",)
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("GDPR:15(3)",),
        actions=("announce_fee_first", *paper),
    )


def copy_of_the_medical_file(case: Case) -> Proposal | None:
    """The patient gets the file, in full where needed, free (BW 7:456; Wabvpz 15d; C-307/22)."""
    if not case.about_care:
        return None
    copies = ("instruct_processor",) if case.nature is Nature.CARE_COPY else ()
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("BW:7:456", "WABVPZ:15d", "GDPR:15(1)", "GDPR:15(3)", "CJEU:C-307/22"),
        actions=("exclude_personal_work_notes", "free_of_charge", "copy_electronic", *copies),
    )


def own_log_lines(case: Case) -> Proposal | None:
    """Own log lines are given, what betrays the security or others is not (Art. 15(4))."""
    if case.nature is not Nature.SECURITY:
        return None
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("GDPR:15(1)", "GDPR:15(4)"),
        actions=("freeze_logs_at_receipt", "redact", "explain_redaction"),
    )


def pseudonyms_of_research(case: Case) -> Proposal | None:
    """Given as far as the practice can tell whose they are (Art. 11(2), 4(1))."""
    if case.nature is not Nature.RESEARCH:
        return None
    return Proposal(
        outcome=Outcome.PARTLY,
        grounds=("GDPR:15(1)", "GDPR:11(2)", "GDPR:4(1)"),
        actions=("refer_to_source_system",),
    )


def are_the_figures_anonymous(case: Case) -> Proposal | None:
    """Added-up figures of small groups may be personal data: that is looked at (recital 26)."""
    if case.nature is not Nature.STATISTICS or case.denies("anonymous") or case.activity.named:
        return None
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("GDPR:recital26", "GDPR:4(1)"),
        actions=("dpo_decides",),
        question="are_figures_anonymous",
        asks=Asks.DPO,
    )


def access_is_the_rule(case: Case) -> Proposal | None:
    """Access needs no reason and holds for every basis (Art. 15(1), (3))."""
    own = {
        Nature.ACCOUNT: ("exclude_password_hash",),
        Nature.MESSAGES: ("freeze_messages_at_receipt",),
    }
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("GDPR:15(1)", "GDPR:15(3)"),
        actions=("free_of_charge", "copy_electronic", *own.get(case.nature, ())),
    )


def _is_soon(days: int | None) -> bool:
    return days is not None and days < choice("copy_interval_days")


RULES: tuple[Rule, ...] = (
    work_notes_are_no_file,
    the_file_of_the_deceased,
    the_third_party_gets_its_own,
    staff_get_their_own,
    gone_before_the_request,
    who_looked_in_the_file,
    staff_names_outside_care,
    recipients_by_name,
    another_told_it_to_the_carer,
    another_in_a_message,
    the_same_copy_again,
    copy_of_the_medical_file,
    own_log_lines,
    pseudonyms_of_research,
    are_the_figures_anonymous,
    access_is_the_rule,
)
