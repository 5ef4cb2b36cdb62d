"""A plan in words that a person can check: what becomes of which items, why, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Treatment(StrEnum):
    """What a plan does with items."""

    ERASE = "erase"
    EMPTY = "empty"  #: the record stays there without its personal content
    CORRECT = "correct"
    STATEMENT = "statement"  #: the person's own words are added beside it
    RESTRICT = "restrict"
    LIFT = "lift"
    STOP = "stop"  #: the use for a purpose stops
    RESUME = "resume"
    KEEP = "keep"
    JUDGE = "judge"  #: somebody has to judge first, `asks`


#: treatments that nothing is done for
AT_REST = frozenset({Treatment.KEEP, Treatment.JUDGE})


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """Items of one dataset that are treated alike.

    `activity` is the id of the purpose or part. `because` are codes of articles or of a retention
    rule. `until` is the last day on which any of the kept items stays, `first_until` that of the
    item that may go first (None: no end is known). `by_hand` says that a person does it. A
    treatment of a use as a whole has no dataset and counts one.
    """

    system: str
    dataset: str
    activity: str
    treatment: Treatment
    count: int
    because: tuple[str, ...] = ()
    until: date | None = None
    first_until: date | None = None
    asks: str = ""
    by_hand: bool = False


def to_json(line: PlanLine) -> dict[str, Any]:
    """A line as a plan's row keeps it."""
    told = asdict(line)
    days = {name: _told(getattr(line, name)) for name in _DAYS}
    return {**told, "treatment": str(line.treatment), "because": list(line.because), **days}


def from_json(told: Mapping[str, Any]) -> PlanLine:
    """The line of such a row."""
    days = {name: date.fromisoformat(told[name]) if told.get(name) else None for name in _DAYS}
    treatment = Treatment(told["treatment"])
    return PlanLine(**{**told, "treatment": treatment, "because": tuple(told["because"]), **days})


_DAYS = ("until", "first_until")


def _told(day: date | None) -> str | None:
    return day.isoformat() if day else None
