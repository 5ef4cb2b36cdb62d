"""One dataset to take along: JSON, the same as CSV, and the attachments as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from dsr.core.package import PackageContents, Source
from dsr.core.portable import Why
from dsr.core.portable_fields import provided_part
from dsr.core.purposes import Purpose
from dsr.core.words import Words
from dsr.law.grounds import cited
from dsr.rendering.archive import BETWEEN, Archive
from dsr.rendering.entry import Entry
from dsr.rendering.files import csv_cells, is_squeezed, safe_folder
from dsr.rendering.member import Member, joined
from dsr.rendering.package_source import file_chunks
from dsr.rendering.portable_portion import Taken
from dsr.rendering.portable_words import portable_words
from dsr.rendering.readable import label

SCHEMA = "https://schema.privacybalie.example/portable-dataset.schema.json"
_LANGUAGES = ("nl", "en")
_FIXED = ("number", "kind", "author", "why", "files", "redactions")

#: an item as it goes along: JSON
Document = dict[str, Any]


@dataclass(frozen=True)
class Rooms:
    """Where the part stands: `root` below the package's folder, and whether attachments are its own
    or those that the folders of the systems hold already."""

    root: str
    own_files: bool

    def link(self, folder: str) -> str:
        """What leads from a file of the part to the attachments of a system."""
        return "" if self.own_files else f"../../{folder}/"


def paths_of(contents: PackageContents, taken: Taken) -> tuple[str, str]:
    """The JSON and the CSV of a dataset, below the root of the part."""
    folder = safe_folder(_source(contents, taken).folder)
    stem = f"{folder}/{safe_folder(taken.dataset)}"
    return f"{stem}.json", f"{stem}.csv"


def dataset_members(
    contents: PackageContents, archive: Archive, taken: Taken, rooms: Rooms
) -> Iterator[Member]:
    """The files of one dataset."""
    source = _source(contents, taken)
    reading = _Reading(archive, taken, rooms.link(safe_folder(source.folder)))
    as_json, as_csv = paths_of(contents, taken)
    head = _head(contents, source, taken)
    for path, media_type, chunks in (
        (as_json, "application/json", joined(reading.json(head))),
        (as_csv, "text/csv", joined(reading.csv())),
    ):
        path = f"{rooms.root}{path}"
        yield Member(path=path, media_type=media_type, chunks=chunks, source=source.system)
    if rooms.own_files:
        yield from _attachments(archive, source, reading.files)


def _attachments(archive: Archive, source: Source, wanted: set[str]) -> Iterator[Member]:
    for path, packed in archive.systems[source.system].attachments:
        if path in wanted:
            yield Member(
                path=f"{safe_folder(source.folder)}/{path}",
                media_type=packed.media_type,
                chunks=file_chunks(packed),
                source=source.system,
                size=packed.size,
                level=0 if is_squeezed(packed.media_type) else None,
            )


class _Reading:
    """The items twice: as JSON, then as CSV with the columns that the JSON turned out to have."""

    def __init__(self, archive: Archive, taken: Taken, link: str) -> None:
        self._archive, self._taken, self._link = archive, taken, link
        self._dates: dict[str, None] = {}
        self._fields: dict[str, None] = {}
        #: attachments of these items, as the archive names them
        self.files: set[str] = set()

    def json(self, head: Mapping[str, object]) -> Iterator[bytes]:
        """One item a line; then what each field is called."""
        yield orjson.dumps(head)[:-1] + b',"items":[\n'
        between = b""
        for entry in self._entries():
            document = self._document(entry)
            self._note(entry, document)
            yield between + orjson.dumps(document)
            between = BETWEEN
        names = [{"name": one, **{lang: label(one, lang) for lang in _LANGUAGES}}
                 for one in self._fields]  # fmt: skip
        yield b'\n],"fields":' + orjson.dumps(names) + b"}\n"

    def csv(self) -> Iterator[str]:
        """The head and a line for each item."""
        dates, fields = tuple(self._dates), tuple(self._fields)
        head = [*_FIXED, *(f"dates.{one}" for one in dates), *(f"data.{one}" for one in fields)]
        yield f"\ufeff{csv_cells(head)}\r\n"
        for entry in self._entries():
            item = self._document(entry)
            when, data = item["dates"], item["data"]
            values = [item[one] for one in _FIXED]
            values += [when.get(one) for one in dates]
            values += [data.get(one) for one in fields]
            yield f"{csv_cells([cell(value) for value in values])}\r\n"

    def _entries(self) -> Iterator[Entry]:
        return self._archive.entries(self._taken.places)

    def _document(self, entry: Entry) -> Document:
        held, files = entry.document, entry.files
        if files and self._link:
            files = [{**one, "path": self._link + one["path"]} for one in files]
        return {
            "number": held["number"],
            "kind": held["kind"],
            "author": held["author"],
            "why": self._taken.why(held["kind"], held["author"]),
            "dates": held["dates"],
            "files": files,
            "redactions": held["redactions"],
            "data": provided_part(held["data"]),
        }

    def _note(self, entry: Entry, document: Document) -> None:
        if not document["dates"].keys() <= self._dates.keys():
            self._dates.update(dict.fromkeys(document["dates"]))
        if not document["data"].keys() <= self._fields.keys():
            self._fields.update(dict.fromkeys(document["data"]))
        if entry.files:
            self.files.update(one["path"] for one in entry.files)


def cell(value: object) -> str:
    """A value in a cell: text as it is, nothing as nothing, anything else as JSON.

    A text that begins with `'` gets one more, so that whoever takes one off has it all back.
    """
    if isinstance(value, str):
        return f"'{value}" if value[:1] == "'" else value
    return "" if value is None or value == [] else orjson.dumps(value).decode()


def _source(contents: PackageContents, taken: Taken) -> Source:
    return next(one for one in contents.sources if one.system == taken.system)


def _head(contents: PackageContents, source: Source, taken: Taken) -> dict[str, object]:
    system = contents.register.system(source.system)
    dataset = system.dataset(taken.dataset)
    activity = contents.register.activity(dataset.part or dataset.purpose)
    name = _purpose_name(contents.register.purpose(dataset.purpose), dataset.part)
    return {
        "schema": SCHEMA,
        "reference": contents.reference,
        "exported_at": contents.answered.isoformat(),
        "source": {
            "system": system.id,
            "name": {"nl": source.name.nl, "en": source.name.en},
            "kept_by": system.kept_by,
            "searched_at": source.searched_at.isoformat() if source.searched_at else None,
        },
        "dataset": {"id": dataset.id, "name": {"nl": dataset.name.nl, "en": dataset.name.en}},
        "purpose": {
            "id": activity.id,
            "name": {"nl": name.nl, "en": name.en},
            "basis": str(activity.basis),
        },
        "why": [_why(taken, why) for why in Why if taken.whys[why]],
        "count": len(taken.places),
    }


def _purpose_name(purpose: Purpose, part: str) -> Words:
    return next((one.name for one in purpose.parts if one.id == part), purpose.name)


def _why(taken: Taken, why: Why) -> dict[str, object]:
    codes = taken.articles[why]
    return {
        "code": str(why),
        "count": taken.whys[why],
        **{lang: portable_words(lang)["why"][why] for lang in _LANGUAGES},
        "articles": {lang: cited(codes, lang) for lang in _LANGUAGES},
    }
