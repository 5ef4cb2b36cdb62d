"""Who may act for a patient: the medical file and its copies (BW 7:446-468), in order."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dsr.law.ages import app_ages, care_ages
from dsr.law.authority import OF_AGE, Act, Acting, Authority, Need, Role
from dsr.law.mandates import MANDATE, court_decision_holds
from dsr.law.proposal import Asks
from dsr.law.standing import (
    HANDED_OVER,
    SECRECY,
    Rule,
    age_of,
    ask_proof,
    first,
    is_below,
    may,
    may_with,
    professional,
    refuse,
)


def child_needs_its_age(acting: Acting) -> Authority | None:
    """Whether a child acts alone depends on its age (BW 7:447, 7:465(1))."""
    if acting.role is Role.CHILD:
        age_of(acting, "age")
    return None


def capacity_in_doubt(acting: Acting) -> Authority | None:
    """Of 12 or older and said to be incapable: the care provider judges that (BW 7:465(2)-(3))."""
    if acting.incapable and not is_below(acting, care_ages(acting.on).represented_below):
        return professional("BW:7:465(2)", "BW:7:465(3)", question="patient_capable")
    return None


def child_is_represented(acting: Acting) -> Authority | None:
    """Under 12 only the representative acts (BW 7:465(1))."""
    ages = care_ages(acting.on)
    if is_below(acting, ages.represented_below):
        return may_with(ages.represented, needs=(Need.REPRESENTATIVE,))
    return None


def child_acts_itself(acting: Acting) -> Authority | None:
    """From 12 a capable child acts itself: the WGBO goes before UAVG 5 (UAVG 5(7))."""
    if is_below(acting, care_ages(acting.on).shared_below):
        return may(*_child_of_12(acting), *_destroying(acting), actions=("plain_language_child",))
    return None


def young_person_acts_alone(acting: Acting) -> Authority | None:
    """From 16 the young person is the patient in everything (BW 7:447)."""
    if is_below(acting, OF_AGE):
        return may(care_ages(acting.on).alone, actions=("plain_language_child",))
    return None


def patient_acts(acting: Acting) -> Authority | None:
    """An adult acts for itself; nothing has to be shown but who it is."""
    del acting
    return may()


def child_is_old_enough(acting: Acting) -> Authority | None:
    """From 16 a parent needs the young person's authorisation (BW 7:447, 7:457(1)).

    Incapable of judging: a minor's parents come in (BW 7:465(2)), an adult's family in its
    order (BW 7:465(3)); the care provider judges that first.
    """
    ages = care_ages(acting.on)
    age = age_of(acting, "child_age")
    if age < ages.shared_below:
        return None
    if acting.incapable:
        order = ages.represented_incapable if age < OF_AGE else "BW:7:465(3)"
        return professional(order, question="patient_capable")
    return refuse(ages.alone, *SECRECY, needs=(Need.AUTHORISATION,))


def parent_without_custody(acting: Acting) -> Authority | None:
    """No custody, no file: only the main facts, when asked (BW 1:377c, 7:457).

    Those facts are not offered where somebody fears for the child (BW 1:377c(1)).
    """
    if acting.custody is not False or acting.role is Role.GUARDIAN:
        return None
    offer = () if acting.safety_concern else ("offer_global_information",)
    older = not is_below(acting, care_ages(acting.on).represented_below)
    needs = (Need.AUTHORISATION,) if older else ()
    return refuse("BW:1:377c", "BW:7:457", actions=offer, needs=needs)


def fear_for_the_child(acting: Acting) -> Authority | None:
    """What good care forbids is not given to a parent (BW 7:457(3), 7:465(4); UAVG 41(1)(i))."""
    if not acting.safety_concern:
        return None
    return professional(
        "BW:7:457(3)", "BW:7:465(4)", "UAVG:41(1)(i)", question="withhold_from_parent"
    )


def custody_not_shown(acting: Acting) -> Authority | None:
    """A parent acts by custody, a guardian by the court's decision (BW 7:465(1))."""
    by_court = acting.role is Role.GUARDIAN and court_decision_holds(acting)
    if acting.custody or by_court:
        return None
    grounds = care_ages(acting.on).represented, "GDPR:12(6)"
    return ask_proof(*grounds, needs=(Need.CUSTODY,))


def destruction_needs_both_parents(acting: Acting) -> Authority | None:
    """It cannot be undone: both parents with custody sign (BW 7:465(1); KNMG)."""
    by_parents = is_below(acting, care_ages(acting.on).represented_below) or acting.incapable
    if acting.act is not Act.DESTRUCTION or not by_parents or acting.both_signed:
        return None
    grounds = care_ages(acting.on).represented, "KNMG:both_parents"
    if acting.both_custody is None:
        return ask_proof(*grounds, needs=(Need.JOINT_CUSTODY,))
    if not acting.both_custody:
        return None
    needs = (Need.SECOND_PARENT,)
    return (
        refuse(*grounds, needs=needs)
        if acting.both_signed is False
        else may_with(*grounds, needs=needs)
    )


def parent_acts(acting: Acting) -> Authority | None:
    """Under 12 each parent with custody acts (BW 7:465(1); UAVG 5(4)(a))."""
    ages = care_ages(acting.on)
    if not is_below(acting, ages.represented_below):
        return None
    both = ("KNMG:both_parents",) if acting.both_signed else ()
    grounds = app_ages(acting.on).represented, ages.represented, *_destroying(acting)
    return may(*grounds, *(both if acting.act is Act.DESTRUCTION else ()))


def parent_of_incapable_child(acting: Acting) -> Authority | None:
    """From 12 to 15 a parent acts where the child cannot judge (BW 7:465(2))."""
    if acting.incapable:
        return may(care_ages(acting.on).represented_incapable, *_destroying(acting))
    return None


def child_agrees(acting: Acting) -> Authority | None:
    """From 12 to 15 with the child's consent (BW 7:457(1))."""
    if acting.child_consents:
        return may("BW:7:457(1)", *_child_of_12(acting), *_destroying(acting))
    return None


def child_refuses(acting: Acting) -> Authority | None:
    """Without it only what consent to treatment needs: the GP decides, by default no.

    Destruction is asked by the patient in person (BW 7:455(1)), so there it is a refusal.
    """
    if acting.child_consents is None:
        return None
    if acting.act is Act.DESTRUCTION:
        return refuse("BW:7:455(1)", "BW:7:457(1)")
    grounds = *_child_of_12(acting), "BW:7:457(1)", "BW:7:457(3)", "BW:7:465(2)"
    return professional(*grounds, question="parent_without_consent_of_child")


def child_not_asked(acting: Acting) -> Authority | None:
    """The child of 12 to 15 has to be asked first (BW 7:457(1); UAVG 5(7))."""
    return may_with(*_child_of_12(acting), "BW:7:457(1)", needs=(Need.CHILD_CONSENT,))


def parent_counts_alone(acting: Acting) -> Authority | None:
    """Parent and child ask together, but the child cannot or will not: the parent's rules."""
    young = age_of(acting, "child_age") < care_ages(acting.on).represented_below
    if young or acting.incapable or acting.child_consents is False:
        return first("care_file", _PARENT, acting)
    return None


def child_acts_with_parent(acting: Acting) -> Authority | None:
    """From 12 to 15 the child asks, and its parent may hear (BW 7:457(1); UAVG 5(7))."""
    if is_below(acting, care_ages(acting.on).shared_below):
        grounds = "BW:7:457(1)", *_child_of_12(acting), *_destroying(acting)
        return may(*grounds, actions=("plain_language_child",))
    return None


def young_person_acts_with_parent(acting: Acting) -> Authority | None:
    """From 16 the young person asks; who comes along changes nothing (BW 7:447)."""
    return may(care_ages(acting.on).alone, *_destroying(acting))


def court_decision_not_shown(acting: Acting) -> Authority | None:
    """A curator or mentor acts by the court's decision, while it lasts (BW 7:465(2))."""
    if court_decision_holds(acting):
        return None
    measure = app_ages(acting.on).measure
    return ask_proof("BW:7:465(2)", measure, "GDPR:12(6)", needs=(Need.COURT_DECISION,))


def fear_for_the_patient(acting: Acting) -> Authority | None:
    """What good care forbids is not given to a representative (BW 7:465(4))."""
    if acting.safety_concern:
        return professional("BW:7:465(4)", question="withhold_from_representative")
    return None


def patient_judges_alone(acting: Acting) -> Authority | None:
    """Who can judge the matter acts itself; whether it can is the care provider's to say."""
    order = "BW:7:465(3)" if acting.role is Role.FAMILY else "BW:7:465(2)"
    if acting.incapable is None:
        return professional(order, question="patient_capable")
    if acting.incapable is False:
        return refuse(order, *SECRECY, needs=(Need.AUTHORISATION,))
    return None


def destruction_by_another(acting: Acting) -> Authority | None:
    """Destruction is the patient's own request (BW 7:455(1)); for who cannot ask, the GP weighs."""
    if acting.act is not Act.DESTRUCTION:
        return None
    order = "BW:7:465(3)" if acting.role is Role.FAMILY else "BW:7:465(2)"
    return professional("BW:7:455(1)", order, question="destruction_by_representative")


def court_representative_acts(acting: Acting) -> Authority | None:
    """A curator or mentor acts for an incapable patient (BW 7:465(2); UAVG 5(4)(c))."""
    return may("BW:7:465(2)", app_ages(acting.on).measure)


def administrator_has_no_file(acting: Acting) -> Authority | None:
    """A bewindvoerder looks after property: no medical file (UAVG 5(4)(c); BW 7:457(1))."""
    measure = app_ages(acting.on).measure
    return refuse(measure, *SECRECY, actions=("offer_financial_part",))


def family_of_a_minor(acting: Acting) -> Authority | None:
    """BW 7:465(3) is about adults: for a minor those with custody act (BW 7:465(1)-(2))."""
    if age_of(acting, "age") >= OF_AGE:
        return None
    ages = care_ages(acting.on)
    return refuse(ages.represented, ages.represented_incapable, needs=(Need.AUTHORISATION,))


def another_comes_first(acting: Acting) -> Authority | None:
    """A court's representative, then written attorney, partner, and only then kin."""
    if acting.somebody_first is None:
        return ask_proof("BW:7:465(3)", "GDPR:12(6)", needs=(Need.RANK,))
    return refuse("BW:7:465(2)", "BW:7:465(3)") if acting.somebody_first else None


def family_acts(acting: Acting) -> Authority | None:
    """The attorney, partner or relative of an incapable adult acts (BW 7:465(3))."""
    del acting
    return may("BW:7:465(3)")


def third_party_in_a_file(acting: Acting) -> Authority | None:
    """Who is named in another's file may ask for its own data; secrecy is weighed first."""
    actions = ("redact_account_holder",) if acting.act in HANDED_OVER else ()
    return professional(
        "GDPR:15(4)", "BW:7:457(1)", question="third_party_in_file", actions=actions
    )


def professional_in_a_file(acting: Acting) -> Authority | None:
    """Who worked on a file may ask for the data about itself, never the patient's."""
    if acting.act is Act.ACCESS:
        return may("GDPR:15(4)", actions=("redact",))
    return professional("BW:7:457(1)", question="professional_in_file", asks=Asks.CLINICIAN)


def _child_of_12(acting: Acting) -> tuple[str, ...]:
    return (app_ages(acting.on).gives_way,)


def _destroying(acting: Acting) -> tuple[str, ...]:
    return ("BW:7:455(1)",) if acting.act is Act.DESTRUCTION else ()


_OWN: tuple[Rule, ...] = (
    child_needs_its_age,
    capacity_in_doubt,
    child_is_represented,
    child_acts_itself,
    young_person_acts_alone,
    patient_acts,
)
_PARENT: tuple[Rule, ...] = (
    child_is_old_enough,
    parent_without_custody,
    fear_for_the_child,
    custody_not_shown,
    destruction_needs_both_parents,
    parent_acts,
    parent_of_incapable_child,
    child_agrees,
    child_refuses,
    child_not_asked,
)
_TOGETHER: tuple[Rule, ...] = (
    parent_counts_alone,
    fear_for_the_child,
    child_acts_with_parent,
    young_person_acts_with_parent,
)
_COURT: tuple[Rule, ...] = (
    court_decision_not_shown,
    fear_for_the_patient,
    patient_judges_alone,
    destruction_by_another,
    court_representative_acts,
)
_FAMILY: tuple[Rule, ...] = (
    family_of_a_minor,
    fear_for_the_patient,
    patient_judges_alone,
    another_comes_first,
    destruction_by_another,
    family_acts,
)
#: the rules of each role, in order; an heir of a living patient has none
CARE_FILE: Mapping[Role, tuple[Rule, ...]] = MappingProxyType(
    {
        Role.SELF: _OWN,
        Role.CHILD: _OWN,
        Role.PARENT: _PARENT,
        Role.GUARDIAN: _PARENT,
        Role.PARENT_AND_CHILD: _TOGETHER,
        Role.CURATOR: _COURT,
        Role.MENTOR: _COURT,
        Role.BEWINDVOERDER: (administrator_has_no_file,),
        Role.MANDATE_HOLDER: MANDATE,
        Role.LAWYER: MANDATE,
        Role.FAMILY: _FAMILY,
        Role.HEIR: (),
        Role.THIRD_PARTY_MENTIONED: (third_party_in_a_file,),
        Role.EMPLOYEE: (professional_in_a_file,),
        Role.CARE_PROVIDER: (professional_in_a_file,),
    }
)
