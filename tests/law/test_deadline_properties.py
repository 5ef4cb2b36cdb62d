"""What holds for every due date, whenever a request comes in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from dsr.law.calendar import LANGUAGES, Calendar, civil_date, is_working_day, months_later
from dsr.law.deadlines import (
    Clock,
    DeadlineFacts,
    Extension,
    Kind,
    court_until,
    deadline,
    reply_due,
)
from dsr.law.derivation import words
from dsr.law.suspension import Question

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=5)
TODAY = date(2199, 12, 31)


def after(received: date, spans: list[tuple[int, int]]) -> list[tuple[date, date]]:
    """Pauses, each begun some days after receipt and some days long."""
    begun = [(received + timedelta(days=start), length) for start, length in spans]
    return [(day, day + timedelta(days=length)) for day, length in begun]


@given(MOMENTS, st.booleans(), SPANS)
def test_a_due_date_is_never_in_a_weekend_or_on_a_holiday(
    received: datetime, extended: bool, spans: list[tuple[int, int]]
) -> None:
    due = reply_due(received, extended=extended, pauses=after(civil_date(received), spans))
    assert is_working_day(due.date)


@given(MOMENTS, st.booleans(), SPANS)
def test_a_due_date_is_never_before_the_end_of_the_months_and_soon_after_its_raw_end(
    received: datetime, extended: bool, spans: list[tuple[int, int]]
) -> None:
    told = reply_due(received, extended=extended, pauses=after(civil_date(received), spans))
    how = told.derivation
    assert how.month_end == months_later(civil_date(received), 3 if extended else 1)
    assert how.target <= how.month_end <= how.raw_end <= told.date <= how.if_atw
    assert timedelta(0) <= told.date - how.raw_end <= timedelta(days=5)
    assert len(how.skipped) == (told.date - how.raw_end).days


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=400)), st.booleans())
def test_who_asks_later_is_never_due_earlier(
    received: datetime, later: timedelta, extended: bool
) -> None:
    assert (
        reply_due(received, extended=extended).date
        <= reply_due(received + later, extended=extended).date
    )


@given(DAYS, SPANS)
def test_an_extension_never_makes_it_earlier(received: date, spans: list[tuple[int, int]]) -> None:
    pauses = after(received, spans)
    plain, extended = (reply_due(received, extended=one, pauses=pauses) for one in (False, True))
    assert plain.date < extended.date
    assert plain.derivation.notice_until == extended.derivation.notice_until


@given(DAYS, st.integers(0, 60), st.integers(0, 400))
def test_a_pause_shifts_the_unrolled_end_by_its_days(received: date, begun: int, days: int) -> None:
    how = reply_due(received, pauses=after(received, [(begun, days)])).derivation
    assert how.raw_end - how.month_end == timedelta(days=days)


@given(DAYS, SPANS)
def test_a_day_in_several_pauses_counts_once(received: date, spans: list[tuple[int, int]]) -> None:
    pauses = after(received, spans)
    days = {
        asked + timedelta(days=n) for asked, until in pauses for n in range((until - asked).days)
    }
    how = reply_due(received, pauses=pauses).derivation
    assert how.paused_days == len(days)
    assert how == reply_due(received, pauses=reversed([*pauses, *pauses])).derivation


@given(DAYS, st.booleans(), SPANS)
def test_the_target_is_a_working_day_by_every_calendar(
    received: date, extended: bool, spans: list[tuple[int, int]]
) -> None:
    how = reply_due(received, extended=extended, pauses=after(received, spans)).derivation
    assert is_working_day(how.target, Calendar.ATW)
    assert how.target == reply_due(received, extended=extended).derivation.target


@given(DAYS, st.booleans(), SPANS, st.sampled_from(LANGUAGES))
def test_the_words_end_with_the_due_date_itself(
    received: date, extended: bool, spans: list[tuple[int, int]], language: str
) -> None:
    how = reply_due(received, extended=extended, pauses=after(received, spans)).derivation
    last = words(how, language)[-1]
    assert f"{how.final.day} " in last
    assert str(how.final.year) in last


@given(DAYS, st.integers(0, 40), st.integers(0, 400), st.booleans(), st.booleans())
def test_a_judged_period_equals_the_plain_count_of_what_it_counted(
    received: date, begun: int, days: int, reasonable: bool, prompt: bool
) -> None:
    asked, answered = after(received, [(begun, days)])[0]
    told = deadline(
        DeadlineFacts(
            kind=Kind.GDPR,
            received=received,
            identity=Question(
                requested=asked, received=answered, reasonable=reasonable, prompt=prompt
            ),
        ),
        today=TODAY,
    )
    counted = [] if told.not_counted else [(asked, answered)]
    assert told.derivation == reply_due(received, pauses=counted).derivation


@given(DAYS, st.integers(0, 120))
def test_an_extension_is_valid_exactly_until_the_notice_day(received: date, later: int) -> None:
    notified = received + timedelta(days=later)
    extension = Extension(notified=notified, reasons=True)
    facts = DeadlineFacts(kind=Kind.WGBO_ACCESS, received=received, extension=extension)
    told = deadline(facts, today=TODAY)

    assert told.notice_until is not None
    assert told.extension_valid is (notified <= told.notice_until)
    plain = reply_due(received, extended=bool(told.extension_valid))
    assert (told.clock, told.last_day) == (Clock.RUNNING, plain.date)


@given(DAYS)
def test_the_court_may_be_asked_for_at_least_six_weeks(answered: date) -> None:
    until = court_until(answered)
    assert timedelta(weeks=6) <= until - answered <= timedelta(weeks=6, days=5)
    assert is_working_day(until, Calendar.ATW)


@given(MOMENTS, MOMENTS)
def test_two_moments_of_one_dutch_day_are_due_together(one: datetime, other: datetime) -> None:
    other = one.replace(hour=other.hour, minute=other.minute)
    assume(civil_date(one) == civil_date(other))
    assert reply_due(one) == reply_due(other)
