"""What keeps a datum from being destroyed although its term is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from dsr.law.errors import ImpossibleDate, MissingFact
from dsr.law.proposal import Asks
from dsr.law.retention_events import (
    PERIODS,
    PROFESSIONALS,
    HoldKind,
    ProfessionalHold,
    Value,
)
from dsr.law.retention_rule import RetentionRule

Facts = Mapping[str, Value | None]

#: who has to judge before data under such a hold may go
JUDGES: Final[Mapping[HoldKind, Asks]] = MappingProxyType(
    {
        HoldKind.PENDING_REQUEST: Asks.OFFICER,
        HoldKind.RESTRICTION: Asks.OFFICER,
        HoldKind.COMPLAINT: Asks.DPO,
        HoldKind.CLAIM: Asks.DPO,
        HoldKind.CHILD_ABUSE_RECORD: Asks.CLINICIAN,
        HoldKind.PROFESSIONAL: Asks.CLINICIAN,
    }
)
#: each event that begins or ends a hold -> the one that ends it
_END_OF: Final[Mapping[str, str]] = MappingProxyType(
    {name: end for end, (_kind, begins) in PERIODS.items() for name in (end, *begins)}
)


@dataclass(frozen=True)
class Period:
    """A hold from a day on, until and with a day; still open where `until` is None.

    `unfixed` says that a person meant an end but did not give one, or no reason: the term has to
    be fixed first. `event` is the event that began it.
    """

    kind: HoldKind
    event: str
    since: date
    until: date | None
    unfixed: bool = False


def periods(rule: RetentionRule, facts: Facts) -> list[Period]:
    """The holds that count for this rule, the earliest first."""
    found = [*_told(facts), *_for_a_child(facts), *_by_professional(rule, facts)]
    return sorted(found, key=lambda period: period.since)


def who_is_no_professional(facts: Facts) -> bool:
    """Whether a hold was placed by somebody who may not place one (statement III.F, A.5)."""
    hold = facts.get("hold")
    return isinstance(hold, ProfessionalHold) and not _is_professional(hold)


def _told(facts: Facts) -> Iterator[Period]:
    # Most items have no such event, and a plan has many of them.
    told = {_END_OF[name] for name in facts if name in _END_OF}
    for end in filter(told.__contains__, PERIODS):
        kind, begins = PERIODS[end]
        ended = _day(facts, end)
        begun = {name: day for name in begins if (day := _day(facts, name)) is not None}
        if ended is not None:
            _check_end(end, ended, begun)
        for name, since in begun.items():
            # One that began after the other was lifted is still open.
            open_still = ended is None or ended < since
            yield Period(kind, name, since, None if open_still else ended)


def _check_end(end: str, ended: date, begun: Mapping[str, date]) -> None:
    if not begun:
        raise MissingFact(end, f"say when it began: {' or '.join(PERIODS[end][1])}.")
    first = min(begun.values())
    if ended < first:
        raise ImpossibleDate(end, f"{ended} lies before it began, {first}.")


def _for_a_child(facts: Facts) -> Iterator[Period]:
    """Records of (suspected) child abuse are never destroyed by themselves (KNMG-Meldcode)."""
    if facts.get("child_abuse_record"):
        yield Period(HoldKind.CHILD_ABUSE_RECORD, "child_abuse_record", date.min, None)


def _by_professional(rule: RetentionRule, facts: Facts) -> Iterator[Period]:
    hold = facts.get("hold")
    if not rule.professional_hold or not isinstance(hold, ProfessionalHold):
        return
    if _is_professional(hold):
        unfixed = hold.until is None or not hold.reason
        yield Period(HoldKind.PROFESSIONAL, "hold", hold.placed, hold.until, unfixed)


def _is_professional(hold: ProfessionalHold) -> bool:
    return hold.by in PROFESSIONALS and hold.big_registered is not False


def _day(facts: Facts, name: str) -> date | None:
    value = facts.get(name)
    return value if isinstance(value, date) else None
