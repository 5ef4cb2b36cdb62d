"""A found item as the desk reads it: one line in the list, and its fields one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dsr.core.package import BLACKED_OUT
from dsr.core.redaction import texts_of
from dsr.rendering import readable
from dsr.rendering.readable import Piece
from dsr.services.review import SeenItem

LONGEST_LINE = 140
#: keys whose text says best what an item is, best first
_CODED = (
    "code", "medicationCodeableConcept", "vaccineCode", "valueQuantity", "valueString",
    "valueCodeableConcept",
)  # fmt: skip
_TELLING = ("message", "text", "note", "body", "title", "subject", "display", "name", "value")


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """A field of an item: where it is, what it is called, and its text in black and plain."""

    path: str
    label: str
    depth: int
    pieces: tuple[Piece, ...] | None = field(repr=False, default=None)
    is_text: bool = False


@dataclass(frozen=True, kw_only=True)
class ItemLine:
    """An item in the list."""

    number: int
    when: date | datetime | None
    kind: str
    author: str
    seen: SeenItem = field(repr=False)
    pieces: tuple[Piece, ...] = field(repr=False)
    files: int = 0

    @property
    def is_message(self) -> bool:
        """Whether this reads as a conversation."""
        return bool(self.seen.record["kind"] == "message")


def line_of(seen: SeenItem, language: str) -> ItemLine:
    """An item as one line."""
    record = seen.record
    return ItemLine(
        number=record["n"],
        when=_when(record["dates"]),
        kind=readable.kind_words(record["kind"], language),
        author=record["author"],
        seen=seen,
        pieces=cut(_telling(seen.data, language)[:LONGEST_LINE]),
        files=len(record["files"]),
    )


def fields_of(seen: SeenItem, language: str) -> list[FieldRow]:
    """All fields of an item in its own order; what was blacked out is black."""
    return list(_rows(seen.record["data"], seen.data, Place("", "", -1, language)))


def message_text(seen: SeenItem) -> tuple[Piece, ...]:
    """What a message says."""
    found = next((t for p, t in texts_of(seen.data) if p in ("/message", "/text", "/body")), "")
    return cut(found)


def cut(text: str) -> tuple[Piece, ...]:
    """The text with black pieces where words were taken out; nothing invisible stays in it."""
    return tuple(readable.pieces(readable.visible(text), BLACKED_OUT))


@dataclass(frozen=True)
class Place:
    """Where in an item we are."""

    path: str
    label: str
    depth: int
    language: str

    def at(self, key: object) -> Place:
        """The place one step further in."""
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        name = (
            f"{int(key) + 1}." if isinstance(key, int) else readable.label(str(key), self.language)
        )
        return Place(f"{self.path}/{escaped}", name, self.depth + 1, self.language)


def _rows(value: Any, shown: Any, at: Place) -> Iterator[FieldRow]:
    inner = _inside(value)
    line = readable.one_line(shown, at.language) if inner and at.path else None
    if line:
        # A code with its meaning, a period, a name: one line, as the person will read it.
        yield FieldRow(path=at.path, label=at.label, depth=min(at.depth, 5), pieces=cut(line))
        return
    if inner and shown != BLACKED_OUT:
        if at.path:
            yield FieldRow(path=at.path, label=at.label, depth=min(at.depth, 5))
        for key, one in inner:
            yield from _rows(one, shown[key], at.at(key))
        return
    if value in ({}, [], None):
        return
    text = shown if isinstance(shown, str) else _plain(shown, at.language)
    yield FieldRow(
        path=at.path,
        label=at.label,
        depth=min(at.depth, 5),
        pieces=cut(readable.text_in_words(text, at.language)),
        is_text=isinstance(value, str),
    )


def _inside(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _plain(value: Any, language: str) -> str:
    words = {True: ("ja", "yes"), False: ("nee", "no")}
    if isinstance(value, bool):
        return words[value][0 if language == "nl" else 1]
    return str(value)


def _telling(data: dict[str, Any], language: str) -> str:
    coded = [readable.one_line(data[key], language) for key in _CODED if key in data]
    if about := ": ".join(line for line in coded if line):
        return about
    texts = [(path.rpartition("/")[2], text) for path, text in texts_of(data)]
    for wanted in _TELLING:
        for key, text in texts:
            if key == wanted and not text.lstrip().startswith("<"):
                return " ".join(text.split())
    return next((text for key, text in texts if key not in ("id", "resourceType")), "")


def _when(dates: dict[str, str]) -> date | datetime | None:
    text = next(iter(dates.values()), "")
    if not text:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
