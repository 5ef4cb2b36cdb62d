"""Days that count: Dutch civil dates, public holidays, working days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from dsr.law.errors import ImpossibleDate, MissingFact, UnknownValue

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DATA = Path(__file__).parent / "data" / "holidays.yaml"
#: years in which every term and period of this house can be counted; also outside the days that
#: systems write for "unknown", such as those of the year 1, of 1899 and of 9999
YEARS = range(1900, 2201)
A_DAY = "a date (yyyy-mm-dd), or a moment with its time zone"
SATURDAY, SUNDAY = 5, 6
LANGUAGES = ("nl", "en")


class Calendar(StrEnum):
    """Which days besides Saturday and Sunday are no working days."""

    REGULATION = "regulation"  #: Atw 3(1) alone, for a period of the GDPR (Reg. 1182/71, 2(1))
    ATW = "atw"  #: also Good Friday and equated days, for a period of a Dutch Act (Atw 3(2)-(3))


_LISTS = {
    Calendar.REGULATION: ("public_holidays",),
    Calendar.ATW: ("public_holidays", "equated_by_law"),
}


@dataclass(frozen=True)
class FreeDay:
    """A day on which a period cannot end; `code` says why, as in `data/holidays.yaml`."""

    day: date
    code: str

    def name(self, language: str) -> str:
        """What the day is called, `nl` or `en`."""
        if language not in LANGUAGES:
            raise UnknownValue("language", language, LANGUAGES)
        return _names()[self.code][language]


def civil_date(moment: datetime | date, name: str = "moment") -> date:
    """The Dutch calendar day of a moment; a naive datetime is refused by `name`."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise MissingFact(name, "a moment needs a time zone, so that its Dutch date is known.")
    try:
        return moment.astimezone(AMSTERDAM).date()
    except OverflowError:
        raise ImpossibleDate(name, f"{moment} has no day in the Netherlands.") from None


def dutch_day(name: str, value: object) -> date:
    """The Dutch calendar day of what was given as a date or a moment, within `YEARS`.

    What is neither, and what lies outside them, is refused by name.
    """
    day = any_day(name, value)
    if day.year not in YEARS:
        raise ImpossibleDate(name, f"{day} lies outside {YEARS[0]} to {YEARS[-1]}.")
    return day


def any_day(name: str, value: object) -> date:
    """The same of whatever year, for a day that only bounds others; what is no day is refused."""
    if not isinstance(value, date):
        raise UnknownValue(name, value, [A_DAY])
    return civil_date(value, name)


def months_later(day: date, months: int) -> date:
    """The same day number some months later, or that month's last day (Reg. 1182/71, 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=512)
def holidays_of(year: int, calendar: Calendar = Calendar.REGULATION) -> Mapping[date, str]:
    """The holidays of a year, each with its code; a day that is two has the first one's."""
    found: dict[date, str] = {}
    for name in _LISTS[calendar]:
        for rule in _rules(name):
            if (day := rule.in_year(year)) is not None:
                found.setdefault(day, rule.code)
    if calendar is Calendar.ATW:
        code = _data()["equated_by_decree"]["code"]
        for day in _equated():
            if day.year == year:
                found.setdefault(day, code)
    return MappingProxyType(found)


def known_until() -> date:
    """The last day for which it is known which days a decree equates (Atw 3(3)).

    After it a period of a Dutch Act may in truth end a working day later than we say.
    """
    until: date = _data()["equated_by_decree"]["known_until"]
    return until


def why_free(day: date, calendar: Calendar = Calendar.REGULATION) -> FreeDay | None:
    """Why a period cannot end on a day; None when it is a working day (Reg. 1182/71, 2(2))."""
    code = holidays_of(day.year, calendar).get(day)
    if code is None and day.weekday() >= SATURDAY:
        code = "saturday" if day.weekday() == SATURDAY else "sunday"
    return FreeDay(day, code) if code else None


def is_working_day(day: date, calendar: Calendar = Calendar.REGULATION) -> bool:
    """Neither Saturday, Sunday nor a holiday."""
    return day.weekday() < SATURDAY and day not in holidays_of(day.year, calendar)


def next_working_day(day: date, calendar: Calendar = Calendar.REGULATION) -> date:
    """The day itself if it is a working day, else the first one after it (Reg. 1182/71, 3(4))."""
    while not is_working_day(day, calendar):
        day += timedelta(days=1)
    return day


def last_working_day(day: date, calendar: Calendar = Calendar.REGULATION) -> date:
    """The day itself if it is a working day, else the last one before it."""
    while not is_working_day(day, calendar):
        day -= timedelta(days=1)
    return day


def passed_over(day: date, calendar: Calendar = Calendar.REGULATION) -> tuple[FreeDay, ...]:
    """The free days between a raw end and the working day on which the period ends."""
    found = []
    while (free := why_free(day, calendar)) is not None:
        found.append(free)
        day += timedelta(days=1)
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """On which day of a year a holiday falls: a fixed date (`falls_on`) or counted from Easter."""

    code: str
    falls_on: str = ""
    if_sunday: str = ""
    easter: int = 0
    from_year: int = 1
    until_year: int = 9999

    def in_year(self, year: int) -> date | None:
        """The day, or None in a year in which it is not celebrated."""
        if not self.from_year <= year <= self.until_year:
            return None
        if not self.falls_on:
            return easter_sunday(year) + timedelta(days=self.easter)
        day = _on(year, self.falls_on)
        moved = self.if_sunday and day.weekday() == SUNDAY
        return _on(year, self.if_sunday) if moved else day


@lru_cache(maxsize=512)
def easter_sunday(year: int) -> date:
    """Easter Sunday (the anonymous Gregorian computus)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    (i, k), m = divmod(c, 4), (a + 11 * h) // 319
    n = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + n + 90) // 25
    return date(year, month, (h - m + n + month + 19) % 32)


def _on(year: int, month_day: str) -> date:
    return date.fromisoformat(f"{year:04}-{month_day}")


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    # Any: YAML as it stands in the file; a test reads every value of it.
    found: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=2)
def _rules(name: str) -> tuple[_Rule, ...]:
    spoken = ("nl", "en")
    return tuple(
        _Rule(**{key: value for key, value in entry.items() if key not in spoken})
        for entry in _data()[name]["days"]
    )


@lru_cache(maxsize=1)
def _equated() -> frozenset[date]:
    decrees = _data()["equated_by_decree"]["decrees"]
    return frozenset(day for decree in decrees for day in decree["days"])


@lru_cache(maxsize=1)
def _names() -> dict[str, dict[str, str]]:
    return {code: {"nl": words["nl"], "en": words["en"]} for code, words in _named()}


def _named() -> Iterator[tuple[str, dict[str, str]]]:
    for name in ("public_holidays", "equated_by_law"):
        for entry in _data()[name]["days"]:
            yield entry["code"], entry
    yield _data()["equated_by_decree"]["code"], _data()["equated_by_decree"]
    yield from _data()["weekend"].items()
