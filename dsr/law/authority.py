"""The words of acting for a person: who acts, on what, with which papers, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dsr.law.proposal import Asks


class Role(StrEnum):
    """As what somebody comes to us."""

    SELF = "self"  #: the person whose data it is
    CHILD = "child"  #: the same, and a minor
    PARENT = "parent"  #: by custody; with a mandate of the child a parent is a mandate holder
    PARENT_AND_CHILD = "parent_and_child"  #: both ask, together
    GUARDIAN = "guardian"  #: voogd (BW 1:245(3))
    CURATOR = "curator"  #: by court order, for person and property (BW 1:378)
    MENTOR = "mentor"  #: by court order, for care (BW 1:450)
    BEWINDVOERDER = "bewindvoerder"  #: by court order, for property (BW 1:431)
    MANDATE_HOLDER = "mandate_holder"  #: authorised by the person, whoever it is
    LAWYER = "lawyer"  #: a lawyer needs the same authorisation
    FAMILY = "family"  #: attorney, partner or relative of an incapable adult (BW 7:465(3))
    HEIR = "heir"  #: or another next of kin of a deceased patient (BW 7:458a)
    THIRD_PARTY_MENTIONED = "third_party_mentioned"  #: named in the data of another
    EMPLOYEE = "employee"  #: in its own data
    CARE_PROVIDER = "care_provider"  #: in its own data


#: who acts for a child by custody, alone or (with `PARENT_AND_CHILD`) together with it
BY_CUSTODY = frozenset({Role.PARENT, Role.GUARDIAN})
FOR_A_CHILD = BY_CUSTODY | {Role.PARENT_AND_CHILD}
BY_COURT = frozenset({Role.CURATOR, Role.MENTOR, Role.BEWINDVOERDER})
BY_MANDATE = frozenset({Role.MANDATE_HOLDER, Role.LAWYER})
#: BW 1:233
OF_AGE = 18


class Field(StrEnum):
    """Which law says who may act: the treatment contract, or the Regulation and UAVG art. 5."""

    CARE_FILE = "care_file"  #: the medical file and its copies (BW 7:446-468; UAVG 5(7))
    APP_DATA = "app_data"  #: account, messages, administration: UAVG 5 without the WGBO
    FINANCIAL = "financial"  #: invoices and wages: UAVG 5, and the administrator's field


class Act(StrEnum):
    """What is asked: a right, or the destruction of the medical file."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"
    DESTRUCTION = "destruction"  #: of data from the medical file (BW 7:455)


class Standing(StrEnum):
    """Whether this person may act now."""

    MAY = "may"  #: go on; `grounds` say why
    MAY_WITH = "may_with"  #: as soon as what `needs` names is there; not before
    ASK_PROOF = "ask_proof"  #: authority not shown: ask what `needs` names (Art. 12(6))
    PROFESSIONAL = "professional"  #: the law asks a person: `asks` and `question`
    REFUSE = "refuse"  #: may not act, with reasons (Art. 12(4))


class Need(StrEnum):
    """What is still needed before somebody may act."""

    CUSTODY = "custody"  #: proof of custody (the custody register)
    JOINT_CUSTODY = "joint_custody"  #: whether another parent has custody too
    SECOND_PARENT = "second_parent"  #: the signature of the other parent with custody
    CHILD_CONSENT = "child_consent"  #: the consent of a child of 12 to 15
    REPRESENTATIVE = "representative"  #: the person cannot act alone: who represents it?
    COURT_DECISION = "court_decision"  #: the decision of the court, in force
    AUTHORISATION = "authorisation"  #: signed by the person, for this, of late
    PATIENT_CONFIRMATION = "patient_confirmation"  #: the person's own word, asked directly
    RANK = "rank"  #: that nobody comes first in the order of BW 7:465(3)
    CONSENT_ON_RECORD = "consent_on_record"  #: the deceased's consent, in writing or electronic
    COMPELLING_INTEREST = "compelling_interest"  #: which interest (BW 7:458a(1)(c))
    IDENTITY = "identity"  #: who is this really


@dataclass(frozen=True, kw_only=True)
class Mandate:
    """An authorisation by the person. None: not known. `signed=False`: there is none.

    `recent` is the desk's judgement: the law gives no number of days. `until` is its last day.
    """

    signed: bool | None = None
    specific: bool | None = None  #: says which data, for what; not "everything, always"
    recent: bool | None = None
    signed_on: date | None = None
    until: date | None = None
    revoked_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Acting:
    """Who wants to do what for whom, and every fact that is known. None: not known.

    `age` is the subject's age in years on the day of the request (of a deceased: at death).
    `on` is the day of the act, which says which law holds; None: the law as it stands now.
    """

    role: Role
    field: Field
    act: Act
    on: date | None = None
    age: int | None = None
    custody: bool | None = None  #: this parent or guardian has custody
    both_custody: bool | None = None  #: this one and another
    both_signed: bool | None = None  #: and both signed this
    child_consents: bool | None = None
    safety_concern: bool | None = None  #: somebody of the practice fears for the person
    incapable: bool | None = None  #: in this matter (BW 7:465(2))
    court_decision: bool | None = None  #: shown, and this person stands in it
    court_from: date | None = None
    court_until: date | None = None  #: its last day
    mandate: Mandate | None = None
    somebody_first: bool | None = None  #: who acts, and comes first under BW 7:465(2)-(3)
    own_data_identifiable: bool | None = None
    deceased: bool | None = None
    consent_in_life: bool | None = None  #: BW 7:458a(1)(a)
    consent_recorded: bool | None = None  #: that consent, in writing or electronic
    incident_notice: bool | None = None  #: BW 7:458a(1)(b); Wkkgz 10(3)
    compelling_interest: bool | None = None  #: BW 7:458a(1)(c), as the requester states it
    wish_against: bool | None = None  #: recorded by a patient of 12 or older (BW 7:458a(4))


@dataclass(frozen=True, kw_only=True, slots=True)
class Authority:
    """Whether somebody may act, by the rule that spoke.

    `grounds`, `actions` and `question` are codes, as in `dsr.law.proposal.Proposal`.
    `rule` names the function that decided, as in `care_file.parent_without_custody`.
    """

    standing: Standing
    grounds: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    asks: Asks = Asks.NOBODY
    question: str = ""
    rule: str = ""
