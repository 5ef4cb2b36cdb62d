"""Days that count: the Dutch day of a moment, months, holidays and working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.law.calendar import (
    Calendar,
    FreeDay,
    civil_date,
    dutch_day,
    easter_sunday,
    holidays_of,
    is_working_day,
    known_until,
    last_working_day,
    months_later,
    next_working_day,
    passed_over,
    why_free,
)
from dsr.law.errors import ImpossibleDate, LawError, MissingFact, UnknownValue

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
YEARS = range(1990, 2101)
CALENDARS = st.sampled_from(Calendar)


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
    with pytest.raises(MissingFact, match="time zone"):
        civil_date(datetime(2026, 3, 5, 23, 30))  # noqa: DTZ001 (that is what is refused)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (date(1899, 12, 30), ImpossibleDate, "asked: 1899-12-30 lies outside 1900 to 2200"),
        (date(2201, 1, 1), ImpossibleDate, "asked: 2201-01-01 lies outside 1900 to 2200"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), ImpossibleDate, "asked: 0001"),
        (
            datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))),
            ImpossibleDate,
            "asked: 9999-12-31 23:00:00-12:00 has no day in the Netherlands",
        ),
        (datetime(2026, 3, 5, 23, 30), MissingFact, "asked: a moment needs a time zone"),  # noqa: DTZ001
        ("2026-01-10", UnknownValue, "asked: '2026-01-10' is not known; use one of: a date"),
        (None, UnknownValue, "asked: None"),
        (20260110, UnknownValue, "asked: 20260110"),
    ],
)
def test_what_is_no_day_of_these_three_centuries_is_refused_by_name(
    given: object, error: type[LawError], words: str
) -> None:
    with pytest.raises(error, match=words) as refused:
        dutch_day("asked", given)
    assert refused.value.name == "asked"


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2200, 12, 31)])
def test_the_first_and_the_last_day_of_those_centuries_count(day: date) -> None:
    assert dutch_day("asked", day) == day


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2013, "1-1 1-4 30-4 5-5 9-5 20-5 25-12 26-12"),  # the last Queen's Day
        (2014, "1-1 21-4 26-4 5-5 29-5 9-6 25-12 26-12"),  # 27 April is a Sunday
        (2016, "1-1 28-3 27-4 5-5 16-5 25-12 26-12"),  # Ascension on Liberation Day
        (2024, "1-1 1-4 27-4 5-5 9-5 20-5 25-12 26-12"),
        (2025, "1-1 21-4 26-4 5-5 29-5 9-6 25-12 26-12"),
        (2026, "1-1 6-4 27-4 5-5 14-5 25-5 25-12 26-12"),
        (2027, "1-1 29-3 27-4 5-5 6-5 17-5 25-12 26-12"),
        (2028, "1-1 17-4 27-4 5-5 25-5 5-6 25-12 26-12"),
    ],
)
def test_public_holidays_are_those_of_the_termijnenwet(year: int, days: str) -> None:
    assert [f"{day.day}-{day.month}" for day in sorted(holidays_of(year))] == days.split()


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2023, "7-4 28-4 19-5"),
        (2024, "29-3 10-5 27-12"),
        (2025, "18-4 30-5"),
        (2026, "2-1 3-4 15-5"),
        (2027, "26-3 7-5"),
        (2028, "14-4 28-4 26-5"),
    ],
)
def test_good_friday_and_equated_days_count_for_dutch_acts_alone(year: int, days: str) -> None:
    more = holidays_of(year, Calendar.ATW).keys() - holidays_of(year).keys()
    assert [f"{day.day}-{day.month}" for day in sorted(more)] == days.split()


@pytest.mark.parametrize("year", YEARS)
def test_the_library_agrees_once_the_law_is_read_into_it(year: int) -> None:
    """The library lists what people celebrate: Good Friday and Sundays too, and 5 May as a day off
    in every fifth year alone. The law's own list (Atw 3(1)) is not among its categories."""
    theirs = set(holidays.country_holidays("NL", years=year))
    no_holiday_by_law = {
        easter_sunday(year) + timedelta(days=after) for after in (-2, 0, 49)
    } - set(holidays_of(year))

    assert theirs - no_holiday_by_law | {date(year, 5, 5)} == set(holidays_of(year))


def test_the_equated_days_are_known_for_another_year() -> None:
    today = datetime.now(UTC).date()

    assert months_later(today, 12) <= known_until(), (
        f"dsr/law/data/holidays.yaml knows the equated days until {known_until()} only. Look in the"
        " Staatscourant for the newest 'Besluit gelijkstelling van ... met een algemeen erkende"
        " feestdag' (Algemene termijnenwet 3(3); one every three years). Add it under"
        " equated_by_decree, decrees: its name, url and days. Then set known_until to"
        " 31 December of the last year that the decree covers."
    )


def test_every_day_equated_by_a_decree_is_within_what_we_say_we_know() -> None:
    beyond = range(known_until().year + 1, 2101)
    plain = {year: holidays_of(year, Calendar.ATW).values() for year in beyond}
    assert not [year for year, codes in plain.items() if "equated_day" in codes]


@pytest.mark.parametrize(
    ("day", "nl", "en"),
    [
        (date(2026, 4, 4), "zaterdag", "Saturday"),
        (date(2026, 4, 5), "zondag", "Sunday"),
        (date(2026, 4, 6), "tweede paasdag", "Easter Monday"),
        (date(2026, 12, 26), "tweede kerstdag", "second day of Christmas"),  # and a Saturday
        (date(2026, 4, 3), "Goede Vrijdag", "Good Friday"),
        (date(2026, 5, 15), "met een feestdag gelijkgestelde dag", "day equated with a holiday"),
    ],
)
def test_a_free_day_has_a_name_in_both_languages(day: date, nl: str, en: str) -> None:
    free = why_free(day, Calendar.ATW)
    assert free is not None
    assert (free.name("nl"), free.name("en")) == (nl, en)


def test_a_free_day_has_no_name_in_another_language() -> None:
    with pytest.raises(UnknownValue, match="language: 'fr' is not known"):
        FreeDay(date(2026, 4, 6), "easter_monday").name("fr")


def test_every_holiday_has_a_name_in_both_languages() -> None:
    free = [
        FreeDay(day, code)
        for year in YEARS
        for day, code in holidays_of(year, Calendar.ATW).items()
    ]
    assert all(one.name("nl") and one.name("en") for one in free)


def test_the_days_passed_over_at_the_end_of_a_period_are_named() -> None:
    assert [one.code for one in passed_over(date(2025, 12, 25))] == [
        "christmas_day",
        "second_christmas_day",
        "saturday",
        "sunday",
    ]
    assert passed_over(date(2026, 4, 3)) == ()  # Good Friday is a working day for the GDPR


@given(DAYS, st.integers(1, 36))
def test_a_month_later_is_the_same_day_or_the_months_last(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


@given(DAYS, CALENDARS)
def test_rolling_ends_on_a_working_day_and_passes_over_free_days_only(
    day: date, calendar: Calendar
) -> None:
    on, back = next_working_day(day, calendar), last_working_day(day, calendar)
    assert is_working_day(on, calendar)
    assert is_working_day(back, calendar)
    assert back <= day <= on
    between = [back + timedelta(days=n) for n in range(1, (on - back).days)]
    assert not [d for d in between if is_working_day(d, calendar)]


@given(DAYS, CALENDARS)
def test_what_is_passed_over_is_every_day_up_to_the_working_day(
    day: date, calendar: Calendar
) -> None:
    days = [free.day for free in passed_over(day, calendar)]
    gap = (next_working_day(day, calendar) - day).days
    assert days == [day + timedelta(days=n) for n in range(gap)]


@given(DAYS)
def test_a_day_that_is_free_for_the_gdpr_is_free_for_the_termijnenwet(day: date) -> None:
    assert is_working_day(day) or not is_working_day(day, Calendar.ATW)
