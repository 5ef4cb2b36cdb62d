"""From when and until when somebody may act, and on which day an age is reached."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsr.law.ages import age_on, app_ages, care_ages, reaches
from dsr.law.authority import Field, Role
from dsr.law.errors import ImpossibleDate, MissingFact
from dsr.law.windows import ActingDates, Ended, Window, window

TODAY = date(2026, 11, 22)


def of(role: Role, field: Field = Field.CARE_FILE, **dates: date) -> Window:
    return window(ActingDates(role=role, field=field, **dates), today=TODAY)


CASES: list[tuple[str, Role, Field, dict[str, date], tuple[date | None, date | None, Ended]]] = [
    ("a parent and the file of a child of 8", Role.PARENT, Field.CARE_FILE,
     {"born": date(2018, 5, 3)}, (date(2018, 5, 3), date(2030, 5, 3), Ended.AGE_12)),
    ("a parent and the file of a child of 14", Role.PARENT, Field.CARE_FILE,
     {"born": date(2012, 5, 3)}, (date(2024, 5, 3), date(2028, 5, 3), Ended.AGE_16)),
    ("a parent on the twelfth birthday", Role.PARENT, Field.CARE_FILE,
     {"born": date(2014, 11, 22)}, (TODAY, date(2030, 11, 22), Ended.AGE_16)),
    ("a parent on the day before it", Role.PARENT, Field.CARE_FILE,
     {"born": date(2014, 11, 23)}, (date(2014, 11, 23), date(2026, 11, 23), Ended.AGE_12)),
    ("a parent and app data: both act from 12", Role.PARENT, Field.APP_DATA,
     {"born": date(2018, 5, 3)}, (date(2018, 5, 3), date(2034, 5, 3), Ended.AGE_16)),
    ("a parent of a grown child", Role.PARENT, Field.APP_DATA,
     {"born": date(2000, 5, 3)}, (date(2000, 5, 3), date(2016, 5, 3), Ended.AGE_16)),
    ("a guardian", Role.GUARDIAN, Field.CARE_FILE,
     {"born": date(2018, 5, 3)}, (date(2018, 5, 3), date(2030, 5, 3), Ended.AGE_12)),
    ("a child that died", Role.PARENT, Field.CARE_FILE,
     {"born": date(2018, 5, 3), "died": date(2026, 1, 2)},
     (date(2018, 5, 3), date(2026, 1, 2), Ended.DEATH)),
    ("a child that would now be 16, and died at 5", Role.PARENT, Field.CARE_FILE,
     {"born": date(2010, 5, 3), "died": date(2015, 6, 1)},
     (date(2010, 5, 3), date(2015, 6, 1), Ended.DEATH)),
    ("a parent whose custody ended", Role.PARENT, Field.APP_DATA,
     {"born": date(2018, 5, 3), "until": date(2025, 3, 31)},
     (date(2018, 5, 3), date(2025, 4, 1), Ended.CUSTODY)),
    ("a measure that begins next month", Role.MENTOR, Field.CARE_FILE,
     {"since": date(2026, 12, 22)}, (date(2026, 12, 22), None, Ended.NOTHING)),
    ("a mentor for five years", Role.MENTOR, Field.CARE_FILE,
     {"since": date(2024, 1, 1), "until": date(2028, 12, 31)},
     (date(2024, 1, 1), date(2029, 1, 1), Ended.COURT_DECISION)),
    ("a curator without an end", Role.CURATOR, Field.CARE_FILE,
     {"since": date(2024, 1, 1)}, (date(2024, 1, 1), None, Ended.NOTHING)),
    ("a bewindvoerder whose person died", Role.BEWINDVOERDER, Field.FINANCIAL,
     {"since": date(2024, 1, 1), "died": date(2026, 10, 1)},
     (date(2024, 1, 1), date(2026, 10, 1), Ended.DEATH)),
    ("a lawyer's mandate for a year", Role.LAWYER, Field.CARE_FILE,
     {"since": date(2026, 1, 1), "until": date(2026, 12, 31)},
     (date(2026, 1, 1), date(2027, 1, 1), Ended.MANDATE)),
    ("a mandate that was taken back", Role.MANDATE_HOLDER, Field.APP_DATA,
     {"since": date(2026, 1, 1), "until": date(2026, 12, 31), "revoked": date(2026, 6, 1)},
     (date(2026, 1, 1), date(2026, 6, 1), Ended.REVOKED)),
    ("an heir, from the death on", Role.HEIR, Field.CARE_FILE,
     {"died": date(2026, 6, 1)}, (date(2026, 6, 1), None, Ended.NOTHING)),
    ("a person itself", Role.SELF, Field.CARE_FILE,
     {"born": date(1980, 1, 1)}, (date(1980, 1, 1), None, Ended.NOTHING)),
    ("a person itself, of unknown birth", Role.SELF, Field.CARE_FILE,
     {}, (None, None, Ended.NOTHING)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "field", "dates", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_the_window_and_what_ends_it(
    role: Role, field: Field, dates: dict[str, date], expected: tuple[Any, ...]
) -> None:
    found = of(role, field, **dates)
    assert (found.from_, found.until, found.ended_because) == expected


def test_the_last_day_of_a_paper_still_counts_and_a_birthday_no_more() -> None:
    paper = of(Role.LAWYER, since=date(2026, 1, 1), until=date(2026, 12, 31))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [paper.is_open(day) for day in days] == [False, True, True, False]
    parent = of(Role.PARENT, born=date(2018, 5, 3))
    days = [date(2030, 5, 2), date(2030, 5, 3)]
    assert [parent.is_open(day) for day in days] == [True, False]
    assert of(Role.SELF).is_open(TODAY)


@pytest.mark.parametrize(
    ("role", "dates", "name"),
    [
        (Role.PARENT, {"born": date(2026, 11, 23)}, "born"),
        (Role.HEIR, {"died": date(2026, 11, 23)}, "died"),
        (Role.PARENT, {"born": date(2020, 1, 2), "died": date(2020, 1, 1)}, "died"),
        (Role.MENTOR, {"since": date(2025, 1, 2), "until": date(2025, 1, 1)}, "until"),
        (Role.LAWYER, {"since": date(2026, 11, 23)}, "since"),
        (Role.LAWYER, {"since": date(2025, 1, 2), "revoked": date(2025, 1, 1)}, "revoked"),
    ],
)
def test_dates_that_cannot_be_are_named(role: Role, dates: dict[str, date], name: str) -> None:
    with pytest.raises(ImpossibleDate) as raised:
        of(role, **dates)
    assert raised.value.name == name


@pytest.mark.parametrize(
    ("role", "name"),
    [(Role.PARENT, "born"), (Role.MENTOR, "since"), (Role.LAWYER, "since"), (Role.HEIR, "died")],
)
def test_a_window_without_its_date_is_not_guessed(role: Role, name: str) -> None:
    with pytest.raises(MissingFact) as raised:
        of(role)
    assert raised.value.name == name


@pytest.mark.parametrize(
    ("born", "age", "day"),
    [
        (date(2010, 6, 15), 16, date(2026, 6, 15)),
        (date(2012, 2, 29), 12, date(2024, 2, 29)),
        (date(2012, 2, 29), 14, date(2026, 3, 1)),
        (date(2008, 2, 29), 18, date(2026, 3, 1)),
        (date(2014, 3, 1), 12, date(2026, 3, 1)),
        (date(2014, 2, 28), 12, date(2026, 2, 28)),
    ],
)
def test_an_age_is_reached_on_the_birthday_and_after_29_february_on_1_march(
    born: date, age: int, day: date
) -> None:
    assert reaches(born, age) == day
    assert (age_on(born, day - timedelta(days=1)), age_on(born, day)) == (age - 1, age)


def test_nobody_has_an_age_before_birth() -> None:
    assert age_on(TODAY, TODAY) == 0
    with pytest.raises(ImpossibleDate, match="born"):
        age_on(TODAY + timedelta(days=1), TODAY)


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 100))
def test_an_age_holds_from_the_day_it_is_reached(born: date, age: int) -> None:
    day = reaches(born, age)
    assert age_on(born, day) == age
    assert age == 0 or age_on(born, day - timedelta(days=1)) == age - 1


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), TODAY), st.sampled_from([Field.CARE_FILE, Field.APP_DATA]))
def test_a_parents_window_never_reaches_past_the_16th_birthday(born: date, field: Field) -> None:
    found = of(Role.PARENT, field, born=born)
    assert found.until is not None
    assert found.until <= reaches(born, 16)
    assert found.from_ is not None
    assert found.from_ < found.until


def test_the_ages_of_a_day_are_the_law_of_that_day() -> None:
    assert care_ages(TODAY) == care_ages(None)
    assert (care_ages(None).represented_below, care_ages(None).shared_below) == (12, 16)
    assert app_ages(date(2026, 8, 31)).represented_below == 16
    assert app_ages(date(2026, 9, 1)) == app_ages(None)
    assert app_ages(None).represented_below == 12
    for ages, day in ((app_ages, date(2018, 5, 24)), (care_ages, date(1995, 3, 31))):
        with pytest.raises(ImpossibleDate, match="on"):
            ages(day)
