"""What a fault works with, and the list of faults by number."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from faults.driver import Desk, Patients
from faults.firm import Firm, Systems


class Broken(Exception):
    """Something that must hold did not hold."""


@dataclass
class Scene:
    """One house with everybody in it, and the dice of this run."""

    firm: Firm
    systems: Systems
    patients: Patients
    desk: Desk
    dice: random.Random
    soak: float = 60.0
    ended: float = 0.0
    notes: list[str] = field(default_factory=list)
    #: invariants that a fault itself found broken, in a house of its own
    found: set[str] = field(default_factory=set)

    def over(self) -> None:
        """The fault has ended; from here on the house must mend itself."""
        self.ended = time.monotonic()

    def note(self, words: str) -> None:
        """Say something in the report."""
        self.notes.append(words)

    def must(self, holds: object, words: str) -> None:
        """Fail with these words unless something holds."""
        if not holds:
            raise Broken(words)


Run = Callable[[Scene], None]


class NotHere(Exception):
    """This fault cannot be made on this machine; says why."""


@dataclass(frozen=True)
class Fault:
    """A fault: its number in the list of the threat model, what happens, and in which houses."""

    number: str
    words: str
    run: Run = field(repr=False)
    houses: tuple[str, ...]
    long: bool = False
    either: bool = False


FAULTS: list[Fault] = []


def fault(
    number: str, words: str, *houses: str, long: bool = False, either: bool = False
) -> Callable[[Run], Run]:
    """Put a function on the list; without houses it runs on PostgreSQL only.

    A `long` one takes minutes: it runs when it is named, or when there is more time. In a short
    run one that holds on `either` house runs on one of them, chosen by the seed.
    """

    def put(run: Run) -> Run:
        FAULTS.append(Fault(number, words, run, houses or ("postgresql",), long, either))
        return run

    return put


def must(holds: object, words: str) -> None:
    """Fail with these words unless something holds."""
    if not holds:
        raise Broken(words)
