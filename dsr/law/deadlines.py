"""When an answer is due (Art. 12(3)), and until when the court may be asked (UAVG 35(2))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dsr.law.calendar import civil_date, holidays_of, last_working_day, months_later
from dsr.law.calendar import next_working_day as roll


@dataclass(frozen=True)
class Derivation:
    """How a due date came about, as data for screen and letter."""

    received: date
    month_end: date
    final: date
    skipped: tuple[tuple[date, str], ...]  #: days passed over at the end, and why
    target: date  #: the practice's own safe target: last working day on or before `month_end`


@dataclass(frozen=True)
class Deadline:
    """The last day of a period, and its derivation."""

    date: date
    derivation: Derivation


def reply_due(received: datetime | date, *, extended: bool = False) -> Deadline:
    """One month after receipt, three when extended in time (Art. 12(3); Reg. 1182/71, 3).

    The day of receipt does not count; a last day in a weekend or on a holiday rolls on.
    """
    start = civil_date(received)
    month_end = months_later(start, 3 if extended else 1)
    final = roll(month_end)
    skipped = tuple(
        (day, _why_free(day))
        for day in (month_end + timedelta(days=n) for n in range((final - month_end).days))
    )
    derivation = Derivation(start, month_end, final, skipped, last_working_day(month_end))
    return Deadline(final, derivation)


def court_until(answered: date) -> date:
    """Six weeks after receipt of the answer (UAVG 35(2)), rolled under the Termijnenwet 1."""
    day = answered + timedelta(weeks=6)
    while not _court_open(day):
        day += timedelta(days=1)
    return day


def _court_open(day: date) -> bool:
    # The Algemene termijnenwet (3(2)) equates Good Friday for periods in Dutch Acts.
    good_friday = (day + timedelta(days=3)) in _easter_mondays(day.year)
    return roll(day) == day and not good_friday


def _easter_mondays(year: int) -> set[date]:
    return {day for day, name in holidays_of(year).items() if name == "tweede paasdag"}


def _why_free(day: date) -> str:
    return holidays_of(day.year).get(day) or ("zaterdag" if day.weekday() == 5 else "zondag")
