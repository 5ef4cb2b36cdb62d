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
        if first < last:
            made._starts.append(first)
            made._ends.append(last)
            made._count = last - first
        return made

    def add(self, place: int) -> None:
        """One more, behind all that are there."""
        self._count += 1
        if self._ends and self._ends[-1] == place:
            self._ends[-1] = place + 1
        else:
            self._starts.append(place)
            self._ends.append(place + 1)

    def __len__(self) -> int:
        return self._count

    def runs(self) -> Iterator[tuple[int, int]]:
        """Each run as (first, behind its last)."""
        return zip(self._starts, self._ends, strict=True)
