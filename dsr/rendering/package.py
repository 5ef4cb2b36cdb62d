"""The package of an access answer as a stream of bytes (design 8): constant memory, same bytes
for the same contents, and no plaintext in any temporary file.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, time
from typing import Any

import orjson
from stream_zip import ZIP_32, ZIP_64, stream_zip

from dsr.core.package import PackageContents, PdfMaker
from dsr.core.request import Outcome
from dsr.rendering.archive import Archive
from dsr.rendering.dossier import Dossier
from dsr.rendering.member import Member, Tally
from dsr.rendering.package_law import law_members, withheld_count
from dsr.rendering.package_portable import access_log_members, portable_members
from dsr.rendering.package_source import source_members
from dsr.rendering.pages import page
from dsr.rendering.pdf import ATTACHMENT, RENDERED, decision_bytes
from dsr.rendering.squeeze import Squeezer

_UNFINISHED = (Outcome.BY_HAND, Outcome.FAILED, Outcome.PARTIAL, Outcome.SEVERAL_PEOPLE)
_README = {"nl": "LEES-MIJ-EERST.html", "en": "READ-ME-FIRST.html"}
#: only what is surely smaller than this goes without the 64-bit fields
_SMALL = 1 << 31

ZipEntry = tuple[str, datetime, int, Any, Iterable[bytes]]


def package_chunks(contents: PackageContents, pdf: PdfMaker = RENDERED) -> Iterator[bytes]:
    """The zip, chunk by chunk. `RenderingFailed` when a part of the dossier cannot be made."""
    with closing(Archive(contents)) as archive, closing(Dossier(contents, archive, pdf)) as dossier:
        writer = _Writer(contents)
        yield from stream_zip(
            writer.entries(_members(contents, archive, dossier)),
            get_compressobj=writer.squeeze,
            extended_timestamps=False,
        )


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
    yield from portable_members(contents, archive)


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
            unfinished=[s for s in contents.sources if s.outcome in _UNFINISHED],
            dossier_parts=dossier.names,
            other_page=_README[other],
            other_language=other,
        )
        yield Member(path=_README[language], media_type="text/html", chunks=chunks)


class _Writer:
    """Turns members into entries of the zip and remembers the hash of each."""

    def __init__(self, contents: PackageContents) -> None:
        self._contents = contents
        self._moment = datetime.combine(contents.answered, time(12), tzinfo=UTC)
        self._tallies: list[Tally] = []
        self._level: int | None = 1

    def squeeze(self) -> Any:
        """The compressor of the entry that was given last."""
        return Squeezer(self._level)

    def entries(self, members: Iterable[Member]) -> Iterator[ZipEntry]:
        """All entries, then the manifest, then the sums."""
        for member in members:
            yield self._entry(member)
        manifest = self._manifest()
        yield self._entry(_finished("manifest.json", "application/json", manifest))
        yield self._entry(_finished("SHA256SUMS", "text/plain", self._sums()))

    def _entry(self, member: Member) -> ZipEntry:
        tally = Tally(member.path, member.media_type, member.source)
        self._tallies.append(tally)
        self._level = member.level
        small = member.size is not None and member.size < _SMALL
        path = f"inzage-{self._contents.reference}/{member.path}"
        method: Any = ZIP_32 if small else ZIP_64
        return path, self._moment, stat.S_IFREG | 0o600, method, tally.watch(member.chunks)

    def _manifest(self) -> bytes:
        document = {
            "schema": "https://schema.privacybalie.example/manifest.schema.json",
            "reference": self._contents.reference,
            "made": self._contents.answered.isoformat(),
            "files": [self._listed(tally) for tally in self._tallies],
        }
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def _listed(self, tally: Tally) -> dict[str, object]:
        listed: dict[str, object] = {
            "path": tally.path,
            "sha256": tally.sha256,
            "bytes": tally.size,
            "media_type": tally.media_type,
        }
        if tally.source:
            listed["source"] = tally.source
        if tally.path == "brief.pdf":
            listed["embedded"] = [self._embedded()]
        return listed

    def _embedded(self) -> dict[str, object]:
        held = decision_bytes(self._contents.decision)
        digest = hashlib.sha256(held).hexdigest()
        return {"name": ATTACHMENT, "sha256": digest, "bytes": len(held)}

    def _sums(self) -> bytes:
        return "".join(f"{tally.sha256}  {tally.path}\n" for tally in self._tallies).encode()


def _finished(path: str, media_type: str, content: bytes) -> Member:
    return Member(path=path, media_type=media_type, chunks=(content,), size=len(content))
