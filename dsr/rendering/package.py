"""The package of an access answer as a stream of bytes (design 8): constant memory, same bytes
for the same contents, and no plaintext in any temporary file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from dsr.core.package import PackageContents, PdfMaker
from dsr.core.request import UNFINISHED
from dsr.rendering.archive import Archive
from dsr.rendering.dossier import Dossier
from dsr.rendering.member import Member
from dsr.rendering.package_law import law_members, withheld_count
from dsr.rendering.package_portable import (
    ELECTRONIC_COPY,
    access_log_members,
    electronic_copy_members,
)
from dsr.rendering.package_source import source_members
from dsr.rendering.pages import page
from dsr.rendering.pdf import RENDERED
from dsr.rendering.portable_package import WITHIN, portable_members
from dsr.rendering.zipped import zipped

_README = {"nl": "LEES-MIJ-EERST.html", "en": "READ-ME-FIRST.html"}


def package_chunks(contents: PackageContents, pdf: PdfMaker = RENDERED) -> Iterator[bytes]:
    """The zip, chunk by chunk. `RenderingFailed` when a part of the dossier cannot be made."""
    with closing(Archive(contents)) as archive, closing(Dossier(contents, archive, pdf)) as dossier:
        yield from zipped(contents, "inzage", _members(contents, archive, dossier))


def _members(contents: PackageContents, archive: Archive, dossier: Dossier) -> Iterator[Member]:
    yield from _readmes(contents, archive, dossier)
    yield Member(
        path="brief.pdf",
        media_type="application/pdf",
        chunks=(contents.letter_pdf,),
        size=len(contents.letter_pdf),
        level=0,
    )
    yield from law_members(contents, archive)
    for source in contents.sources:
        yield from source_members(contents, archive, source)
    yield from access_log_members(contents, archive)
    yield from dossier.members()
    yield from electronic_copy_members(contents, archive)
    yield from portable_members(contents, archive, WITHIN)


def _readmes(contents: PackageContents, archive: Archive, dossier: Dossier) -> Iterator[Member]:
    for language, other in (("nl", "en"), ("en", "nl")):
        chunks = page(
            "readme.html",
            contents,
            "",
            language=language,
            released=sum(index.released for index in archive.systems.values()),
            looked=len(archive.access_log),
            withheld=withheld_count(contents),
            unfinished=[s for s in contents.sources if s.outcome in UNFINISHED],
            dossier_parts=dossier.names,
            electronic_copy=ELECTRONIC_COPY if len(archive.fhir) else "",
            this_page=_README[language],
            other_page=_README[other],
            other_language=other,
        )
        yield Member(path=_README[language], media_type="text/html", chunks=chunks)
