"""A blob as a row of sealed frames (the STREAM construction), readable from any byte on.

Layout: header of 16 bytes (magic, version, frame size, random prefix), then frames of 256 KiB
plaintext, each with its tag. Nonce = prefix | counter | last flag; every frame is bound to the
header and the blob's name. So a cut, re-ordered, swapped or renamed blob does not open.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dsr.core.errors import VaultError
from dsr.vault.keys import KEY_BYTES

FRAME = 256 * 1024
TAG = 16
_HEADER = struct.Struct(">4sBI7s")
HEADER_BYTES = _HEADER.size
_MAGIC = b"DSRF"
_VERSION = 1
_MOST_FRAMES = 2**32
#: Frames fetched at once: an object store answers slowly, so ask for 4 MiB, not for 256 KiB.
_FRAMES_AT_ONCE = 16


@dataclass(frozen=True)
class Source:
    """Where sealed bytes come from: `read(start, length)`, and how many there are."""

    read: Callable[[int, int], bytes]
    size: int


def encrypt(chunks: Iterable[bytes], data_key: bytes, name: str) -> Iterator[bytes]:
    """The header, then one sealed frame at a time; holds one frame in memory."""
    prefix = secrets.token_bytes(7)
    header = _HEADER.pack(_MAGIC, _VERSION, FRAME, prefix)
    cipher = _Cipher.made(data_key, header, name)
    yield header
    for index, (plain, is_last) in enumerate(_framed(chunks)):
        yield cipher.seal(plain, index, is_last=is_last)


def decrypt(
    source: Source, data_key: bytes, name: str, start: int = 0, end: int | None = None
) -> Iterator[bytes]:
    """The plaintext from `start` up to, not including, `end`, in whole frames trimmed at the ends.

    The header and the last frame are checked before this returns: a cut blob gives VaultError
    and not one byte. Other changed frames raise where they are met.
    """
    if start < 0 or (end is not None and end < 0):
        raise VaultError("A range in a blob counts from its first byte and is never negative.")
    total = plain_size(source.size)
    cipher = _Cipher.made(data_key, _header(source), name)
    reader = _Reader(source, cipher, frames=_frame_count(source.size))
    last = next(reader.plain(reader.frames - 1, reader.frames))
    return _ranged(reader, last, start, total if end is None else min(end, total))


def plain_size(cipher_size: int) -> int:
    """Bytes of plaintext in a blob of this size; VaultError when no blob can have this size."""
    body = cipher_size - HEADER_BYTES
    count = _frame_count(cipher_size)
    in_last = body - (count - 1) * (FRAME + TAG) - TAG
    if in_last < 0 or (in_last == 0 and count > 1):
        raise VaultError(_CUT)
    return body - count * TAG


_CUT = "A blob was cut or changed in the vault: restore it from a back-up or search again."


def _frame_count(cipher_size: int) -> int:
    return max(1, -(-(cipher_size - HEADER_BYTES) // (FRAME + TAG)))


def _framed(chunks: Iterable[bytes]) -> Iterator[tuple[bytearray, bool]]:
    """Pieces of exactly FRAME bytes and a last one, which is empty only for an empty blob."""
    held = bytearray()
    for chunk in chunks:
        rest = memoryview(chunk)
        while rest:
            if len(held) == FRAME:
                yield held, False
                held.clear()
            room = FRAME - len(held)
            held += rest[:room]
            rest = rest[room:]
    yield held, True


def _header(source: Source) -> bytes:
    header = source.read(0, HEADER_BYTES)
    if len(header) != HEADER_BYTES:
        raise VaultError(_CUT)
    magic, version, frame, _ = _HEADER.unpack(header)
    if (magic, version, frame) != (_MAGIC, _VERSION, FRAME):
        raise VaultError("This is not a sealed blob of this version, or its head was changed.")
    return header


def _ranged(reader: _Reader, last: bytes, start: int, end: int) -> Iterator[bytes]:
    if start >= end:
        return
    first, stop = start // FRAME, -(-end // FRAME)
    at = first * FRAME
    for plain in reader.plain(first, stop, known_last=last):
        yield plain[max(0, start - at) : end - at]
        at += len(plain)


@dataclass(frozen=True)
class _Reader:
    source: Source
    cipher: _Cipher
    frames: int

    def plain(self, first: int, stop: int, known_last: bytes | None = None) -> Iterator[bytes]:
        """Opened frames `first` to `stop`; the last of the blob is not fetched twice."""
        upto = min(stop, self.frames - 1) if known_last is not None else stop
        for group in range(first, upto, _FRAMES_AT_ONCE):
            yield from self._group(group, min(group + _FRAMES_AT_ONCE, upto))
        if known_last is not None and stop == self.frames:
            yield known_last

    def _group(self, first: int, stop: int) -> Iterator[bytes]:
        begin = HEADER_BYTES + first * (FRAME + TAG)
        length = min((stop - first) * (FRAME + TAG), self.source.size - begin)
        sealed = memoryview(self.source.read(begin, length))
        if len(sealed) != length:
            raise VaultError(_CUT)
        for index in range(first, stop):
            at = (index - first) * (FRAME + TAG)
            box = sealed[at : at + FRAME + TAG]
            yield self.cipher.open(box, index, is_last=index == self.frames - 1)


@dataclass(frozen=True)
class _Cipher:
    """Seals and opens the frames of one blob."""

    gcm: AESGCM
    prefix: bytes
    aad: bytes

    @classmethod
    def made(cls, data_key: bytes, header: bytes, name: str) -> _Cipher:
        if len(data_key) != KEY_BYTES:
            raise VaultError(f"A data key has {KEY_BYTES} bytes, not {len(data_key)}.")
        prefix = header[-7:]
        # A key of its own for each blob: nonces of blobs and of sealed fields can never meet.
        hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=prefix, info=b"dsr frames v1")
        return cls(AESGCM(hkdf.derive(data_key)), prefix, header + name.encode())

    def seal(self, plain: bytes | bytearray, index: int, *, is_last: bool) -> bytes:
        return self.gcm.encrypt(self._nonce(index, is_last=is_last), plain, self.aad)

    def open(self, sealed: bytes | memoryview, index: int, *, is_last: bool) -> bytes:
        try:
            return self.gcm.decrypt(self._nonce(index, is_last=is_last), sealed, self.aad)
        except InvalidTag:
            raise VaultError(
                "A blob does not open: it was cut, changed or renamed in the vault, or the key is"
                " another. Restore it from a back-up or search again."
            ) from None

    def _nonce(self, index: int, *, is_last: bool) -> bytes:
        if index >= _MOST_FRAMES:
            raise VaultError("A blob of more than a pebibyte does not fit in the vault.")
        return self.prefix + index.to_bytes(4, "big") + bytes((is_last,))
