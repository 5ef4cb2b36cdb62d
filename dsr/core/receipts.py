"""What a system reports after a change: every reference asked for is accounted for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Retained:
    """A reference that stays, why, and until when if that is known."""

    ref: str = field(repr=False)
    reason: str
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The outcome of one operation on one system.

    `done` was changed by this operation, `gone` was not there any more, `emptied` is a record that
    stays without its personal content. `by_hand` is an instruction for a person where the system
    cannot do the verb; then nothing was changed. `evidence` holds ids, counts and codes, never
    content.
    """

    done: tuple[str, ...] = field(default=(), repr=False)
    gone: tuple[str, ...] = field(default=(), repr=False)
    emptied: tuple[str, ...] = field(default=(), repr=False)
    retained: tuple[Retained, ...] = field(default=(), repr=False)
    by_hand: str = ""
    evidence: dict[str, object] = field(default_factory=dict)

    def unaccounted(self, asked: Iterable[str]) -> tuple[str, ...]:
        """References that were asked for and have no outcome here; must be empty."""
        if self.by_hand:
            return ()
        kept = (kept.ref for kept in self.retained)
        settled = {*self.done, *self.gone, *self.emptied, *kept}
        return tuple(ref for ref in asked if ref not in settled)


def by_hand(instruction: str) -> Receipt:
    """A receipt for a verb that this system cannot do: a person follows the instruction."""
    return Receipt(by_hand=instruction)
