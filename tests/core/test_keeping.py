"""Until when the items of a dataset are kept, gathered one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from dsr.core.keeping import Gathered, Span, span
from dsr.law.retention import RetentionRule, own_rules, rule_from

RECEIVED, ANSWERED = date(2026, 11, 3), date(2026, 11, 27)
SOURCE = {"text": "Statement III.F", "date": "2023-06"}
MONTH = {
    "id": "month",
    "purpose": "A.2",
    "counts_from": "sent",
    "months": 1,
    "dates": {"sent": "sent", "recorded": "sent"},
    "source": SOURCE,
}


def rule(**changed: object) -> RetentionRule:
    return rule_from({**MONTH, **changed})


def spanned(wanted: RetentionRule, *items: Mapping[str, str]) -> Span:
    found = Gathered(wanted)
    for item in items:
        found.note(item)
    return span("messages", found, RECEIVED, ANSWERED)


def ends(found: Span) -> tuple[date | None, date | None]:
    assert found.first is not None
    assert found.last is not None
    return found.first.until, found.last.until


@pytest.mark.parametrize(
    "days",
    [
        ["2026-11-10", "2026-10-20", "2026-11-02"],
        ["2026-10-20", "2026-11-02", "2026-11-10"],
        ["2026-11-10", "2026-11-02", "2026-10-20"],
    ],
)
def test_the_range_goes_from_the_first_that_ends_to_the_last_in_any_order(days: list[str]) -> None:
    found = spanned(rule(), *({"sent": day} for day in days))
    # the first would have ended on 20 November: the request holds it until the answer
    assert ends(found) == (ANSWERED, date(2026, 12, 10))
    assert (found.count, found.undated, found.overdue) == (3, 0, False)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-09T23:30:00+00:00", date(2026, 12, 10)),  # 10 November in Amsterdam
        ("2026-11-09T22:59:59+00:00", date(2026, 12, 9)),
        ("2026-11-10T04:45:00+05:30", date(2026, 12, 10)),  # 0.15 in Amsterdam
        ("2026-11-10T04:15:00+05:30", date(2026, 12, 9)),  # 23.45 the day before
        ("2026-11-09T23:30:00", date(2026, 12, 9)),  # no zone: the system's own day
        ("2026-11-09", date(2026, 12, 9)),
        # shorter and longer ways to write the same moments
        ("2026-11-09T23:30Z", date(2026, 12, 10)),
        ("2026-11-09T23:30z", date(2026, 12, 10)),
        ("2026-11-09T22:59Z", date(2026, 12, 9)),
        ("2026-11-09T23Z", date(2026, 12, 10)),
        ("2026-11-09T23:30:15.123Z", date(2026, 12, 10)),
        ("2026-11-09T23:30:15.123456+00:00", date(2026, 12, 10)),
        ("2026-11-10T00:30+01:00", date(2026, 12, 10)),
        ("2026-11-09T23:30+0100", date(2026, 12, 9)),
        ("2026-11-09T19:30-05", date(2026, 12, 10)),
        ("2026-11-09 18:30:00-05:30", date(2026, 12, 10)),  # 1.00 in Amsterdam
        ("2026-11-10T04:45+0530", date(2026, 12, 10)),
        ("20261109T233000Z", date(2026, 12, 10)),
        ("20261109", date(2026, 12, 9)),
        ("2026-11-09T23:30", date(2026, 12, 9)),
        ("2026-11-09T23:30:15.123", date(2026, 12, 9)),
        ("2026-11-09 23:30:15", date(2026, 12, 9)),
    ],
)
def test_a_moment_counts_on_its_dutch_day(moment: str, until: date) -> None:
    assert ends(spanned(rule(), {"sent": moment})) == (until, until)


@pytest.mark.parametrize(
    "dates",
    [{}, {"read": "2026-11-01"}, {"sent": "unknown"}, {"sent": "0001-01-01"}, {"sent": ""},
     {"sent": "1899-12-30"}, {"sent": "2999-12-31T00:00:00Z"}, {"sent": "2026-11-09 or later"},
     {"sent": "2026-11-09T"}, {"sent": "2026-02-30T10:00:00Z"}, {"sent": "2026-11-09T25:00Z"},
     {"sent": "2026-11-09T10:00:00+99:00"},
     {"sent": "0001-01-01T00:00:00+14:00"}, {"sent": "9999-12-31T23:59:59-11:00"}],
)  # fmt: skip
def test_an_item_without_a_usable_date_is_counted_as_such(dates: dict[str, str]) -> None:
    found = spanned(rule(), dates)
    assert (found.count, found.undated, found.first, found.last) == (1, 1, None, None)


def test_the_first_date_of_the_rule_that_an_item_has_counts() -> None:
    both = {"recorded": "2026-11-01", "sent": "2026-11-10"}
    assert ends(spanned(rule(), both)) == (date(2026, 12, 10), date(2026, 12, 10))
    assert ends(spanned(rule(), {"recorded": "2026-11-05"}))[0] == date(2026, 12, 5)


def test_the_term_of_a_whole_file_runs_from_its_last_change() -> None:
    whole = rule(whole_file=True)
    found = spanned(whole, {"sent": "2026-11-20"}, {"sent": "2026-11-05"})
    assert ends(found) == (date(2026, 12, 20), date(2026, 12, 20))


@pytest.mark.parametrize(
    ("days", "some", "everything"),
    [
        (["2026-10-03", "2026-11-05"], False, False),  # its last day is that of the receipt
        (["2026-10-02", "2026-11-05"], True, False),
        (["2026-09-01", "2026-10-02"], True, True),
    ],
)
def test_what_was_over_before_the_request_came_is_seen(
    days: list[str], *, some: bool, everything: bool
) -> None:
    found = spanned(rule(), *({"sent": day} for day in days))
    assert (found.overdue, found.all_overdue) == (some, everything)


def test_a_rule_without_a_term_gives_no_days() -> None:
    open_ended = rule_from(
        {"id": "open", "purpose": "A.4", "while_relevant": True, "source": SOURCE}
    )
    found = spanned(open_ended, {"sent": "2026-11-01"})
    assert (found.first, found.last, found.overdue) == (None, None, False)


def test_a_statutory_minimum_gives_the_day_until_which_it_stays() -> None:
    found = spanned(own_rules()["begz_access_log_min_5y"], {"recorded": "2026-02-03"})
    assert found.last is not None
    assert (found.last.until, found.last.not_before) == (None, date(2031, 2, 3))
