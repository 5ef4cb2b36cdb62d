"""All released items of a package, read once, sealed in a spool, and read again by every page.

Each page, JSON and CSV is made from the same reading, so they say the same. Items stand in blocks
of many: a block costs what an item would cost by itself, and memory holds one block at a time.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, KeysView, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from dsr.core.errors import BadAnswer
from dsr.core.keeping import Gathered, gathered
from dsr.core.package import PackageContents, PackedFile, ReleasedItem, Sort, Source
from dsr.core.register import Register
from dsr.rendering.entry import Entry, words_of
from dsr.rendering.files import attachment_name
from dsr.rendering.places import Places
from dsr.rendering.portable_portion import Portion
from dsr.rendering.spool import SealedSpool
from dsr.rendering.squeeze import Squeezed, squeezed

#: how much fits on one page of `overzicht.html`; a message weighs 1, anything else 4
PAGE_WEIGHT = 2_000
#: bytes of JSON after which a block is sealed
BLOCK = 128 * 1024
#: what stands between two items of a block, and nowhere within one (JSON escapes line ends)
BETWEEN = b",\n"


@dataclass
class SystemIndex:
    """Where the items of one system stand, and what its pages need to know beforehand."""

    first: int
    last: int = 0
    page_starts: array[int] = field(default_factory=lambda: array("Q"))
    datasets: Counter[str] = field(default_factory=Counter)
    dataset_pages: dict[str, int] = field(default_factory=dict)
    columns: dict[str, None] = field(default_factory=dict)
    attachments: list[tuple[str, PackedFile]] = field(default_factory=list)
    weight: int = 0
    keys: KeysView[str] = field(default_factory=lambda: dict[str, Any]().keys())
    #: until when the items of each dataset are kept; None without a retention rule
    kept: dict[str, Gathered | None] = field(default_factory=dict)

    @property
    def released(self) -> int:
        """How many items."""
        return self.last - self.first

    @property
    def places(self) -> Places:
        """All items of the system."""
        return Places.between(self.first, self.last)

    def page(self, number: int) -> Places:
        """The items of one page, the first being 0."""
        starts = self.page_starts
        end = starts[number + 1] if number + 1 < len(starts) else self.last
        return Places.between(starts[number], end)

    def note(self, sort: Sort, data: Mapping[str, Any], place: int) -> None:
        """Give an item its page."""
        weight = 1 if sort.access_log or words_of(sort.kind, data) is not None else 4
        if self.weight + weight > PAGE_WEIGHT or not self.page_starts:
            self.page_starts.append(place)
            self.weight = 0
        self.weight += weight
        if data.keys() != self.keys:
            self.keys = data.keys()
            self.columns.update(dict.fromkeys(data))

    def end(self, place: int) -> None:
        """No more items; a system without any has one empty page."""
        self.last = place
        if not self.page_starts:
            self.page_starts.append(self.first)

    def begin(self, sort: Sort) -> None:
        """An item of another sort than the one before has its page: its dataset begins there."""
        self.dataset_pages.setdefault(sort.dataset, len(self.page_starts) - 1)

    def keeping(self, register: Register, system: str, dataset: str) -> Gathered | None:
        """Where the terms of a dataset's items are gathered."""
        if dataset not in self.kept:
            self.kept[dataset] = gathered(register, system, dataset)
        return self.kept[dataset]


class Archive:
    """The spool with its indexes; close it when the package is written."""

    def __init__(self, contents: PackageContents) -> None:
        self._spool = SealedSpool()
        #: blocks as they were squeezed, and where each is among those
        self._small = SealedSpool()
        self._small_of: dict[int, int] = {}
        #: the place of the first item of each block, and behind the last one
        self._firsts = array("Q", [0])
        self.systems: dict[str, SystemIndex] = {}
        self.medical = Places()
        self.portable = Portion(contents.register, contents.portable)
        self.fhir = Places()
        self.access_log = Places()
        try:
            for source in contents.sources:
                self._take(contents, source)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Destroy the spools."""
        self._spool.close()
        self._small.close()

    def lines(self, places: Places) -> Iterator[bytes]:
        """These items as they stand in `data.json`, many at a time, with `BETWEEN` between all."""
        held: tuple[int | None, bytes] | None = None
        for block, lines in self._blocks(places):
            if held is not None:
                yield self._squeezed(*held)
            held = (block, lines + BETWEEN)
        if held is not None:
            yield held[1][: -len(BETWEEN)]

    def entries(self, places: Places) -> Iterator[Entry]:
        """These items, one at a time."""
        for _block, lines in self._blocks(places):
            yield from map(Entry, orjson.loads(b"[" + lines + b"]"))

    def _blocks(self, places: Places) -> Iterator[tuple[int | None, bytes]]:
        """The items in pieces; the number of the block where a piece is one as it was sealed."""
        held, parts = -1, list[bytes]()
        for first, last in places.runs():
            while first < last:
                block = bisect_right(self._firsts, first) - 1
                start, end = self._firsts[block], self._firsts[block + 1]
                upto = min(last, end)
                if (first, upto) == (start, end):
                    yield block, self._spool.read(block)
                else:
                    if held != block:
                        held, parts = block, self._spool.read(block).split(BETWEEN)
                    yield None, BETWEEN.join(parts[first - start : upto - start])
                first = upto

    def _squeezed(self, block: int | None, lines: bytes) -> bytes:
        """A whole block is squeezed once, however often it stands in the package."""
        if block is None:
            return lines
        if block not in self._small_of:
            self._small_of[block] = self._small.append(squeezed(lines))
        return Squeezed.of(lines, self._small.read(self._small_of[block]))

    def _take(self, contents: PackageContents, source: Source) -> None:
        begin = place = self._firsts[-1]
        index = self.systems[source.system] = SystemIndex(first=place)
        lines: list[bytes] = []
        waiting, sort, keeping = 0, None, None
        for item in contents.items(source.system):
            index.note(item.sort, item.data, place)
            if item.sort is not sort:
                self._note_run(index, sort, (begin, place))
                sort, begin = item.sort, place
                index.begin(sort)
                keeping = index.keeping(contents.register, source.system, sort.dataset)
            if keeping is not None:
                keeping.note(item.dates)
            if "resourceType" in item.data and (sort.portable or sort.medical_file):
                self.fhir.add(place, place + 1)
            goes_along = self.portable.note(source.system, item, place)
            line = orjson.dumps(_document(item, index, portable=goes_along))
            lines.append(line)
            waiting += len(line)
            place += 1
            if waiting >= BLOCK:
                self._seal(lines, place)
                lines, waiting = [], 0
        if lines:
            self._seal(lines, place)
        self._note_run(index, sort, (begin, place))
        index.end(place)
        _check(source, index)

    def _seal(self, lines: list[bytes], behind: int) -> None:
        self._spool.append(BETWEEN.join(lines))
        self._firsts.append(behind)

    def _note_run(self, index: SystemIndex, sort: Sort | None, run: tuple[int, int]) -> None:
        """What neighbours of one sort are used for."""
        if sort is None:
            return
        index.datasets[sort.dataset] += run[1] - run[0]
        if sort.access_log:
            self.access_log.add(*run)
        elif sort.medical_file:
            self.medical.add(*run)


def _check(source: Source, index: SystemIndex) -> None:
    """What was read must be what the letter and the list of sources count."""
    told = Counter({count.dataset: count.released for count in source.counts})
    if index.datasets != told:
        raise BadAnswer(
            "The archive does not hold what was counted; search this system again.",
            from_start=True,
        )


def _document(item: ReleasedItem, index: SystemIndex, *, portable: bool) -> dict[str, Any]:
    sort = item.sort
    return {
        "number": item.number,
        "dataset": sort.dataset,
        "kind": sort.kind,
        "dates": item.dates,
        "author": item.author,
        "special": sort.special,
        "medical_file": sort.medical_file,
        "access_log": sort.access_log,
        "portable": portable,
        "kept_until": item.kept_until,
        "redactions": [{"path": r.path, "reason": str(r.reason)} for r in item.redactions],
        "files": _files(item, index) if item.files else [],
        "data": item.data,
    }


def _files(item: ReleasedItem, index: SystemIndex) -> list[dict[str, str]]:
    files = []
    for packed in item.files:
        path = "bijlagen/" + attachment_name(len(index.attachments) + 1, packed.media_type)
        index.attachments.append((path, packed))
        files.append({"path": path, "media_type": packed.media_type, "name": packed.name})
    return files
