"""The cases of `retention.json`, through `dsr.law.retention` and the rules of the registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dsr.cli.vector_shape import Difference, Malformed, Shape, Vector, shown
from dsr.core.register import Register
from dsr.law.retention import (
    Destroy,
    Hold,
    Kept,
    RetentionRule,
    Review,
    TransferFirst,
    from_json,
    keep_until,
    own_rules,
)

TEXT, ANSWER = (str,), (str, dict, type(None))
SHAPE = Shape(
    required={
        "id": TEXT,
        "rule": TEXT,
        "purpose": TEXT,
        "events": (dict,),
        "expected_expiry": ANSWER,
        "expected_destruction_date": ANSWER,
    },
    optional={
        "expected_not_before": (str, type(None)),
        "reasoning": TEXT,
        "source": TEXT,
    },
)
#: what stands in a case where there is no date
WORDS: Mapping[type, str] = {Hold: "hold", Review: "review", TransferFirst: "transfer_first"}
#: the longest of several purposes, beside those by name
TOGETHER = "all_systems"


def differences(vector: Vector, registers: Sequence[Register]) -> list[Difference]:
    """What came out otherwise: last day, day of destruction, and the statutory minimum if named."""
    kept = keep_until(_rule(vector, registers), from_json(vector.mapping("events")))
    got = {
        "expected_expiry": _answer(vector, "expected_expiry", _ends(kept)),
        "expected_destruction_date": _answer(vector, "expected_destruction_date", _days(kept)),
        "expected_not_before": _text(kept.not_before),
    }
    return [
        Difference(key, shown(vector.values[key]), shown(value))
        for key, value in got.items()
        if key in vector.values and vector.values[key] != value
    ]


def _rule(vector: Vector, registers: Sequence[Register]) -> RetentionRule:
    known = dict(own_rules())
    for register in registers:
        known.update(register.retention_rules)
    name = vector.text("rule")
    if name not in known:
        raise Malformed(f"rule = {name!r}; it is one of {', '.join(sorted(known))}")
    return known[name]


def _ends(kept: Kept) -> dict[str, str | None]:
    named = {label: _text(day) for label, day in kept.per_purpose.items()}
    return {**named, TOGETHER: _text(kept.until)}


def _days(kept: Kept) -> dict[str, str | None]:
    named = {system: _text(day) for system, day in kept.per_system.items()}
    return {**named, TOGETHER: _text(kept.destroy_from)}


def _answer(vector: Vector, key: str, got: dict[str, str | None]) -> object:
    """As the case asks: one answer, or those of the purposes or systems that it names."""
    expected = vector.values[key]
    if not isinstance(expected, dict):
        return got[TOGETHER]
    if not expected:
        raise Malformed(f"{key} = {{}}; it names at least one of {', '.join(got)}")
    return {name: got[name] for name in expected if name in got}


def _text(day: Destroy) -> str | None:
    if isinstance(day, date):
        return day.isoformat()
    return None if day is None else WORDS[type(day)]
