"""The medical file as a book: tagged PDFs in the order of time, at most 20 pages each.

typst makes them, not WeasyPrint: on the same words it measured four to seven times faster a page
and is tagged as well. Each part is made in a limited child; words reach it only as data.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date

import orjson

from dsr.core.package import PackageContents, PdfMaker
from dsr.rendering import wording
from dsr.rendering.archive import Archive
from dsr.rendering.entry import Entry
from dsr.rendering.member import Member
from dsr.rendering.pages import entry_title, part_words, words
from dsr.rendering.readable import Row, pieces, rows
from dsr.rendering.spool import SealedSpool

#: lines that fit in a part; a page holds about 60, or 40 of the widest characters
PART_LINES = 800
_LINE_CHARACTERS = 78
#: a single item longer than this is cut into several, so that no part outgrows its pages
_ENTRY_LINES = 320
_SLICE_CHARACTERS = 4_000
#: parts that are made side by side; one more waits for its turn in the zip
SIDE_BY_SIDE = 2

Written = dict[str, object]


class Dossier:
    """Parts of the medical file; empty when nothing of it is released.

    Items are read once, in the order of the archive, and kept as they are written in the book;
    a part is put together when it is its turn. Close it when the package is written.
    """

    def __init__(self, contents: PackageContents, archive: Archive, pdf: PdfMaker) -> None:
        self._contents = contents
        self._pdf = pdf
        self._makers = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="dossier")
        self._spool = SealedSpool()
        self._days = array("Q")
        self._lines = array("Q")
        for entry in archive.entries(archive.medical):
            self._write(entry)
        #: pieces of items in the order of time, and where each part begins among them
        self._order = array("Q", sorted(range(len(self._days)), key=self._days.__getitem__))
        self._begins = array("Q", self._divided())

    @property
    def names(self) -> list[str]:
        """`dossier/01.pdf` ..., in an order that sorts."""
        width = max(2, len(str(len(self._begins))))
        return [f"dossier/{number:0{width}d}.pdf" for number in range(1, len(self._begins) + 1)]

    def members(self) -> Iterator[Member]:
        """The parts in order, a few made side by side ahead of the one that is read."""
        numbers = iter(range(len(self._begins)))
        ahead: deque[Future[bytes]] = deque()
        for name in self.names:
            while len(ahead) <= SIDE_BY_SIDE and (number := next(numbers, None)) is not None:
                ahead.append(self._makers.submit(self._part, number))
            made = ahead.popleft().result()
            yield Member(
                path=name, media_type="application/pdf", chunks=(made,), size=len(made), level=0
            )

    def close(self) -> None:
        """Make no more parts, and give the disk its place back."""
        self._makers.shutdown(cancel_futures=True)
        self._spool.close()

    def _write(self, entry: Entry) -> None:
        language = self._contents.language
        black = str(words(language)["blacked_out"])
        day = entry.when[:10].replace("-", "")
        title = "".join(p.text for p in pieces(entry_title(entry, language), f"[{black}]"))
        who = part_words(language, "author")[entry.author]
        about = f"{part_words(language, 'dossier')['by']}: {who}" if entry.author else ""
        shown = [
            Row(row.label, text, row.depth)
            for row in rows(entry.data, language)
            for text in _slices(row.text)
        ]
        for part, lines in _cuts(shown):
            written = {"title": title, "about": about, "rows": _written(part, black)}
            self._spool.append(orjson.dumps(written))
            self._days.append(int(day) if day.isdecimal() else 0)
            self._lines.append(lines)

    def _divided(self) -> Iterator[int]:
        room = 0
        for at, number in enumerate(self._order):
            if self._lines[number] > room:
                yield at
                room = PART_LINES
            room -= self._lines[number]

    def _part(self, number: int) -> bytes:
        return self._pdf.part(b"".join(self._book(number)), self._contents.answered)

    def _book(self, number: int) -> Iterator[bytes]:
        """The words of a part as JSON; its items are joined as they lie in the spool."""
        last = number + 1 == len(self._begins)
        end = len(self._order) if last else self._begins[number + 1]
        pieces_of_it = self._order[self._begins[number] : end]
        yield orjson.dumps(self._head(number + 1, [self._days[n] for n in pieces_of_it]))[:-1]
        yield b',"years":['
        year, undated = -1, part_words(self._contents.language, "dossier")["undated"]
        for piece in pieces_of_it:
            if self._days[piece] // 10_000 == year:
                yield b","
            else:
                yield b"]}," if year >= 0 else b""
                year = self._days[piece] // 10_000
                yield b'{"name":%s,"entries":[' % orjson.dumps(f"{year:04d}" if year else undated)
            yield self._spool.read(piece)
        yield b"]}]}"

    def _head(self, number: int, days: list[int]) -> Written:
        language = self._contents.language
        told = part_words(language, "dossier")
        intro = [self._contents.practice.name]
        if dated := [day for day in days if day]:
            first, last = (_day(day, language) for day in (dated[0], dated[-1]))
            intro.append(f"{told['period']}: {first} {told['until']} {last}. {told['order']}")
        parts = len(self._begins)
        return {
            "title": f"{told['title']}, {told['part'].lower()} {number} {told['of']} {parts}",
            "reference": self._contents.reference,
            "language": language,
            "part": number,
            "parts": parts,
            "words": {key: told[key] for key in ("part", "of", "page")},
            "intro": intro,
        }


def _written(shown: list[Row], black: str) -> list[Written]:
    return [
        {
            "label": row.label,
            "depth": min(row.depth, 4),
            "value": [
                {"text": piece.text, "black": piece.black} for piece in pieces(row.text, black)
            ],
        }
        for row in shown
    ]


def _day(day: int, language: str) -> str:
    return wording.day(date(day // 10_000, day // 100 % 100, day % 100), language)


def _slices(text: str) -> Iterator[str]:
    for start in range(0, max(1, len(text)), _SLICE_CHARACTERS):
        yield text[start : start + _SLICE_CHARACTERS]


def _cuts(shown: list[Row]) -> Iterator[tuple[list[Row], int]]:
    """An item in pieces, each with the lines it takes."""
    first, taken = 0, 3
    for number, row in enumerate(shown):
        lines = _lines(row)
        if taken + lines > _ENTRY_LINES and number > first:
            yield shown[first:number], taken
            first, taken = number, 3
        taken += lines
    yield shown[first:], taken


def _lines(row: Row) -> int:
    width = _LINE_CHARACTERS - 4 * min(row.depth, 4)
    wrapped = (len(line) // width for line in f"{row.label}: {row.text}".split("\n"))
    return sum(1 + lines for lines in wrapped)
