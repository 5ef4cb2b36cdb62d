"""Where a reading of a file stands, as the short text that comes back with the next call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace

from dsr.core.errors import BadAnswer


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """`step` is the part of the compartment (-1: the whole file in one stream), `url` the next
    link inside it, `came` how many records of it came so far, `seen` short hashes of pages.
    """

    step: int = -1
    url: str = field(default="", repr=False)
    came: int = 0
    seen: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str | None) -> Cursor:
        """The cursor in a text of ours; the beginning when there is none."""
        if text is None:
            return cls()
        try:
            found = json.loads(text)
            return cls(**{**found, "seen": tuple(found["seen"])})
        except (ValueError, TypeError, KeyError):
            raise BadAnswer("The place in the file cannot be read; start this search again.") from (
                None
            )

    def __str__(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    def after(self, refs: Iterable[str], url: str | None) -> Cursor:
        """The cursor after a page; `BadAnswer` when page or link were there before."""
        listed = sorted(refs)
        marks = [_mark("page", *listed)] if listed else []
        marks += [_mark("link", url)] if url else []
        if set(marks) & set(self.seen):
            raise BadAnswer("The HIS sends the same page again and again; try again later.")
        return replace(self, url=url or "", came=self.came + len(listed), seen=(*self.seen, *marks))

    def at_step(self, step: int) -> Cursor:
        """The beginning of a part of the compartment."""
        return Cursor(step=step)


def _mark(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
