"""Dates, counts and words as people read them, in Dutch and in English."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

_DUTCH_MONTHS = (
    "januari februari maart april mei juni juli augustus september oktober november december"
)
_ENGLISH_MONTHS = (
    "January February March April May June July August September October November December"
)
_MONTHS = {"nl": _DUTCH_MONTHS.split(), "en": _ENGLISH_MONTHS.split()}
_DAYS = {
    "nl": ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def day(value: date, language: str) -> str:
    """`3 november 2026`."""
    return f"{value.day} {_MONTHS[language][value.month - 1]} {value.year}"


def weekday(value: date, language: str) -> str:
    """`vrijdag 8 januari 2027`."""
    return f"{_DAYS[language][value.weekday()]} {day(value, language)}"


def moment(value: datetime | date, language: str) -> str:
    """`2 november 2026, 8.14 uur` in Amsterdam's time; a date without a clock stays a date."""
    if not isinstance(value, datetime):
        return day(value, language)
    local = value.astimezone(_AMSTERDAM) if value.tzinfo else value
    if language == "nl":
        return f"{day(local, 'nl')}, {local.hour}.{local.minute:02d} uur"
    return f"{day(local, 'en')}, {local.hour}:{local.minute:02d}"


def number(value: int, language: str) -> str:
    """`20.000` in Dutch, `20,000` in English."""
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if language == "nl" else grouped


def midway(words: str) -> str:
    """Words of the register as they stand in the middle of a sentence."""
    return words[:1].lower() + words[1:]
