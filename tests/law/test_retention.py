"""How long data may be kept: sentences of the law and of both statements, as tables of cases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dsr.law.errors import ImpossibleDate, LawError, MissingFact, UnknownValue
from dsr.law.proposal import Asks
from dsr.law.retention import (
    Hold,
    Move,
    ProfessionalHold,
    Review,
    TransferFirst,
    keep_until,
)
from dsr.law.retention_events import EVENTS, HoldKind
from tests.law.retention_cases import ends, kept, rules, written

A1, A2 = "jans_a1_6m_then_purge_week", "jans_a2_1m_from_sent"
OTHER_A2, OTHER_A3 = "jans_a2_other_2y_from_end_of_year", "jans_a3_other_2y_from_deregistration"
FILE, FIGURES, SECURITY = (
    "jans_a3_health_20y_from_last_change",
    "jans_a4_while_relevant",
    "jans_a5_1m_unless_professional",
)
BY_GP = {"by": "health_professional", "big_registered": True, "reason": "misuse inquiry"}
HELD = (None, "hold")
NO_CLOCK = (None, None)


@pytest.mark.parametrize(
    ("deregistered", "expected"),
    [
        ("2026-01-08", ("2026-07-08", "2027-01-01")),  # one day after the purge week
        ("2025-12-31", ("2026-06-30", "2026-07-01")),  # the day before it
        ("2025-08-31", ("2026-02-28", "2026-07-01")),  # no 31 February
        ("2025-07-07", ("2026-01-07", "2026-07-01")),
        ("2025-07-06", ("2026-01-06", "2026-01-07")),
        ("2025-06-30", ("2025-12-30", "2026-01-01")),
        ("2025-07-31", ("2026-01-31", "2026-07-01")),
    ],
)
def test_account_data_go_in_the_first_purge_week_after_six_months(
    deregistered: str, expected: tuple[str, str]
) -> None:
    assert ends(A1, deregistered=deregistered) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ({"deregistered": None, "account_closed": "2026-01-01"}, ("2026-07-01", "2026-07-02")),
        (
            {"deregistered": "2026-03-01", "account_closed": "2026-01-01"},
            ("2026-07-01", "2026-07-02"),
        ),
        (
            {"deregistered": "2026-01-01", "account_closed": "2026-03-01"},
            ("2026-07-01", "2026-07-02"),
        ),
        ({"account_closed": "2026-01-01"}, ("2026-07-01", "2026-07-02")),
        ({"deregistered": None, "account_closed": None}, NO_CLOCK),
    ],
)
def test_of_deregistering_and_closing_the_account_the_earlier_starts_the_clock(
    events: dict[str, object], expected: tuple[str, str]
) -> None:
    assert ends(A1, **events) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2026-01-29", ("2026-02-28", "2026-03-01")),
        ("2026-03-31", ("2026-04-30", "2026-05-01")),
        ("2026-12-31", ("2027-01-31", "2027-02-01")),
        ("2028-02-29", ("2028-03-29", "2028-03-30")),
        ("2026-06-30T22:15:00Z", ("2026-08-01", "2026-08-02")),  # 1 July in Amsterdam
        ("2026-06-30T21:59:00Z", ("2026-07-30", "2026-07-31")),
    ],
)
def test_a_message_goes_a_month_after_the_dutch_day_on_which_it_was_sent(
    sent: str, expected: tuple[str, str]
) -> None:
    assert ends(A2, sent=sent) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ({"obtained": "2024-12-31"}, ("2026-12-31", "2027-01-01")),
        ({"obtained": "2025-01-01"}, ("2027-12-31", "2028-01-01")),
        (
            {"obtained": "2024-03-15", "no_longer_relevant": "2027-06-30"},
            ("2026-12-31", "2027-01-01"),
        ),
        (
            {"obtained": "2024-03-15", "no_longer_relevant": "2024-03-15"},
            ("2024-03-15", "2024-03-16"),
        ),
        ({"obtained": "2024-03-15", "no_longer_relevant": None}, ("2026-12-31", "2027-01-01")),
        (
            {"obtained": "2024-03-15", "consent_withdrawn": "2025-02-01"},
            ("2025-02-01", "2025-02-01"),
        ),
    ],
)
def test_other_data_go_two_years_after_the_end_of_the_year_or_when_no_longer_relevant(
    events: dict[str, object], expected: tuple[str, str]
) -> None:
    assert ends(OTHER_A2, **events) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ({"last_change": "2004-02-29"}, ("2024-02-29", "2024-03-01")),
        ({"last_change": "2006-05-01", "died": "2027-01-15"}, ("2026-05-01", "2026-05-02")),
        (
            {"last_change": "2020-03-01", "erasure_granted": "2026-07-08"},
            ("2040-03-01", "2040-03-02"),
        ),
        (
            {"last_change": "2020-03-01", "wgbo_destruction_refused": "2026-07-08"},
            ("2040-03-01", "2040-03-02"),
        ),
        # destroyed on 8 July: what was written afterwards is a new file
        (
            {"last_change": "2026-08-01", "wgbo_destruction_granted": "2026-07-08"},
            ("2046-08-01", "2046-08-02"),
        ),
    ],
)
def test_only_a_granted_destruction_ends_the_twenty_years_of_a_file(
    events: dict[str, object], expected: tuple[str, str]
) -> None:
    assert ends(FILE, **events) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ({"deregistered": "2024-02-29"}, ("2026-02-28", "2026-03-01")),
        ({"deregistered": None}, NO_CLOCK),
        (
            {
                "data_subject": "third_party",
                "third_party_deregistered": "2024-05-01",
                "account_holder_deregistered": "2025-01-10",
            },
            ("2027-01-10", "2027-01-11"),
        ),
        ({"data_subject": "third_party", "account_holder_deregistered": None}, NO_CLOCK),
    ],
)
def test_other_data_of_the_care_go_two_years_after_the_account_holder_deregistered(
    events: dict[str, object], expected: tuple[str, str]
) -> None:
    assert ends(OTHER_A3, **events) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ({"obtained": "2023-07-01", "anonymous": True}, NO_CLOCK),
        ({"obtained": "2023-07-01", "anonymous": False}, (None, "review")),
        ({"obtained": "2023-07-01"}, (None, "review")),
        ({"no_longer_relevant": "2026-03-01"}, ("2026-03-01", "2026-03-02")),
        ({"anonymous": False, "erasure_granted": "2026-03-01"}, ("2026-03-01", "2026-03-01")),
    ],
)
def test_figures_without_a_term_are_anonymous_or_have_to_be_reviewed(
    events: dict[str, object], expected: tuple[str, str]
) -> None:
    assert ends(FIGURES, **events) == expected


@pytest.mark.parametrize(
    ("hold", "expected"),
    [
        ({**BY_GP, "placed": "2026-07-10", "until": "2026-12-31"}, ("2026-12-31", "2027-01-01")),
        ({**BY_GP, "placed": "2026-07-11", "until": "2026-12-31"}, ("2026-07-10", "2026-07-11")),
        ({**BY_GP, "placed": "2026-07-01", "until": "2026-07-05"}, ("2026-07-10", "2026-07-11")),
        ({**BY_GP, "placed": "2026-07-01", "until": None}, (None, "review")),
        ({**BY_GP, "placed": "2026-07-01"}, (None, "review")),
        (
            {**BY_GP, "placed": "2026-07-01", "until": "2026-12-31", "reason": ""},
            (None, "review"),
        ),
        (
            {**BY_GP, "by": "practice_manager", "placed": "2026-07-01", "until": "2026-12-31"},
            ("2026-07-10", "2026-07-11"),
        ),
        (
            {**BY_GP, "big_registered": False, "placed": "2026-07-01", "until": "2026-12-31"},
            ("2026-07-10", "2026-07-11"),
        ),
        (
            {"by": "the neighbour", "big_registered": False, "placed": "2026-07-01"},
            ("2026-07-10", "2026-07-11"),
        ),
        (
            {"by": "gp", "placed": "2026-07-01", "until": "2026-09-01", "reason": "abuse"},
            ("2026-09-01", "2026-09-02"),
        ),
        (None, ("2026-07-10", "2026-07-11")),
    ],
)
def test_only_a_health_professional_holds_and_with_reason_end_and_in_time(
    hold: object, expected: tuple[str, str]
) -> None:
    assert ends(SECURITY, obtained="2026-06-10", hold=hold) == expected


def test_a_hold_by_a_professional_counts_only_where_the_statement_allows_it() -> None:
    hold = {**BY_GP, "placed": "2026-06-20", "until": "2026-12-31"}
    answer = kept(A2, sent="2026-06-10", hold=hold)
    assert answer.until == date(2026, 7, 10)
    assert answer.derivation.not_counted == ("hold",)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # not answered yet
        ({"access_request_received": "2026-06-28"}, HELD),
        ({"access_request_received": "2026-06-28", "access_answered": None}, HELD),
        ({"request_received": "2026-06-28"}, HELD),
        # answered before the normal end
        (
            {"access_request_received": "2026-06-05", "access_answered": "2026-06-20"},
            ("2026-07-01", "2026-07-02"),
        ),
        # received on the last day, and one day too late
        (
            {"access_request_received": "2026-07-01", "access_answered": "2026-07-20"},
            ("2026-07-20", "2026-07-21"),
        ),
        ({"access_request_received": "2026-07-02"}, ("2026-07-01", "2026-07-02")),
        # a request to erase does not keep what goes anyway
        ({"erasure_request_received": "2026-06-28"}, ("2026-07-01", "2026-07-02")),
        # restriction: running, lifted, lifted and put again
        ({"restriction_18_1_a_from": "2026-06-20"}, HELD),
        ({"restriction_18_1_b_from": "2026-06-20", "restriction_lifted": None}, HELD),
        (
            {"restriction_18_1_d_from": "2026-06-20", "restriction_lifted": "2026-06-25"},
            ("2026-07-01", "2026-07-02"),
        ),
        (
            {
                "restriction_18_1_a_from": "2026-06-10",
                "restriction_lifted": "2026-06-15",
                "restriction_18_1_c_from": "2026-06-20",
            },
            HELD,
        ),
        # one after the other: the second finds the data because of the first
        (
            {
                "access_request_received": "2026-06-28",
                "access_answered": "2026-07-15",
                "restriction_18_1_c_from": "2026-07-10",
                "restriction_lifted": "2026-10-01",
            },
            ("2026-10-01", "2026-10-02"),
        ),
        (
            {"access_request_received": "2026-06-28", "restriction_18_1_c_from": "2026-06-29"},
            HELD,
        ),
        # complaint and claim
        (
            {"open_complaint_since": "2026-06-28", "complaint_closed": "2026-09-01"},
            ("2026-09-01", "2026-09-02"),
        ),
        ({"claim_since": "2026-06-28"}, HELD),
        ({"legal_hold_since": "2026-06-28"}, HELD),
        ({"child_abuse_record": True}, HELD),
        ({"child_abuse_record": False}, ("2026-07-01", "2026-07-02")),
    ],
)
def test_what_waits_for_a_message_keeps_it_until_that_is_over(
    events: dict[str, object], expected: tuple[str, str]
) -> None:
    assert ends(A2, sent="2026-06-01", **events) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # over before the term is: nothing moves
        (
            {"access_request_received": "2026-07-01", "access_answered": "2026-07-10"},
            ("2026-07-15", "2027-01-01"),
        ),
        # over after the term, before the purge week
        (
            {"access_request_received": "2026-07-01", "access_answered": "2026-07-25"},
            ("2026-07-25", "2027-01-01"),
        ),
        # in the wait for the purge week, and over before it
        (
            {"access_request_received": "2026-09-01", "access_answered": "2026-09-25"},
            ("2026-07-15", "2027-01-01"),
        ),
        # in that wait, and still there when the purge would run
        (
            {"access_request_received": "2026-12-20", "access_answered": "2027-01-04"},
            ("2027-01-04", "2027-01-05"),
        ),
        (
            {"access_request_received": "2026-12-20", "access_answered": "2027-01-20"},
            ("2027-01-20", "2027-07-01"),
        ),
        ({"access_request_received": "2026-12-20"}, HELD),
        # the purge has run
        ({"access_request_received": "2027-01-01"}, ("2026-07-15", "2027-01-01")),
    ],
)
def test_a_hold_finds_expired_data_only_until_the_purge_has_run(
    events: dict[str, object], expected: tuple[str, str]
) -> None:
    assert ends(A1, deregistered="2026-01-15", **events) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # before the clock began, and with no clock at all
        ({"deregistered": None, "erasure_granted": "2026-02-10"}, ("2026-02-10", "2026-02-10")),
        ({"erasure_granted": "2026-02-10"}, ("2026-02-10", "2026-02-10")),
        (
            {"deregistered": "2026-03-01", "erasure_granted": "2026-02-10"},
            ("2026-02-10", "2026-02-10"),
        ),
        # after the term, before the purge week; after the purge week
        (
            {"deregistered": "2026-01-15", "erasure_granted": "2026-09-01"},
            ("2026-07-15", "2026-09-01"),
        ),
        (
            {"deregistered": "2026-01-15", "erasure_granted": "2027-02-01"},
            ("2026-07-15", "2027-01-01"),
        ),
        # against what holds: the answer is delivered first, a person decides, or it is over
        (
            {
                "deregistered": "2026-01-15",
                "erasure_granted": "2026-02-10",
                "access_request_received": "2026-02-01",
                "access_answered": "2026-02-20",
            },
            ("2026-02-20", "2026-02-21"),
        ),
        (
            {
                "deregistered": "2026-01-15",
                "erasure_granted": "2026-02-10",
                "access_request_received": "2026-02-01",
                "access_answered": "2026-02-10",
            },
            ("2026-02-10", "2026-02-10"),
        ),
        (
            {
                "deregistered": "2026-01-15",
                "erasure_granted": "2026-02-10",
                "claim_since": "2026-02-10",
            },
            HELD,
        ),
        (
            {
                "deregistered": "2026-01-15",
                "erasure_granted": "2026-02-10",
                "claim_since": "2026-02-11",
            },
            ("2026-02-10", "2026-02-10"),
        ),
        (
            {
                "deregistered": "2026-01-15",
                "erasure_granted": "2026-02-10",
                "restriction_18_1_d_from": "2026-01-20",
                "restriction_lifted": "2026-02-09",
            },
            ("2026-02-10", "2026-02-10"),
        ),
    ],
)
def test_a_granted_erasure_waits_for_no_purge_week_but_for_what_holds(
    events: dict[str, object], expected: tuple[str, str]
) -> None:
    assert ends(A1, **events) == expected


@pytest.mark.parametrize(
    ("rule", "events", "expected"),
    [
        (SECURITY, {"consent_withdrawn": "2019-06-01", "erasure_granted": "2020-01-10"},
         "2020-01-10"),
        (SECURITY, {"consent_withdrawn": "2020-01-10", "erasure_granted": "2019-06-01"},
         "2020-01-10"),
        (SECURITY, {"consent_withdrawn": "2019-06-01", "erasure_granted": "2020-01-01"},
         "2020-01-01"),
        (SECURITY, {"consent_withdrawn": "2020-01-08", "erasure_granted": "2020-01-10"},
         "2020-01-08"),
        (SECURITY, {"consent_withdrawn": "2019-06-01", "erasure_granted": "2019-07-10"},
         "2020-02-02"),
    ],
)  # fmt: skip
def test_a_grant_from_before_the_datum_existed_takes_nothing_from_a_later_one(
    rule: str, events: dict[str, object], expected: str
) -> None:
    assert ends(rule, obtained="2020-01-01", **events)[1] == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ({}, ("2026-11-05", "2026-11-05")),
        ({"claim_since": "2026-11-05"}, HELD),
        ({"restriction_18_1_b_from": "2026-11-05"}, HELD),
        ({"access_request_received": "2026-11-05"}, HELD),
        (
            {"claim_since": "2026-11-05", "claim_closed": "2026-11-05"},
            ("2026-11-05", "2026-11-05"),
        ),
        (
            {"claim_since": "2026-11-05", "claim_closed": "2026-11-09"},
            ("2026-11-09", "2026-11-10"),
        ),
        ({"claim_since": "2026-11-06"}, ("2026-11-05", "2026-11-05")),
    ],
)
def test_what_goes_on_its_own_day_is_still_found_by_a_hold_of_that_day(
    events: dict[str, object], expected: tuple[str, str]
) -> None:
    assert ends("dsr_id_evidence_immediate", verified="2026-11-05", **events) == expected


def test_a_message_sent_after_the_erasure_was_granted_is_another_message() -> None:
    assert ends(A2, sent="2026-06-20", erasure_granted="2026-06-10") == ("2026-07-20", "2026-07-21")


@pytest.mark.parametrize(
    ("rule", "events", "expected"),
    [
        ("viplive_vkis_10y", {"fed_back_to_his": True}, "2026-11-22"),
        # not known to be there is not there
        ("viplive_vkis_10y", {}, "transfer_first"),
        ("viplive_vkis_10y", {"fed_back_to_his": None}, "transfer_first"),
        ("viplive_vkis_10y", {"fed_back_to_his": False}, "transfer_first"),
        ("viplive_spreekuur_10y", {"fed_back_to_his": False}, "transfer_first"),
        ("viplive_nis_10y", {"kind": "acp"}, "transfer_first"),
        ("viplive_nis_10y", {"kind": "Gezondheidsplan", "fed_back_to_his": True}, "2026-11-22"),
        ("viplive_nis_10y", {"kind": "conversation"}, "transfer_first"),
        ("viplive_monitoring_20y", {"fed_back_to_his": False}, "2036-11-22"),
    ],
)
def test_source_data_go_to_the_his_before_they_are_destroyed(
    rule: str, events: dict[str, object], expected: str
) -> None:
    assert ends(rule, last_change="2016-11-21", **events)[1] == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ({"wgbo_destruction_granted": "2026-07-08"}, ("2026-07-08", "2026-07-08")),
        ({"open_complaint_since": "2026-07-08"}, HELD),
    ],
)
def test_nothing_is_handed_over_after_a_granted_destruction_or_under_a_hold(
    events: dict[str, object], expected: tuple[str, str]
) -> None:
    events = {"last_change": "2020-01-01", "fed_back_to_his": False, **events}
    assert ends("viplive_nis_10y", **events) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # begun before the end and in the wait, open and over
        ({"claim_since": "2026-11-01"}, HELD),
        ({"claim_since": "2027-02-01"}, HELD),
        (
            {"claim_since": "2027-02-01", "claim_closed": "2027-03-01"},
            ("2027-03-01", TransferFirst(date(2027, 3, 2))),
        ),
        (
            {"claim_since": "2026-09-01", "claim_closed": "2026-10-01"},
            ("2026-11-21", TransferFirst(date(2026, 11, 22))),
        ),
        # the data were in the HIS already: there was no wait
        ({"claim_since": "2027-02-01", "fed_back_to_his": True}, ("2026-11-21", "2026-11-22")),
    ],
)
def test_what_waits_for_the_his_is_still_found_by_a_hold(
    events: dict[str, object], expected: tuple[str, object]
) -> None:
    answer = kept("viplive_nis_10y", last_change="2016-11-21", **events)
    due = answer.destroy_from
    assert (written(answer.until), due if isinstance(due, TransferFirst) else written(due)) == (
        expected
    )


@pytest.mark.parametrize(
    ("rule", "events", "expected", "not_before"),
    [
        (SECURITY, {"obtained": "2026-06-10"}, ("2031-06-10", "2031-06-11"), "2031-06-10"),
        (
            SECURITY,
            {"obtained": "2026-06-10", "erasure_granted": "2026-06-20"},
            ("2031-06-10", "2031-06-11"),
            "2031-06-10",
        ),
        (
            "viplive_kibana_log_2y",
            {"written": "2024-02-29"},
            ("2029-02-28", "2029-03-01"),
            "2029-02-28",
        ),
        (
            "jans_a3_health_20y_from_last_change",
            {"last_change": "2020-01-01"},
            ("2040-01-01", "2040-01-02"),
            "2025-01-01",
        ),
        (
            SECURITY,
            {"obtained": "2026-06-10", "written": "2026-06-09", "claim_since": "2026-06-20"},
            HELD,
            "2031-06-09",
        ),
    ],
)
@pytest.mark.parametrize("told", [{"access_log": True}, {"kind": "access_log"}])
def test_lines_of_access_logging_stay_at_least_five_years_whatever_a_shorter_rule_says(
    rule: str,
    events: dict[str, object],
    expected: tuple[str, str],
    not_before: str,
    *,
    told: dict[str, object],
) -> None:
    assert ends(rule, **events, **told) == expected
    assert kept(rule, **events, **told).not_before == date.fromisoformat(not_before)


LOG_LINE = {"obtained": "2020-03-01", "access_log": True}  # a month; at least to 1 March 2025


@pytest.mark.parametrize(
    ("rule", "events", "expected"),
    [
        (SECURITY, {**LOG_LINE, "open_claim_since": "2022-06-01"}, HELD),
        (SECURITY, {**LOG_LINE, "open_claim_since": "2025-03-01"}, HELD),
        (SECURITY, {**LOG_LINE, "open_claim_since": "2025-03-02"}, ("2025-03-01", "2025-03-02")),
        (SECURITY, {**LOG_LINE, "open_claim_since": "2022-06-01", "claim_closed": "2024-01-01"},
         ("2025-03-01", "2025-03-02")),
        (SECURITY, {**LOG_LINE, "open_claim_since": "2022-06-01", "claim_closed": "2026-01-01"},
         ("2026-01-01", "2026-01-02")),
        (SECURITY, {**LOG_LINE, "restriction_from": "2022-06-01"}, HELD),
        (SECURITY,
         {**LOG_LINE, "restriction_from": "2022-06-01", "restriction_lifted": "2025-09-01"},
         ("2025-09-01", "2025-09-02")),
        (SECURITY, {**LOG_LINE, "access_request_received": "2025-02-20"}, HELD),
        (SECURITY, {**LOG_LINE, "hold": {**BY_GP, "placed": "2022-06-01", "until": "2026-06-01"}},
         ("2026-06-01", "2026-06-02")),
        # a grant is carried out after the minimum: until then a claim finds the line
        (SECURITY, {**LOG_LINE, "erasure_granted": "2020-03-10", "claim_since": "2022-06-01"},
         HELD),
        ("viplive_populatie_dashboard_2y",
         {"record_date": "2020-03-01", "access_log": True, "restriction_from": "2023-06-01"}, HELD),
        ("viplive_populatie_dashboard_2y",
         {"record_date": "2020-03-01", "access_log": True, "restriction_from": "2023-06-01",
          "restriction_lifted": "2026-06-01"}, ("2026-06-01", "2026-06-02")),
        # the minimum waits for the purge week, a grant that it kept back does not
        (A1, {"deregistered": "2020-03-01", "access_log": True, "claim_since": "2025-06-30"}, HELD),
        (A1, {"deregistered": "2020-03-01", "access_log": True}, ("2025-03-01", "2025-07-01")),
        (A1, {"deregistered": "2020-03-01", "access_log": True, "erasure_granted": "2020-04-01"},
         ("2025-03-01", "2025-03-02")),
        # an open term that was ended is no shorter than the minimum either
        (FIGURES, {"written": "2020-03-01", "no_longer_relevant": "2021-01-01", "access_log": True},
         ("2025-03-01", "2025-03-02")),
    ],
)  # fmt: skip
def test_a_hold_finds_a_line_that_only_the_statutory_minimum_kept(
    rule: str, events: dict[str, object], expected: tuple[str, str]
) -> None:
    assert ends(rule, **events) == expected
    assert kept(rule, **events).not_before == date(2025, 3, 1)


def test_a_statutory_minimum_and_a_hold_are_told_in_the_order_in_which_they_moved_the_end() -> None:
    events = {"open_claim_since": "2022-06-01", "claim_closed": "2026-01-01"}
    assert kept(SECURITY, **LOG_LINE, **events).derivation.moved == (
        Move("begz_access_log_min_5y", date(2025, 3, 1)),
        Move("open_claim_since", date(2026, 1, 1)),
    )


@pytest.mark.parametrize("told", [{}, {"access_log": False}, {"kind": "telemetry"}])
def test_other_log_lines_follow_their_own_rule(told: dict[str, object]) -> None:
    assert ends(SECURITY, obtained="2026-06-10", **told) == ("2026-07-10", "2026-07-11")


@pytest.mark.parametrize(
    ("written", "not_before"), [("2024-02-29", date(2029, 2, 28)), (None, None)]
)
def test_a_statutory_minimum_gives_no_end(written: str | None, not_before: date | None) -> None:
    answer = kept("begz_access_log_min_5y", written=written)
    assert (answer.until, answer.destroy_from, answer.not_before) == (None, None, not_before)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-02-01", ("2026-03-03", "2026-03-04")),  # 28 days of February, 3 of March
        ("2026-07-01", ("2026-07-31", "2026-08-01")),
        ("2028-01-31", ("2028-03-01", "2028-03-02")),
    ],
)
def test_a_server_log_is_kept_thirty_one_full_days(written: str, expected: tuple[str, str]) -> None:
    assert ends("viplive_server_log_31d", written=written) == expected


def test_without_a_clock_there_is_no_end_that_a_hold_could_move() -> None:
    assert ends(A1, deregistered=None, claim_since="2026-07-01") == NO_CLOCK


def test_what_is_not_stored_has_no_end_and_no_hold() -> None:
    assert ends("viplive_ggz_none", fetched="2026-11-21", claim_since="2026-11-01") == NO_CLOCK


MULTI = {"sent": "2026-06-10", "recorded_in_his_last_change": "2026-06-10"}


@pytest.mark.parametrize(
    ("events", "until", "gone", "per_system"),
    [
        ({}, date(2046, 6, 10), date(2046, 6, 11), ("2026-07-11", "2046-06-11")),
        ({"sent": None}, None, None, (None, "2046-06-11")),
        ({"erasure_granted": "2026-06-20"}, date(2046, 6, 10), date(2046, 6, 11),
         ("2026-06-20", "2046-06-11")),
        ({"wgbo_destruction_granted": "2026-06-20"}, date(2026, 7, 10), date(2026, 7, 11),
         ("2026-07-11", "2026-06-20")),
        # what is granted for all of them is carried out that day in all of them
        ({"erasure_granted": "2026-06-20", "wgbo_destruction_granted": "2026-06-22"},
         date(2026, 6, 22), date(2026, 6, 22), ("2026-06-20", "2026-06-22")),
    ],
)  # fmt: skip
def test_of_several_purposes_the_longest_counts_and_each_system_has_its_day(
    events: dict[str, object], until: date, gone: date, per_system: tuple[str, str]
) -> None:
    events = {**MULTI, **events}
    answer = kept("multi_purpose_max", **events)
    assert (answer.until, answer.destroy_from) == (until, gone)
    days = [None if day is None else str(day) for day in answer.per_system.values()]
    assert tuple(days) == per_system
    assert tuple(answer.per_purpose) == ("A.2", "A.3_health")


@pytest.mark.parametrize("sent", ["2026-06-10", "2026-01-10", None])
def test_a_hold_on_one_of_several_purposes_stays_visible_on_the_whole(sent: str | None) -> None:
    answer = kept("multi_purpose_max", **{**MULTI, "sent": sent}, claim_since="2026-07-01")
    assert answer.hold == Hold(HoldKind.CLAIM, date(2026, 7, 1), Asks.DPO)
    assert answer.until is None


@pytest.mark.parametrize(
    ("rule", "events", "stays"),
    [
        (A2, {"sent": "2026-06-01", "access_request_received": "2026-06-20"},
         Hold(HoldKind.PENDING_REQUEST, date(2026, 6, 20), Asks.OFFICER)),
        (A2, {"sent": "2026-06-01", "restriction_from": "2026-06-20"},
         Hold(HoldKind.RESTRICTION, date(2026, 6, 20), Asks.OFFICER)),
        (FILE, {"last_change": "2006-06-01", "complaint_since": "2026-05-01"},
         Hold(HoldKind.COMPLAINT, date(2026, 5, 1), Asks.DPO)),
        (FILE, {"last_change": "2006-06-01", "child_abuse_record": True},
         Hold(HoldKind.CHILD_ABUSE_RECORD, None, Asks.CLINICIAN)),
        (FIGURES, {}, Review("open_ended", Asks.DPO)),
        (SECURITY, {"obtained": "2026-06-01", "hold": {**BY_GP, "placed": "2026-06-02"}},
         Review("hold_without_term", Asks.CLINICIAN)),
        ("viplive_nis_10y", {"last_change": "2016-11-21", "kind": "ACP"},
         TransferFirst(date(2026, 11, 22), Asks.CLINICIAN)),
    ],
)  # fmt: skip
def test_what_a_person_has_to_judge_names_who_judges(
    rule: str, events: dict[str, object], stays: object
) -> None:
    answer = kept(rule, **events)
    assert answer.destroy_from == stays
    assert answer.hold == (stays if isinstance(stays, Hold) else None)


def test_an_end_says_where_it_comes_from_and_what_moved_it() -> None:
    answer = kept(
        OTHER_A2,
        obtained="2024-03-15",
        no_longer_relevant="2025-06-30",
        access_request_received="2025-06-20",
        access_answered="2025-07-04",
        wgbo_destruction_granted="2025-01-01",
    )
    why = answer.derivation
    assert (answer.rule, answer.source.date) == (OTHER_A2, "2023-06")
    assert (why.event, why.start, why.counted_from) == (
        "obtained",
        date(2024, 3, 15),
        date(2024, 12, 31),
    )
    assert why.raw_end == date(2026, 12, 31)
    assert why.moved == (
        Move("no_longer_relevant", date(2025, 6, 30)),
        Move("access_request_received", date(2025, 7, 4)),
    )
    assert why.not_counted == ("wgbo_destruction_granted",)


@pytest.mark.parametrize(
    ("rule", "events", "error", "words"),
    [
        (A2, {"sent": "2026-06-01", "restriction_18_1_e_from": "2026-06-01"}, UnknownValue,
         "restriction_18_1_d_from"),
        (A2, {"sent": "1 June"}, ImpossibleDate, "sent"),
        (A2, {"sent": "2026-02-30"}, ImpossibleDate, "sent"),
        (A2, {"sent": "2026-06-01T10:00:00"}, ImpossibleDate, "time zone"),
        (A2, {"sent": "9999-06-01"}, ImpossibleDate, "sent: 9999-06-01 lies outside 1900 to 2200"),
        (A2, {"sent": "1899-12-30"}, ImpossibleDate, "sent: 1899-12-30 lies outside 1900 to 2200"),
        (A2, {"sent": "9999-12-31T23:59:59-12:00"}, ImpossibleDate, "sent: 9999"),
        (A2, {"sent": "0001-01-01T00:00:00+14:00"}, ImpossibleDate, "sent: 0001"),
        (A2, {"sent": "2026-06-01", "claim_since": "9999-12-31T23:59:59-12:00"}, ImpossibleDate,
         "claim_since: 9999"),
        (SECURITY, {"obtained": "2026-06-01",
                    "hold": {**BY_GP, "placed": "2026-06-02", "until": "9999-12-31"}},
         ImpossibleDate, "hold.until: 9999"),
        (A2, {"sent": True}, UnknownValue, "sent"),
        (A2, {}, MissingFact, "sent"),
        (A1, {"obtained": "2026-01-01"}, MissingFact, "deregistered or account_closed"),
        ("multi_purpose_max", {"sent": "2026-06-01"}, MissingFact, "recorded_in_his_last_change"),
        (A2, {"sent": "2026-06-01", "anonymous": "yes"}, UnknownValue, "anonymous"),
        (A2, {"sent": "2026-06-01", "child_abuse_record": 1}, UnknownValue, "child_abuse_record"),
        (A2, {"sent": "2026-06-01", "kind": 3}, UnknownValue, "kind"),
        (A2, {"sent": "2026-06-01", "data_subject": "somebody"}, UnknownValue, "third_party"),
        (A2, {"sent": "2026-06-01", "access_answered": "2026-06-02"}, MissingFact,
         "access_request_received"),
        (A2, {"sent": "2026-06-01", "restriction_lifted": "2026-06-02"}, MissingFact,
         "restriction_18_1_a_from"),
        (A2, {"sent": "2026-06-01", "access_request_received": "2026-06-05",
              "access_answered": "2026-06-04"}, ImpossibleDate, "access_answered"),
        (OTHER_A2, {"obtained": "2026-06-01", "no_longer_relevant": "2026-05-01"},
         ImpossibleDate, "no_longer_relevant"),
        (SECURITY, {"obtained": "2026-06-01", "hold": "yes"}, UnknownValue, "hold"),
        (SECURITY, {"obtained": "2026-06-01", "hold": {**BY_GP}}, MissingFact, "hold.placed"),
        (SECURITY, {"obtained": "2026-06-01", "hold": {**BY_GP, "untill": "2026-07-01"}},
         UnknownValue, "until"),
        (SECURITY, {"obtained": "2026-06-01",
                    "hold": {**BY_GP, "by": "healthprofessional", "placed": "2026-06-02"}},
         UnknownValue, "hold.by"),
        (SECURITY, {"obtained": "2026-06-01",
                    "hold": {**BY_GP, "placed": "2026-06-20", "until": "2026-06-19"}},
         ImpossibleDate, "hold.until"),
        (A1, {"deregistered": None, "access_log": True}, MissingFact, "written"),
    ],
)  # fmt: skip
def test_events_that_cannot_be_are_refused_by_name(
    rule: str, events: dict[str, object], error: type[LawError], words: str
) -> None:
    with pytest.raises(error, match=words):
        kept(rule, **events)


def test_a_moment_is_taken_on_its_dutch_day_and_a_hold_as_it_is_given() -> None:
    hold = ProfessionalHold(
        by="gp", placed=date(2026, 7, 2), until=date(2026, 9, 1), reason="misuse inquiry"
    )
    answer = keep_until(
        rules()[SECURITY], {"obtained": datetime(2026, 6, 30, 23, tzinfo=UTC), "hold": hold}
    )
    assert answer.derivation.start == date(2026, 7, 1)
    assert answer.until == date(2026, 9, 1)


def test_every_event_may_be_told_as_not_having_happened() -> None:
    nothing = dict.fromkeys(EVENTS)
    for rule in rules().values():
        answer = keep_until(rule, nothing)
        assert answer.until is None
        assert answer.destroy_from is None or isinstance(answer.destroy_from, Review)
