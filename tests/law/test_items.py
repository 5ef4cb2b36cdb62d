"""What becomes of one item under a request for erasure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dsr.law.items import Fate, fate
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.retention import own_rules, rule_from
from dsr.law.rights import Nature, Right
from tests.law.cases import asked, of_nature

TODAY = date(2026, 11, 22)
SOURCE = {"text": {"nl": "een voorbeeld", "en": "an example"}, "date": "2026-11-22"}
MONTH = rule_from(
    {
        "id": "one_month",
        "purpose": "some",
        "counts_from": "sent",
        "months": 1,
        "brought_forward_by": ["erasure_granted"],
        "source": SOURCE,
    }
)
FILE = rule_from(
    {
        "id": "twenty_years",
        "purpose": "some",
        "counts_from": "last_change",
        "years": 20,
        "transfer_first_unless": "fed_back_to_his",
        "source": SOURCE,
    }
)
LOG = own_rules()["begz_access_log_min_5y"]
GRANTED = asked(Right.ERASURE, of_nature(Nature.MESSAGES))
TO_JUDGE = asked(Right.ERASURE, of_nature(Nature.CARE_FILE))
REFUSED = asked(Right.ERASURE, of_nature(Nature.FINANCE))
UNSURE = asked(Right.ERASURE, of_nature(Nature.MESSAGES), identity="unverified")


def test_what_is_granted_goes_now() -> None:
    found = fate(GRANTED, MONTH, {"sent": date(2026, 11, 10)}, today=TODAY)
    assert found.fate is Fate.ERASE
    assert "GDPR:17(1)(b)" in found.because


def test_what_is_refused_stays_until_its_period_ends() -> None:
    found = fate(REFUSED, MONTH, {"sent": date(2026, 11, 10)}, today=TODAY)
    assert (found.fate, found.until) == (Fate.KEEP, date(2026, 12, 10))
    assert "AWR:52" in found.because


def test_what_has_outlived_its_period_goes_though_the_request_is_refused() -> None:
    found = fate(REFUSED, MONTH, {"sent": date(2026, 10, 10)}, today=TODAY)
    assert (found.fate, found.because) == (Fate.ERASE, ("GDPR:5(1)(e)",))


def claimed(nature: Nature, **facts: bool) -> Proposal:
    return asked(Right.ERASURE, of_nature(nature), **facts)


@pytest.mark.parametrize("sent", [date(2026, 11, 10), date(2026, 9, 1)])
def test_what_a_claim_needs_stays_as_long_as_the_claim_runs(sent: date) -> None:
    """Art. 17(3)(e): the period of the purpose is no reason to destroy the evidence."""
    needed = claimed(Nature.MESSAGES, claim_pending=True, needed_for_defence=True)
    found = fate(needed, MONTH, {"sent": sent}, today=TODAY)
    assert (found.fate, found.until) == (Fate.KEEP, None)
    assert "GDPR:17(3)(e)" in found.because


def test_old_data_wait_while_it_is_not_said_whether_a_claim_needs_them() -> None:
    pending = claimed(Nature.MESSAGES, claim_pending=True)
    found = fate(pending, MONTH, {"sent": date(2026, 9, 1)}, today=TODAY)
    assert (found.fate, found.asks) == (Fate.ASK, Asks.DPO)


def test_the_safety_of_a_child_keeps_its_records_without_an_end() -> None:
    """BW 7:453: the day on which the file as a whole would go says nothing about them."""
    kept = asked(Right.ERASURE, of_nature(Nature.CARE_FILE), object="child_abuse_notes")
    found = fate(
        kept, FILE, {"last_change": date(2020, 1, 1), "fed_back_to_his": True}, today=TODAY
    )
    assert (found.fate, found.until) == (Fate.KEEP, None)


def test_an_old_file_that_the_gp_keeps_for_another_is_not_destroyed() -> None:
    """BW 7:455(2): what is refused is refused, also after twenty years."""
    kept = replace(TO_JUDGE, outcome=Outcome.REFUSE, asks=Asks.NOBODY)
    events = {"last_change": date(2000, 1, 1), "fed_back_to_his": True}
    found = fate(kept, FILE, events, today=TODAY)
    assert (found.fate, found.until) == (Fate.KEEP, None)


def test_a_file_is_for_the_gp_to_judge() -> None:
    events = {"last_change": date(2020, 1, 1), "fed_back_to_his": True}
    found = fate(TO_JUDGE, FILE, events, today=TODAY)
    assert (found.fate, found.asks) == (Fate.ASK, Asks.CLINICIAN)


def test_source_data_go_into_the_file_first() -> None:
    events = {"last_change": date(2000, 1, 1), "fed_back_to_his": False}
    found = fate(TO_JUDGE, FILE, events, today=TODAY)
    assert (found.fate, found.asks) == (Fate.ASK, Asks.CLINICIAN)
    assert found.because == ("twenty_years",)


def test_a_claim_holds_what_was_granted() -> None:
    events = {"sent": date(2026, 11, 10), "claim_since": date(2026, 11, 12)}
    found = fate(GRANTED, MONTH, events, today=TODAY)
    assert found.fate is Fate.ASK
    assert found.asks is not Asks.NOBODY


@pytest.mark.parametrize("proposal", [GRANTED, TO_JUDGE, REFUSED])
def test_a_statutory_minimum_goes_before_everything(proposal: Proposal) -> None:
    found = fate(proposal, LOG, {"written": date(2024, 1, 1)}, today=TODAY)
    assert (found.fate, found.until) == (Fate.KEEP, date(2029, 1, 1))


def test_while_nobody_knows_who_asks_not_even_outlived_data_are_touched() -> None:
    assert UNSURE.outcome is Outcome.VERIFY_IDENTITY
    found = fate(UNSURE, MONTH, {"sent": date(2020, 1, 1)}, today=TODAY)
    assert (found.fate, found.asks) == (Fate.ASK, Asks.OFFICER)


def test_a_processor_asks_its_controller_and_no_one_else() -> None:
    forward = Proposal(outcome=Outcome.FORWARD, grounds=("GDPR:28(3)(e)",))
    found = fate(forward, MONTH, {"sent": date(2020, 1, 1)}, today=TODAY)
    assert (found.fate, found.asks) == (Fate.ASK, Asks.OFFICER)
