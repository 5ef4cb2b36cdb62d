"""How a due date came about: as data, and in words for screen and letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from dsr.law.calendar import LANGUAGES, FreeDay
from dsr.law.errors import UnknownValue
from dsr.law.pauses import Pause
from dsr.law.suspension import NotCounted

DATA = Path(__file__).parent / "data" / "deadlines.yaml"


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """How a due date came about (Art. 12(3); Reg. 1182/71, 3)."""

    received: date
    months: int  #: 1, or 3 when extended
    month_end: date  #: the months after receipt, before pauses and free days
    pauses: tuple[Pause, ...]  #: those that count, in order; what overlapped is one
    paused_days: int
    raw_end: date  #: `month_end` and the days of the pauses
    skipped: tuple[FreeDay, ...]  #: days passed over at the end, and why
    final: date  #: the last day, until 24.00 in Amsterdam
    #: our own safe target: the last working day, also by the Termijnenwet, on or before `month_end`
    target: date
    notice_until: date  #: the last day to tell of an extension, or of a refusal (Art. 12(4))
    if_atw: date  #: where it would end if Good Friday and equated days counted, which we do not use


def words(how: Derivation, language: str) -> tuple[str, ...]:
    """The sentences that derive a due date, `nl` or `en`, one idea each."""
    return tuple(_said(how, language))


def still_words(received: date, asked: date, language: str) -> tuple[str, ...]:
    """The sentences for a period that stands still since a question."""
    return (
        _say("received", language, day=received),
        _say("stands_still", language, asked=asked),
    )


def why_words(why: NotCounted, language: str) -> str:
    """Why a pause or an extension does not count, in a sentence or two."""
    return _in("not_counted", why, language)


def choice(name: str) -> int:
    """A number of ours where the law gives none, as it stands in `data/deadlines.yaml`."""
    value: int = _data()["choices"][name]["value"]
    return value


def _said(how: Derivation, language: str) -> Iterator[str]:
    yield _say("received", language, day=how.received)
    yield _say("one_month" if how.months == 1 else "extended", language, day=how.month_end)
    for pause in how.pauses:
        if pause.days:
            yield _pause_words(pause, language)
    if how.paused_days:
        yield _say("after_pauses", language, day=how.raw_end)
    for free in how.skipped:
        yield _say("free_day", language, day=free.day, name=free.name(language))
    if how.skipped:
        yield _say("next_working_day", language, day=how.final)


def _pause_words(pause: Pause, language: str) -> str:
    sentence = "paused_one_day" if pause.days == 1 else "paused"
    return _say(sentence, language, asked=pause.asked, answered=pause.answered, days=pause.days)


def _say(sentence: str, language: str, **about: date | int | str | None) -> str:
    words_of = _in("sentences", sentence, language)
    told = {
        name: _day(value, language) if isinstance(value, date) else value
        for name, value in about.items()
    }
    return words_of.format(**told)


def _in(part: str, code: str, language: str) -> str:
    if language not in LANGUAGES:
        raise UnknownValue("language", language, LANGUAGES)
    sentence: str = _data()[part][code][language]
    return sentence


_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}


def _day(day: date, language: str) -> str:
    return f"{day.day} {_MONTHS[language].split()[day.month - 1]} {day.year}"


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    # Any: YAML as it stands in the file; a test reads every sentence of it in both languages.
    found: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return found
