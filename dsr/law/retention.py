"""Until when data may be kept, from when they must be gone, and what moved that day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from dsr.law.errors import MissingFact
from dsr.law.proposal import Asks
from dsr.law.retention_course import (
    Course,
    Facts,
    Start,
    brought_forward,
    day_of,
    ended_early,
    no_longer_relevant,
    not_shorter,
    plain,
    postponed,
    start_of,
)
from dsr.law.retention_events import GRANTS, Happened, ProfessionalHold, from_json, read
from dsr.law.retention_holds import JUDGES, Period, periods, who_is_no_professional
from dsr.law.retention_kept import (
    Derivation,
    Destroy,
    Hold,
    Kept,
    Move,
    Review,
    TransferFirst,
)
from dsr.law.retention_rule import Part, RetentionRule, own_rules, rule_from, rules_from

__all__ = [
    "Derivation",
    "Destroy",
    "Hold",
    "Kept",
    "Move",
    "ProfessionalHold",
    "RetentionRule",
    "Review",
    "TransferFirst",
    "from_json",
    "keep_until",
    "own_rules",
    "rule_from",
    "rules_from",
]


def keep_until(rule: RetentionRule, events: Mapping[str, object]) -> Kept:
    """Until when a datum may be kept under a rule (Art. 5(1)(e)), given what happened to it.

    Events are of `retention_events.EVENTS`: dates, true or false, words, a `ProfessionalHold`; a
    date may be its ISO text and a hold a mapping, as in JSON.
    `MissingFact` when no event that starts the clock is told; told as None it did not happen.
    """
    return _kept(rule, read(events))


# One rule and one date come back for thousands of items; the answer is the same frozen object.
@lru_cache(maxsize=65_536)
def _kept(rule: RetentionRule, happened: Happened) -> Kept:
    facts = dict(happened)
    if rule.parts:
        return _of_parts(rule, facts)
    if not rule.stored:
        return Kept(rule=rule.id, source=rule.source)
    if rule.while_relevant:
        return _while_relevant(rule, facts)
    return _counted(rule, facts)


def _counted(rule: RetentionRule, facts: Facts) -> Kept:
    start = start_of(rule, facts)
    alone = None if start is None else plain(rule, start[1])
    kept = _at_least(rule, alone) if rule.minimum else _moved(rule, alone, start, facts)
    event, day = start or ("", None)
    how = replace(
        kept.derivation,
        event=event,
        start=day,
        counted_from=None if day is None else rule.counted_from(day),
        term=rule.term,
        raw_end=None if alone is None else alone.until,
    )
    return replace(kept, derivation=how)


def _moved(rule: RetentionRule, alone: Course | None, start: Start | None, facts: Facts) -> Kept:
    """The term after all that moves it, each step on the outcome of the one before."""
    course = alone
    if course is not None and start is not None:
        course = ended_early(rule, course, start[1], facts)
    return _bounded(rule, brought_forward(rule, course, start, facts), start, facts)


def _bounded(rule: RetentionRule, course: Course | None, start: Start | None, facts: Facts) -> Kept:
    """The end under what keeps the data: first a minimum and the HIS, then holds that find them."""
    minimums = dict(_minimums(facts, start))
    for minimum, day in minimums.items():
        course = course and not_shorter(rule, course, minimum, day)
    # After a granted destruction there is nothing to hand over: the patient wants it gone.
    if course is not None and not course.granted and _is_source(rule, facts):
        course = replace(course, waits=True)
    kept = _after_holds(rule, course, facts)
    if course is not None and course.waits and isinstance(kept.destroy_from, date):
        kept = replace(kept, destroy_from=TransferFirst(kept.destroy_from))
    return replace(kept, not_before=max(minimums.values())) if minimums else kept


def _minimums(facts: Facts, start: Start | None) -> Iterator[tuple[str, date]]:
    """The statutory minimums that cover this record, by rule, with the last day of each."""
    for minimum in own_rules().values():
        if minimum.covers and _is_covered(minimum.covers, facts):
            own = next((day for one in minimum.counts_from if (day := day_of(facts, one))), None)
            since = own or (start[1] if start else None)
            if since is None:
                names = " or ".join(minimum.counts_from)
                raise MissingFact(names, f"{minimum.id} covers this record and counts from it.")
            yield minimum.id, minimum.last_day(since)


def _is_covered(record: str, facts: Facts) -> bool:
    return facts.get(record) is True or record in (facts.get("kind"), facts.get("field"))


def _is_source(rule: RetentionRule, facts: Facts) -> bool:
    # Not known to be fed back is not fed back: what the HIS lacks would be lost (BW 7:454(3)).
    return bool(rule.transfer_first_unless) and facts.get(rule.transfer_first_unless) is not True


def _after_holds(rule: RetentionRule, course: Course | None, facts: Facts) -> Kept:
    left_out = _not_counted(rule, facts)
    for period in periods(rule, facts):
        if course is None:
            break
        if period.since > course.last_day_there:  # it revives nothing that had to be gone
            left_out = (*left_out, period.event)
        elif period.until is None or period.unfixed:
            how = Derivation(moved=(*course.moved, Move(period.event, None)), not_counted=left_out)
            return _answer(rule, None, _stays(period), how)
        else:
            course = postponed(rule, course, period, period.until)
    if course is None:
        return _answer(rule, None, None, Derivation(not_counted=left_out))
    how = Derivation(moved=course.moved, not_counted=left_out)
    return _answer(rule, course.until, course.destroy, how)


def _not_counted(rule: RetentionRule, facts: Facts) -> tuple[str, ...]:
    grants = sorted(GRANTS - set(rule.brought_forward_by))
    unused = facts.get("hold") is not None and not rule.professional_hold
    hold = ("hold",) if unused or who_is_no_professional(facts) else ()
    return (*(name for name in grants if day_of(facts, name)), *hold)


def _stays(period: Period) -> Hold | Review:
    asks = JUDGES[period.kind]
    if period.unfixed:
        return Review("hold_without_term", asks)
    return Hold(period.kind, None if period.since == date.min else period.since, asks)


def _at_least(rule: RetentionRule, alone: Course | None) -> Kept:
    """A statutory minimum: no end, only a day until which nothing may go."""
    kept = _answer(rule, None, None, Derivation())
    return replace(kept, not_before=None if alone is None else alone.until)


def _while_relevant(rule: RetentionRule, facts: Facts) -> Kept:
    """An open term: outside the Regulation when truly anonymous (recital 26), else to be fixed."""
    if facts.get("anonymous"):
        return Kept(rule=rule.id, source=rule.source)
    early = day_of(facts, rule.ends_early_at)
    course = None if early is None else no_longer_relevant(rule, early)
    course = brought_forward(rule, course, None, facts)
    kept = _bounded(rule, course, None, facts)
    return kept if course else replace(kept, destroy_from=Review("open_ended", Asks.DPO))


def _of_parts(rule: RetentionRule, facts: Facts) -> Kept:
    """The longest of several purposes; each system drops the datum when its own one ends."""
    parts = tuple((part, _part(part, facts)) for part in rule.parts)
    ends = [kept.until for _, kept in parts if kept.until]
    days = [kept.destroy_from for _, kept in parts]
    dates = [day for day in days if isinstance(day, date)]
    # What a person has to judge is not hidden by a part that has no clock.
    no_date = next((day for day in days if day and not isinstance(day, date)), None)
    return Kept(
        rule=rule.id,
        source=rule.source,
        until=max(ends) if len(ends) == len(parts) else None,
        destroy_from=max(dates) if len(dates) == len(parts) else no_date,
        not_before=max((k.not_before for _, k in parts if k.not_before), default=None),
        parts=parts,
    )


def _part(part: Part, facts: Facts) -> Kept:
    if not part.event:
        return _kept(part.rule, tuple(facts.items()))
    if part.event not in facts:
        raise MissingFact(part.event, f"the part {part.label} counts from it.")
    renamed = {**facts, part.rule.counts_from[0]: facts[part.event]}
    return _kept(part.rule, tuple(renamed.items()))


def _answer(rule: RetentionRule, until: date | None, day: Destroy, how: Derivation) -> Kept:
    return Kept(rule=rule.id, source=rule.source, until=until, destroy_from=day, derivation=how)
