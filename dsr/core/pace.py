"""How fast a system may be asked: an interface that connectors call and the office keeps.

The truth is in the database, so that all workers together stay below what a system bears.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class PaceLimits:
    """What one system bears from all workers together.

    `per_second` calls in the long run (None: as fast as it answers), at most `burst` at once
    after a rest; `at_once` searches of this system at the same time.
    """

    per_second: float | None = None
    burst: int = 5
    at_once: int = 4


class Pace(Protocol):
    """The pace of one system. Thread-safe."""

    def turn(self) -> None:
        """Wait for a turn to call; `TryAgain` with the pause when the wait would be long."""
        ...

    def hold(self, seconds: float) -> None:
        """The system asked for rest: nobody calls it for so many seconds."""
        ...


class _Unhurried:
    def turn(self) -> None:
        return None

    def hold(self, seconds: float) -> None:
        return None


#: no limit and nobody to tell: a connector by itself, in a test or a check
UNHURRIED: Pace = _Unhurried()
