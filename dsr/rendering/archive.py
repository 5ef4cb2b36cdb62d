"""All released items of a package, read once, sealed in a spool, and read again by every page.

Each page, JSON and CSV is made from the same reading, so they say the same, and memory does not
grow with the number of items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import orjson

from dsr.core.package import PackageContents, PackedFile, ReleasedItem
from dsr.rendering.files import attachment_name
from dsr.rendering.spool import SealedSpool

#: how much fits on one page of `overzicht.html`; a message weighs 1, anything else 4
PAGE_WEIGHT = 2_000

_TEXT_KEYS = ("text", "message", "body", "content")
_MESSAGE_KINDS = ("message", "chat", "mesg", "bericht", "file")
#: which date of an item says when it happened, best first
_WHEN = ("sent", "recorded", "occurred", "date", "created", "last_change")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One item as it is read back. `when` is an ISO date or moment, or empty."""

    number: int
    dataset: str
    kind: str
    data: dict[str, object] = field(repr=False)
    dates: Mapping[str, str]
    author: str
    special: bool
    medical_file: bool
    access_log: bool
    portable: bool
    kept_until: str
    redactions: Sequence[Mapping[str, str]]
    files: Sequence[Mapping[str, str]] = field(repr=False)

    @property
    def when(self) -> str:
        """The date that says when it happened."""
        found = (self.dates[key] for key in _WHEN if key in self.dates)
        return next(found, next(iter(self.dates.values()), ""))

    @property
    def message(self) -> str | None:
        """The words of a message, or None when this is no message."""
        if not self.kind.lower().startswith(_MESSAGE_KINDS):
            return None
        texts = (self.data.get(key) for key in _TEXT_KEYS)
        return next((text for text in texts if isinstance(text, str)), None)


@dataclass
class SystemIndex:
    """Where the items of one system stand, and what its pages need to know beforehand."""

    first: int
    last: int = 0
    page_starts: list[int] = field(default_factory=list)
    datasets: Counter[str] = field(default_factory=Counter)
    dataset_pages: dict[str, int] = field(default_factory=dict)
    columns: dict[str, None] = field(default_factory=dict)
    attachments: list[tuple[str, PackedFile]] = field(default_factory=list)
    weight: int = 0

    @property
    def released(self) -> int:
        """How many items."""
        return self.last - self.first


class Archive:
    """The spool with its indexes; close it when the package is written."""

    def __init__(self, contents: PackageContents) -> None:
        self._spool = SealedSpool()
        self.systems: dict[str, SystemIndex] = {}
        self.medical: list[tuple[str, int]] = []
        self.portable: list[int] = []
        self.fhir: list[int] = []
        self.access_log: list[int] = []
        for source in contents.sources:
            self._take(source.system, contents.items(source.system))
        self.medical.sort()

    def close(self) -> None:
        """Destroy the spool."""
        self._spool.close()

    def record(self, number: int) -> bytes:
        """One item as the line of JSON that stands in `data.json`."""
        return self._spool.read(number)

    def entry(self, number: int) -> Entry:
        """One item."""
        return Entry(**orjson.loads(self.record(number)))

    def entries(self, numbers: Sequence[int] | range) -> Iterator[Entry]:
        """These items, one at a time."""
        return (self.entry(number) for number in numbers)

    def page(self, system: str, page: int) -> range:
        """The items of one page of a system."""
        index = self.systems[system]
        starts = [*index.page_starts, index.last]
        return range(starts[page], starts[page + 1])

    def _take(self, system: str, items: Iterator[ReleasedItem]) -> None:
        index = self.systems[system] = SystemIndex(first=len(self._spool))
        for item in items:
            document = _document(item, index)
            place = self._spool.append(orjson.dumps(document))
            entry = Entry(**document)  # type: ignore[arg-type]
            _note_page(index, entry, place)
            self._note_uses(entry, place)
        index.last = len(self._spool)
        if not index.page_starts:
            index.page_starts.append(index.first)

    def _note_uses(self, entry: Entry, place: int) -> None:
        if entry.medical_file and not entry.access_log:
            self.medical.append((entry.when[:10], place))
        if entry.portable:
            self.portable.append(place)
        if (entry.portable or entry.medical_file) and "resourceType" in entry.data:
            self.fhir.append(place)
        if entry.access_log:
            self.access_log.append(place)


def _document(item: ReleasedItem, index: SystemIndex) -> dict[str, object]:
    files = []
    for packed in item.files:
        path = "bijlagen/" + attachment_name(len(index.attachments) + 1, packed.media_type)
        index.attachments.append((path, packed))
        files.append({"path": path, "media_type": packed.media_type, "name": packed.name})
    return {
        "number": item.number,
        "dataset": item.dataset,
        "kind": item.kind,
        "dates": {name: _iso(value) for name, value in item.dates.items()},
        "author": item.author,
        "special": item.special,
        "medical_file": item.medical_file,
        "access_log": item.access_log,
        "portable": item.portable,
        "kept_until": item.kept_until,
        "redactions": [{"path": r.path, "reason": str(r.reason)} for r in item.redactions],
        "files": files,
        "data": item.data,
    }


def _iso(value: datetime | date) -> str:
    return value.isoformat()


def _note_page(index: SystemIndex, entry: Entry, place: int) -> None:
    weight = 1 if entry.message is not None or entry.access_log else 4
    if not index.page_starts or index.weight + weight > PAGE_WEIGHT:
        index.page_starts.append(place)
        index.weight = 0
    index.weight += weight
    index.datasets[entry.dataset] += 1
    index.dataset_pages.setdefault(entry.dataset, len(index.page_starts) - 1)
    index.columns.update(dict.fromkeys(entry.data))
