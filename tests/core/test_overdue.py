"""Whose term is over today."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dsr.core.overdue import last_start_over, rule_of
from dsr.law.retention import RetentionRule, keep_until
from tests.makers import the_register


def rule(rule_id: str) -> RetentionRule:
    found = rule_of(the_register(), rule_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("rule_id", "event", "today", "until"),
    [
        # one month from the day a message was sent: gone from the day after
        ("jans_a2_1m_from_sent", "sent", date(2026, 11, 22), date(2026, 10, 21)),
        ("jans_a2_1m_from_sent", "sent", date(2026, 3, 1), date(2026, 1, 31)),
        # six months, and then the first week of January or July
        ("jans_a1_6m_then_purge_week", "deregistered", date(2026, 6, 30), date(2025, 7, 6)),
        ("jans_a1_6m_then_purge_week", "deregistered", date(2026, 7, 1), date(2025, 12, 31)),
        # two years from the end of the year
        ("jans_a2_other_2y_from_end_of_year", "obtained", date(2026, 12, 31), date(2023, 12, 31)),
        ("jans_a2_other_2y_from_end_of_year", "obtained", date(2027, 1, 1), date(2024, 12, 31)),
        ("dsr_case_file_5y_from_closure", "closed", date(2026, 11, 22), date(2021, 11, 21)),
    ],
)
def test_the_last_day_whose_term_is_over(
    rule_id: str, event: str, today: date, until: date
) -> None:
    assert last_start_over(rule(rule_id), event, today, {}) == until


@pytest.mark.parametrize("rule_id", ["jans_a2_1m_from_sent", "jans_a1_6m_then_purge_week"])
def test_the_day_found_is_over_and_the_next_one_is_not(rule_id: str) -> None:
    one = rule(rule_id)
    event = one.counts_from[0]
    for days in range(0, 800, 13):
        today = date(2026, 1, 1) + timedelta(days=days)
        last = last_start_over(one, event, today, {})
        assert last is not None
        for day, over in ((last, True), (last + timedelta(days=1), False)):
            gone_from = keep_until(one, {event: day}).destroy_from
            assert isinstance(gone_from, date)
            assert (gone_from <= today) is over


def test_what_has_no_end_is_never_over() -> None:
    today = date(2026, 11, 22)

    assert last_start_over(rule("begz_access_log_min_5y"), "written", today, {}) is None
    # the statutory minimum goes before a shorter term
    last = last_start_over(rule("jans_a2_1m_from_sent"), "sent", today, {"access_log": True})
    assert last is None or last <= date(2021, 11, 22)


def test_a_rule_that_nobody_wrote_is_none() -> None:
    assert rule_of(the_register(), "no_such_rule") is None
