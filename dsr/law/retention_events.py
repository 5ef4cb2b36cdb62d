"""What may happen to a datum that says how long it may be kept: a closed list of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from dsr.law.calendar import A_DAY, dutch_day
from dsr.law.errors import ImpossibleDate, MissingFact, UnknownValue
from dsr.law.rights import Right


class Kind(StrEnum):
    """What the value of an event is; None everywhere means: did not happen, or is not known."""

    DAY = A_DAY
    YES_OR_NO = "true or false"
    WORDS = "a text"
    SUBJECT = "account_holder, third_party, patient, care_provider, employee or nobody"
    HOLD = "a mapping with by, big_registered, placed, reason and until"


@dataclass(frozen=True, kw_only=True)
class ProfessionalHold:
    """A health professional finds that a datum is needed for longer (JansApp statement III.F, A.5).

    `by` is a word of `PROFESSIONALS` or `OTHERS`. Without reason or end date the hold stands, but
    its term must be fixed first.
    """

    by: str
    placed: date
    big_registered: bool | None = None
    reason: str = ""
    until: date | None = None


Value = date | bool | str | ProfessionalHold
#: the events that were told, read and sorted by nothing: as they came
Happened = tuple[tuple[str, Value | None], ...]

#: who may place a hold, and who may not
PROFESSIONALS: Final = frozenset(
    {
        "health_professional",
        "care_provider",
        "doctor",
        "gp",
        "midwife",
        "nurse",
        "pharmacist",
        "physiotherapist",
        "psychologist",
    }
)
OTHERS: Final = frozenset(
    {
        "account_holder",
        "administrator",
        "assistant",
        "board",
        "controller",
        "data_subject",
        "desk",
        "dpo",
        "employee",
        "it_administrator",
        "lawyer",
        "management",
        "manager",
        "medical_assistant",
        "office_manager",
        "patient",
        "police",
        "practice_manager",
        "privacy_officer",
        "processor",
        "receptionist",
        "secretary",
        "staff",
        "supplier",
        "system_administrator",
        "team_member",
        "third_party",
        "vendor",
    }
)
SUBJECTS: Final = frozenset(
    {"account_holder", "third_party", "patient", "care_provider", "employee", "nobody"}
)

#: dates at which a datum came to be as it is: what was granted before cannot have meant it
BIRTHS: Final = frozenset(
    {
        "sent",
        "obtained",
        "last_change",
        "record_date",
        "fetched",
        "extraction",
        "written",
        "recorded_in_his_last_change",
    }
)
#: other dates that may start a clock
STARTS: Final = BIRTHS | frozenset(
    {
        "deregistered",
        "account_closed",
        "account_holder_deregistered",
        "claim_settled",
        "financial_year_end",
        "delivered",
        "verified",
        "closed",
    }
)
#: decisions by which a datum goes at once (Art. 17(1); BW 7:455(1))
GRANTS: Final = frozenset(["erasure_granted", "wgbo_destruction_granted", "consent_withdrawn"])
#: requests for what the routine destruction does by itself: they freeze nothing
_MEANT_TO_GO: Final = frozenset({Right.ERASURE, Right.WITHDRAWAL})
#: told, but without effect on any term
WITHOUT_EFFECT: Final = frozenset(
    {
        "created",
        "died",
        "first_entry",
        "last_contact",
        "registered",
        "third_party_deregistered",
        "erasure_refused",
        "wgbo_destruction_refused",
        *(f"{right}_request_received" for right in _MEANT_TO_GO),
        *(f"{right}_answered" for right in _MEANT_TO_GO),
    }
)
ENDS: Final = frozenset({"no_longer_relevant"})


class HoldKind(StrEnum):
    """Why a datum may not be destroyed although its term is over."""

    PENDING_REQUEST = "pending_request"  #: routine deletion may not destroy the answer (Art. 12(3))
    RESTRICTION = "restriction"  #: only storage is allowed (Art. 18(2))
    COMPLAINT = "complaint"  #: of interest to another: the care provider's defence (BW 7:455(2))
    CLAIM = "claim"  #: establishment, exercise or defence of legal claims (Art. 17(3)(e))
    CHILD_ABUSE_RECORD = "child_abuse_record"  #: good care keeps it longer (BW 7:453; KNMG code)
    PROFESSIONAL = "professional"  #: a health professional needs it longer (`ProfessionalHold`)


#: the event that ends a hold -> its kind, and the events that begin it
PERIODS: Final[Mapping[str, tuple[HoldKind, tuple[str, ...]]]] = MappingProxyType(
    {
        **{
            f"{right}_answered": (HoldKind.PENDING_REQUEST, (f"{right}_request_received",))
            for right in Right
            if right not in _MEANT_TO_GO
        },
        "request_answered": (HoldKind.PENDING_REQUEST, ("request_received",)),
        "restriction_lifted": (
            HoldKind.RESTRICTION,
            ("restriction_from", *(f"restriction_18_1_{ground}_from" for ground in "abcd")),
        ),
        "complaint_closed": (HoldKind.COMPLAINT, ("open_complaint_since", "complaint_since")),
        "claim_closed": (HoldKind.CLAIM, ("open_claim_since", "claim_since")),
        "legal_hold_lifted": (HoldKind.CLAIM, ("legal_hold_since",)),
    }
)
#: the event that begins a hold -> its kind, and the event that ends it
BEGINNINGS: Final[Mapping[str, tuple[HoldKind, str]]] = MappingProxyType(
    {begin: (kind, end) for end, (kind, begins) in PERIODS.items() for begin in begins}
)

#: every event, with what its value is
EVENTS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        **dict.fromkeys(
            [*STARTS, *GRANTS, *WITHOUT_EFFECT, *ENDS, *PERIODS, *BEGINNINGS], Kind.DAY
        ),
        "anonymous": Kind.YES_OR_NO,
        "access_log": Kind.YES_OR_NO,  # a line of access logging under NEN 7513
        "fed_back_to_his": Kind.YES_OR_NO,
        "child_abuse_record": Kind.YES_OR_NO,
        "kind": Kind.WORDS,
        "field": Kind.WORDS,
        "data_subject": Kind.SUBJECT,
        "hold": Kind.HOLD,
    }
)
_HOLD_KEYS = frozenset({"by", "big_registered", "placed", "reason", "until"})


def read(events: Mapping[str, object]) -> Happened:
    """The events, each known and of its kind; moments become their Dutch civil date.

    `UnknownValue` and `ImpossibleDate` name the first that is not: a mistyped hold that was passed
    over would destroy what must stay.
    """
    return tuple([(name, _read(name, value)) for name, value in events.items()])


def from_json(events: Mapping[str, object]) -> dict[str, object]:
    """The same events with texts as dates and the `hold` mapping as a `ProfessionalHold`."""
    return {name: _from_json(name, value) for name, value in events.items()}


def _read(name: str, value: object) -> Value | None:
    kind = EVENTS.get(name)
    if kind is None:
        raise UnknownValue("event", name, EVENTS)
    if value is None:
        return None
    return _READERS[kind](name, value)


def _day(name: str, value: object) -> date:
    value = _day_from(name, value) if isinstance(value, str) else value
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ImpossibleDate(name, "a moment needs a time zone; or give the date alone.")
    return dutch_day(name, value)


def _yes_or_no(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise UnknownValue(name, value, {Kind.YES_OR_NO})
    return value


def _words(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise UnknownValue(name, value, {Kind.WORDS})
    return value


def _subject(name: str, value: object) -> str:
    if not isinstance(value, str) or value not in SUBJECTS:
        raise UnknownValue(name, value, SUBJECTS)
    return value


def _hold(name: str, value: object) -> ProfessionalHold:
    value = _hold_from(name, value) if isinstance(value, Mapping) else value
    if not isinstance(value, ProfessionalHold):
        raise UnknownValue(name, value, {Kind.HOLD})
    placed = _day(f"{name}.placed", value.placed)
    until = None if value.until is None else _day(f"{name}.until", value.until)
    if until is not None and until < placed:
        raise ImpossibleDate(f"{name}.until", f"{until} lies before it was placed, {placed}.")
    # Who is neither known nor said to be unregistered may be a professional, mistyped.
    if value.by not in PROFESSIONALS | OTHERS and value.big_registered is not False:
        raise UnknownValue(f"{name}.by", value.by, PROFESSIONALS | OTHERS)
    return value


_READERS: Final[Mapping[Kind, Callable[[str, object], Value]]] = {
    Kind.DAY: _day,
    Kind.YES_OR_NO: _yes_or_no,
    Kind.WORDS: _words,
    Kind.SUBJECT: _subject,
    Kind.HOLD: _hold,
}


def _from_json(name: str, value: object) -> object:
    kind = EVENTS.get(name)
    if kind is Kind.DAY:
        return _day_from(name, value)
    if kind is Kind.HOLD and isinstance(value, Mapping):
        return _hold_from(name, value)
    return value


def _day_from(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        read = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    except ValueError:
        raise ImpossibleDate(name, f"{value!r} is not {Kind.DAY}.") from None
    return _day(name, read)


def _hold_from(name: str, value: Mapping[str, object]) -> ProfessionalHold:
    for key in value:
        if key not in _HOLD_KEYS:
            raise UnknownValue(name, key, _HOLD_KEYS)
    placed, until = (_day_from(f"{name}.{key}", value.get(key)) for key in ("placed", "until"))
    if placed is None:
        raise MissingFact(f"{name}.placed", "say on which day the hold was placed.")
    return ProfessionalHold(
        by=_words(f"{name}.by", value.get("by")),
        placed=_day(f"{name}.placed", placed),
        big_registered=_perhaps(f"{name}.big_registered", value.get("big_registered")),
        reason="" if not value.get("reason") else _words(f"{name}.reason", value["reason"]),
        until=None if until is None else _day(f"{name}.until", until),
    )


def _perhaps(name: str, value: object) -> bool | None:
    return None if value is None else _yes_or_no(name, value)
