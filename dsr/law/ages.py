"""Ages that matter, and the day on which somebody reaches one (`data/ages.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from dsr.law.errors import ImpossibleDate


@dataclass(frozen=True, kw_only=True, slots=True)
class CareAges:
    """Who acts at which age for the medical file (BW 7:447, 7:465), with the grounds."""

    applies_from: date
    represented_below: int
    shared_below: int
    represented: str
    represented_incapable: str
    alone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AppAges:
    """Who acts at which age outside the medical file (UAVG 5), with the grounds of that time.

    `gives_way` is the paragraph that lets the WGBO go first; there was none before 2026-09-01.
    """

    applies_from: date
    represented_below: int
    shared_below: int
    represented: str
    shared: str
    measure: str
    withdrawal_represented: str
    withdrawal_shared: str
    withdrawal_measure: str
    gives_way: str = ""


Ages = TypeVar("Ages", CareAges, AppAges)


def care_ages(on: date | None) -> CareAges:
    """The ages of the WGBO on a day; None: as the law stands now."""
    return _in_force(_table()[0], on)


def app_ages(on: date | None) -> AppAges:
    """The ages of UAVG art. 5 on a day; None: as the law stands now."""
    return _in_force(_table()[1], on)


def reaches(born: date, age: int) -> date:
    """The day on which somebody reaches an age: the birthday, from its first moment.

    Born on 29 February: 1 March in a year without that day (`data/ages.yaml` says why).
    """
    year = born.year + age
    try:
        return born.replace(year=year)
    except ValueError:
        month, day = _leap_day()
        return date(year, month, day)


def age_on(born: date, day: date) -> int:
    """The age in full years on a day; a birth after that day is an `ImpossibleDate`."""
    if born > day:
        raise ImpossibleDate("born", "lies after the day that it is counted to.")
    years = day.year - born.year
    return years if reaches(born, years) <= day else years - 1


def _in_force(known: tuple[Ages, ...], on: date | None) -> Ages:
    held = [ages for ages in known if on is None or ages.applies_from <= on]
    if not held:
        raise ImpossibleDate("on", f"no rule is known from before {known[0].applies_from}.")
    return held[-1]


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[CareAges, ...], tuple[AppAges, ...]]:
    read = _read()
    return (
        tuple(CareAges(**_row(row)) for row in read["care_file"]),
        tuple(AppAges(**_row(row)) for row in read["app_data"]),
    )


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "source"}


@lru_cache(maxsize=1)
def _leap_day() -> tuple[int, int]:
    month, day = str(_read()["leap_day"]["reached_on"]).split("-")
    return int(month), int(day)


def _read() -> dict[str, Any]:
    text = (Path(__file__).parent / "data" / "ages.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read
