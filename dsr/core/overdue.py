"""Whose term is over today: the last day on which a term may have started to be over by now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from dsr.core.register import Register
from dsr.law.retention import RetentionRule, keep_until, own_rules

#: nothing that a practice holds began before this many days ago
_OLDEST = 366 * 60


def rule_of(register: Register, rule_id: str) -> RetentionRule | None:
    """A rule of the register, or of this desk; None where there is none with this id."""
    return register.retention_rules.get(rule_id) or own_rules().get(rule_id)


def last_start_over(
    rule: RetentionRule, event: str, today: date, facts: Mapping[str, object]
) -> date | None:
    """The last day for `event` whose term is over today (Art. 5(1)(e)); None when no day is.

    What a person has to judge first (a hold, a term that is open) is never over by itself. Who
    started later never ends earlier, so half of the days are left out at each step.
    """
    low, high = today - timedelta(days=_OLDEST), today
    if not _is_over(rule, {**facts, event: low}, today):
        return None
    while low < high:
        middle = low + (high - low + timedelta(days=1)) // 2
        if _is_over(rule, {**facts, event: middle}, today):
            low = middle
        else:
            high = middle - timedelta(days=1)
    return low


def _is_over(rule: RetentionRule, events: Mapping[str, object], today: date) -> bool:
    gone_from = keep_until(rule, events).destroy_from
    return isinstance(gone_from, date) and gone_from <= today
