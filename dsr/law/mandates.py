"""Papers by which somebody acts: an authorisation by the person, a decision of the court."""

from __future__ import annotations

from datetime import date

from dsr.law.ages import app_ages, care_ages
from dsr.law.authority import Act, Acting, Authority, Field, Mandate, Need
from dsr.law.errors import ImpossibleDate, MissingFact
from dsr.law.standing import SECRECY, Rule, ask_proof, is_below, may, may_with, professional, refuse


def court_decision_holds(acting: Acting) -> bool:
    """Whether a decision was shown and is in force on the day of the act."""
    if not acting.court_decision:
        return False
    return _in_force(acting.court_from, acting.court_until, acting.on)


def no_authorisation(acting: Acting) -> Authority | None:
    """Nobody acts for another without an authorisation, a lawyer neither (BW 7:457(1))."""
    if acting.mandate is not None and acting.mandate.signed:
        return None
    return _ask(acting)


def revoked(acting: Acting) -> Authority | None:
    """An authorisation that was taken back is none."""
    if _mandate(acting).revoked_on is None:
        return None
    return refuse(*_secrecy(acting), needs=(Need.AUTHORISATION,))


def stale(acting: Acting) -> Authority | None:
    """It must be recent, and not have ended; what nobody judged is not good."""
    mandate = _mandate(acting)
    holds = mandate.recent and _in_force(mandate.signed_on, mandate.until, acting.on)
    return None if holds else _ask(acting)


def unlimited(acting: Acting) -> Authority | None:
    """It must say what it is for; "everything" is checked with the person."""
    if _mandate(acting).specific is None:
        return _ask(acting)
    return None if _mandate(acting).specific else _confirm(acting)


def signed_by_who_cannot(acting: Acting) -> Authority | None:
    """A child that is represented, or who cannot judge, cannot authorise (BW 7:465(1), (3))."""
    represented = care_ages(acting.on) if _about_care(acting) else app_ages(acting.on)
    if is_below(acting, represented.represented_below):
        return ask_proof(represented.represented, "GDPR:12(6)", needs=(Need.REPRESENTATIVE,))
    if acting.incapable:
        return professional("BW:7:465(3)", question="patient_capable")
    return None


def doubtful(acting: Acting) -> Authority | None:
    """In doubt, and for what cannot be undone, the person is asked (BW 7:455(1), 7:457(1))."""
    if acting.safety_concern or acting.act is Act.DESTRUCTION:
        return _confirm(acting)
    return None


def authorised(acting: Acting) -> Authority | None:
    """With the person's consent, shown by what it signed (BW 7:457(1))."""
    return may(*_secrecy(acting))


#: what a mandate holder or lawyer has to show, in order; the same for care and other data
MANDATE: tuple[Rule, ...] = (
    no_authorisation,
    revoked,
    stale,
    unlimited,
    signed_by_who_cannot,
    doubtful,
    authorised,
)


def _in_force(since: date | None, until: date | None, on: date | None) -> bool:
    """`until` is the last day. Dates without a day to hold them against say nothing."""
    if since is not None and until is not None and until < since:
        raise ImpossibleDate("until", "lies before the day on which it began.")
    if since is None and until is None:
        return True
    if on is None:
        raise MissingFact("on", "is needed: the day of the act, to hold the paper's dates against.")
    return (since is None or since <= on) and (until is None or on <= until)


def _mandate(acting: Acting) -> Mandate:
    return acting.mandate or Mandate()


def _about_care(acting: Acting) -> bool:
    return acting.field is Field.CARE_FILE


def _secrecy(acting: Acting) -> tuple[str, ...]:
    return SECRECY if _about_care(acting) else ()


def _ask(acting: Acting) -> Authority:
    return ask_proof(*_secrecy(acting), "GDPR:12(6)", needs=(Need.AUTHORISATION,))


def _confirm(acting: Acting) -> Authority:
    personal = ("BW:7:455(1)",) if acting.act is Act.DESTRUCTION else ()
    grounds = *_secrecy(acting), *personal, "GDPR:12(6)"
    return may_with(*grounds, needs=(Need.PATIENT_CONFIRMATION,))
