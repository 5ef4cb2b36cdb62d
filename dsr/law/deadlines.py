"""When an answer is due (Art. 12(3)), and until when the court may be asked (UAVG 35(2))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from dsr.law.calendar import (
    Calendar,
    any_day,
    dutch_day,
    last_working_day,
    months_later,
    next_working_day,
    passed_over,
)
from dsr.law.derivation import Derivation, choice, still_words, why_words, words
from dsr.law.errors import ImpossibleDate, MissingFact, UnknownValue
from dsr.law.pauses import Pause, days_of, falling_in, merged, stands_still
from dsr.law.suspension import AFTER_END, About, NotCounted, Question, why_no_pause

ONE_MONTH, THREE_MONTHS = 1, 3
COURT_WEEKS = 6


@dataclass(frozen=True)
class Deadline:
    """The last day of a period, and its derivation."""

    date: date
    derivation: Derivation


class Kind(StrEnum):
    """What was asked; the period is the same for each, its grounds are not."""

    GDPR = "gdpr_art12_3"  #: a right of the GDPR
    WGBO_DESTRUCTION = "wgbo_destruction"  #: destruction of a medical file (BW 7:455)
    WGBO_ACCESS = "wgbo_access"  #: inspection or copy of a medical file (BW 7:456; Wabvpz 15d)


GROUNDS = {
    Kind.GDPR: ("GDPR:12(3)",),
    Kind.WGBO_DESTRUCTION: ("BW:7:455", "GDPR:12(3)"),
    Kind.WGBO_ACCESS: ("BW:7:456", "WABVPZ:15d", "GDPR:12(3)"),
}


class Clock(StrEnum):
    """Whether the period runs."""

    RUNNING = "running"
    SUSPENDED = "suspended"  #: a question that counts is not answered yet


@dataclass(frozen=True, kw_only=True)
class Extension:
    """Two more months were wanted; the day on which the person was told, and if reasons were given.

    `notified` is None while nobody told them.
    """

    notified: date | None
    reasons: bool


@dataclass(frozen=True, kw_only=True)
class DeadlineFacts:
    """What happened with a request, as far as its period depends on it.

    `received` is the day or the moment it reached any official channel. `answer_received` is the
    day on which the person got our answer, from which the court's six weeks count.
    """

    kind: Kind
    received: datetime | date
    extension: Extension | None = None
    identity: Question | None = None
    clarification: Question | None = None
    answer_received: date | None = None


@dataclass(frozen=True, kw_only=True)
class Term:
    """The period of a request, judged. What depends on an answer not yet given is None."""

    kind: Kind
    grounds: tuple[str, ...]
    clock: Clock
    received: date
    months: int  #: 1, or 3 with a valid extension
    raw_end: date | None  #: with pauses, before weekend and holidays
    last_day: date | None  #: the deadline, until 24.00 in Amsterdam
    last_day_if_atw: date | None  #: with Good Friday and equated days, which we do not rely on
    notice_until: date | None  #: the last day to tell of an extension, with reasons
    refusal_until: date | None  #: the last day to refuse; an extension does not move it
    safe_target: date
    service_target: date | None  #: for the WGBO's "as soon as possible"
    court_until: date | None
    paused_days: int | None
    stands_still_since: date | None
    extension_valid: bool | None  #: None when none was wanted
    derivation: Derivation | None  #: None while the period stands still
    not_counted: tuple[NotCounted, ...]

    def words(self, language: str) -> tuple[str, ...]:
        """How the last day came about, and why a pause or an extension does not count."""
        if self.derivation is not None:
            told = words(self.derivation, language)
        else:
            told = still_words(self.received, self.stands_still_since or self.received, language)
        return (*told, *(why_words(why, language) for why in self.not_counted))


def reply_due(
    received: datetime | date,
    *,
    extended: bool = False,
    pauses: Iterable[tuple[date, date]] = (),
) -> Deadline:
    """One month after receipt, three when extended in time (Art. 12(3); Reg. 1182/71, 3).

    The day of receipt does not count; months count from receipt and are clipped once; the days of
    `pauses` (asked, answered), already judged to count, are added; a last day in a weekend or on a
    holiday rolls on. What is no day, a moment without a time zone and an impossible pause are
    refused by name.
    """
    start = dutch_day("received", received)
    paused = merged(_closed(asked, answered) for asked, answered in pauses)
    if paused and paused[0].asked < start:
        raise ImpossibleDate("pauses", f"asked on {paused[0].asked}, before receipt on {start}.")
    derivation = _derived(start, THREE_MONTHS if extended else ONE_MONTH, paused)
    return Deadline(derivation.final, derivation)


def deadline(facts: DeadlineFacts, *, today: date) -> Term:
    """The period of a request: which pauses and extension count, and when it ends (Art. 12(3)).

    Raises `ImpossibleDate` naming the fact when a date lies after `today` or before what it
    follows.
    """
    facts = _civil(facts)
    start = dutch_day("received", facts.received)
    _check(facts, start, any_day("today", today))
    refused = dict(_refused(facts, start))
    counted = {about: one.pause for about, one in _asked(facts) if about not in refused}
    first = _Run.of(start, ONE_MONTH, counted.values())
    why_not = _why_no_extension(facts.extension, first)
    valid = None if facts.extension is None else why_not is None
    run = _Run.of(start, THREE_MONTHS, counted.values()) if valid else first
    late = [AFTER_END[about] for about, pause in counted.items() if pause not in run.pauses]
    not_counted = (*refused.values(), *late, *([why_not] if why_not else []))
    return _term(facts, run, first, extension_valid=valid, not_counted=not_counted)


def court_until(answered: datetime | date) -> date:
    """Six weeks after receipt of the answer (UAVG 35(2)), rolled under the Termijnenwet 1.

    Good Friday and equated days count here, because this is a period in a Dutch Act (Atw 3). Who
    got no answer in time may ask the court without a limit (UAVG 35(2)).
    """
    return next_working_day(six_weeks_after(answered), Calendar.ATW)


def six_weeks_after(answered: datetime | date) -> date:
    """The same weekday six weeks later, before it is rolled."""
    return dutch_day("answered", answered) + timedelta(weeks=COURT_WEEKS)


@dataclass(frozen=True)
class _Run:
    """A number of months as they ran, with the pauses that began before they were over."""

    start: date
    months: int
    pauses: tuple[Pause, ...]

    @classmethod
    def of(cls, start: date, months: int, pauses: Iterable[Pause]) -> _Run:
        return cls(start, months, falling_in(months_later(start, months), pauses))

    @property
    def derivation(self) -> Derivation | None:
        """None while it stands still."""
        return None if stands_still(self.pauses) else _derived(self.start, self.months, self.pauses)

    @property
    def still_since(self) -> date | None:
        """The day since which it stands still."""
        return min((one.asked for one in self.pauses if one.answered is None), default=None)


def _closed(asked: object, answered: object) -> Pause:
    """A pause that is over, on its Dutch days."""
    if asked is None:
        raise MissingFact("pauses", "say on which day it was asked.")
    if answered is None:
        raise MissingFact("pauses", "one has no answer yet; `deadline` judges an open question.")
    return Pause(dutch_day("pauses", asked), dutch_day("pauses", answered))


def _derived(start: date, months: int, pauses: Iterable[Pause]) -> Derivation:
    month_end, paused = months_later(start, months), merged(pauses)
    raw_end = month_end + timedelta(days=days_of(paused))
    return Derivation(
        received=start,
        months=months,
        month_end=month_end,
        pauses=paused,
        paused_days=days_of(paused),
        raw_end=raw_end,
        skipped=passed_over(raw_end),
        final=next_working_day(raw_end),
        target=last_working_day(month_end, Calendar.ATW),
        notice_until=_first_month_until(start, paused),
        if_atw=next_working_day(raw_end, Calendar.ATW),
    )


def _first_month_until(start: date, pauses: Iterable[Pause]) -> date:
    """The end of the first month, with its pauses: for telling of an extension or a refusal."""
    end = months_later(start, ONE_MONTH)
    return next_working_day(end + timedelta(days=days_of(falling_in(end, pauses))))


def _term(
    facts: DeadlineFacts,
    run: _Run,
    first: _Run,
    *,
    extension_valid: bool | None,
    not_counted: tuple[NotCounted, ...],
) -> Term:
    how, within = run.derivation, first.derivation
    notice_until = within.final if within else None
    wgbo = facts.kind is not Kind.GDPR
    return Term(
        kind=facts.kind,
        grounds=GROUNDS[facts.kind],
        clock=Clock.RUNNING if how else Clock.SUSPENDED,
        received=run.start,
        months=run.months,
        raw_end=how.raw_end if how else None,
        last_day=how.final if how else None,
        last_day_if_atw=how.if_atw if how else None,
        notice_until=notice_until,
        refusal_until=notice_until,
        safe_target=last_working_day(months_later(run.start, run.months), Calendar.ATW),
        service_target=_service_target(run.start) if wgbo else None,
        court_until=court_until(facts.answer_received) if facts.answer_received else None,
        paused_days=how.paused_days if how else None,
        stands_still_since=run.still_since,
        extension_valid=extension_valid,
        derivation=how,
        not_counted=not_counted,
    )


def _service_target(start: date) -> date:
    """Our own reading of "as soon as possible" (BW 7:455, 7:456). CHOICE."""
    return last_working_day(start + timedelta(days=choice("wgbo_service_days")), Calendar.ATW)


def _why_no_extension(extension: Extension | None, first: _Run) -> NotCounted | None:
    """Why an extension has no effect: told with reasons within the first month (Art. 12(3))."""
    if extension is None:
        return None
    if extension.notified is None:
        return NotCounted.EXTENSION_NOT_NOTIFIED
    if not extension.reasons:
        return NotCounted.EXTENSION_WITHOUT_REASONS
    within = first.derivation
    if within is not None and extension.notified > within.final:
        return NotCounted.EXTENSION_NOTIFIED_LATE
    return None


def _asked(facts: DeadlineFacts) -> Iterator[tuple[About, Question]]:
    if facts.identity is not None:
        yield About.IDENTITY, facts.identity
    if facts.clarification is not None:
        yield About.CLARIFICATION, facts.clarification


def _refused(facts: DeadlineFacts, start: date) -> Iterator[tuple[About, NotCounted]]:
    prompt_days = choice("prompt_days")
    for about, question in _asked(facts):
        why = why_no_pause(about, question, start, prompt_days)
        if why is not None:
            yield about, why


def _civil(facts: DeadlineFacts) -> DeadlineFacts:
    """The same facts, each on its Dutch calendar day."""
    told, answer = facts.extension, facts.answer_received
    if told is not None and told.notified is not None:
        told = replace(told, notified=dutch_day("extension_notified", told.notified))
    asked = {about: _civil_question(about, question) for about, question in _asked(facts)}
    return replace(
        facts,
        received=dutch_day("received", facts.received),
        extension=told,
        identity=asked.get(About.IDENTITY),
        clarification=asked.get(About.CLARIFICATION),
        answer_received=None if answer is None else dutch_day("answer_received", answer),
    )


def _civil_question(about: About, question: Question) -> Question:
    answered = question.received
    return replace(
        question,
        requested=dutch_day(f"{about}_requested", question.requested),
        received=None if answered is None else dutch_day(f"{about}_received", answered),
    )


def _check(facts: DeadlineFacts, start: date, today: date) -> None:
    if facts.kind not in GROUNDS:
        raise UnknownValue("kind", facts.kind, Kind)
    if start > today:
        raise ImpossibleDate("received", f"{start} is in the future; today is {today}.")
    for name, day, after, earliest in _dated(facts, start):
        if day < earliest:
            raise ImpossibleDate(name, f"{day} is before `{after}`, {earliest}.")
        if day > today:
            raise ImpossibleDate(name, f"{day} is in the future; today is {today}.")


def _dated(facts: DeadlineFacts, start: date) -> Iterator[tuple[str, date, str, date]]:
    """Each date, by name, with the one that it cannot precede."""
    for about, question in _asked(facts):
        yield f"{about}_requested", question.requested, "received", start
        if question.received is not None:
            asked = question.requested
            yield f"{about}_received", question.received, f"{about}_requested", asked
    if facts.extension is not None and facts.extension.notified is not None:
        yield "extension_notified", facts.extension.notified, "received", start
    if facts.answer_received is not None:
        yield "answer_received", facts.answer_received, "received", start
