"""Members of a package as a zip: a stream, with a manifest and the hash of every file."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time
from typing import Any

import orjson
from stream_zip import ZIP_32, ZIP_64, stream_zip

from dsr.core.package import PackageContents
from dsr.rendering.member import Member, Tally
from dsr.rendering.pdf import ATTACHMENT, decision_bytes
from dsr.rendering.squeeze import Squeezer

#: only what is surely smaller than this goes without the 64-bit fields
_SMALL = 1 << 31

ZipEntry = tuple[str, datetime, int, Any, Iterable[bytes]]


def zipped(contents: PackageContents, folder: str, members: Iterable[Member]) -> Iterator[bytes]:
    """The zip, chunk by chunk; all stands below `folder`, a dash and the reference."""
    writer = _Writer(contents, folder)
    yield from stream_zip(
        writer.entries(members), get_compressobj=writer.squeeze, extended_timestamps=False
    )


class _Writer:
    """Turns members into entries of the zip and remembers the hash of each."""

    def __init__(self, contents: PackageContents, folder: str) -> None:
        self._contents, self._folder = contents, folder
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
        path = f"{self._folder}-{self._contents.reference}/{member.path}"
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
