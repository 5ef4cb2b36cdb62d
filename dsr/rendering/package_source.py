"""The folder of one system in the package: pages, JSON, CSV and attachments."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

import orjson

from dsr.core.package import PackageContents, PackedFile, Source
from dsr.core.purposes import Purpose
from dsr.core.register import Dataset
from dsr.rendering.archive import Archive
from dsr.rendering.entry import Entry
from dsr.rendering.files import is_squeezed, safe_folder
from dsr.rendering.kept import kept_sheets
from dsr.rendering.member import Member
from dsr.rendering.pages import page
from dsr.rendering.places import Places
from dsr.rendering.table import Table


@dataclass(frozen=True)
class Run:
    """Neighbours that are shown in the same way."""

    messages: bool
    entries: Iterator[Entry]


@dataclass(frozen=True)
class Group:
    """Neighbours of one dataset; both iterators are read once, in order."""

    dataset: Dataset
    purpose: Purpose
    runs: Iterator[Run]


def source_members(contents: PackageContents, archive: Archive, source: Source) -> Iterator[Member]:
    """All files of one system; one with nothing in it has them too, and says so."""
    folder = safe_folder(source.folder)
    index = archive.systems[source.system]
    with closing(Table(tuple(index.columns))) as table:
        for number in range(1, len(index.page_starts) + 1):
            chunks = _overview(contents, archive, source, (number, table))
            path = f"{folder}/{page_name(number)}"
            yield Member(path=path, media_type="text/html", chunks=chunks, source=source.system)
        for name, media_type, chunks in (
            ("data.json", "application/json", _data_json(contents, archive, source)),
            ("data.csv", "text/csv", table.chunks()),
        ):
            path = f"{folder}/{name}"
            yield Member(path=path, media_type=media_type, chunks=chunks, source=source.system)
    for path, packed in index.attachments:
        yield Member(
            path=f"{folder}/{path}",
            media_type=packed.media_type,
            chunks=file_chunks(packed),
            source=source.system,
            size=packed.size,
            level=0 if is_squeezed(packed.media_type) else None,
        )


def page_name(number: int) -> str:
    """`overzicht.html`, `overzicht-2.html` ..."""
    return "overzicht.html" if number == 1 else f"overzicht-{number}.html"


def _overview(
    contents: PackageContents, archive: Archive, source: Source, part: tuple[int, Table]
) -> Iterator[bytes]:
    number, table = part
    index = archive.systems[source.system]
    entries = table.noting(archive.entries(index.page(number - 1)))
    yield from page(
        "source.html",
        contents,
        "../",
        source=source,
        system=contents.register.system(source.system),
        page=number,
        page_count=len(index.page_starts),
        page_name=page_name,
        sections=index.dataset_pages,
        counts=index.datasets,
        kept={sheet["dataset"]: sheet for sheet in kept_sheets(contents, source.system, index)},
        groups=_groups(contents, source.system, entries),
    )
    # What the page does not show (it leads to the access log instead) is in the CSV as well.
    for _entry in entries:
        pass


def _groups(contents: PackageContents, system_id: str, entries: Iterator[Entry]) -> Iterator[Group]:
    system = contents.register.system(system_id)
    for dataset_id, group in itertools.groupby(entries, key=operator.attrgetter("dataset")):
        dataset = system.dataset(dataset_id)
        yield Group(dataset, contents.register.purpose(dataset.purpose), _runs(group))


def _runs(entries: Iterator[Entry]) -> Iterator[Run]:
    for messages, run in itertools.groupby(entries, key=lambda entry: entry.message is not None):
        yield Run(messages, run)


def _data_json(contents: PackageContents, archive: Archive, source: Source) -> Iterator[bytes]:
    index = archive.systems[source.system]
    head = {
        "reference": contents.reference,
        "system": source.system,
        "name": {"nl": source.name.nl, "en": source.name.en},
        "outcome": str(source.outcome),
        "count": index.released,
        "kept": kept_sheets(contents, source.system, index),
    }
    return records_json(head, archive, index.places)


def records_json(head: Mapping[str, object], archive: Archive, places: Places) -> Iterator[bytes]:
    """`{head..., "items": [...]}` with one item a line."""
    yield orjson.dumps(head)[:-1] + b',"items":[\n'
    yield from archive.lines(places)
    yield b"\n]}\n"


def file_chunks(packed: PackedFile) -> Iterator[bytes]:
    """The bytes of a file as its source gave them."""
    with packed.open() as chunks:
        yield from chunks
