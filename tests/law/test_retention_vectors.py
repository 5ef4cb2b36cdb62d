"""Each case of `vectors/retention.json`, by the rules of the registers and of the law."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.law.retention_cases import kept, written

CASES = json.loads((Path(__file__).parent / "vectors" / "retention.json").read_text())["vectors"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_case_ends_on_the_expected_days(case: dict[str, Any]) -> None:
    answer = kept(case["rule"], **case["events"])
    expiry: object = written(answer.until)
    gone: object = written(answer.destroy_from)
    if answer.parts:
        expiry = {label: written(day) for label, day in answer.per_purpose.items()}
        gone = {system: written(day) for system, day in answer.per_system.items()}
    assert expiry == case["expected_expiry"], case["reasoning"]
    assert gone == case["expected_destruction_date"], case["reasoning"]
    assert written(answer.not_before) == case.get("expected_not_before"), case["reasoning"]
