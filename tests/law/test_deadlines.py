"""When an answer is due (Art. 12(3)) and how long the court may be asked (UAVG 35(2))."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.law.calendar import civil_date, is_working_day
from dsr.law.deadlines import court_until, reply_due

MOMENTS = st.datetimes(datetime(2018, 5, 25), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2024, 3, 5), date(2024, 4, 5)),
        (date(2026, 3, 5), date(2026, 4, 7)),  # a Sunday, then Easter Monday
        (date(2027, 8, 31), date(2027, 9, 30)),
        (date(2026, 1, 31), date(2026, 3, 2)),  # 28 February is a Saturday
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2025, 1, 30), date(2025, 2, 28)),
        (date(2026, 3, 27), date(2026, 4, 28)),  # King's Day
        (date(2026, 4, 5), date(2026, 5, 6)),  # Liberation Day
        (date(2026, 11, 25), date(2026, 12, 28)),  # Christmas, and then a weekend
        (date(2025, 12, 1), date(2026, 1, 2)),  # New Year's Day
        (date(2026, 4, 14), date(2026, 5, 15)),  # Ascension Day
    ],
)
def test_an_answer_is_due_a_month_after_receipt_on_a_working_day(received: date, due: date) -> None:
    assert reply_due(received).date == due


def test_late_on_a_dutch_evening_is_the_dutch_day() -> None:
    assert reply_due(datetime(2024, 3, 4, 23, 30, tzinfo=UTC)).date == date(2024, 4, 5)


def test_the_derivation_names_every_day_that_was_passed_over() -> None:
    told = reply_due(date(2026, 3, 5)).derivation
    assert told.month_end == date(2026, 4, 5)
    assert told.skipped == ((date(2026, 4, 5), "zondag"), (date(2026, 4, 6), "tweede paasdag"))
    assert told.target == date(2026, 4, 3)


def test_an_extension_makes_it_three_months() -> None:
    assert reply_due(date(2026, 3, 5), extended=True).date == date(2026, 6, 5)


@given(MOMENTS)
def test_a_due_date_is_never_in_a_weekend_on_a_holiday_or_within_the_month(
    received: datetime,
) -> None:
    due = reply_due(received)
    assert is_working_day(due.date)
    assert timedelta(days=28) <= due.date - civil_date(received) <= timedelta(days=36)
    assert due.derivation.target <= due.derivation.month_end <= due.date


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_who_asks_later_is_never_due_earlier(received: datetime, later: timedelta) -> None:
    assert reply_due(received).date <= reply_due(received + later).date
    assert reply_due(received).date < reply_due(received, extended=True).date


@given(st.dates(date(2018, 5, 25), date(2060, 1, 1)))
def test_the_court_may_be_asked_for_at_least_six_weeks(answered: date) -> None:
    until = court_until(answered)
    assert timedelta(weeks=6) <= until - answered <= timedelta(weeks=6, days=5)
    assert is_working_day(until)


def test_good_friday_counts_as_free_for_the_court_alone() -> None:
    assert court_until(date(2026, 2, 20)) == date(2026, 4, 7)  # Good Friday, weekend, Monday
    assert reply_due(date(2026, 3, 3)).date == date(2026, 4, 3)
