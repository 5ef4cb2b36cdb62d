"""The closed vocabulary of facts: what may be said about a case, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dsr.law.errors import UnknownValue

Fact = str | bool | int

#: kinds of facts that are no list of words
WHOLE: Final = frozenset({"a whole number of 0 or more"})
YES_OR_NO: Final = frozenset({"true", "false"})

#: no fact counts further than this, and Python refuses to read numbers of thousands of digits
_DIGITS: Final = 9


def _words(*known: str) -> frozenset[str]:
    return frozenset(known)


#: every fact, with the values it may have
VOCABULARY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "abusive_intent_proven": YES_OR_NO,
        "account_active": YES_OR_NO,
        "account_closed": YES_OR_NO,
        "active_treatment": YES_OR_NO,
        "age": WHOLE,
        "anonymous": YES_OR_NO,
        "answered": YES_OR_NO,
        "asked_additional": YES_OR_NO,
        "authorisation": _words("none", "signed_specific_recent"),
        "automated": YES_OR_NO,
        "backup_copies": YES_OR_NO,
        "both_parents_custody": YES_OR_NO,
        "both_signed": YES_OR_NO,
        "channel": _words("app_session", "email_unknown_address"),
        "child_age": WHOLE,
        "child_consents": YES_OR_NO,
        "child_safety_concern": YES_OR_NO,
        "claim_pending": YES_OR_NO,
        "consent_form": _words("written"),
        "consent_in_life": YES_OR_NO,
        "consent_withdrawn": YES_OR_NO,
        "content": _words("non_care_note"),
        "controller_compelling_grounds": YES_OR_NO,
        "copy_number": WHOLE,
        "court_order": YES_OR_NO,
        "data_changed_each_time": YES_OR_NO,
        "data_origin": _words("patient", "professional"),
        "direct_to": _words("other_controller"),
        "dossier_contains": _words("third_party_confidential"),
        "evidence": _words("code_to_new_number", "pattern_of_claims"),
        "exception": _words("claim_against_practice_pending", "considerable_interest_of_another"),
        "expires_in_days": WHOLE,
        "fed_back_to_his": YES_OR_NO,
        "field": _words(
            "address",
            "birth_date",
            "contested_fact",
            "log_line",
            "patient_statement",
            "phone",
            "professional_opinion",
            "recorded_fact",
            "sent_message",
        ),
        "first_request": YES_OR_NO,
        "ground": _words(
            "accuracy_contested",
            "needed_for_claim",
            "none",
            "objection_pending",
            "unlawful_opposes_erasure",
        ),
        "has_custody": YES_OR_NO,
        "his_decision": _words("destroy"),
        "hold_by_health_professional": YES_OR_NO,
        "identity": _words("not_identifiable", "unverified", "verified"),
        "incident_notice": YES_OR_NO,
        "interest": _words("compelling", "none"),
        "interval_days": WHOLE,
        "kind": _words("acp"),
        "messages_expired_before_receipt": YES_OR_NO,
        "motive_stated": _words("liability_claim"),
        "needed_for_defence": YES_OR_NO,
        "new_age": WHOLE,
        "no_changes": YES_OR_NO,
        "object": _words(
            "access_log",
            "app_access_log",
            "child_abuse_notes",
            "consent_given_by_parent",
            "crm_non_care",
            "direct_marketing",
            "invoices",
            "medical_file",
            "personal_work_notes",
        ),
        "objected": YES_OR_NO,
        "objectively_shown": YES_OR_NO,
        "overriding_grounds": YES_OR_NO,
        "own_data_identifiable": YES_OR_NO,
        "patient_deceased": YES_OR_NO,
        "patient_incapable": YES_OR_NO,
        "policy_voluntary_portability": YES_OR_NO,
        "pseudonymised": YES_OR_NO,
        "re_identifiable_by_practice": YES_OR_NO,
        "reason": _words("misuse_inquiry"),
        "received_by": _words("processor"),
        "requester": _words(
            "bewindvoerder",
            "care_provider",
            "child",
            "curator",
            "employee",
            "family",
            "guardian",
            "heir",
            "lawyer",
            "mandate_holder",
            "mentor",
            "parent",
            "parent_and_child",
            "patient",
            "self",
            "third_party_mentioned",
        ),
        "requests_last_12_months": WHOLE,
        "situation": _words("not_stated", "stated"),
        "somebody_first": YES_OR_NO,
        "standard_request": YES_OR_NO,
        "supplied_by": _words("requester", "third_party_confidential"),
        "system": _words("CRM", "HIS", "app"),
        "technically_feasible": YES_OR_NO,
        "technically_wrong": YES_OR_NO,
        "third_party_consent_missing": YES_OR_NO,
        "third_party_in_message": YES_OR_NO,
        "wants": _words("recipients", "staff_names", "who_and_when"),
        "wants_to_keep_using": YES_OR_NO,
        "within_7_years": YES_OR_NO,
        "within_tax_term": YES_OR_NO,
        "wish_against": YES_OR_NO,
    }
)


def checked(facts: Mapping[str, object]) -> dict[str, Fact]:
    """The facts, each known and each with a value that its name allows.

    `UnknownValue` names the first that is not; nothing is left out and nothing is filled in.
    """
    return {name: _checked(name, value) for name, value in facts.items()}


def parsed(name: str, text: str) -> Fact:
    """A fact as typed at a terminal or in a form: `age`, "45" is 45."""
    kind = _kind(name)
    if kind is YES_OR_NO:
        return _checked(name, {"true": True, "false": False}.get(text.lower(), text))
    if kind is WHOLE:
        short = text.isdecimal() and len(text) <= _DIGITS
        return _checked(name, int(text) if short else text)
    return _checked(name, text)


def _kind(name: str) -> frozenset[str]:
    if name not in VOCABULARY:
        raise UnknownValue("fact", name, VOCABULARY)
    return VOCABULARY[name]


def _checked(name: str, value: object) -> Fact:
    kind = _kind(name)
    if kind is YES_OR_NO:
        good = isinstance(value, bool)
    elif kind is WHOLE:
        good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    else:
        good = isinstance(value, str) and value in kind
    if not good or not isinstance(value, str | bool | int):
        raise UnknownValue(name, value, kind)
    return value
