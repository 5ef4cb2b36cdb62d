"""Days that count, and when an answer is due: known dates, and rules that always hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.law.calendar import (
    civil_date,
    holidays_of,
    is_working_day,
    last_working_day,
    months_later,
    next_working_day,
)

DAYS = st.dates(date(2016, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 5, 23, 30, tzinfo=UTC), date(2026, 3, 6)),  # 00.30 in Rotterdam
        (datetime(2026, 7, 5, 21, 59, tzinfo=UTC), date(2026, 7, 5)),
        (datetime(2026, 7, 5, 22, 0, tzinfo=UTC), date(2026, 7, 6)),  # summer time
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_a_moment_falls_on_the_dutch_day(moment: datetime, day: date) -> None:
    assert civil_date(moment) == day


def test_a_moment_without_a_time_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        civil_date(datetime(2026, 3, 5, 23, 30))  # noqa: DTZ001 (that is what is refused)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2025, "1-1 21-4 26-4 5-5 29-5 9-6 25-12 26-12"),  # King's Day on Saturday
        (2026, "1-1 6-4 27-4 5-5 14-5 25-5 25-12 26-12"),
        (2027, "1-1 29-3 27-4 5-5 6-5 17-5 25-12 26-12"),
    ],
)
def test_public_holidays(year: int, days: str) -> None:
    assert [f"{day.day}-{day.month}" for day in sorted(holidays_of(year))] == days.split()


@given(DAYS, st.integers(1, 36))
def test_a_month_later_is_the_same_day_or_the_months_last(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


@given(DAYS)
def test_rolling_ends_on_a_working_day_and_passes_over_free_days_only(day: date) -> None:
    on, back = next_working_day(day), last_working_day(day)
    assert is_working_day(on)
    assert is_working_day(back)
    assert back <= day <= on
    between = [back + timedelta(days=n) for n in range(1, (on - back).days)]
    assert not [d for d in between if is_working_day(d)]
