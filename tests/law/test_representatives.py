"""Who may act: the cases of the closed vocabulary, and what holds for every combination."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsr.law import words
from dsr.law.activity import Activity
from dsr.law.articles import article
from dsr.law.authority import Act, Acting, Authority, Field, Mandate, Need, Role, Standing
from dsr.law.case import Case
from dsr.law.errors import MissingFact
from dsr.law.facts import checked
from dsr.law.proposal import Asks
from dsr.law.representatives import acting_from, who_may_act
from dsr.law.rights import Basis, Nature, Right
from dsr.law.standing import ask_proof

MAY, MAY_WITH, ASK, GP, NO = (
    Standing.MAY,
    Standing.MAY_WITH,
    Standing.ASK_PROOF,
    Standing.PROFESSIONAL,
    Standing.REFUSE,
)
FILE, APP, MONEY = Nature.CARE_FILE, Nature.ADMINISTRATION, Nature.FINANCE
ACCESS, ERASURE, WITHDRAWAL = Right.ACCESS, Right.ERASURE, Right.WITHDRAWAL
LETTER = "art12_4_letter"


def of(right: Right, nature: Nature, **facts: Any) -> Authority:
    return who_may_act(asked_by(right, nature, {"identity": "verified", **facts}))


def asked_by(right: Right, nature: Nature, facts: Mapping[str, Any]) -> Acting:
    """Who acts, on what is asked about: an object has its own nature."""
    known = checked(facts)
    activity = Activity(id="some", basis=Basis.OTHER, nature=nature)
    return acting_from(right, Case(right=right, activity=activity, facts=known).nature, known)


def parent(age: int, **facts: Any) -> dict[str, Any]:
    return {"requester": "parent", "child_age": age, **facts}


def heir(**facts: Any) -> dict[str, Any]:
    return {"requester": "heir", "patient_deceased": True, **facts}


CASES = [
    ("an adult asks for its own file", ACCESS, FILE,
     {"requester": "self", "age": 45}, MAY, (), ()),
    ("a patient is the person itself", ACCESS, FILE,
     {"requester": "patient"}, MAY, (), ()),
    ("who does not say for whom asks for itself", ACCESS, FILE,
     {}, MAY, (), ()),
    ("a child of 13 asks for its own file", ACCESS, FILE,
     {"requester": "self", "age": 13}, MAY, ("UAVG:5(7)",), ("plain_language_child",)),
    ("a child of 12 by its own name", ACCESS, FILE,
     {"requester": "child", "child_age": 12}, MAY, ("UAVG:5(7)",), ("plain_language_child",)),
    ("a child of 11 needs who represents it", ACCESS, FILE,
     {"requester": "child", "age": 11}, MAY_WITH, ("BW:7:465(1)",), ("ask_representative",)),
    ("a young person of 16 asks for its own file", ACCESS, FILE,
     {"requester": "self", "age": 16}, MAY, ("BW:7:447",), ("plain_language_child",)),
    ("an incapable patient asks itself", ACCESS, FILE,
     {"requester": "self", "patient_incapable": True}, GP, ("BW:7:465(2)", "BW:7:465(3)"), ()),
    ("a parent with custody and a child of 8", ACCESS, FILE,
     parent(8, has_custody=True), MAY, ("UAVG:5(4)(a)", "BW:7:465(1)"), ()),
    ("a parent of 11, the day before it changes", ACCESS, FILE,
     parent(11, has_custody=True), MAY, ("UAVG:5(4)(a)", "BW:7:465(1)"), ()),
    ("a parent without custody and a child of 8", ACCESS, FILE,
     parent(8, has_custody=False), NO, ("BW:1:377c", "BW:7:457"),
     ("offer_global_information", LETTER)),
    ("a parent without custody and a child of 14", ACCESS, FILE,
     parent(14, has_custody=False), NO, ("BW:1:377c", "BW:7:457"),
     ("offer_global_information", "ask_authorisation", LETTER)),
    ("a parent whose custody nobody knows", ACCESS, FILE,
     parent(8), ASK, ("BW:7:465(1)", "GDPR:12(6)"), ("ask_custody_proof", "suspend_clock")),
    ("a parent, and somebody fears for the child", ACCESS, FILE,
     parent(8, has_custody=True, child_safety_concern=True), GP,
     ("BW:7:457(3)", "BW:7:465(4)", "UAVG:41(1)(i)"), ()),
    ("a parent, and nobody fears for the child", ACCESS, FILE,
     parent(8, has_custody=True, child_safety_concern=False), MAY, ("BW:7:465(1)",), ()),
    ("a parent and a child of 14 that refuses", ACCESS, FILE,
     parent(14, has_custody=True, child_consents=False), GP,
     ("UAVG:5(7)", "BW:7:457(1)", "BW:7:457(3)", "BW:7:465(2)"), ()),
    ("a parent and a child of 14 that agrees", ACCESS, FILE,
     parent(14, has_custody=True, child_consents=True), MAY, ("BW:7:457(1)",), ()),
    ("a parent and a child of 12 that nobody asked", ACCESS, FILE,
     parent(12, has_custody=True), MAY_WITH, ("UAVG:5(7)", "BW:7:457(1)"),
     ("ask_child_consent",)),
    ("a parent and a child of 14 that cannot judge", ACCESS, FILE,
     parent(14, has_custody=True, patient_incapable=True), MAY, ("BW:7:465(2)",), ()),
    ("a parent of a young person of 16", ACCESS, FILE,
     parent(16, has_custody=True), NO, ("BW:7:447", "BW:7:457(1)"),
     ("ask_authorisation", LETTER)),
    ("a parent of 16 with the young person's authorisation", ACCESS, FILE,
     parent(16, has_custody=True, authorisation="signed_specific_recent"), MAY,
     ("BW:7:457(1)",), ()),
    ("a parent of 16 without authorisation", ACCESS, FILE,
     parent(16, has_custody=True, authorisation="none"), NO, ("BW:7:447",), ()),
    ("a parent of an incapable young person of 17", ACCESS, FILE,
     parent(17, has_custody=True, patient_incapable=True), GP, ("BW:7:465(2)",), ()),
    ("a parent of an incapable adult", ACCESS, FILE,
     parent(30, patient_incapable=True), GP, ("BW:7:465(3)",), ()),
    ("a parent and the notes of the CRM on a child of 14", ACCESS, Nature.OTHER,
     parent(14, has_custody=True, object="crm_non_care"), MAY, ("UAVG:5(4)(b)",), ()),
    ("a parent and the app data of a child of 9", ACCESS, APP,
     parent(9, has_custody=True), MAY, ("UAVG:5(4)(a)",), ()),
    ("a parent and the app data of a young person of 16", ACCESS, APP,
     parent(16, has_custody=True), NO, ("UAVG:5(4)(b)",), ("ask_authorisation", LETTER)),
    ("a parent without custody and app data", ACCESS, APP,
     parent(9, has_custody=False), NO, ("UAVG:5(4)(a)",), (LETTER,)),
    ("destruction for a child of 9, one parent did not sign", ERASURE, FILE,
     parent(9, system="HIS", both_parents_custody=True, both_signed=False), NO,
     ("BW:7:465(1)", "KNMG:both_parents"), ("ask_second_parent", LETTER)),
    ("destruction for a child of 9, nobody knows who signed", ERASURE, FILE,
     parent(9, both_parents_custody=True), MAY_WITH,
     ("BW:7:465(1)", "KNMG:both_parents"), ("ask_second_parent",)),
    ("destruction for a child of 9, both signed", ERASURE, FILE,
     parent(9, both_parents_custody=True, both_signed=True), MAY,
     ("BW:7:465(1)", "KNMG:both_parents", "BW:7:455(1)"), ()),
    ("destruction for a child of 9, custody of one alone", ERASURE, FILE,
     parent(9, has_custody=True, both_parents_custody=False), MAY, ("BW:7:465(1)",), ()),
    ("destruction for a child of 9, nobody knows of another parent", ERASURE, FILE,
     parent(9, has_custody=True), ASK, ("BW:7:465(1)", "KNMG:both_parents"),
     ("ask_custody_proof", "suspend_clock")),
    ("destruction for an incapable child of 14, one signed", ERASURE, FILE,
     parent(14, both_parents_custody=True, both_signed=False, patient_incapable=True), NO,
     ("KNMG:both_parents",), ("ask_second_parent",)),
    ("destruction by a parent, the child of 14 refuses", ERASURE, FILE,
     parent(14, has_custody=True, child_consents=False), NO, ("BW:7:455(1)",), (LETTER,)),
    ("destruction by a parent, the child of 14 agrees", ERASURE, FILE,
     parent(14, has_custody=True, child_consents=True), MAY,
     ("BW:7:457(1)", "BW:7:455(1)"), ()),
    ("destruction by the child of 14 itself", ERASURE, FILE,
     {"requester": "self", "age": 14}, MAY, ("UAVG:5(7)", "BW:7:455(1)"), ()),
    ("destruction by parent and child of 15", ERASURE, FILE,
     {"requester": "parent_and_child", "child_age": 15, "object": "child_abuse_notes"}, MAY,
     ("BW:7:457(1)", "UAVG:5(7)", "BW:7:455(1)"), ("plain_language_child",)),
    ("parent and child of 9 need the second parent as well", ERASURE, FILE,
     {"requester": "parent_and_child", "child_age": 9, "both_parents_custody": True,
      "both_signed": False}, NO, ("KNMG:both_parents",), ("ask_second_parent",)),
    ("parent and child of 14, but the child refuses", ACCESS, FILE,
     {"requester": "parent_and_child", "child_age": 14, "has_custody": True,
      "child_consents": False}, GP, ("BW:7:457(1)",), ()),
    ("parent and child of 14, and somebody fears", ACCESS, FILE,
     {"requester": "parent_and_child", "child_age": 14, "child_safety_concern": True}, GP,
     ("BW:7:465(4)",), ()),
    ("parent and young person of 16", ACCESS, FILE,
     {"requester": "parent_and_child", "child_age": 16}, MAY, ("BW:7:447",), ()),
    ("parent and child of 14 for app data", ACCESS, APP,
     {"requester": "parent_and_child", "child_age": 14}, MAY, ("UAVG:5(4)(b)",), ()),
    ("parent and child of 9 for app data, custody not known", ACCESS, APP,
     {"requester": "parent_and_child", "child_age": 9}, ASK, ("UAVG:5(4)(a)",),
     ("ask_custody_proof",)),
    ("a mentor with a court order, patient incapable", ACCESS, FILE,
     {"requester": "mentor", "court_order": True, "patient_incapable": True}, MAY,
     ("BW:7:465(2)", "UAVG:5(4)(c)"), ()),
    ("a mentor whose papers were found good", ACCESS, FILE,
     {"requester": "mentor", "patient_incapable": True}, MAY,
     ("BW:7:465(2)", "UAVG:5(4)(c)"), ()),
    ("a mentor whose papers nobody saw", ACCESS, FILE,
     {"requester": "mentor", "patient_incapable": True, "identity": "unverified"}, ASK,
     ("BW:7:465(2)", "GDPR:12(6)"), ("ask_court_decision", "suspend_clock")),
    ("a mentor without a court order", ACCESS, FILE,
     {"requester": "mentor", "court_order": False, "patient_incapable": True}, ASK,
     ("UAVG:5(4)(c)", "GDPR:12(6)"), ("ask_court_decision",)),
    ("a mentor, and nobody knows if the patient can judge", ACCESS, FILE,
     {"requester": "mentor", "court_order": True}, GP, ("BW:7:465(2)",), ()),
    ("a mentor of a patient who can judge", ACCESS, FILE,
     {"requester": "mentor", "court_order": True, "patient_incapable": False}, NO,
     ("BW:7:457(1)",), ("ask_authorisation", LETTER)),
    ("a mentor, and somebody fears for the patient", ACCESS, FILE,
     {"requester": "mentor", "patient_incapable": True, "child_safety_concern": True}, GP,
     ("BW:7:465(4)",), ()),
    ("a mentor and destruction", ERASURE, FILE,
     {"requester": "mentor", "court_order": True, "patient_incapable": True}, GP,
     ("BW:7:455(1)", "BW:7:465(2)"), ()),
    ("a mentor and app data", ACCESS, APP,
     {"requester": "mentor", "court_order": True}, MAY, ("UAVG:5(4)(c)",), ()),
    ("a mentor and money", ACCESS, MONEY,
     {"requester": "mentor", "court_order": True}, NO, ("UAVG:5(4)(c)",), (LETTER,)),
    ("a bewindvoerder and the medical file", ACCESS, FILE,
     {"requester": "bewindvoerder", "court_order": True, "object": "medical_file"}, NO,
     ("UAVG:5(4)(c)", "BW:7:457(1)"), ("offer_financial_part", LETTER)),
    ("a bewindvoerder and invoices", ACCESS, FILE,
     {"requester": "bewindvoerder", "court_order": True, "object": "invoices"}, MAY,
     ("UAVG:5(4)(c)",), ()),
    ("a bewindvoerder without a court order, and invoices", ACCESS, MONEY,
     {"requester": "bewindvoerder", "court_order": False}, ASK, ("UAVG:5(4)(c)",),
     ("ask_court_decision",)),
    ("a bewindvoerder and app data", ACCESS, APP,
     {"requester": "bewindvoerder", "court_order": True}, NO, ("UAVG:5(4)(c)",),
     ("offer_financial_part", LETTER)),
    ("a lawyer with a good authorisation", ACCESS, FILE,
     {"requester": "lawyer", "authorisation": "signed_specific_recent"}, MAY,
     ("BW:7:457(1)",), ()),
    ("a lawyer with a good authorisation, app data", ACCESS, APP,
     {"requester": "lawyer", "authorisation": "signed_specific_recent"}, MAY, (), ()),
    ("a lawyer without one", ACCESS, FILE,
     {"requester": "lawyer", "authorisation": "none"}, ASK, ("BW:7:457(1)", "GDPR:12(6)"),
     ("ask_authorisation", "suspend_clock")),
    ("a lawyer of whose authorisation nobody spoke", ACCESS, FILE,
     {"requester": "lawyer"}, ASK, ("GDPR:12(6)",), ("ask_authorisation",)),
    ("a lawyer asks for destruction", ERASURE, FILE,
     {"requester": "lawyer", "authorisation": "signed_specific_recent"}, MAY_WITH,
     ("BW:7:455(1)",), ("confirm_with_patient",)),
    ("an heir with consent given in life in writing", ACCESS, FILE,
     heir(consent_in_life=True, consent_form="written"), MAY, ("BW:7:458a(1)(a)",),
     ("only_that_part",)),
    ("an heir, and nobody knows how consent was given", ACCESS, FILE,
     heir(consent_in_life=True, interest="none"), ASK, ("BW:7:458a",),
     ("ask_consent_on_record", "suspend_clock")),
    ("an heir with a compelling interest", ACCESS, FILE,
     heir(consent_in_life=False, interest="compelling"), GP, ("BW:7:458a(1)(c)",),
     ("only_that_part",)),
    ("an heir without consent or interest", ACCESS, FILE,
     heir(consent_in_life=False, interest="none"), NO, ("BW:7:458a", "GDPR:recital27"),
     (LETTER,)),
    ("an heir is an heir, also where nobody says that somebody died", ACCESS, FILE,
     {"requester": "heir", "consent_in_life": False, "interest": "none"}, NO,
     ("BW:7:458a",), ()),
    ("an heir of somebody who lives", ACCESS, FILE,
     heir(patient_deceased=False), ASK, ("GDPR:12(6)",), ("ask_authorisation",)),
    ("an heir asks for destruction", ERASURE, FILE,
     heir(consent_in_life=True, consent_form="written"), NO, ("BW:7:455(1)", "BW:7:458a"), ()),
    ("an heir and the account", ACCESS, APP,
     heir(consent_in_life=True, consent_form="written"), NO, ("GDPR:recital27",), (LETTER,)),
    ("a parent of a child that died at 9", ACCESS, FILE,
     parent(9, patient_deceased=True, has_custody=True), MAY, ("BW:7:458a(2)",),
     ("only_that_part",)),
    ("a lawyer of somebody who died", ACCESS, FILE,
     {"requester": "lawyer", "authorisation": "signed_specific_recent",
      "patient_deceased": True, "consent_in_life": False, "interest": "compelling"}, GP,
     ("BW:7:458a(1)(c)",), ()),
    ("a third party and a message", ACCESS, Nature.MESSAGES,
     {"requester": "third_party_mentioned", "own_data_identifiable": True}, MAY,
     ("GDPR:15(4)",), ("redact_account_holder",)),
    ("a third party that cannot be found in a message", ACCESS, Nature.MESSAGES,
     {"requester": "third_party_mentioned", "own_data_identifiable": False}, NO,
     ("GDPR:11(2)",), (LETTER,)),
    ("a third party wants a message erased", ERASURE, Nature.MESSAGES,
     {"requester": "third_party_mentioned", "third_party_consent_missing": True}, MAY, (), ()),
    ("a third party and a medical file", ACCESS, FILE,
     {"requester": "third_party_mentioned", "own_data_identifiable": True}, GP,
     ("GDPR:15(4)", "BW:7:457(1)"), ("redact_account_holder",)),
    ("a third party and erasure from a medical file", ERASURE, FILE,
     {"requester": "third_party_mentioned"}, GP, ("BW:7:457(1)",), ()),
    ("an employee and its wages", ERASURE, MONEY,
     {"requester": "employee", "within_7_years": True}, MAY, (), ()),
    ("a care provider and its account", ACCESS, Nature.SECURITY,
     {"requester": "care_provider"}, MAY, (), ()),
    ("a care provider named in a file", ACCESS, FILE,
     {"requester": "care_provider"}, MAY, ("GDPR:15(4)",), ("redact",)),
    ("a care provider wants its name out of a file", ERASURE, FILE,
     {"requester": "care_provider"}, GP, ("BW:7:457(1)",), ()),
    ("a child of 13 withdraws the consent of its parent", WITHDRAWAL, Nature.MESSAGES,
     {"requester": "child", "age": 13, "object": "consent_given_by_parent"}, MAY,
     ("UAVG:5(3)(b)",), ("plain_language_child",)),
    ("a child of 13 withdraws, under the medical file", WITHDRAWAL, FILE,
     {"requester": "self", "age": 13, "object": "consent_given_by_parent"}, MAY,
     ("UAVG:5(3)(b)",), ()),
    ("a child of 11 cannot withdraw it alone", WITHDRAWAL, Nature.MESSAGES,
     {"requester": "child", "age": 11, "object": "consent_given_by_parent"}, MAY_WITH,
     ("UAVG:5(3)(a)",), ("ask_representative",)),
    ("a parent withdraws for a child of 9", WITHDRAWAL, APP,
     parent(9, has_custody=True), MAY, ("UAVG:5(3)(a)",), ()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "nature", "facts", "standing", "grounds", "actions"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_who_may_act_and_on_which_ground(
    right: Right,
    nature: Nature,
    facts: Mapping[str, Any],
    standing: Standing,
    grounds: tuple[str, ...],
    actions: tuple[str, ...],
) -> None:
    found = of(right, nature, **facts)
    assert found.standing is standing, found
    assert set(grounds) <= set(found.grounds), found
    assert set(actions) <= set(found.actions), found


def test_somebody_who_is_afraid_for_a_child_offers_no_facts_to_a_parent_without_custody() -> None:
    found = of(ACCESS, FILE, **parent(8, has_custody=False, child_safety_concern=True))
    assert (found.standing, found.actions) == (NO, (LETTER,))


@pytest.mark.parametrize(
    ("nature", "facts", "field", "act"),
    [
        (Nature.CARE_FILE, {}, Field.CARE_FILE, Act.DESTRUCTION),
        (Nature.CARE_COPY, {}, Field.CARE_FILE, Act.DESTRUCTION),
        (Nature.ACCESS_LOG, {}, Field.CARE_FILE, Act.ERASURE),
        (Nature.RESEARCH, {}, Field.CARE_FILE, Act.ERASURE),
        (Nature.PASS_THROUGH, {}, Field.CARE_FILE, Act.ERASURE),
        (Nature.CARE_FILE, {"object": "access_log"}, Field.CARE_FILE, Act.ERASURE),
        (Nature.CARE_FILE, {"object": "personal_work_notes"}, Field.CARE_FILE, Act.ERASURE),
        (Nature.CARE_FILE, {"object": "child_abuse_notes"}, Field.CARE_FILE, Act.DESTRUCTION),
        (Nature.ACCOUNT, {"object": "medical_file"}, Field.CARE_FILE, Act.DESTRUCTION),
        (Nature.CARE_FILE, {"object": "invoices"}, Field.FINANCIAL, Act.ERASURE),
        (Nature.CARE_FILE, {"content": "non_care_note"}, Field.APP_DATA, Act.ERASURE),
        (Nature.OTHER, {"system": "HIS"}, Field.CARE_FILE, Act.DESTRUCTION),
        (Nature.OTHER, {"system": "CRM"}, Field.APP_DATA, Act.ERASURE),
        (Nature.OTHER, {}, Field.APP_DATA, Act.ERASURE),
        (Nature.FINANCE, {"system": "HIS"}, Field.FINANCIAL, Act.ERASURE),
        (Nature.MESSAGES, {}, Field.APP_DATA, Act.ERASURE),
    ],
)
def test_what_is_asked_about_says_which_law_holds(
    nature: Nature, facts: Mapping[str, Any], field: Field, act: Act
) -> None:
    acting = asked_by(ERASURE, nature, facts)
    assert (acting.field, acting.act) == (field, act)


def test_facts_that_nobody_gave_stay_unknown() -> None:
    acting = acting_from(ACCESS, FILE, {"requester": "parent"})
    unknown = {one.name for one in fields(acting)} - {"role", "field", "act"}
    assert {name: getattr(acting, name) for name in unknown} == dict.fromkeys(unknown)


@pytest.mark.parametrize("role", ["parent", "child", "parent_and_child"])
@pytest.mark.parametrize("nature", [FILE, APP])
def test_without_the_age_of_a_child_there_is_no_answer(role: str, nature: Nature) -> None:
    with pytest.raises(MissingFact, match="age"):
        of(ACCESS, nature, requester=role)


@pytest.mark.parametrize("role", ["parent", "parent_and_child"])
def test_the_age_of_a_parent_is_not_taken_for_the_childs(role: str) -> None:
    with pytest.raises(MissingFact, match="child_age"):
        of(ACCESS, FILE, requester=role, age=45)


@pytest.mark.parametrize(
    ("age", "day", "standing", "ground"),
    [
        (13, date(2026, 8, 31), MAY_WITH, "UAVG:5(4)"),
        (13, date(2026, 9, 1), MAY, "UAVG:5(4)(b)"),
        (16, date(2026, 8, 31), MAY, ""),
        (11, date(2026, 9, 1), MAY_WITH, "UAVG:5(4)(a)"),
    ],
)
def test_the_old_article_5_holds_until_31_august_2026(
    age: int, day: date, standing: Standing, ground: str
) -> None:
    found = who_may_act(acting_from(ACCESS, APP, {"requester": "self", "age": age}, on=day))
    assert (found.standing, found.grounds) == (standing, (ground,) if ground else ())


def test_before_2026_september_a_parent_of_13_acts_and_withdraws() -> None:
    facts = parent(13, has_custody=True)
    day = date(2026, 8, 31)
    assert who_may_act(acting_from(ACCESS, APP, facts, on=day)).grounds == ("UAVG:5(4)",)
    assert who_may_act(acting_from(WITHDRAWAL, APP, facts, on=day)).grounds == ("UAVG:5(3)",)
    care = who_may_act(acting_from(ACCESS, FILE, parent(14, has_custody=True), on=day))
    assert (care.standing, care.grounds) == (MAY_WITH, ("BW:7:457(1)",))


# What holds for every combination of facts

KNOWN = st.sampled_from([True, False, None])
DENIED = st.sampled_from([False, None])
FLAGS = [
    "custody", "both_custody", "both_signed", "child_consents", "safety_concern", "incapable",
    "court_decision", "somebody_first", "own_data_identifiable", "deceased", "consent_in_life",
    "consent_recorded", "incident_notice", "compelling_interest", "wish_against",
]  # fmt: skip
#: who acts for another; parent and child together are the child itself
OTHERS = sorted(
    set(Role) - {Role.SELF, Role.CHILD, Role.PARENT_AND_CHILD, Role.EMPLOYEE, Role.CARE_PROVIDER}
)
#: on both sides of every age that matters
AGES = [None, 0, 11, 12, 15, 16, 17, 18, 80]
MANDATES = st.sampled_from([None, Mandate(signed=True, specific=True, recent=True)]) | st.builds(
    Mandate,
    signed=KNOWN,
    specific=KNOWN,
    recent=KNOWN,
    revoked_on=st.none() | st.just(date(2026, 1, 1)),
)
MANY = settings(max_examples=500, deadline=None)  # no test depends on how fast it runs


def actings(
    roles: list[Role], flags: st.SearchStrategy[bool | None], **fixed: st.SearchStrategy[Any]
) -> st.SearchStrategy[Acting]:
    drawn: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(FLAGS, flags)
    drawn |= {
        "role": st.sampled_from(roles),
        "field": st.sampled_from(list(Field)),
        "act": st.sampled_from(list(Act)),
        "age": st.sampled_from(AGES),
        "deceased": DENIED,
        "mandate": MANDATES,
        "on": st.sampled_from([None, date(2026, 8, 31), date(2026, 9, 1)]),
    }
    return st.builds(Acting, **{**drawn, **fixed})


def answered(acting: Acting) -> Authority | None:
    try:
        return who_may_act(acting)
    except MissingFact:
        return None


def is_granted(acting: Acting) -> bool:
    found = answered(acting)
    return found is not None and found.standing is MAY


@MANY
@given(actings(list(Role), KNOWN, deceased=KNOWN))
def test_every_answer_is_whole(acting: Acting) -> None:
    """Every code has words, a person is named with a question, a refusal has its letter."""
    found = answered(acting)
    if found is None:
        return
    assert found.rule.count(".") == 1
    assert all(article(code).words("nl") for code in found.grounds)
    assert all(words.action(code, "nl") for code in found.actions)
    assert not found.question or words.question(found.question, "nl")
    assert len(set(found.grounds)) == len(found.grounds)
    assert (found.standing is GP) == bool(found.question) == (found.asks is not Asks.NOBODY)
    assert (LETTER in found.actions) == (found.standing is NO)
    assert ("suspend_clock" in found.actions) == (found.standing is ASK)
    if found.standing in (ASK, MAY_WITH):
        assert found.needs
    if found.standing in (MAY, GP):
        assert not found.needs


@MANY
@given(
    actings(
        OTHERS,
        DENIED,
        field=st.just(Field.CARE_FILE),
        mandate=st.none() | st.builds(Mandate, signed=DENIED, recent=DENIED, specific=DENIED),
    )
)
def test_nobody_sees_the_file_of_another_while_nothing_is_shown(acting: Acting) -> None:
    assert not is_granted(acting)


@MANY
@given(actings(OTHERS, KNOWN, field=st.just(Field.CARE_FILE)), st.sampled_from(FLAGS))
def test_what_nobody_knows_never_grants_what_a_denial_does_not(acting: Acting, name: str) -> None:
    if getattr(acting, name) is not False or is_granted(acting):
        return
    assert not is_granted(replace(acting, **{name: None}))


@MANY
@given(actings([Role.PARENT], KNOWN, age=st.integers(16, 100)))
def test_a_parent_of_16_or_older_never_acts_by_custody(acting: Acting) -> None:
    assert not is_granted(acting)


@MANY
@given(actings(OTHERS, KNOWN, field=st.just(Field.CARE_FILE), safety_concern=st.just(True)))
def test_where_somebody_fears_no_representative_gets_the_file_of_the_living(
    acting: Acting,
) -> None:
    assert not is_granted(replace(acting, deceased=False))


@MANY
@given(actings([Role.BEWINDVOERDER], KNOWN, field=st.just(Field.CARE_FILE)))
def test_a_bewindvoerder_never_sees_a_medical_file(acting: Acting) -> None:
    assert who_may_act(acting).standing is NO


@MANY
@given(actings(list(Role), KNOWN, deceased=st.just(True)))
def test_of_a_deceased_only_the_file_is_ever_given_and_only_to_look(acting: Acting) -> None:
    if is_granted(acting):
        assert (acting.field, acting.act) == (Field.CARE_FILE, Act.ACCESS)
        assert "only_that_part" in who_may_act(acting).actions


@pytest.mark.parametrize("need", list(Need))
def test_for_every_need_the_requester_is_told_what_to_bring(need: Need) -> None:
    assert len(ask_proof(needs=(need,)).actions) == 2


def test_a_guardians_own_age_is_not_the_childs() -> None:
    facts = {"requester": "guardian", "has_custody": True, "child_age": 8, "age": 45}
    assert of(ACCESS, FILE, **facts).standing is MAY
    with pytest.raises(MissingFact, match="child_age"):
        of(ACCESS, FILE, requester="guardian", age=45)
