"""The medical file as a book: tagged PDFs in the order of time, at most 20 pages each.

typst makes them, not WeasyPrint: on the same words it measured four to seven times faster a page
and is tagged as well. Each part is made in a limited child; words reach it only as data.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from datetime import date

import orjson

from dsr.core.package import PackageContents
from dsr.rendering import wording
from dsr.rendering.archive import Archive, Entry
from dsr.rendering.html import TEMPLATES
from dsr.rendering.job import Job
from dsr.rendering.member import Member
from dsr.rendering.pages import entry_title, part_words, words
from dsr.rendering.pdf import rendering_server
from dsr.rendering.readable import Row, pieces, rows, text_in_words

#: lines that fit in a part; a page holds about 60, or 40 of the widest characters
PART_LINES = 800
_LINE_CHARACTERS = 78
#: a single item longer than this is cut into several, so that no part outgrows its pages
_ENTRY_LINES = 320
_SLICE_CHARACTERS = 4_000

Written = dict[str, object]


class Dossier:
    """Parts of the medical file; empty when nothing of it is released."""

    def __init__(self, contents: PackageContents, archive: Archive) -> None:
        self._contents = contents
        self._archive = archive
        #: each part as the places (item, first row, end of rows) that stand in it
        self.parts: list[list[tuple[int, int, int]]] = []
        self._divide()

    @property
    def names(self) -> list[str]:
        """`dossier/01.pdf` ..., in an order that sorts."""
        width = max(2, len(str(len(self.parts))))
        return [f"dossier/{number:0{width}d}.pdf" for number in range(1, len(self.parts) + 1)]

    def members(self) -> Iterator[Member]:
        """The parts, made one at a time while they are read."""
        for number, places in enumerate(self.parts, 1):
            made = self._pdf(number, places)
            yield Member(
                path=self.names[number - 1],
                media_type="application/pdf",
                chunks=(made,),
                size=len(made),
            )

    def _divide(self) -> None:
        room = 0
        for _day, place in self._archive.medical:
            for first, end, lines in _cuts(self._rows(self._archive.entry(place))):
                if lines > room:
                    self.parts.append([])
                    room = PART_LINES
                self.parts[-1].append((place, first, end))
                room -= lines

    def _rows(self, entry: Entry) -> list[Row]:
        return [
            Row(row.label, text, row.depth)
            for row in rows(entry.data, self._contents.language)
            for text in _slices(row.text)
        ]

    def _pdf(self, number: int, places: list[tuple[int, int, int]]) -> bytes:
        job = Job(
            engine="typst",
            options={"day": self._contents.answered.isoformat()},
            blobs={"main.typ": _template(), "data.json": orjson.dumps(self._book(number, places))},
        )
        return rendering_server().render(job, seconds=60, megabytes=2048)

    def _book(self, number: int, places: list[tuple[int, int, int]]) -> Written:
        language = self._contents.language
        told = part_words(language, "dossier")
        entries = [(self._archive.entry(place), first, end) for place, first, end in places]
        span = [entry.when[:10] for entry, _, _ in entries if entry.when]
        intro = [self._contents.practice.name]
        if span:
            first, last = (_day(iso, language) for iso in (span[0], span[-1]))
            intro.append(f"{told['period']}: {first} {told['until']} {last}. {told['order']}")
        return {
            "title": f"{told['title']}, {told['part'].lower()} {number} {told['of']} "
            f"{len(self.parts)}",
            "reference": self._contents.reference,
            "language": language,
            "part": number,
            "parts": len(self.parts),
            "words": {key: told[key] for key in ("part", "of", "page")},
            "intro": intro,
            "years": [
                {"name": year or told["undated"], "entries": [self._written(*one) for one in group]}
                for year, group in itertools.groupby(entries, key=lambda one: one[0].when[:4])
            ],
        }

    def _written(self, entry: Entry, first: int, end: int) -> Written:
        language = self._contents.language
        black = str(words(language)["blacked_out"])
        who = part_words(language, "author")[entry.author]
        shown = self._rows(entry)[first:end]
        title = pieces(entry_title(entry, language), f"[{black}]")
        return {
            "title": "".join(piece.text for piece in title),
            "about": f"{part_words(language, 'dossier')['by']}: {who}" if entry.author else "",
            "rows": [
                {
                    "label": row.label,
                    "depth": min(row.depth, 4),
                    "value": [
                        {"text": piece.text, "black": piece.black}
                        for piece in pieces(row.text, black)
                    ],
                }
                for row in shown
            ],
        }


@functools.cache
def _template() -> bytes:
    return (TEMPLATES / "package" / "dossier.typ").read_bytes()


def _day(iso: str, language: str) -> str:
    try:
        return wording.day(date.fromisoformat(iso), language)
    except ValueError:
        return text_in_words(iso, language)


def _slices(text: str) -> Iterator[str]:
    for start in range(0, max(1, len(text)), _SLICE_CHARACTERS):
        yield text[start : start + _SLICE_CHARACTERS]


def _cuts(shown: list[Row]) -> Iterator[tuple[int, int, int]]:
    """Where to cut an item: (first row, end of rows, lines it takes)."""
    first, taken = 0, 3
    for number, row in enumerate(shown):
        lines = _lines(row)
        if taken + lines > _ENTRY_LINES and number > first:
            yield first, number, taken
            first, taken = number, 3
        taken += lines
    yield first, len(shown), taken


def _lines(row: Row) -> int:
    width = _LINE_CHARACTERS - 4 * min(row.depth, 4)
    wrapped = (len(line) // width for line in f"{row.label}: {row.text}".split("\n"))
    return sum(1 + lines for lines in wrapped)
