"""Who asks, as the closed vocabulary of facts puts it (`dsr.law.facts`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from dsr.law.ages import care_ages
from dsr.law.authority import (
    BY_COURT,
    BY_CUSTODY,
    FOR_A_CHILD,
    Act,
    Acting,
    Field,
    Mandate,
    Role,
)
from dsr.law.facts import Fact
from dsr.law.rights import Nature, Right

#: what belongs to the medical file; all other data is under UAVG 5 alone.
#: What passes through is care data of another system, so the stricter field (CHOICE).
_CARE: frozenset[Nature] = frozenset(
    {
        Nature.CARE_FILE,
        Nature.CARE_COPY,
        Nature.ACCESS_LOG,
        Nature.PASS_THROUGH,
        Nature.RESEARCH,
    }
)
#: no part of the file that BW 7:455 lets a patient have destroyed
_NO_FILE: frozenset[Fact] = frozenset({"access_log", "personal_work_notes"})
_NO_FILE_NATURES = frozenset({Nature.ACCESS_LOG, Nature.PASS_THROUGH, Nature.RESEARCH})
_ROLES: Mapping[Fact, Role] = MappingProxyType({"patient": Role.SELF})
_SIGNED = Mandate(signed=True, specific=True, recent=True)


def acting_from(
    right: Right, nature: Nature, facts: Mapping[str, Fact], *, on: date | None = None
) -> Acting:
    """The question "may this person act", from checked facts. Who is not named is the subject.

    `nature` is that of what is asked about (`Case.nature`), so that authority and decision never
    look at two different things. `on` is the day of the act; None: the law as it stands now.
    Identity that is verified means: who asks, and the papers that were shown, were found good.
    """
    field = _field(right, nature, facts)
    role, age = _role_and_age(facts, on)
    interest = facts.get("interest")
    return Acting(
        role=role,
        field=field,
        act=_act(right, nature, field, facts),
        on=on,
        age=age,
        custody=_custody(facts),
        both_custody=_known(facts, "both_parents_custody"),
        both_signed=_known(facts, "both_signed"),
        child_consents=_known(facts, "child_consents"),
        safety_concern=_known(facts, "child_safety_concern"),
        incapable=_known(facts, "patient_incapable"),
        court_decision=_court_decision(role, facts),
        mandate=_mandate(facts),
        own_data_identifiable=_known(facts, "own_data_identifiable"),
        deceased=_known(facts, "patient_deceased"),
        consent_in_life=_known(facts, "consent_in_life"),
        consent_recorded=True if facts.get("consent_form") == "written" else None,
        compelling_interest=None if interest is None else interest == "compelling",
        incident_notice=_known(facts, "incident_notice"),
        wish_against=_known(facts, "wish_against"),
        somebody_first=_known(facts, "somebody_first"),
    )


def _field(right: Right, nature: Nature, facts: Mapping[str, Fact]) -> Field:
    if right is Right.WITHDRAWAL and facts.get("object") == "consent_given_by_parent":
        return Field.APP_DATA  # a consent is no part of a file (UAVG 5(3))
    if nature is Nature.FINANCE:
        return Field.FINANCIAL
    in_his = nature is Nature.OTHER and facts.get("system") == "HIS"
    return Field.CARE_FILE if nature in _CARE or in_his else Field.APP_DATA


def _act(right: Right, nature: Nature, field: Field, facts: Mapping[str, Fact]) -> Act:
    """Erasure from the medical file is destruction (BW 7:455)."""
    named = facts.get("object")
    no_file = named in _NO_FILE if named is not None else nature in _NO_FILE_NATURES
    if right is Right.ERASURE and field is Field.CARE_FILE and not no_file:
        return Act.DESTRUCTION
    return Act(right)


def _role_and_age(facts: Mapping[str, Fact], on: date | None) -> tuple[Role, int | None]:
    """Who a parent with an authorisation of its child of 16 is: a mandate holder (BW 7:447)."""
    named = facts.get("requester", "self")
    role = _ROLES.get(named) or Role(str(named))
    # Of who acts for a child, `age` would be its own.
    age = _number(facts, *(("child_age",) if role in FOR_A_CHILD else ("age", "child_age")))
    grown = age is not None and age >= care_ages(on).shared_below
    signed = facts.get("authorisation") == "signed_specific_recent"
    return Role.MANDATE_HOLDER if role in BY_CUSTODY and grown and signed else role, age


def _custody(facts: Mapping[str, Fact]) -> bool | None:
    """Custody of both is custody of this one too."""
    said = _known(facts, "has_custody")
    return True if said is None and facts.get("both_parents_custody") is True else said


def _court_decision(role: Role, facts: Mapping[str, Fact]) -> bool | None:
    """A representative by court order was verified by that order, unless it is said otherwise."""
    said = _known(facts, "court_order")
    verified = facts.get("identity", "verified") == "verified"
    return True if said is None and verified and role in BY_COURT else said


def _mandate(facts: Mapping[str, Fact]) -> Mandate | None:
    named = facts.get("authorisation")
    if named is None:
        return None
    return _SIGNED if named == "signed_specific_recent" else Mandate(signed=False)


def _known(facts: Mapping[str, Fact], name: str) -> bool | None:
    value = facts.get(name)
    return value if isinstance(value, bool) else None


def _number(facts: Mapping[str, Fact], *names: str) -> int | None:
    """The first of these that is known."""
    values = (facts.get(name) for name in names)
    return next((value for value in values if isinstance(value, int)), None)
