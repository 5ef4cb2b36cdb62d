"""What the law proposes for one right on one processing activity. A person decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The outcomes of the law; `dsr.core.request.Outcome` is what a step came to."""

    GRANT = "grant"  #: carry out in full
    PARTLY = "partly"  #: carry out for a part; the rest with reasons (Art. 12(4))
    REFUSE = "refuse"  #: not carried out, with reasons (Art. 12(4))
    PROFESSIONAL_JUDGEMENT = "professional_judgement"  #: the law asks a person, `asks`
    NOT_APPLICABLE = "not_applicable"  #: right or basis does not fit; with reasons (Art. 12(4))
    VERIFY_IDENTITY = "verify_identity"  #: identity or authority first (Art. 12(6))
    FORWARD = "forward"  #: a processor hands it to the controller (Art. 28(3)(e))
    NO_DATA = "no_data"  #: nothing is held, and that is said


class Asks(StrEnum):
    """Who has to judge where the law asks a person."""

    NOBODY = ""
    CLINICIAN = "clinician"  #: the treating GP or another care provider
    OFFICER = "officer"  #: the privacy officer who decides
    DPO = "dpo"  #: the data protection officer (Art. 38(1), 39)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """An outcome with its grounds and actions, by the rule that spoke.

    `grounds` are codes of `articles`, `actions` codes of `dsr.law.words`. `question` is the code of
    what the person named by `asks` has to answer; empty where nobody is asked. `rule` is the
    rule's name, as in `erasure.contract_still_needs_it`.
    """

    outcome: Outcome
    grounds: tuple[str, ...]
    actions: tuple[str, ...] = ()
    question: str = ""
    asks: Asks = Asks.NOBODY
    rule: str = ""
