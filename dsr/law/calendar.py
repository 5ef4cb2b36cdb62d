"""Days that count: Dutch civil dates, public holidays, working days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def civil_date(moment: datetime | date) -> date:
    """The Dutch calendar day of a moment; a naive datetime is refused."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone, so that its Dutch date is known")
    return moment.astimezone(AMSTERDAM).date()


def months_later(day: date, months: int) -> date:
    """The same day number some months later, or that month's last day (Reg. 1182/71, 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=256)
def holidays_of(year: int) -> dict[date, str]:
    """Public holidays of Algemene termijnenwet 3(1), with their Dutch names."""
    easter = _easter(year)
    kings = date(year, 4, 27 if year >= 2014 else 30)  # Queen's Day, 30 April, until 2013
    return {
        date(year, 1, 1): "Nieuwjaarsdag",
        easter + timedelta(days=1): "tweede paasdag",
        kings - timedelta(days=1) if kings.weekday() == 6 else kings: "Koningsdag",
        date(year, 5, 5): "Bevrijdingsdag",
        easter + timedelta(days=39): "Hemelvaartsdag",
        easter + timedelta(days=50): "tweede pinksterdag",
        date(year, 12, 25): "eerste kerstdag",
        date(year, 12, 26): "tweede kerstdag",
    }


def is_working_day(day: date) -> bool:
    """Neither Saturday, Sunday nor a public holiday (Reg. 1182/71, 2(2))."""
    return day.weekday() < 5 and day not in holidays_of(day.year)


def next_working_day(day: date) -> date:
    """The day itself if it is a working day, else the first one after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def last_working_day(day: date) -> date:
    """The day itself if it is a working day, else the last one before it."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def _easter(year: int) -> date:
    """Easter Sunday (the anonymous Gregorian computus)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    (i, k), m = divmod(c, 4), (a + 11 * h) // 319
    n = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + n + 90) // 25
    return date(year, month, (h - m + n + month + 19) % 32)
