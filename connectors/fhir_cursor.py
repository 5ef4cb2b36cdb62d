"""Where a reading of a file stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from connectors.cursor import as_text, from_text, mark, marks, refuse_repeated

#: the ways of reading: the whole file in one stream, part by part, and what records point to
STREAM, WALK, ALONG = "stream", "walk", "along"


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """`part` is the part of the compartment in a walk, `url` the next link inside stream or part,
    `came` how many records of it came so far, `seen` short hashes of its pages. `wanted` are
    references of records that came, to what a reader needs beside them; `had` are marks of such
    as came or were tried.
    """

    way: str = STREAM
    part: str = ""
    url: str = field(default="", repr=False)
    came: int = 0
    seen: tuple[str, ...] = ()
    wanted: tuple[str, ...] = field(default=(), repr=False)
    had: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str | None) -> Cursor:
        """The cursor in a text of ours; the beginning when there is none."""
        return from_text(cls, text)

    def __str__(self) -> str:
        return as_text(self)

    def after(self, refs: Iterable[str], url: str | None) -> Cursor:
        """The cursor after a page; `BadAnswer` when page or link were there before."""
        listed = list(refs)
        coming = marks(listed, url)
        refuse_repeated(self.seen, coming)
        return replace(
            self, url=url or "", came=self.came + len(listed), seen=(*self.seen, *coming)
        )

    def at(self, way: str, part: str = "") -> Cursor:
        """The beginning of another way or part, with what is wanted and had."""
        return Cursor(way=way, part=part, wanted=self.wanted, had=self.had)

    def has_had(self, ref: str) -> bool:
        """Whether this came or was tried before."""
        return mark(ref) in self.had

    def having(self, refs: Iterable[str]) -> Cursor:
        """The cursor once these came or were tried: nobody wants them any more."""
        came = dict.fromkeys(refs)
        fresh = tuple(mark(ref) for ref in came if not self.has_had(ref))
        wanted = tuple(ref for ref in self.wanted if ref not in came)
        return replace(self, wanted=wanted, had=(*self.had, *fresh))

    def wanting(self, refs: Iterable[str]) -> Cursor:
        """The cursor with what records point to, each once and nothing that came."""
        fresh = dict.fromkeys(ref for ref in refs if not self.has_had(ref))
        return replace(self, wanted=tuple(dict.fromkeys((*self.wanted, *fresh))))
