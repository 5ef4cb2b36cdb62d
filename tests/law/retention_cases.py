"""The rules of both registers and of the law, and an answer as the vectors write it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import yaml

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
    rules_from,
)

FILES = sorted((Path(__file__).parents[2] / "registers").glob("*.yaml"))


@cache
def rules() -> Mapping[str, RetentionRule]:
    """Every rule by its id."""
    found = dict(own_rules())
    for file in FILES:
        found |= rules_from(yaml.safe_load(file.read_text(encoding="utf-8"))["retention_rules"])
    return found


def kept(rule: str, **events: object) -> Kept:
    """The answer under a rule of this id; dates may be texts, as in the vectors."""
    return keep_until(rules()[rule], from_json(events))


def written(day: Destroy) -> str | None:
    """A day as the vectors write it, or the word for what stands in its place."""
    words = {Hold: "hold", Review: "review", TransferFirst: "transfer_first"}
    return day.isoformat() if isinstance(day, date) else words.get(type(day))


def ends(rule: str, **events: object) -> tuple[str | None, str | None]:
    """The last day, and the first day without the data."""
    answer = kept(rule, **events)
    return (written(answer.until), written(answer.destroy_from))
