"""Deflate for the entries of a zip, with blocks in it that were squeezed before.

The same items stand in `data.json` of a system and of the portable part. A block of them is
squeezed once, by itself and up to a whole byte, so that it fits into the middle of any entry.
"""

from __future__ import annotations

import zlib
from typing import Any

#: how much of a file is tried, and what must be left over at most for the rest to be worth it
_SAMPLE = 32 * 1024
_GAIN = 0.95


class Squeezed(bytes):
    """Plain bytes that know how they read squeezed."""

    deflated: bytes

    @classmethod
    def of(cls, plain: bytes, deflated: bytes) -> Squeezed:
        """These bytes with what `squeezed` made of them."""
        made = cls(plain)
        made.deflated = deflated
        return made


def squeezed(plain: bytes) -> bytes:
    """A block that stands by itself and ends on a whole byte, but does not end the entry."""
    deflate = _deflate(1)
    return deflate.compress(plain) + deflate.flush(zlib.Z_FULL_FLUSH)  # type: ignore[no-any-return]


class Squeezer:
    """What `stream_zip` asks of a compressor, for one entry.

    Level 0 stores; None looks at the first bytes and stores what hardly gets smaller.
    """

    def __init__(self, level: int | None) -> None:
        self._level = level
        self._open: Any = None

    def compress(self, chunk: bytes) -> bytes:
        """What can be written of the entry now."""
        if isinstance(chunk, Squeezed):
            return self._whole_byte() + chunk.deflated
        if self._open is None:
            if self._level is None:
                self._level = _level_for(chunk)
            self._open = _deflate(self._level)
        return self._open.compress(chunk)  # type: ignore[no-any-return]

    def flush(self) -> bytes:
        """The end of the entry."""
        if self._open is None:
            self._open = _deflate(1 if self._level is None else self._level)
        return self._open.flush()  # type: ignore[no-any-return]

    def _whole_byte(self) -> bytes:
        # What follows knows nothing of what came before, and the next plain chunk nothing of it.
        ended, self._open = self._open, None
        return b"" if ended is None else ended.flush(zlib.Z_FULL_FLUSH)


def _level_for(chunk: bytes) -> int:
    sample = chunk[:_SAMPLE]
    return 0 if len(zlib.compress(sample, 1)) > _GAIN * len(sample) else 1


def _deflate(level: int) -> Any:
    return zlib.compressobj(level=level, wbits=-zlib.MAX_WBITS)
