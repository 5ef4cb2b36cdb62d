"""A temporary file that holds no plaintext and has no name (T80).

Records are sealed under a key that lives only in this object's memory; the file is unlinked
before its first byte, so a crash leaves nothing to find.
"""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterator
from types import TracebackType

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class SealedSpool:
    """Records of bytes, appended once and read any number of times, in any order and thread.

    A record costs two system calls and eight bytes of memory, so put much into each.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (closed by `close`)
        self._seal = AESGCM(AESGCM.generate_key(256))
        self._starts = array("Q", [0])

    def __enter__(self) -> SealedSpool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def append(self, record: bytes) -> int:
        """Seal a record; the number it is read by."""
        number, start = len(self), self._starts[-1]
        rest = memoryview(self._seal.encrypt(_nonce(number), record, None))
        self._starts.append(start + len(rest))
        while rest:
            written = os.pwrite(self._file.fileno(), rest, start)
            rest, start = rest[written:], start + written
        return number

    def read(self, number: int) -> bytes:
        """One record."""
        start, end = self._starts[number], self._starts[number + 1]
        sealed = os.pread(self._file.fileno(), end - start, start)
        return self._seal.decrypt(_nonce(number), sealed, None)

    def __iter__(self) -> Iterator[bytes]:
        return (self.read(number) for number in range(len(self)))

    def close(self) -> None:
        """Give the disk its place back; the key is gone with this object."""
        self._file.close()


def _nonce(number: int) -> bytes:
    """Unique under this spool's own key: each record is sealed once."""
    return number.to_bytes(12, "big")
