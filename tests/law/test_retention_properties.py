"""What holds for every rule and every date."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from dsr.law.calendar import months_later
from dsr.law.retention import (
    Hold,
    ProfessionalHold,
    RetentionRule,
    TransferFirst,
    keep_until,
)
from dsr.law.retention_events import BEGINNINGS
from dsr.law.retention_rule import Unit
from tests.law.retention_cases import rules

DAYS = st.dates(date(1990, 1, 1), date(2120, 12, 31))
COUNTED = [rule for rule in rules().values() if rule.term and not rule.minimum]
A1 = rules()["jans_a1_6m_then_purge_week"]
counted = st.sampled_from(COUNTED)


#: each event that begins a hold for everybody
BEGUN = st.sampled_from(sorted(BEGINNINGS))
#: what else may have happened to a datum, moments of a life in any order
MORE = st.fixed_dictionaries(
    {},
    optional={
        "access_log": st.booleans(),
        "fed_back_to_his": st.booleans(),
        "erasure_granted": DAYS,
        "consent_withdrawn": DAYS,
        "wgbo_destruction_granted": DAYS,
        "hold": st.builds(
            ProfessionalHold,
            by=st.just("gp"),
            placed=DAYS,
            reason=st.just("misuse inquiry"),
            until=st.dates(date(2121, 1, 1), date(2130, 1, 1)),
        ),
    },
)


def told(rule: RetentionRule, start: date, **more: object) -> dict[str, object]:
    """What happened to a datum that the HIS has, unless told otherwise."""
    return {rule.counts_from[0]: start, "fed_back_to_his": True, **more}


def end_of(rule: RetentionRule, start: date, **more: object) -> tuple[date, date]:
    answer = keep_until(rule, told(rule, start, **more))
    assert answer.until is not None
    assert isinstance(answer.destroy_from, date)
    return answer.until, answer.destroy_from


@given(counted, DAYS)
def test_no_term_ends_before_it_starts_and_the_data_go_after_it(
    rule: RetentionRule, start: date
) -> None:
    until, gone = end_of(rule, start)
    assert start <= until
    assert gone == until if rule.at_once else gone > until


@given(counted, DAYS, DAYS)
def test_what_starts_later_never_ends_earlier(rule: RetentionRule, one: date, other: date) -> None:
    first, second = sorted([one, other])
    assert end_of(rule, first) <= end_of(rule, second)


@given(counted, DAYS, DAYS, st.integers(0, 900))
def test_a_hold_never_shortens_a_term(
    rule: RetentionRule, start: date, since: date, days: int
) -> None:
    ended = since + timedelta(days=days)
    held = end_of(rule, start, access_request_received=since, access_answered=ended)
    until, gone = end_of(rule, start)
    assert held[0] >= until
    assert held[1] >= gone


@given(counted, DAYS, DAYS, st.integers(0, 900))
def test_no_data_go_while_a_hold_that_found_them_runs(
    rule: RetentionRule, start: date, since: date, days: int
) -> None:
    assume(since < end_of(rule, start)[1])
    ended = since + timedelta(days=days)
    assert end_of(rule, start, claim_since=since, claim_closed=ended)[1] > ended


@given(counted, DAYS, DAYS)
def test_an_open_hold_that_finds_the_data_leaves_no_date(
    rule: RetentionRule, start: date, since: date
) -> None:
    until, gone = end_of(rule, start)
    answer = keep_until(rule, told(rule, start, restriction_from=since))
    # What goes on its own day is there on that day.
    assert isinstance(answer.destroy_from, Hold) == (since < gone or since == until)


@given(counted, DAYS, MORE, BEGUN, st.integers(-900, 9000))
def test_an_open_hold_on_what_is_there_on_any_ground_never_gives_a_date(
    rule: RetentionRule, start: date, more: dict[str, object], begun: str, later: int
) -> None:
    events = told(rule, start, **more)
    there = keep_until(rule, events).destroy_from
    since = start + timedelta(days=later)
    assume(not isinstance(there, date) or since < there)
    held = keep_until(rule, {**events, begun: since})
    assert isinstance(held.destroy_from, Hold)


@given(counted, DAYS, MORE, BEGUN, st.integers(-900, 9000), st.integers(0, 900))
def test_what_a_hold_found_on_any_ground_goes_only_after_it(
    rule: RetentionRule, start: date, more: dict[str, object], begun: str, later: int, days: int
) -> None:
    events = told(rule, start, **more)
    there = keep_until(rule, events).destroy_from
    since = start + timedelta(days=later)
    assume(not isinstance(there, date) or since < there)
    ended = since + timedelta(days=days)
    gone = keep_until(rule, {**events, begun: since, BEGINNINGS[begun][1]: ended}).destroy_from
    day = gone.due if isinstance(gone, TransferFirst) else gone
    assert isinstance(day, date)
    assert day > ended or day == there


@given(counted, DAYS, MORE)
def test_no_line_of_access_logging_goes_before_its_statutory_minimum(
    rule: RetentionRule, start: date, more: dict[str, object]
) -> None:
    answer = keep_until(rule, told(rule, start, **{**more, "access_log": True}))
    assert answer.not_before == months_later(start, 60)
    gone = answer.destroy_from
    day = gone.due if isinstance(gone, TransferFirst) else gone
    assert isinstance(day, date)
    assert day > answer.not_before


@given(counted, DAYS, DAYS)
def test_a_granted_erasure_never_lengthens_a_term(
    rule: RetentionRule, start: date, granted: date
) -> None:
    grants = dict.fromkeys(rule.brought_forward_by, granted)
    until, gone = end_of(rule, start, **grants)
    assert (until, gone) <= end_of(rule, start)
    if grants and start <= granted < end_of(rule, start)[1]:
        assert gone == granted


@given(DAYS)
def test_account_data_go_only_on_the_first_seven_days_of_january_and_july(start: date) -> None:
    until, gone = end_of(A1, start)
    assert gone.month in (1, 7)
    assert gone.day <= 7
    assert until < gone <= months_later(until, 6) + timedelta(days=7)


@given(counted, DAYS)
def test_months_and_years_end_on_the_same_day_number_or_the_last_of_the_month(
    rule: RetentionRule, start: date
) -> None:
    assume(rule.term is not None and rule.term.unit is not Unit.DAYS)
    counted_from = rule.counted_from(start)
    until = end_of(rule, start)[0]
    last_of_month = (until + timedelta(days=1)).day == 1
    assert until.day == counted_from.day or (until.day < counted_from.day and last_of_month)


@given(counted, DAYS)
def test_the_same_question_gets_the_same_answer(rule: RetentionRule, start: date) -> None:
    event = rule.counts_from[0]
    one = keep_until(rule, {event: start, "died": None})
    assert one == keep_until(rule, {"died": None, event: start})
