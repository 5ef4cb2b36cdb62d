"""Who may see the file of a deceased patient (BW 7:458a); the GDPR is silent (recital 27)."""

from __future__ import annotations

from dsr.law.ages import care_ages
from dsr.law.authority import BY_CUSTODY, Act, Acting, Authority, Field, Need, Role
from dsr.law.standing import Rule, age_of, ask_proof, is_below, may, professional, refuse

_ONLY = ("only_that_part",)
#: who can be the person that no longer lives
_OWN = frozenset({Role.SELF, Role.CHILD, Role.PARENT_AND_CHILD})
#: next of kin, and who came in under BW 7:465(3): they get notice of an incident
_NEAR = frozenset({Role.HEIR, Role.FAMILY, Role.CURATOR, Role.MENTOR, *BY_CUSTODY})
_DEAD = "GDPR:recital27"


def has_died(acting: Acting) -> bool:
    """Whether this is about a deceased person: said so, or an heir asks and nobody denies it."""
    return bool(acting.deceased) or (acting.deceased is None and acting.role is Role.HEIR)


def dead_cannot_ask(acting: Acting) -> Authority | None:
    """Somebody who says to be a person that died is first asked who it is (Art. 12(6))."""
    if acting.role in _OWN:
        return ask_proof("GDPR:12(6)", needs=(Need.IDENTITY,))
    return None


def other_data_of_the_dead(acting: Acting) -> Authority | None:
    """Outside the medical file nobody has a right: the GDPR is about the living (recital 27)."""
    return refuse(_DEAD) if acting.field is not Field.CARE_FILE else None


def only_to_look(acting: Acting) -> Authority | None:
    """BW 7:458a gives inspection and a copy; destruction was the patient's own (BW 7:455(1))."""
    if acting.act is Act.ACCESS:
        return None
    personal = ("BW:7:455(1)",) if acting.act is Act.DESTRUCTION else ()
    return refuse("BW:7:458a", *personal, _DEAD)


def patient_wished_otherwise(acting: Acting) -> Authority | None:
    """The recorded wish of a patient of 12 or older goes before every ground (BW 7:458a(4))."""
    young = is_below(acting, care_ages(acting.on).represented_below)
    return refuse("BW:7:458a(4)", _DEAD) if acting.wish_against and not young else None


def patient_consented(acting: Acting) -> Authority | None:
    """Consent in life, in writing or electronic (BW 7:458a(1)(a))."""
    if acting.consent_in_life and acting.consent_recorded:
        return may("BW:7:458a(1)(a)", _DEAD, actions=_ONLY)
    return None


def told_of_an_incident(acting: Acting) -> Authority | None:
    """Next of kin to whom the practice gave notice of an incident (BW 7:458a(1)(b))."""
    if acting.incident_notice and acting.role in _NEAR:
        return may("BW:7:458a(1)(b)", _DEAD, actions=_ONLY)
    return None


def parent_of_deceased_child(acting: Acting) -> Authority | None:
    """Who had custody of a child that died before 16, unless good care forbids (BW 7:458a(2))."""
    if acting.role not in BY_CUSTODY or acting.custody is False:
        return None
    if age_of(acting, "child_age") >= care_ages(acting.on).shared_below:
        return None
    if acting.safety_concern:
        return professional("BW:7:458a(2)", _DEAD, question="withhold_from_parent", actions=_ONLY)
    if acting.custody is None:
        return ask_proof("BW:7:458a(2)", "GDPR:12(6)", needs=(Need.CUSTODY,))
    return may("BW:7:458a(2)", _DEAD, actions=_ONLY)


def compelling_interest(acting: Acting) -> Authority | None:
    """A compelling interest that may be harmed, and needs this file: weighed (BW 7:458a(1)(c))."""
    if not acting.compelling_interest:
        return None
    question = "compelling_interest_of_next_of_kin"
    return professional("BW:7:458a(1)(c)", _DEAD, question=question, actions=_ONLY)


def limbs_not_answered(acting: Acting) -> Authority | None:
    """A ground that nobody spoke about is asked after, before anything is refused.

    Notice of an incident is the practice's own act: its absence need not be asked.
    """
    recorded = acting.consent_in_life is not False and acting.consent_recorded is not False
    weighed = acting.compelling_interest is None
    needs = ((Need.CONSENT_ON_RECORD,) if recorded else ()) + (
        (Need.COMPELLING_INTEREST,) if weighed else ()
    )
    return ask_proof("BW:7:458a", _DEAD, needs=needs) if needs else None


def no_ground(acting: Acting) -> Authority | None:
    """Secrecy goes on after death; without a ground nothing is given (BW 7:458a)."""
    del acting
    return refuse("BW:7:458a", _DEAD)


#: for whoever asks, in order
DECEASED: tuple[Rule, ...] = (
    dead_cannot_ask,
    other_data_of_the_dead,
    only_to_look,
    patient_wished_otherwise,
    patient_consented,
    told_of_an_incident,
    parent_of_deceased_child,
    compelling_interest,
    limbs_not_answered,
    no_ground,
)
