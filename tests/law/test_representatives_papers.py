"""Papers and persons that the closed vocabulary has no word for: guardian, family, mandates."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dsr.law.authority import Act, Acting, Authority, Field, Mandate, Need, Role, Standing
from dsr.law.errors import ImpossibleDate, MissingFact
from dsr.law.proposal import Asks
from dsr.law.representatives import who_may_act

TODAY = date(2026, 11, 22)
GOOD = Mandate(signed=True, specific=True, recent=True)
MAY, MAY_WITH, ASK, GP, NO = (
    Standing.MAY,
    Standing.MAY_WITH,
    Standing.ASK_PROOF,
    Standing.PROFESSIONAL,
    Standing.REFUSE,
)


def of(role: Role, field: Field = Field.CARE_FILE, act: Act = Act.ACCESS, **k: Any) -> Authority:
    return who_may_act(Acting(role=role, field=field, act=act, **k))


def mandate(**changed: Any) -> Mandate:
    values: dict[str, Any] = {"signed": True, "specific": True, "recent": True, **changed}
    return Mandate(**values)


# An authorisation


@pytest.mark.parametrize(
    ("paper", "standing", "needs"),
    [
        (None, ASK, Need.AUTHORISATION),
        (mandate(signed=None), ASK, Need.AUTHORISATION),
        (mandate(signed=False), ASK, Need.AUTHORISATION),
        (mandate(recent=None), ASK, Need.AUTHORISATION),
        (mandate(recent=False), ASK, Need.AUTHORISATION),
        (mandate(specific=None), ASK, Need.AUTHORISATION),
        (mandate(specific=False), MAY_WITH, Need.PATIENT_CONFIRMATION),
        (mandate(revoked_on=date(2026, 11, 1)), NO, Need.AUTHORISATION),
        (mandate(until=date(2026, 11, 21)), ASK, Need.AUTHORISATION),
        (mandate(signed_on=date(2026, 11, 23)), ASK, Need.AUTHORISATION),
        (mandate(until=TODAY), MAY, None),
        (mandate(signed_on=date(2026, 11, 1), until=date(2026, 12, 31)), MAY, None),
        (GOOD, MAY, None),
    ],
)
@pytest.mark.parametrize("role", [Role.LAWYER, Role.MANDATE_HOLDER])
@pytest.mark.parametrize("field", list(Field))
def test_an_authorisation_is_signed_specific_recent_and_in_force(
    role: Role, field: Field, paper: Mandate | None, standing: Standing, needs: Need | None
) -> None:
    found = of(role, field, mandate=paper, on=TODAY)
    assert (found.standing, found.needs) == (standing, (needs,) if needs else ())
    assert ("BW:7:457(1)" in found.grounds) == (field is Field.CARE_FILE)


def test_a_paper_with_dates_is_held_against_the_day_of_the_act() -> None:
    with pytest.raises(MissingFact, match="on"):
        of(Role.LAWYER, mandate=mandate(until=TODAY))


def test_a_paper_that_ends_before_it_begins_cannot_be() -> None:
    paper = mandate(signed_on=date(2026, 2, 2), until=date(2026, 2, 1))
    with pytest.raises(ImpossibleDate, match="until"):
        of(Role.LAWYER, mandate=paper, on=TODAY)


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ({"age": 11}, ASK),
        ({"age": 12}, MAY),
        ({"incapable": True}, GP),
        ({"safety_concern": True}, MAY_WITH),
    ],
)
def test_who_cannot_act_cannot_authorise_and_doubt_is_put_to_the_person(
    facts: dict[str, Any], standing: Standing
) -> None:
    assert of(Role.LAWYER, mandate=GOOD, **facts).standing is standing


def test_destruction_by_a_lawyer_waits_for_the_patients_own_word() -> None:
    found = of(Role.LAWYER, act=Act.DESTRUCTION, mandate=GOOD)
    assert (found.standing, found.needs) == (MAY_WITH, (Need.PATIENT_CONFIRMATION,))
    assert "BW:7:455(1)" in found.grounds


# A decision of the court


@pytest.mark.parametrize(
    ("dates", "standing"),
    [
        ({}, MAY),
        ({"court_from": date(2020, 1, 1)}, MAY),
        ({"court_from": date(2020, 1, 1), "court_until": TODAY}, MAY),
        ({"court_until": date(2026, 11, 21)}, ASK),
        ({"court_from": date(2026, 11, 23)}, ASK),
    ],
)
@pytest.mark.parametrize("role", [Role.CURATOR, Role.MENTOR])
def test_a_measure_counts_while_it_lasts(
    role: Role, dates: dict[str, date], standing: Standing
) -> None:
    found = of(role, court_decision=True, incapable=True, on=TODAY, **dates)
    assert found.standing is standing


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.CURATOR, {Field.APP_DATA, Field.FINANCIAL}),
        (Role.MENTOR, {Field.APP_DATA}),
        (Role.BEWINDVOERDER, {Field.FINANCIAL}),
    ],
)
def test_outside_the_file_each_acts_in_its_own_field(role: Role, may: set[Field]) -> None:
    granted = {
        field
        for field in (Field.APP_DATA, Field.FINANCIAL)
        if of(role, field, court_decision=True).standing is MAY
    }
    assert granted == may


def test_a_curator_withdraws_by_the_paragraph_on_consent() -> None:
    found = of(Role.CURATOR, Field.APP_DATA, Act.WITHDRAWAL, court_decision=True)
    assert (found.standing, found.grounds) == (MAY, ("UAVG:5(3)(c)",))


def test_fear_for_a_person_is_put_to_the_officer_outside_the_file() -> None:
    found = of(Role.MENTOR, Field.APP_DATA, court_decision=True, safety_concern=True)
    assert (found.standing, found.asks, found.grounds) == (GP, Asks.OFFICER, ("UAVG:41(1)(i)",))
    parents = of(Role.PARENT, Field.APP_DATA, age=9, custody=True, safety_concern=True)
    assert (parents.standing, parents.asks) == (GP, Asks.OFFICER)
    assert parents.grounds == ("UAVG:41(1)(i)", "UAVG:5(4)(a)")


# A guardian


@pytest.mark.parametrize("field", [Field.CARE_FILE, Field.APP_DATA])
def test_a_guardian_acts_by_the_decision_of_the_court(field: Field) -> None:
    assert of(Role.GUARDIAN, field, age=8, court_decision=True).standing is MAY
    assert of(Role.GUARDIAN, field, age=8, custody=True).standing is MAY
    assert of(Role.GUARDIAN, field, age=8).needs == (Need.CUSTODY,)


def test_a_guardian_without_custody_is_asked_for_papers_not_sent_off_as_a_parent() -> None:
    found = of(Role.GUARDIAN, age=8, custody=False)
    assert (found.standing, found.needs) == (ASK, (Need.CUSTODY,))


# Family of an incapable adult (BW 7:465(3))


@pytest.mark.parametrize(
    ("facts", "standing", "ground"),
    [
        ({"incapable": True, "somebody_first": False}, MAY, "BW:7:465(3)"),
        ({"incapable": True}, ASK, "BW:7:465(3)"),
        ({"incapable": True, "somebody_first": True}, NO, "BW:7:465(3)"),
        ({"incapable": None}, GP, "BW:7:465(3)"),
        ({"incapable": False}, NO, "BW:7:457(1)"),
        ({"incapable": True, "somebody_first": False, "safety_concern": True}, GP,
         "BW:7:465(4)"),
        ({"incapable": True, "somebody_first": False, "act": Act.DESTRUCTION}, GP,
         "BW:7:455(1)"),
    ],
)  # fmt: skip
def test_family_comes_in_for_an_incapable_adult_and_in_its_order(
    facts: dict[str, Any], standing: Standing, ground: str
) -> None:
    found = of(Role.FAMILY, age=80, **facts)
    assert found.standing is standing
    assert ground in found.grounds


def test_family_of_a_minor_has_no_place_beside_who_has_custody() -> None:
    assert of(Role.FAMILY, age=17, incapable=True, somebody_first=False).standing is NO
    with pytest.raises(MissingFact, match="age"):
        of(Role.FAMILY, incapable=True)


@pytest.mark.parametrize(("incapable", "standing"), [(True, GP), (None, GP), (False, NO)])
def test_outside_the_file_family_is_by_analogy_so_the_officer_decides(
    incapable: bool | None, standing: Standing
) -> None:
    found = of(Role.FAMILY, Field.APP_DATA, incapable=incapable)
    assert (found.standing, found.grounds) == (standing, ("BW:7:465(3)",))


# The subject itself, outside the file


def test_only_a_measure_takes_the_rights_from_an_adult_so_the_officer_looks() -> None:
    found = of(Role.SELF, Field.APP_DATA, age=50, incapable=True)
    assert (found.standing, found.asks, found.grounds) == (GP, Asks.OFFICER, ("UAVG:5(4)(c)",))
    grown = of(Role.PARENT, Field.APP_DATA, age=30, incapable=True)
    assert (grown.standing, grown.asks) == (GP, Asks.OFFICER)


@pytest.mark.parametrize(("age", "plain"), [(17, True), (18, False), (None, False)])
def test_a_minor_is_answered_in_plain_words(age: int | None, plain: bool) -> None:
    for field in (Field.CARE_FILE, Field.APP_DATA):
        found = of(Role.SELF, field, age=age)
        assert found.standing is MAY
        assert ("plain_language_child" in found.actions) == plain


# After death (BW 7:458a)


@pytest.mark.parametrize(
    ("role", "facts", "standing", "ground"),
    [
        (Role.HEIR, {"incident_notice": True}, MAY, "BW:7:458a(1)(b)"),
        (Role.FAMILY, {"incident_notice": True}, MAY, "BW:7:458a(1)(b)"),
        (Role.LAWYER, {"incident_notice": True}, ASK, "BW:7:458a"),
        (Role.HEIR, {"consent_in_life": True, "consent_recorded": True}, MAY,
         "BW:7:458a(1)(a)"),
        (Role.HEIR, {"consent_in_life": True, "consent_recorded": True, "wish_against": True,
                     "age": 12}, NO, "BW:7:458a(4)"),
        (Role.HEIR, {"consent_in_life": True, "consent_recorded": True, "wish_against": True},
         NO, "BW:7:458a(4)"),
        (Role.HEIR, {"consent_in_life": True, "consent_recorded": True, "wish_against": True,
                     "age": 11}, MAY, "BW:7:458a(1)(a)"),
        (Role.HEIR, {"consent_in_life": True, "consent_recorded": False,
                     "compelling_interest": False}, NO, "BW:7:458a"),
        (Role.HEIR, {"compelling_interest": True}, GP, "BW:7:458a(1)(c)"),
        (Role.HEIR, {}, ASK, "BW:7:458a"),
        (Role.PARENT, {"age": 15, "custody": True}, MAY, "BW:7:458a(2)"),
        (Role.GUARDIAN, {"age": 15, "custody": True}, MAY, "BW:7:458a(2)"),
        (Role.PARENT, {"age": 15}, ASK, "BW:7:458a(2)"),
        (Role.PARENT, {"age": 15, "custody": True, "safety_concern": True}, GP,
         "BW:7:458a(2)"),
        (Role.PARENT, {"age": 14, "custody": True, "wish_against": True}, NO, "BW:7:458a(4)"),
        (Role.PARENT, {"age": 16, "custody": True, "consent_in_life": False,
                       "compelling_interest": False}, NO, "BW:7:458a"),
        (Role.PARENT, {"custody": False, "consent_in_life": False,
                       "compelling_interest": False}, NO, "BW:7:458a"),
        (Role.SELF, {}, ASK, "GDPR:12(6)"),
    ],
)  # fmt: skip
def test_after_death_there_are_three_grounds_and_the_parents(
    role: Role, facts: dict[str, Any], standing: Standing, ground: str
) -> None:
    found = of(role, deceased=True, **facts)
    assert found.standing is standing
    assert ground in found.grounds


def test_both_open_grounds_are_asked_after_at_once() -> None:
    found = of(Role.HEIR, deceased=True)
    assert found.needs == (Need.CONSENT_ON_RECORD, Need.COMPELLING_INTEREST)
    assert of(Role.HEIR, consent_in_life=False).needs == (Need.COMPELLING_INTEREST,)
    assert of(Role.HEIR, compelling_interest=False).needs == (Need.CONSENT_ON_RECORD,)


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.ACCESS])
def test_after_death_nothing_but_a_look_and_a_copy(act: Act) -> None:
    found = of(Role.HEIR, act=act, consent_in_life=True, consent_recorded=True)
    assert found.standing is NO
    assert ("BW:7:455(1)" in found.grounds) == (act is Act.DESTRUCTION)


def test_the_parent_of_a_deceased_child_says_how_old_it_was() -> None:
    with pytest.raises(MissingFact, match="child_age"):
        of(Role.PARENT, deceased=True, custody=True)
