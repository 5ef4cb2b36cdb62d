"""The vault: plaintext in, sealed frames at rest, plaintext out from any byte on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from dsr.vault.frames import Source, decrypt, encrypt, plain_size
from dsr.vault.store import BlobStore


@dataclass(frozen=True)
class Sealed:
    """What was put: its name, the size of the plaintext in bytes and its SHA-256 in hex."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Vault:
    """Blobs sealed under the data key of their request; the name is part of the seal."""

    store: BlobStore

    def put(self, name: str, data_key: bytes, chunks: Iterable[bytes]) -> Sealed:
        """Seal and store as a whole or not at all, with one frame in memory."""
        meter = _Meter()
        self.store.write(name, encrypt(meter.passing(chunks), data_key, name))
        return Sealed(name, meter.count, meter.hash.hexdigest())

    def open(
        self, name: str, data_key: bytes, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        """The plaintext from `start` up to, not including, `end`, a frame at a time.

        A missing or cut blob and a wrong key raise VaultError here, before the first byte.
        """
        source = Source(partial(self.store.read, name), self.store.size(name))
        return decrypt(source, data_key, name, start, end)

    def read(self, name: str, data_key: bytes) -> bytes:
        """The whole plaintext in memory: for small blobs."""
        return b"".join(self.open(name, data_key))

    def size(self, name: str) -> int:
        """Bytes of plaintext, from the stored size; `open` proves that nothing was cut."""
        return plain_size(self.store.size(name))

    def delete(self, name: str) -> None:
        """Remove the blob; one that is not there is fine."""
        self.store.delete(name)


class _Meter:
    """Counts and hashes the plaintext on its way."""

    def __init__(self) -> None:
        self.count = 0
        self.hash = sha256()

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.count += len(chunk)
            self.hash.update(chunk)
            yield chunk
