"""Which items of an archive: runs of places, so that a whole system costs sixteen bytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator


class Places:
    """Places of items, added in rising order and kept as runs of neighbours."""

    def __init__(self) -> None:
        self._starts = array("Q")
        self._ends = array("Q")
        self._count = 0

    @classmethod
    def between(cls, first: int, last: int) -> Places:
        """The places from `first` up to, not including, `last`."""
        made = cls()
        made.add(first, last)
        return made

    def add(self, first: int, last: int) -> None:
        """The places from `first` up to `last`, behind all that are there."""
        self._count += last - first
        if self._ends and self._ends[-1] == first:
            self._ends[-1] = last
        elif first < last:
            self._starts.append(first)
            self._ends.append(last)

    def __len__(self) -> int:
        return self._count

    def runs(self) -> Iterator[tuple[int, int]]:
        """Each run as (first, behind its last)."""
        return zip(self._starts, self._ends, strict=True)
