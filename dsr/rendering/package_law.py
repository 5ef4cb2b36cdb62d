"""What the law makes us tell beside the data: Art. 15(1)-(2), the sources, what is withheld."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from dsr.core.package import PackageContents, Source, WithheldItem
from dsr.core.purposes import Purpose
from dsr.core.register import System
from dsr.rendering.archive import Archive
from dsr.rendering.kept import kept_sheets
from dsr.rendering.member import Member, joined
from dsr.rendering.pages import page


def law_members(contents: PackageContents, archive: Archive) -> Iterator[Member]:
    """The sheet of Art. 15(1), the list of what is withheld, and the list of sources."""
    sheet = explanation(contents, archive)
    yield Member(
        path="1-toelichting/toelichting.html",
        media_type="text/html",
        chunks=page("explanation.html", contents, "../", sheet=sheet),
    )
    yield _json("1-toelichting/toelichting.json", sheet)
    yield Member(
        path="niet-verstrekt.html",
        media_type="text/html",
        chunks=page("withheld.html", contents, "", groups=_withheld_groups(contents)),
    )
    yield Member(
        path="niet-verstrekt.json",
        media_type="application/json",
        chunks=joined(_withheld_lines(contents)),
    )
    yield _json("bronnen.json", _sources(contents))


def _json(path: str, document: object) -> Member:
    chunks = (orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE),)
    return Member(path=path, media_type="application/json", chunks=chunks, size=len(chunks[0]))


def explanation(contents: PackageContents, archive: Archive) -> dict[str, object]:
    """The facts of Art. 15(1) and (2) per source, for the page and the JSON alike."""
    controller = contents.register.controller
    language = contents.language
    return {
        "reference": contents.reference,
        "language": language,
        "controller": {
            "name": controller.name,
            "address": controller.address,
            "phone": controller.phone,
            "email": controller.email,
            "officer": controller.officer,
            "complaints_officer": controller.complaints_officer,
            "complaints_body": controller.complaints_body.in_(language),
        },
        "supervisor": "Autoriteit Persoonsgegevens, autoriteitpersoonsgegevens.nl",
        "sources": [_source_sheet(contents, archive, source) for source in contents.sources],
    }


def _source_sheet(contents: PackageContents, archive: Archive, source: Source) -> dict[str, object]:
    system = contents.register.system(source.system)
    return {
        "system": system.id,
        "name": system.name.in_(contents.language),
        "processor": system.kept_by,
        "datasets": [dataset.name.in_(contents.language) for dataset in system.datasets],
        "purposes": [
            _purpose_sheet(contents.register.purpose(purpose), contents.language)
            for purpose in _purposes(system)
        ],
        "kept": kept_sheets(contents, source.system, archive.systems[source.system]),
    }


def _purposes(system: System) -> tuple[str, ...]:
    return tuple(dict.fromkeys(dataset.purpose for dataset in system.datasets))


def _purpose_sheet(purpose: Purpose, language: str) -> dict[str, object]:
    return {
        "id": purpose.id,
        "name": purpose.name.in_(language),
        "basis": purpose.basis_words.in_(language) or purpose.basis,
        "article9": purpose.article9_told,
        "subjects": purpose.subjects.in_(language),
        "categories": purpose.categories.in_(language),
        "recipients": [
            {
                "name": recipient.name,
                "role": recipient.role.in_(language),
                "country": recipient.country,
                "safeguard": recipient.safeguard.in_(language),
            }
            for recipient in purpose.recipients
        ],
        "source": purpose.source.in_(language),
        "retention": purpose.retention.in_(language),
        "rights": list(purpose.rights),
        "automated_decisions": purpose.automated_decisions.in_(language),
        "data_kept": purpose.data_kept,
    }


def _sources(contents: PackageContents) -> dict[str, object]:
    return {
        "reference": contents.reference,
        "sources": [_source(contents, source) for source in contents.sources],
    }


def _source(contents: PackageContents, source: Source) -> dict[str, object]:
    searched = source.searched_at.isoformat() if source.searched_at else None
    return {
        "system": source.system,
        "folder": source.folder,
        "name": {"nl": source.name.nl, "en": source.name.en},
        "outcome": str(source.outcome),
        "searched_at": searched,
        "searched_by": list(source.identifiers),
        "found": source.found,
        "released": source.released,
        "withheld": source.withheld,
        "datasets": [
            {
                "dataset": count.dataset,
                "name": _dataset_name(contents, source.system, count.dataset),
                "found": count.found,
                "released": count.released,
                "withheld": count.withheld,
            }
            for count in source.counts
        ],
        "connector": {"name": source.connector, "version": source.connector_version},
        "words": source.words,
    }


def _dataset_name(contents: PackageContents, system: str, dataset: str) -> str:
    return contents.register.system(system).dataset(dataset).name.in_(contents.language)


@dataclass
class _WithheldGroup:
    """Things alike, counted together for the page."""

    system: str
    dataset: str
    partly: bool
    why: str
    article: str
    words: str
    count: int = 0


def _withheld_groups(contents: PackageContents) -> list[_WithheldGroup]:
    language = contents.language
    groups: dict[object, _WithheldGroup] = {}
    for item in contents.withheld():
        key = (item.system, item.dataset, item.reason, item.medical_file, item.partly, item.words)
        if key not in groups:
            groups[key] = _WithheldGroup(
                system=contents.register.system(item.system).name.in_(language),
                dataset=_dataset_name(contents, item.system, item.dataset),
                partly=item.partly,
                why=item.ground.why.in_(language),
                article=item.ground.article.in_(language),
                words=item.words,
            )
        groups[key].count += item.count
    return list(groups.values())


def withheld_count(contents: PackageContents) -> int:
    """How many things are withheld, whole or in part."""
    return sum(item.count for item in contents.withheld())


def _withheld_lines(contents: PackageContents) -> Iterator[bytes]:
    yield orjson.dumps({"reference": contents.reference})[:-1] + b',"withheld":[\n'
    for place, item in enumerate(contents.withheld()):
        line = orjson.dumps(_withheld(item, contents.language))
        yield (b",\n" if place else b"") + line
    yield b"\n]}\n"


def _withheld(item: WithheldItem, language: str) -> dict[str, object]:
    return {
        "system": item.system,
        "dataset": item.dataset,
        "count": item.count,
        "number": item.number,
        "partly": item.partly,
        "reason": str(item.reason),
        "why": item.ground.why.in_(language),
        "article": item.ground.article.in_(language),
        "words": item.words,
    }
