"""References of one operation: each once, and not more than the engine may ask for."""

from __future__ import annotations

from collections.abc import Sequence

from dsr.core.errors import ValueRefused

#: references of one dataset that one operation may name
MOST_REFS = 500


def within_cap(refs: Sequence[str]) -> tuple[str, ...]:
    """The references, each once and in their order; `ValueRefused` above the cap."""
    once = tuple(dict.fromkeys(refs))
    if len(once) > MOST_REFS:
        raise ValueRefused(
            f"One operation changes at most {MOST_REFS} records; split it. Nothing was changed."
        )
    return once
