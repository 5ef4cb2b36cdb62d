"""Which items a person may take along (Art. 20), why, and why the others stay.

The register marks the datasets, the law's rules decide on the basis, and who made an item says
whether the person provided it: typed in by them or observed by their use (WP242 rev.01, p. 9-11).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dsr.core.register import BY_HAND_KIND, Register
from dsr.core.wishes import Wish
from dsr.law import portability
from dsr.law.case import Case
from dsr.law.facts import Fact
from dsr.law.proposal import Outcome, Proposal
from dsr.law.rights import Right


class Why(StrEnum):
    """Why an item goes along."""

    GIVEN = "given"  #: the person gave it, on consent or contract: Art. 20(1)
    OBSERVED = "observed"  #: it came from their use of a service, on consent or contract
    OWN_CHOICE = "own_choice"  #: care data that they entered or a device measured; not due


class LeftOut(StrEnum):
    """Why an item that the person may see does not go along."""

    OTHER_BASIS = "other_basis"  #: no consent and no contract: Art. 20(1)(a)
    CARE_FILE = "care_file"  #: the medical file rests on a duty of law: a copy instead
    WRITTEN_BY_US = "written_by_us"  #: words of the practice or of a system
    CONCLUDED = "concluded"  #: derived or concluded, such as a diagnosis or a triage
    ORIGIN_UNKNOWN = "origin_unknown"  #: nobody can say who made it
    NOT_LISTED = "not_listed"  #: the register does not count it among what a person provides


@dataclass(frozen=True, kw_only=True)
class PortableAsk:
    """What is asked and chosen with a portability item.

    `voluntary_care` is the fact `policy_voluntary_portability`: whether the practice gives care
    data that the person entered or a device measured; None while nobody chose, which gives none.
    `recipient` is another controller in the person's own words; empty when it is for themselves.
    """

    voluntary_care: bool | None = None
    recipient: str = field(default="", repr=False)


def asked(wish: Wish, voluntary_care: bool | None) -> PortableAsk:
    """What the person asked, with what the practice chose; a recipient only where it is another."""
    recipient = str(wish.data.get("recipient", "")) if wish.data.get("to") == "other" else ""
    return PortableAsk(voluntary_care=voluntary_care, recipient=recipient.strip())


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where an item comes from; `author` as in `Item`, `portable` is the register's mark."""

    system: str
    dataset: str
    kind: str
    author: str
    portable: bool
    medical_file: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """A `Why` for what goes along or a `LeftOut` for what stays; `articles` are codes."""

    reason: Why | LeftOut
    articles: tuple[str, ...]


def verdict(register: Register, ask: PortableAsk, origin: Origin) -> Verdict:
    """Whether items of this origin go along (Art. 20(1), WP242 rev.01)."""
    not_provided = _not_provided(origin)
    if not origin.portable and not (origin.medical_file and ask.voluntary_care):
        return _unmarked(origin, _law(register, ask, origin, provided=True), not_provided)
    proposal = _law(register, ask, origin, provided=not_provided is None)
    if not_provided is not None:
        return Verdict(not_provided, ("GDPR:20(1)",))
    if proposal.outcome is Outcome.REFUSE:
        return Verdict(_basis(origin), proposal.grounds)
    return Verdict(_why(origin, proposal), proposal.grounds)


def _unmarked(origin: Origin, proposal: Proposal, not_provided: LeftOut | None) -> Verdict:
    """Why a dataset that the register does not mark stays: first its basis, then its origin."""
    if proposal.outcome is Outcome.REFUSE:
        return Verdict(_basis(origin), proposal.grounds)
    if origin.medical_file:
        return Verdict(LeftOut.CARE_FILE, ("GDPR:20(1)", "GDPR:20(1)(a)"))
    return Verdict(not_provided or LeftOut.NOT_LISTED, ("GDPR:20(1)",))


def _basis(origin: Origin) -> LeftOut:
    return LeftOut.CARE_FILE if origin.medical_file else LeftOut.OTHER_BASIS


def _why(origin: Origin, proposal: Proposal) -> Why:
    # The article that asks for consent or a contract is not cited where there is neither.
    if "GDPR:20(1)(a)" not in proposal.grounds:
        return Why.OWN_CHOICE
    return Why.OBSERVED if origin.author == "system" else Why.GIVEN


def _law(register: Register, ask: PortableAsk, origin: Origin, *, provided: bool) -> Proposal:
    """The law's proposal for such an item; who asks was settled before."""
    dataset = register.system(origin.system).dataset(origin.dataset)
    facts: dict[str, Fact] = {"data_origin": "patient" if provided else "professional"}
    if ask.voluntary_care is not None:
        facts["policy_voluntary_portability"] = ask.voluntary_care
    activity = register.activity(dataset.part or dataset.purpose)
    case = Case(right=Right.PORTABILITY, activity=activity, facts=facts)
    return next(said for rule in portability.RULES if (said := rule(case)) is not None)


def _not_provided(origin: Origin) -> LeftOut | None:
    """Why this was not provided by the person; None when it was (WP242 rev.01, p. 9-11)."""
    if _is_concluded(origin.kind):
        return LeftOut.CONCLUDED
    if origin.author == "subject" or origin.kind in _OF_THE_PERSON:
        return None
    if origin.author == "system" and not origin.kind.lower().startswith(_SPOKEN):
        return None
    return LeftOut.WRITTEN_BY_US if origin.author else LeftOut.ORIGIN_UNKNOWN


def _is_concluded(kind: str) -> bool:
    return kind in _CONCLUSIONS or any(word in kind.lower() for word in _CONCLUDING)


#: kinds that hold the person's own details, whoever typed them over; what was found by hand is
#: what the register says of its dataset, as the one who pasted it is not its author
_OF_THE_PERSON = frozenset({"Patient", BY_HAND_KIND})
#: a text by a system is said to the person, not observed of them
_SPOKEN = ("message", "chat", "mesg", "bericht", "mail", "note")
#: resources of FHIR R4 that are a professional's or a computer's conclusion or plan
_CONCLUSIONS = frozenset(
    {
        "AuditEvent",
        "CarePlan",
        "ClinicalImpression",
        "Condition",
        "DetectedIssue",
        "DiagnosticReport",
        "Flag",
        "GuidanceResponse",
        "ImmunizationRecommendation",
        "Provenance",
        "RiskAssessment",
        "RiskEvidenceSynthesis",
    }
)
_CONCLUDING = ("triage", "diagnos", "conclusi", "score", "advice", "advies")
