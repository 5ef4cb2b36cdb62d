"""From when and until when somebody may act for another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dsr.law.ages import app_ages, care_ages, reaches
from dsr.law.authority import BY_COURT, BY_CUSTODY, BY_MANDATE, Field, Role
from dsr.law.errors import ImpossibleDate, MissingFact

_DAY = timedelta(days=1)


class Ended(StrEnum):
    """Why somebody may no longer act, or will not from some day on."""

    NOTHING = ""
    AGE_12 = "age_12"  #: the child of 12 acts itself; a parent then needs its consent
    AGE_16 = "age_16"  #: only the young person acts
    CUSTODY = "custody"  #: the last day of custody has passed
    COURT_DECISION = "court_decision"  #: the measure's last day has passed
    MANDATE = "mandate"  #: the authorisation's last day has passed
    REVOKED = "revoked"  #: the person took it back
    DEATH = "death"  #: what ends with the person (BW 3:72(a)); BW 7:458a begins


@dataclass(frozen=True, kw_only=True)
class ActingDates:
    """The dates that decide. None: not known, or there is none.

    Civil dates in Amsterdam. `until` is the last day of custody, of the court's decision or of the
    mandate; `since` the first of the last two (of a mandate: the day on which it was signed).
    """

    role: Role
    field: Field
    born: date | None = None
    since: date | None = None
    until: date | None = None
    revoked: date | None = None
    died: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """From `from_` until the day before `until`; None: without beginning, without end.

    `ended_because` says what ends it, also when that day is still to come.
    """

    from_: date | None
    until: date | None
    ended_because: Ended

    def is_open(self, day: date) -> bool:
        """Whether somebody may act on a day."""
        return (self.from_ is None or self.from_ <= day) and (
            self.until is None or day < self.until
        )


def window(dates: ActingDates, *, today: date) -> Window:
    """The window of this authority, around today (or the death) where an age splits it in two.

    A birthday counts from its first moment; a court's decision and a mandate hold through their
    last day; death and revocation end it on their own day.
    """
    _checked(dates, today)
    day = today if dates.died is None else dates.died
    begins = _begins(dates, day)
    ends = [*_birthdays(dates, day), *_papers(dates)]
    if not ends:
        return Window(from_=begins, until=None, ended_because=Ended.NOTHING)
    until, why = min(ends, key=lambda end: end[0])
    return Window(from_=begins, until=until, ended_because=why)


def _checked(dates: ActingDates, today: date) -> None:
    for name in ("born", "died"):
        named: date | None = getattr(dates, name)
        if named is not None and named > today:
            raise ImpossibleDate(name, "lies in the future.")
    if dates.role in BY_MANDATE and dates.since is not None and dates.since > today:
        raise ImpossibleDate("since", "lies in the future: it cannot have been signed yet.")
    _in_order(dates.born, dates.died, "died", "lies before the birth.")
    _in_order(dates.since, dates.until, "until", "lies before the day on which it began.")
    _in_order(dates.since, dates.revoked, "revoked", "lies before the day on which it began.")


def _in_order(first: date | None, second: date | None, name: str, words: str) -> None:
    if first is not None and second is not None and second < first:
        raise ImpossibleDate(name, words)


def _begins(dates: ActingDates, day: date) -> date | None:
    """Custody from birth, papers from their day, next of kin from the death on."""
    if dates.role in BY_CUSTODY:
        born = _needed(dates.born, "born")
        first, _ = _ages(dates, day)
        return reaches(born, first) if _is_split(dates) and day >= reaches(born, first) else born
    if dates.role in BY_COURT | BY_MANDATE:
        return _needed(dates.since, "since")
    return _needed(dates.died, "died") if dates.role is Role.HEIR else dates.born


def _birthdays(dates: ActingDates, day: date) -> list[tuple[date, Ended]]:
    """For parents: the 12th birthday (medical file) and the 16th, whichever comes next."""
    if dates.role not in BY_CUSTODY:
        return []
    born = _needed(dates.born, "born")
    first, last = _ages(dates, day)
    twelfth, sixteenth = reaches(born, first), reaches(born, last)
    if _is_split(dates) and day < twelfth:
        return [(twelfth, Ended.AGE_12)]
    return [(sixteenth, Ended.AGE_16)]


def _is_split(dates: ActingDates) -> bool:
    """Only for the medical file does the twelfth birthday end what a parent could do alone."""
    return dates.field is Field.CARE_FILE


def _ages(dates: ActingDates, day: date) -> tuple[int, int]:
    ages = care_ages(day) if dates.field is Field.CARE_FILE else app_ages(day)
    return ages.represented_below, ages.shared_below


def _papers(dates: ActingDates) -> list[tuple[date, Ended]]:
    ends = [
        (dates.until and dates.until + _DAY, _paper(dates.role)),
        (dates.revoked, Ended.REVOKED),
        (dates.died if dates.role is not Role.HEIR else None, Ended.DEATH),
    ]
    return [(day, why) for day, why in ends if day is not None]


def _paper(role: Role) -> Ended:
    if role in BY_CUSTODY:
        return Ended.CUSTODY
    return Ended.COURT_DECISION if role in BY_COURT else Ended.MANDATE


def _needed(day: date | None, name: str) -> date:
    if day is None:
        raise MissingFact(name, "is needed to say from when somebody may act: give the date.")
    return day
