"""Every sample case of tests/law/vectors/deadlines.json, all its expected fields."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from dsr.law.calendar import AMSTERDAM, civil_date
from dsr.law.deadlines import (
    DeadlineFacts,
    Extension,
    Kind,
    Term,
    court_until,
    deadline,
    six_weeks_after,
)
from dsr.law.suspension import Question

SAMPLES = json.loads(Path("tests/law/vectors/deadlines.json").read_text(encoding="utf-8"))


def names(case: dict[str, Any]) -> str:
    return str(case["id"])


@pytest.mark.parametrize("case", SAMPLES["vectors"], ids=names)
def test_a_sample_period_ends_as_expected(case: dict[str, Any]) -> None:
    facts = facts_of(case)
    told = fields_of(deadline(facts, today=last_date_of(case)))

    given = {"received_local_date": civil_date(facts.received).isoformat()}
    found = {**given, **told}
    assert found == {name: case[name] for name in found}


@pytest.mark.parametrize("case", SAMPLES["petition_vectors"], ids=names)
def test_a_sample_petition_may_be_filed_until_the_expected_day(case: dict[str, Any]) -> None:
    answered = date.fromisoformat(case["answer_received"])

    assert six_weeks_after(answered).isoformat() == case["raw_end"]
    assert court_until(answered).isoformat() == case["expected_last_day"]


def facts_of(case: dict[str, Any]) -> DeadlineFacts:
    extension, identity = None, None
    if case["extension"]:
        extension = Extension(notified=day_of(case["extension_notified"]), reasons=True)
    if case["identity_requested"]:
        identity = Question(
            requested=date.fromisoformat(case["identity_requested"]),
            received=day_of(case["identity_received"]),
            reasonable=case["identity_doubt_reasonable"],
            prompt=case["identity_request_prompt"],
        )
    return DeadlineFacts(
        kind=Kind(case["kind"]),
        received=moment_of(case["received"]),
        extension=extension,
        identity=identity,
    )


def fields_of(told: Term) -> dict[str, Any]:
    return {
        "extension_valid": told.extension_valid,
        "suspension_days": told.paused_days,
        "status": told.clock,
        "raw_end": text_of(told.raw_end),
        "expected_extension_notice_deadline": text_of(told.notice_until),
        "expected_deadline": text_of(told.last_day),
        "expected_deadline_if_atw_calendar": text_of(told.last_day_if_atw),
        "safe_target": text_of(told.safe_target),
        "weekday": told.last_day.strftime("%a") if told.last_day else None,
    }


def moment_of(text: str) -> datetime | date:
    if "T" not in text:
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    # A sample without a zone is a local time; the law itself refuses one.
    return moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)


def last_date_of(case: dict[str, Any]) -> date:
    dates = ("extension_notified", "identity_requested", "identity_received")
    later = [date.fromisoformat(case[name]) for name in dates if case[name]]
    return max([date.fromisoformat(case["received_local_date"]), *later])


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def text_of(day: date | None) -> str | None:
    return day.isoformat() if day else None
