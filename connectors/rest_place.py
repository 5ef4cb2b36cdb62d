"""Where a reading of a list stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.cursor import as_text, from_text, mark, marks, refuse_repeated


@dataclass(frozen=True, kw_only=True)
class Place:
    """The number of the page, what the system calls the place, how many items came, how many were
    on the first page, short hashes of the pages seen, and of the references on the last page.
    """

    number: int = 0
    at: str = field(default="", repr=False)
    came: int = 0
    size: int = 0
    seen: tuple[str, ...] = ()
    last: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str | None) -> Place:
        """The place in a text of ours; the beginning when there is none."""
        return from_text(cls, text)

    def __str__(self) -> str:
        return as_text(self)

    def after(
        self, refs: Sequence[str], at: str, *, detect_repeat: bool, overlaps: bool = False
    ) -> Place:
        """The place after a page; `BadAnswer` when that page was there before."""
        coming = marks(refs, None) if detect_repeat else ()
        refuse_repeated(self.seen, coming)
        return Place(
            number=self.number + 1,
            at=at,
            came=self.came + len(refs),
            size=self.size or len(refs),
            seen=(*self.seen, *coming),
            last=tuple(mark(ref) for ref in refs) if overlaps else (),
        )
