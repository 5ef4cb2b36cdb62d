"""What a person takes along (Art. 20): a package of its own, and a folder of the access package.

Both are made by the same code from the same archive; the folder leads to the attachments that the
access package holds already, the package of its own has them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import closing

import orjson

from dsr.core.package import PackageContents, Source
from dsr.core.register import Dataset
from dsr.core.request import UNFINISHED
from dsr.rendering.archive import Archive
from dsr.rendering.html import TEMPLATES
from dsr.rendering.member import Member
from dsr.rendering.package_portable import FHIR_JSON
from dsr.rendering.pages import page
from dsr.rendering.portable_bundle import portable_bundle
from dsr.rendering.portable_dataset import Rooms, dataset_members, paths_of
from dsr.rendering.portable_left_out import README, LeftGroup, left_groups, left_out_members
from dsr.rendering.portable_portion import Taken
from dsr.rendering.portable_words import portable_words
from dsr.rendering.zipped import zipped

#: the folder of the access package, and the package of its own
WITHIN = Rooms(root="overdraagbaar/", own_files=False)
ALONE = Rooms(root="", own_files=True)

PORTABLE_SCHEMAS = TEMPLATES / "package" / "schema"
INDEX_SCHEMA = "https://schema.privacybalie.example/portable-index.schema.json"
BUNDLE = "fhir-bundle.json"
_COVER = {"nl": "voor-de-ontvanger.html", "en": "for-the-recipient.html"}
_OTHER = {"nl": "en", "en": "nl"}


def portable_chunks(contents: PackageContents) -> Iterator[bytes]:
    """`overdraagbaar-<reference>.zip`, chunk by chunk, in constant memory; makes no PDF.

    `contents.letter_pdf` goes in as `brief.pdf` unless it is empty.
    """
    with closing(Archive(contents)) as archive:
        yield from zipped(contents, "overdraagbaar", _members(contents, archive))


def _members(contents: PackageContents, archive: Archive) -> Iterator[Member]:
    yield from portable_members(contents, archive, ALONE)
    if contents.letter_pdf:
        letter = contents.letter_pdf
        yield Member(
            path="brief.pdf",
            media_type="application/pdf",
            chunks=(letter,),
            size=len(letter),
            level=0,
        )


def portable_members(contents: PackageContents, archive: Archive, rooms: Rooms) -> Iterator[Member]:
    """The part: pages, an index, each dataset as JSON and CSV, FHIR, what stays, the schemas."""
    groups = left_groups(contents, archive)
    yield from _pages(contents, archive, rooms, groups)
    yield _index(contents, archive, rooms)
    for taken in archive.portable.taken:
        yield from dataset_members(contents, archive, taken, rooms)
    if archive.portable.has_fhir:
        chunks = portable_bundle(contents, archive)
        yield Member(path=f"{rooms.root}{BUNDLE}", media_type=FHIR_JSON, chunks=chunks)
    yield from left_out_members(contents, groups, rooms.root)
    for name, content in _schemas().items():
        path = f"{rooms.root}schema/{name}"
        yield Member(path=path, media_type="application/schema+json", chunks=(content,))


@functools.cache
def _schemas() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(PORTABLE_SCHEMAS.glob("*.json"))}


def _pages(
    contents: PackageContents, archive: Archive, rooms: Rooms, groups: list[LeftGroup]
) -> Iterator[Member]:
    wanted = {"portable_readme.html": README}
    if contents.portable.recipient and rooms.own_files:
        wanted["portable_cover.html"] = _COVER
    for template, names in wanted.items():
        for language, name in names.items():
            chunks = page(
                template,
                contents,
                "" if rooms.own_files else "../",
                language=language,
                p=portable_words(language),
                datasets=[_told(contents, taken) for taken in archive.portable.taken],
                total=len(archive.portable),
                left=sum(group.count for group in groups),
                kinds=len(groups),
                alone=rooms.own_files,
                bundle=BUNDLE if archive.portable.has_fhir else "",
                unfinished=_unfinished(contents),
                names={**_named(language), "other": names[_OTHER[language]]},
            )
            yield Member(path=f"{rooms.root}{name}", media_type="text/html", chunks=chunks)


def _named(language: str) -> dict[str, str]:
    return {"readme": README[language], "cover": _COVER[language], "in": _OTHER[language]}


def _unfinished(contents: PackageContents) -> list[Source]:
    """Systems that hold something to take along and are not searched to the end."""
    return [
        source
        for source in contents.sources
        if source.outcome in UNFINISHED
        and any(_may_go(contents, one) for one in contents.register.system(source.system).datasets)
    ]


def _may_go(contents: PackageContents, dataset: Dataset) -> bool:
    voluntary = dataset.medical_file and contents.portable.voluntary_care
    return bool(dataset.portable or voluntary)


def _told(contents: PackageContents, taken: Taken) -> dict[str, object]:
    system = contents.register.system(taken.system)
    as_json, as_csv = paths_of(contents, taken)
    return {
        "system": taken.system,
        "system_name": system.name,
        "dataset": taken.dataset,
        "name": system.dataset(taken.dataset).name,
        "count": len(taken.places),
        "whys": [str(why) for why in sorted(taken.whys)],
        "json": as_json,
        "csv": as_csv,
    }


def _index(contents: PackageContents, archive: Archive, rooms: Rooms) -> Member:
    document = {
        "schema": INDEX_SCHEMA,
        "reference": contents.reference,
        "exported_at": contents.answered.isoformat(),
        "controller": contents.register.controller.name,
        "contact": contents.practice.email,
        "for": "other" if contents.portable.recipient else "me",
        "count": len(archive.portable),
        "datasets": [_listed(contents, taken) for taken in archive.portable.taken],
        "fhir_bundle": BUNDLE if archive.portable.has_fhir else None,
        "left_out": "niet-overdraagbaar.json",
        "unfinished": [source.system for source in _unfinished(contents)],
    }
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Member(
        path=f"{rooms.root}inhoud.json",
        media_type="application/json",
        chunks=(content,),
        size=len(content),
    )


def _listed(contents: PackageContents, taken: Taken) -> dict[str, object]:
    told = _told(contents, taken)
    return {key: told[key] for key in ("system", "dataset", "count", "whys", "json", "csv")}
