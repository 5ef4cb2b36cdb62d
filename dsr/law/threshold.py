"""What comes before any right: who is asked, who asks, and whether it is anybody's data at all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dsr.law.authority import Authority, Standing
from dsr.law.case import Case, Rule
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.representatives import acting_from, who_may_act
from dsr.law.rights import Basis, Nature, Right

#: what a standing that does not let act comes to
_NOT_YET: Mapping[Standing, Outcome] = MappingProxyType(
    {
        Standing.MAY_WITH: Outcome.VERIFY_IDENTITY,
        Standing.ASK_PROOF: Outcome.VERIFY_IDENTITY,
        Standing.PROFESSIONAL: Outcome.PROFESSIONAL_JUDGEMENT,
        Standing.REFUSE: Outcome.REFUSE,
    }
)

#: the article of each right that finds nothing where nothing is stored
_SHOWN: Mapping[Right, tuple[str, ...]] = MappingProxyType(
    {
        Right.ACCESS: ("GDPR:15(1)",),
        Right.RECTIFICATION: ("GDPR:16", "GDPR:19"),
        Right.ERASURE: ("GDPR:17(1)",),
        Right.RESTRICTION: ("GDPR:18(1)",),
        Right.PORTABILITY: ("GDPR:20(1)",),
        Right.OBJECTION: ("GDPR:21(1)",),
    }
)


def a_processor_hands_it_on(case: Case) -> Proposal | None:
    """A processor answers nobody; the controller gets it at once (Art. 28(3)(e))."""
    if not case.says("received_by", "processor") and case.activity.basis is not Basis.PROCESSOR:
        return None
    return Proposal(
        outcome=Outcome.FORWARD,
        grounds=("GDPR:28(3)(e)",),
        actions=("forward_to_controller", "log_receipt"),
    )


def nobody_can_tell_whose(case: Case) -> Proposal | None:
    """Asked for more and got nothing: we cannot tell whose data these are (Art. 11(2), 12(2))."""
    if not case.says("identity", "not_identifiable"):
        return None
    if not (case.says("asked_additional") and case.denies("answered")):
        return None
    return Proposal(
        outcome=Outcome.REFUSE,
        grounds=("GDPR:11(2)", "GDPR:12(2)", "GDPR:12(4)"),
        actions=("confirm",),
    )


def identity_first(case: Case) -> Proposal | None:
    """While it is not sure who asks, nothing is given or changed (Art. 12(6), 12(2), 32)."""
    if case.says("identity", "verified"):
        return None
    return Proposal(
        outcome=Outcome.VERIFY_IDENTITY,
        grounds=("GDPR:12(6)", "GDPR:12(2)"),
        actions=("use_registered_contact", "suspend_clock"),
        question="who_is_this",
        asks=Asks.OFFICER,
    )


def somebody_asks(case: Case) -> Proposal | None:
    """For whom somebody acts has to be known before anything (Art. 12(6); UAVG 5)."""
    if "requester" in case.facts:
        return None
    return Proposal(
        outcome=Outcome.VERIFY_IDENTITY,
        grounds=("GDPR:12(6)",),
        actions=("ask_authorisation", "suspend_clock"),
        question="for_whom",
        asks=Asks.OFFICER,
    )


def authority_first(case: Case) -> Proposal | None:
    """Who acts for another shows that it may (UAVG 5; BW 7:465; BW 7:458a)."""
    found = authority(case)
    if found.standing is Standing.MAY:
        return None
    outcome = _NOT_YET[found.standing]
    waits = outcome is Outcome.VERIFY_IDENTITY
    return Proposal(
        outcome=outcome,
        grounds=(*found.grounds, *(("GDPR:12(6)",) if waits else ())),
        actions=(*found.actions, *(("suspend_clock",) if waits else ())),
        question=found.question,
        asks=found.asks,
        rule=found.rule,
    )


def anonymous_is_nobodys(case: Case) -> Proposal | None:
    """Data that are about nobody are outside the Regulation (recital 26; Art. 4(1))."""
    if not case.says("anonymous"):
        return None
    return Proposal(
        outcome=Outcome.NOT_APPLICABLE,
        grounds=("GDPR:recital26", "GDPR:4(1)"),
        actions=("confirm",),
    )


def abuse_was_proven(case: Case) -> Proposal | None:
    """Refused only with proof of abuse, by a person (Art. 12(5)(b); C-526/24)."""
    if not case.says("abusive_intent_proven"):
        return None
    return Proposal(
        outcome=Outcome.REFUSE,
        grounds=("GDPR:12(5)", "GDPR:12(5)(b)", "CJEU:C-526/24"),
        actions=("human_decision", "dpo_decides"),
    )


def nothing_is_stored_here(case: Case) -> Proposal | None:
    """What is only shown is not held here; its source has it (Art. 15(1), 16-18, 20, 21)."""
    if case.nature is not Nature.PASS_THROUGH or case.right not in _SHOWN:
        return None
    at_source = ("correct_source",) if case.right is Right.RECTIFICATION else ()
    return Proposal(
        outcome=Outcome.NO_DATA,
        grounds=_SHOWN[case.right],
        actions=("confirm", "refer_to_source_system", *at_source),
    )


def authority(case: Case) -> Authority:
    """Whether the one who asks may act in this case."""
    return who_may_act(acting_from(case.right, case.nature, case.facts))


RULES: tuple[Rule, ...] = (
    a_processor_hands_it_on,
    nobody_can_tell_whose,
    identity_first,
    somebody_asks,
    authority_first,
    anonymous_is_nobodys,
    abuse_was_proven,
    nothing_is_stored_here,
)
