"""Until when the items of a dataset are kept (Art. 15(1)(d)), gathered while they stream by.

Of a million items only the first and the last day on which a term started are remembered: who
started later never ends earlier, so these two give the range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from dsr.core.register import Register
from dsr.law.calendar import YEARS, civil_date
from dsr.law.retention import Kept, RetentionRule, keep_until, own_rules

#: the event that started a term, and its day
Start = tuple[date, str]
#: what follows the hours of a zone that is a whole number of them
_OF_WHOLE_HOURS = frozenset({"", "00", ":00"})


@dataclass
class Gathered:
    """What is known of the items of one dataset; `undated` have no day that starts their term."""

    rule: RetentionRule
    count: int = 0
    undated: int = 0
    first: Start | None = None
    last: Start | None = None

    def note(self, dates: Mapping[str, str]) -> None:
        """Take one item by its dates, in ISO 8601."""
        self.count += 1
        start = self._start(dates)
        if start is None:
            self.undated += 1
        elif self.first is None or self.last is None:
            self.first = self.last = start
        elif start > self.last:
            self.last = start
        elif start < self.first:
            self.first = start

    def _start(self, dates: Mapping[str, str]) -> Start | None:
        for name, event in self.rule.dates:
            if name in dates:
                day = _day(dates[name])
                return None if day is None else (day, event)
        return None


@dataclass(frozen=True, kw_only=True)
class Span:
    """Until when the items of a dataset are kept: from the first that ends to the last.

    `first` and `last` are None when no item has a day that starts the term. `overdue` says that
    the term of the first was over before the request came, `all_overdue` that of the last too.
    """

    dataset: str
    rule: RetentionRule
    count: int
    undated: int
    first: Kept | None
    last: Kept | None
    overdue: bool = False
    all_overdue: bool = False


def gathered(register: Register, system: str, dataset: str) -> Gathered | None:
    """An empty gathering for a dataset; None where the register names no rule for it."""
    wanted = register.system(system).dataset(dataset).retention
    rule = register.retention_rules.get(wanted) or own_rules().get(wanted)
    return None if rule is None else Gathered(rule)


def span(dataset: str, found: Gathered, received: date, answered: date) -> Span:
    """The range of a dataset for somebody whose request was received and answered on these days.

    The request itself holds what was there when it came, until its answer is delivered.
    """
    ends = [_kept(found.rule, start, received, answered) for start in _starts(found)]
    return Span(
        dataset=dataset,
        rule=found.rule,
        count=found.count,
        undated=found.undated,
        first=ends[0] if ends else None,
        last=ends[-1] if ends else None,
        overdue=bool(ends) and _is_over(ends[0], received),
        all_overdue=bool(ends) and _is_over(ends[-1], received),
    )


def _starts(found: Gathered) -> list[Start]:
    if found.first is None or found.last is None or found.rule.term is None:
        return []
    # The term of a file runs for all of it from the last change in it.
    return [found.last] if found.rule.whole_file else [found.first, found.last]


def _kept(rule: RetentionRule, start: Start, received: date, answered: date) -> Kept:
    day, event = start
    pending = {"access_request_received": received, "access_answered": answered}
    return keep_until(rule, {event: day, **pending})


def _is_over(kept: Kept, received: date) -> bool:
    return isinstance(kept.destroy_from, date) and kept.destroy_from <= received


def _day(text: str) -> date | None:
    """The Dutch day of a date or a moment; None for what is neither, or cannot be meant."""
    if text[13:14] != ":":  # a date, or a moment in another shape of ISO 8601
        return _day_of(text)
    zone = _zone(text)
    # Days begin on a whole hour here: moments of one hour share their day, and the answer.
    hour = zone[3:] in _OF_WHOLE_HOURS
    return _day_of(f"{text[:13]}:00{zone}" if hour else f"{text[:16]}{zone}")


def _zone(text: str) -> str:
    """How a moment ends: Z, +02:00, +0200 or +02; empty when it has no zone."""
    if text[-1] in "Zz":
        return "Z"
    sign = max(text.find("+", 14), text.find("-", 14))
    return text[sign:] if sign > 0 else ""


@lru_cache(maxsize=4096)
def _day_of(text: str) -> date | None:
    try:
        moment = datetime.fromisoformat(text)
        day = civil_date(moment) if moment.tzinfo else moment.date()
    except ValueError:  # also a moment without a day here (`ImpossibleDate`)
        return None
    return day if day.year in YEARS else None
