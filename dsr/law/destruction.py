"""Destruction of the medical file (BW 7:455), which goes before erasure under Art. 17 there.

Keeping the file is a duty (BW 7:454(3)), so Art. 17(3)(b) and (c) bar erasure; but the patient may
ask that it is destroyed. It is never answered with "refused, twenty years": the GP decides.
"""

from __future__ import annotations

from dsr.law.case import Case, Rule
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.rights import Nature

#: what goes with every destruction: the warning before, the copies, the bare note after
_WITH_IT = ("warn_consequences", "offer_access_copy", "keep_request_without_content")


def child_abuse_is_kept(case: Case) -> Proposal | None:
    """Records of (suspected) child abuse are kept: good care forbids it (BW 7:455(2), 7:453)."""
    if not case.says("object", "child_abuse_notes"):
        return None
    grounds = ("BW:7:455(2)", "BW:7:453", "KNMG:meldcode")
    return Proposal(
        outcome=Outcome.REFUSE, grounds=grounds, actions=("only_that_part", "professional_confirms")
    )


def work_notes_are_no_file(case: Case) -> Proposal | None:
    """Personal work notes are outside the file; their author clears them (BW 7:454(1))."""
    if not case.about_care or not case.says("object", "personal_work_notes"):
        return None
    return Proposal(
        outcome=Outcome.NOT_APPLICABLE,
        grounds=("BW:7:454(1)", "AP:dossier_rights"),
        actions=("professional_confirms",),
    )


def the_gp_decided_to_destroy(case: Case) -> Proposal | None:
    """Once the GP decided, every copy goes, and only the request and a note stay (BW 7:455(1))."""
    if not case.about_care or not case.says("his_decision", "destroy"):
        return None
    helped_by = ("GDPR:28(3)(e)",) if case.nature is Nature.CARE_COPY else ()
    return Proposal(
        outcome=Outcome.GRANT,
        grounds=("BW:7:455(1)", "BW:7:455", "GDPR:19", *helped_by),
        actions=(
            *case.activity.erase_actions,
            "instruct_processor",
            "notify_processors",
            "notify_recipients_art19",
            "keep_request_without_content",
        ),
    )


def a_claim_against_us_runs(case: Case) -> Proposal | None:
    """What a running claim or complaint needs is kept, and no more (BW 7:455(2); Art. 17(3)(e))."""
    told = case.says("exception", "claim_against_practice_pending")
    needed = case.says("needed_for_defence") and not case.denies("claim_pending")
    if not case.about_care or not (told or needed):
        return None
    return Proposal(
        outcome=Outcome.REFUSE,
        grounds=("BW:7:455(2)", "BW:7:455", "GDPR:17(3)(e)"),
        actions=("only_that_part", "professional_confirms", "restrict_meanwhile", *_WITH_IT),
    )


def a_claim_may_need_it(case: Case) -> Proposal | None:
    """What a running claim needs of the file, the GP says (BW 7:455(2); Art. 17(3)(e))."""
    if not case.about_care or not case.says("claim_pending") or case.denies("needed_for_defence"):
        return None
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("BW:7:455(2)", "BW:7:455", "GDPR:17(3)(e)"),
        actions=("restrict_meanwhile", "only_that_part", *_WITH_IT),
        question="is_it_needed_for_a_claim",
        asks=Asks.CLINICIAN,
    )


def another_has_a_considerable_interest(case: Case) -> Proposal | None:
    """Whether another's interest in a part is considerable is for the GP (BW 7:455(2))."""
    if not case.about_care or "exception" not in case.facts:
        return None
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("BW:7:455(2)", "BW:7:455"),
        actions=("only_that_part", "restrict_meanwhile", "art12_4_letter", *_WITH_IT),
        question="does_interest_of_another_weigh_more",
        asks=Asks.CLINICIAN,
    )


def first_into_the_file(case: Case) -> Proposal | None:
    """Source data that never reached the file are judged as file, then go in both (BW 7:454(3))."""
    if not case.about_care or not case.denies("fed_back_to_his"):
        return None
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=("BW:7:455(1)", "BW:7:454(3)", "GDPR:17(3)(b)"),
        actions=("treat_as_wgbo_destruction", "instruct_processor", *_WITH_IT),
        question="may_file_be_destroyed",
        asks=Asks.CLINICIAN,
    )


def destruction_is_for_the_gp(case: Case) -> Proposal | None:
    """The patient may ask for destruction; the GP looks at 7:455(2) and destroys (BW 7:455(1))."""
    if not case.about_care:
        return None
    return Proposal(
        outcome=Outcome.PROFESSIONAL_JUDGEMENT,
        grounds=(
            "BW:7:455",
            "BW:7:455(1)",
            "BW:7:455(2)",
            "BW:7:454(3)",
            "GDPR:17(3)(b)",
            "GDPR:17(3)(c)",
        ),
        actions=(
            "treat_as_wgbo_destruction",
            *_WITH_IT,
            "professional_confirms",
            "notify_processors",
            "notify_recipients_art19",
        ),
        question="may_file_be_destroyed",
        asks=Asks.CLINICIAN,
    )


RULES: tuple[Rule, ...] = (
    child_abuse_is_kept,
    work_notes_are_no_file,
    the_gp_decided_to_destroy,
    a_claim_against_us_runs,
    a_claim_may_need_it,
    another_has_a_considerable_interest,
    first_into_the_file,
    destruction_is_for_the_gp,
)
