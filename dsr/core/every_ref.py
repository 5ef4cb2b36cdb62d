"""What a connector offers that can name everything it holds, for erasing again after a restore."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, kw_only=True)
class Refs:
    """A page of references, each as (whose it is, its reference); `next` is None at the end."""

    refs: tuple[tuple[str, str], ...] = field(repr=False)
    next: str | None = None


@runtime_checkable
class KnowsEveryRef(Protocol):
    """A connector that can walk a dataset of everybody, references only."""

    def every_ref(self, dataset: str, after: str | None, limit: int) -> Refs:
        """At most `limit` references of everybody in a stable order, from `after` on."""
        ...
