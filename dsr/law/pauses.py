"""The days on which the clock of a request stood still, each counted once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dsr.law.calendar import next_working_day
from dsr.law.errors import ImpossibleDate


@dataclass(frozen=True)
class Pause:
    """From the day of the question to the day of a sufficient answer; None while it is open.

    It takes the calendar days between the two: asked and answered on one day is none. CHOICE:
    some authorities let the month begin anew instead; a pause ends earlier, so it is safe.
    """

    asked: date
    answered: date | None = None

    def __post_init__(self) -> None:
        if self.answered is not None and self.answered < self.asked:
            words = f"answered on {self.answered}, before it was asked on {self.asked}."
            raise ImpossibleDate("pause", words)

    @property
    def days(self) -> int:
        """How many days it takes; an open one has none yet."""
        return (self.answered - self.asked).days if self.answered else 0


def merged(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """The closed pauses in order of time; those that overlap or touch are one."""
    found: list[tuple[date, date]] = []
    closed = ((one.asked, one.answered) for one in pauses if one.answered is not None)
    for asked, answered in sorted(closed):
        if found and asked <= found[-1][1]:
            begun, ended = found.pop()
            found.append((begun, max(ended, answered)))
        else:
            found.append((asked, answered))
    return tuple(Pause(asked, answered) for asked, answered in found)


def days_of(pauses: Iterable[Pause]) -> int:
    """How many days the pauses take together."""
    return sum(pause.days for pause in merged(pauses))


def falling_in(month_end: date, pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """The pauses that begin before a period is over; each lengthens it for the next.

    What has ended cannot be suspended any more. `month_end` is the end without any pause.
    """
    found: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.asked):
        if stands_still(found) or pause.asked <= _over(month_end, found):
            found.append(pause)
    return tuple(found)


def stands_still(pauses: Iterable[Pause]) -> bool:
    """Whether one of the pauses is still open."""
    return any(pause.answered is None for pause in pauses)


def _over(month_end: date, pauses: Iterable[Pause]) -> date:
    return next_working_day(month_end + timedelta(days=days_of(pauses)))
