"""An end on its way: what a term alone gives, and what moves that day, one step a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dsr.law.errors import ImpossibleDate, MissingFact
from dsr.law.retention_events import BIRTHS, Value
from dsr.law.retention_holds import Period
from dsr.law.retention_kept import Move
from dsr.law.retention_rule import RetentionRule, Window

Facts = Mapping[str, Value | None]
#: the event that started the clock, and its date
Start = tuple[str, date]

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Course:
    """The last day `until`, the first day without the data, and what moved them.

    `granted` says that a granted erasure or destruction brought the end forward. `waits` says that
    the data wait for the HIS to have them: until then they are there, however long that takes.
    """

    until: date
    destroy: date
    moved: tuple[Move, ...] = ()
    granted: bool = False
    waits: bool = False

    @property
    def last_day_there(self) -> date:
        """The last day on which a hold can still find the data.

        On the day on which they are destroyed by a grant, or by a term of no day at all, it does:
        a date does not say what came first, and only keeping can be undone.
        """
        if self.waits:
            return date.max
        return self.destroy if self.granted or self.destroy == self.until else self.destroy - _DAY


def start_of(rule: RetentionRule, facts: Facts) -> Start | None:
    """The earliest known event that starts the clock; None when none of them happened."""
    told = [name for name in rule.counts_from if name in facts]
    if not told and not _grants(rule, facts):
        names = " or ".join(rule.counts_from)
        raise MissingFact(names, f"{rule.id} counts from it; give null if it did not happen.")
    known = [(day, name) for name in told if (day := day_of(facts, name)) is not None]
    return min(known)[::-1] if known else None


def plain(rule: RetentionRule, start: date) -> Course:
    """The term alone, without anything that moves it."""
    until = rule.last_day(start)
    return Course(until, until if rule.at_once else next_run(rule.windows, until))


def next_run(windows: tuple[Window, ...], until: date) -> date:
    """The day after, or the first day of a purge window that comes after the last day."""
    after = until + _DAY
    days = [
        max(after, date(year, *window.first))
        for year in (after.year, after.year + 1)
        for window in windows
        if after <= date(year, *window.last)
    ]
    return min(days, default=after)


def ended_early(rule: RetentionRule, course: Course, start: date, facts: Facts) -> Course:
    """The term is a maximum: what is no longer relevant goes before (Art. 5(1)(e))."""
    early = day_of(facts, rule.ends_early_at)
    if early is None or early >= course.until:
        return course
    if early < start:
        raise ImpossibleDate(rule.ends_early_at, f"{early} lies before the start, {start}.")
    return no_longer_relevant(rule, early)


def no_longer_relevant(rule: RetentionRule, early: date) -> Course:
    """The end on the day that data are no longer relevant."""
    return Course(early, next_run(rule.windows, early), (Move(rule.ends_early_at, early),))


def brought_forward(
    rule: RetentionRule, course: Course | None, start: Start | None, facts: Facts
) -> Course | None:
    """A granted erasure or destruction is carried out that day (Art. 17(1); BW 7:455(1))."""
    grants = _grants(rule, facts)
    if start is not None and start[0] in BIRTHS:
        # What came to be afterwards was not meant.
        grants = [one for one in grants if one[0] >= start[1]]
    if not grants:
        return course
    granted, name = min(grants)
    if course is None:
        return Course(granted, granted, (Move(name, granted),), granted=True)
    if granted >= course.destroy:
        return course
    until = min(course.until, granted)
    return Course(until, granted, (*course.moved, Move(name, until)), granted=True)


def not_shorter(rule: RetentionRule, course: Course, minimum: str, not_before: date) -> Course:
    """The end under a statutory minimum, which goes before a shorter rule and before a grant."""
    if course.destroy > not_before:
        return course
    destroy = not_before + _DAY if course.granted else next_run(rule.windows, not_before)
    moved = (*course.moved, Move(minimum, not_before))
    return replace(course, until=not_before, destroy=destroy, moved=moved)


def postponed(rule: RetentionRule, course: Course, period: Period, until: date) -> Course:
    """The end after a hold that lasted until this day; never earlier than it was."""
    in_term = course.waits or not (course.granted or period.since > course.until)
    if until <= (course.until if in_term else course.last_day_there):
        return course  # over before the end, on the day of the grant, or before the purge week
    moved = (*course.moved, Move(period.event, until))
    destroy = until + _DAY if course.granted else next_run(rule.windows, until)
    return replace(course, until=until, destroy=max(destroy, course.destroy), moved=moved)


def day_of(facts: Facts, name: str) -> date | None:
    """The date of an event; None when it was not told or did not happen."""
    value = facts.get(name)
    return value if isinstance(value, date) else None


def _grants(rule: RetentionRule, facts: Facts) -> list[tuple[date, str]]:
    return [(day, name) for name in rule.brought_forward_by if (day := day_of(facts, name))]
