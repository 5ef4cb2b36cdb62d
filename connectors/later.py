"""Contact points that cost a look through a whole table, read only when somebody wants them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import overload

from dsr.core.connector import ContactPoint


class Later(Sequence[ContactPoint]):
    """Reads once, at the first use; equal to whatever holds the same."""

    def __init__(self, read: Callable[[], tuple[ContactPoint, ...]]) -> None:
        self._read = read

    @cached_property
    def _all(self) -> tuple[ContactPoint, ...]:
        return self._read()

    @overload
    def __getitem__(self, index: int) -> ContactPoint: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ContactPoint]: ...
    def __getitem__(self, index: int | slice) -> ContactPoint | Sequence[ContactPoint]:
        """The contact point at this place."""
        return self._all[index]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all)

    def __eq__(self, other: object) -> bool:
        """Whether the other holds the same, in the same order."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """As of the tuple."""
        return hash(self._all)
