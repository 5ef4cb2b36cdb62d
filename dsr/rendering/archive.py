"""All released items of a package, read once, sealed in a spool, and read again by every page.

Each page, JSON and CSV is made from the same reading, so they say the same. Items stand in blocks
of many: a block costs what an item would cost by itself, and memory holds one block at a time.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from dsr.core.package import PackageContents, PackedFile, ReleasedItem
from dsr.rendering.entry import Entry, is_message
from dsr.rendering.files import attachment_name
from dsr.rendering.places import Places
from dsr.rendering.spool import SealedSpool

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

    def note(self, item: ReleasedItem, place: int) -> None:
        """Give an item its page."""
        weight = 1 if item.access_log or is_message(item.kind, item.data) else 4
        if not self.page_starts or self.weight + weight > PAGE_WEIGHT:
            self.page_starts.append(place)
            self.weight = 0
        self.weight += weight
        self.datasets[item.dataset] += 1
        if item.dataset not in self.dataset_pages:
            self.dataset_pages[item.dataset] = len(self.page_starts) - 1
        if not item.data.keys() <= self.columns.keys():
            self.columns.update(dict.fromkeys(item.data))


class Archive:
    """The spool with its indexes; close it when the package is written."""

    def __init__(self, contents: PackageContents) -> None:
        self._spool = SealedSpool()
        #: the place of the first item of each block, and behind the last one
        self._firsts = array("Q", [0])
        self.systems: dict[str, SystemIndex] = {}
        self.medical = Places()
        self.portable = Places()
        self.fhir = Places()
        self.access_log = Places()
        try:
            for source in contents.sources:
                self._take(source.system, contents.items(source.system))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Destroy the spool."""
        self._spool.close()

    def records(self, places: Places) -> Iterator[bytes]:
        """These items as they stand in `data.json`: many at a time, `BETWEEN` between them."""
        for first, last in places.runs():
            while first < last:
                block = bisect_right(self._firsts, first) - 1
                start, end = self._firsts[block], self._firsts[block + 1]
                upto = min(last, end)
                whole = self._spool.read(block)
                if (first, upto) != (start, end):
                    whole = BETWEEN.join(whole.split(BETWEEN)[first - start : upto - start])
                yield whole
                first = upto

    def entries(self, places: Places) -> Iterator[Entry]:
        """These items, one at a time."""
        for block in self.records(places):
            yield from map(Entry, orjson.loads(b"[" + block + b"]"))

    def _take(self, system: str, items: Iterator[ReleasedItem]) -> None:
        place = self._firsts[-1]
        index = self.systems[system] = SystemIndex(first=place)
        lines: list[bytes] = []
        waiting = 0
        for item in items:
            line = orjson.dumps(_document(item, index))
            lines.append(line)
            waiting += len(line)
            index.note(item, place)
            self._note_uses(item, place)
            place += 1
            if waiting >= BLOCK:
                self._seal(lines, place)
                lines, waiting = [], 0
        if lines:
            self._seal(lines, place)
        index.last = place
        if not index.page_starts:
            index.page_starts.append(index.first)

    def _seal(self, lines: list[bytes], behind: int) -> None:
        self._spool.append(BETWEEN.join(lines))
        self._firsts.append(behind)

    def _note_uses(self, item: ReleasedItem, place: int) -> None:
        if item.access_log:
            self.access_log.add(place)
        elif item.medical_file:
            self.medical.add(place)
        if item.portable:
            self.portable.add(place)
        if (item.portable or item.medical_file) and "resourceType" in item.data:
            self.fhir.add(place)


def _document(item: ReleasedItem, index: SystemIndex) -> dict[str, Any]:
    return {
        "number": item.number,
        "dataset": item.dataset,
        "kind": item.kind,
        "dates": item.dates,
        "author": item.author,
        "special": item.special,
        "medical_file": item.medical_file,
        "access_log": item.access_log,
        "portable": item.portable,
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
