"""The invariants one by one, a line each; the last line counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from faults.checker import changes, contents, law, log, promises
from faults.checker.evidence import Evidence

MOST_SHOWN = 3

INVARIANTS: dict[str, Callable[[Evidence], Iterator[str]]] = {
    "I1": promises.i1, "I2": promises.i2, "I3": changes.i3, "I4": changes.i4, "I5": contents.i5,
    "I6": law.i6, "I7": log.i7, "I8": log.i8, "I9": contents.i9, "I10": promises.i10,
    "I11": changes.i11, "I12": promises.i12,
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One invariant and what breaks it; nothing when it holds."""

    name: str
    broken: tuple[str, ...]

    def __str__(self) -> str:
        means = (INVARIANTS[self.name].__doc__ or "").splitlines()[0]
        if not self.broken:
            return f"{self.name:4} ok      {means}"
        more = (
            f" (and {len(self.broken) - MOST_SHOWN} more)" if len(self.broken) > MOST_SHOWN else ""
        )
        return f"{self.name:4} BROKEN  {'; '.join(self.broken[:MOST_SHOWN])}{more}"


def check(folder: Path, *leave_out: str, passed: set[str] | None = None) -> list[Line]:
    """All invariants of the house in this folder; packages in `passed` are not opened again."""
    seen = Evidence(folder, passed if passed is not None else set())
    return [
        Line(name, tuple(_told(name, invariant, seen)))
        for name, invariant in INVARIANTS.items()
        if name not in leave_out
    ]


def _told(
    name: str, invariant: Callable[[Evidence], Iterator[str]], seen: Evidence
) -> Iterator[str]:
    try:
        yield from invariant(seen)
    except Exception as error:  # evidence that cannot be read proves nothing
        yield f"could not be checked: {type(error).__name__}: {error}"


def print_report(folder: Path) -> int:
    """Print a line for each invariant and the count; the exit code."""
    lines = check(folder)
    for line in lines:
        print(line)
    failed = sum(bool(line.broken) for line in lines)
    print(f"{len(lines) - failed} passed, {failed} failed")
    return 1 if failed else 0
