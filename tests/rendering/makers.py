"""A maker of PDFs that takes no time, and tells what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import orjson

from dsr.core.letters import Letter
from dsr.rendering.errors import RenderingFailed


@dataclass
class PlainMaker:
    """Gives `%PDF letter` and `%PDF part <number>`; `meet` waits for so many parts at once."""

    meet: int = 1
    broken: bool = False
    letters: list[Letter] = field(default_factory=list)
    books: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._together = threading.Barrier(self.meet, timeout=10)

    def letter(self, letter: Letter, decision: Mapping[str, object]) -> bytes:
        """A letter."""
        self.letters.append(letter)
        return b"%PDF letter"

    def part(self, book: bytes, day: date) -> bytes:
        """A part of the medical file."""
        words = orjson.loads(book)
        self.books.append(words)
        if self.broken:
            raise RenderingFailed
        self._together.wait()
        return b"%%PDF part %d" % words["part"]
