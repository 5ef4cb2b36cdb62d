"""Which items of a dataset came already, in eight bytes each."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

_PARTS = 64


@dataclass
class Seen:
    """The item keys (hex) of one dataset; says at its end whether one came twice.

    The keys are kept in parts, so that looking costs no more memory than the largest part.
    """

    parts: list[array[int]] = field(default_factory=lambda: [array("Q") for _ in range(_PARTS)])

    def add(self, item_key: str) -> None:
        """One more item came."""
        short = int(item_key[:16], 16)
        self.parts[short % _PARTS].append(short)

    def __contains__(self, item_key: str) -> bool:
        short = int(item_key[:16], 16)
        return short in self.parts[short % _PARTS]

    @property
    def any_twice(self) -> bool:
        """Whether an item came more than once."""
        return any(len(set(part)) != len(part) for part in self.parts)
