"""A file of the package before it is in the zip, and what the manifest says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Member:
    """`path` is relative to the package's folder; `chunks` are read once.

    `level` is 1 for what we wrote, 0 for what is squeezed already, None when we cannot know.
    """

    path: str
    media_type: str
    chunks: Iterable[bytes] = field(repr=False)
    source: str = ""
    size: int | None = None
    level: int | None = 1


@dataclass
class Tally:
    """Counts and hashes a member's bytes while they pass."""

    path: str
    media_type: str
    source: str
    size: int = 0

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256()

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks."""
        for chunk in chunks:
            self._hash.update(chunk)
            self.size += len(chunk)
            yield chunk

    @property
    def sha256(self) -> str:
        """The hash of all that has passed, in hex."""
        return self._hash.hexdigest()


def joined(pieces: Iterable[str | bytes], size: int = 1 << 16) -> Iterator[bytes]:
    """Small pieces gathered into chunks of about `size` bytes."""
    gathered: list[bytes] = []
    held = 0
    for piece in pieces:
        plain = piece.encode() if isinstance(piece, str) else piece
        gathered.append(plain)
        held += len(plain)
        if held >= size:
            yield b"".join(gathered)
            gathered, held = [], 0
    if gathered:
        yield b"".join(gathered)
