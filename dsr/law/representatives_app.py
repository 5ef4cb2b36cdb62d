"""Who may act outside the medical file: account, messages, finance (UAVG 5), in order."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dsr.law.ages import app_ages
from dsr.law.authority import OF_AGE, Act, Acting, Authority, Field, Need, Role
from dsr.law.mandates import MANDATE, court_decision_holds
from dsr.law.proposal import Asks
from dsr.law.standing import (
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

#: what a court's representative looks after, as far as it is no care (BW 1:431, 1:441, 1:453)
_FIELD_OF: Mapping[Role, frozenset[Field]] = MappingProxyType(
    {
        Role.CURATOR: frozenset({Field.APP_DATA, Field.FINANCIAL}),
        Role.MENTOR: frozenset({Field.APP_DATA}),
        Role.BEWINDVOERDER: frozenset({Field.FINANCIAL}),
    }
)


def child_needs_its_age(acting: Acting) -> Authority | None:
    """Whether a child acts alone depends on its age (UAVG 5(3)-(4))."""
    if acting.role is Role.CHILD:
        age_of(acting, "age")
    return None


def capacity_in_doubt(acting: Acting) -> Authority | None:
    """Said to be incapable: only a measure takes the right away, the officer looks (UAVG 5(4))."""
    if acting.incapable:
        measure = _code(acting, "measure")
        return professional(measure, question="subject_under_measure", asks=Asks.OFFICER)
    return None


def child_is_represented(acting: Acting) -> Authority | None:
    """Under 12 the representative acts (UAVG 5(4)(a)); before 2026-09-01 under 16."""
    if is_below(acting, app_ages(acting.on).represented_below):
        return may_with(_code(acting, "represented"), needs=(Need.REPRESENTATIVE,))
    return None


def child_acts_itself(acting: Acting) -> Authority | None:
    """From 12 to 15 the child may act, and withdraw what a parent consented to (UAVG 5)."""
    if is_below(acting, app_ages(acting.on).shared_below):
        return may(_code(acting, "shared"), actions=("plain_language_child",))
    return None


def subject_acts(acting: Acting) -> Authority | None:
    """Everybody of 16 or older acts for itself, in plain words while a minor (Art. 12(1))."""
    return may(actions=("plain_language_child",) if is_below(acting, OF_AGE) else ())


def child_is_old_enough(acting: Acting) -> Authority | None:
    """From 16 nobody but the young person (UAVG 5(4)(b)); incapable: by analogy (BW 7:465)."""
    if age_of(acting, "child_age") < app_ages(acting.on).shared_below:
        return None
    return (
        _by_analogy()
        if acting.incapable
        else refuse(_code(acting, "shared"), needs=(Need.AUTHORISATION,))
    )


def parent_without_custody(acting: Acting) -> Authority | None:
    """UAVG 5 speaks of the legal representative: a parent without custody is none."""
    return refuse(_of_parent(acting)) if acting.custody is False else None


def fear_for_the_child(acting: Acting) -> Authority | None:
    """The child's protection may go before a parent's exercise of its rights (UAVG 41(1)(i))."""
    if not acting.safety_concern:
        return None
    grounds = "UAVG:41(1)(i)", _of_parent(acting)
    return professional(*grounds, question="withhold_from_parent", asks=Asks.OFFICER)


def custody_not_shown(acting: Acting) -> Authority | None:
    """A parent acts by custody, a guardian by the court's decision (UAVG 5(4))."""
    by_court = acting.role is Role.GUARDIAN and court_decision_holds(acting)
    if acting.custody or by_court:
        return None
    return ask_proof(_of_parent(acting), "GDPR:12(6)", needs=(Need.CUSTODY,))


def parent_acts(acting: Acting) -> Authority | None:
    """Under 12 the parent; from 12 to 15 the parent as well as the child (UAVG 5(4)(a)-(b))."""
    return may(_of_parent(acting))


def parent_counts_alone(acting: Acting) -> Authority | None:
    """Parent and child ask together, and the child cannot yet: the parent's rules."""
    if age_of(acting, "child_age") < app_ages(acting.on).represented_below or acting.incapable:
        return first("app_data", _PARENT, acting)
    return None


def outside_the_field(acting: Acting) -> Authority | None:
    """A court's representative acts in the measure's field and no further (UAVG 5(4)(c))."""
    if acting.field in _FIELD_OF[acting.role]:
        return None
    offer = ("offer_financial_part",) if acting.role is Role.BEWINDVOERDER else ()
    return refuse(_code(acting, "measure"), actions=offer)


def court_decision_not_shown(acting: Acting) -> Authority | None:
    """The measure is the court's decision, while it lasts (UAVG 5(4)(c))."""
    if court_decision_holds(acting):
        return None
    grounds = _code(acting, "measure"), "GDPR:12(6)"
    return ask_proof(*grounds, needs=(Need.COURT_DECISION,))


def fear_for_the_subject(acting: Acting) -> Authority | None:
    """The person's own protection may go first (UAVG 41(1)(i))."""
    if not acting.safety_concern:
        return None
    question = "withhold_from_representative"
    return professional("UAVG:41(1)(i)", question=question, asks=Asks.OFFICER)


def court_representative_acts(acting: Acting) -> Authority | None:
    """A curator, mentor or bewindvoerder acts in its field (UAVG 5(4)(c), 5(3)(c))."""
    return may(_code(acting, "measure"))


def family_by_analogy(acting: Acting) -> Authority | None:
    """No order in law for an adult without a measure: as in BW 7:465(3), the officer decides."""
    if acting.incapable is False:
        return refuse("BW:7:465(3)", needs=(Need.AUTHORISATION,))
    return _by_analogy()


def third_party_not_found(acting: Acting) -> Authority | None:
    """Whose data cannot be told from another's has no data to ask for (Art. 11(2))."""
    return refuse("GDPR:11(2)") if acting.own_data_identifiable is False else None


def third_party_receives(acting: Acting) -> Authority | None:
    """What is handed over goes without the data of the account holder (Art. 15(4))."""
    if acting.act is Act.ACCESS:
        return may("GDPR:15(4)", actions=("redact_account_holder",))
    return None


def third_party_has_it_erased(acting: Acting) -> Authority | None:
    """Who is named in another's data asks to erase the own data alone; the rules weigh it."""
    return may() if acting.act is Act.ERASURE else None


def third_party_acts_for_itself(acting: Acting) -> Authority | None:
    """It acts on its own data alone; which those are, the officer looks at (Art. 11(2))."""
    del acting
    return professional("GDPR:11(2)", question="are_own_data_identifiable", asks=Asks.OFFICER)


def _by_analogy() -> Authority:
    return professional("BW:7:465(3)", question="representative_by_analogy", asks=Asks.OFFICER)


def _of_parent(acting: Acting) -> str:
    young = is_below(acting, app_ages(acting.on).represented_below)
    return _code(acting, "represented" if young else "shared")


def _code(acting: Acting, kind: str) -> str:
    """The ground of that time: withdrawal has its own paragraph, 5(3), beside 5(4)."""
    prefix = "withdrawal_" if acting.act is Act.WITHDRAWAL else ""
    code: str = getattr(app_ages(acting.on), prefix + kind)
    return code


_OWN: tuple[Rule, ...] = (
    child_needs_its_age,
    child_is_represented,
    capacity_in_doubt,
    child_acts_itself,
    subject_acts,
)
_PARENT: tuple[Rule, ...] = (
    child_is_old_enough,
    parent_without_custody,
    fear_for_the_child,
    custody_not_shown,
    parent_acts,
)
_COURT: tuple[Rule, ...] = (
    outside_the_field,
    court_decision_not_shown,
    fear_for_the_subject,
    court_representative_acts,
)
#: the rules of each role, in order; an heir of a living person has none
APP_DATA: Mapping[Role, tuple[Rule, ...]] = MappingProxyType(
    {
        Role.SELF: _OWN,
        Role.CHILD: _OWN,
        Role.EMPLOYEE: _OWN,
        Role.CARE_PROVIDER: _OWN,
        Role.PARENT: _PARENT,
        Role.GUARDIAN: _PARENT,
        Role.PARENT_AND_CHILD: (parent_counts_alone, fear_for_the_child, *_OWN),
        Role.CURATOR: _COURT,
        Role.MENTOR: _COURT,
        Role.BEWINDVOERDER: _COURT,
        Role.MANDATE_HOLDER: MANDATE,
        Role.LAWYER: MANDATE,
        Role.FAMILY: (family_by_analogy,),
        Role.HEIR: (),
        Role.THIRD_PARTY_MENTIONED: (
            third_party_not_found,
            third_party_receives,
            third_party_has_it_erased,
            third_party_acts_for_itself,
        ),
    }
)
