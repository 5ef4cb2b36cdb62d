"""What a place for sealed blobs must do, and how it fails."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Protocol

from dsr.core.errors import TryAgain, VaultError

_SEGMENT = r"[a-z0-9_-][a-z0-9_.-]*"
_NAME = re.compile(rf"{_SEGMENT}(/{_SEGMENT})*")
_LONGEST_NAME = 512
_LONGEST_SEGMENT = 200


class MissingBlob(VaultError):
    """This blob is not in the vault: it was deleted or never finished."""


class StoreTrouble(VaultError, TryAgain):
    """The vault's store is full or does not answer; nothing is lost, the call may be repeated."""


class BlobStore(Protocol):
    """Named blobs. A name appears only when its last byte is safe; it is written as a whole."""

    def write(self, name: str, chunks: Iterable[bytes]) -> int:
        """Store the chunks under the name, all or nothing; the number of bytes written."""

    def read(self, name: str, start: int, length: int) -> bytes:
        """Bytes from `start`; fewer than `length` only at the end. MissingBlob if not there."""

    def size(self, name: str) -> int:
        """Bytes of the blob as stored. MissingBlob if not there."""

    def delete(self, name: str) -> None:
        """Remove the blob; one that is not there is fine."""

    def names(self, prefix: str) -> Iterator[str]:
        """Names that begin with the prefix, in order."""

    def sweep(self, older_than: timedelta) -> int:
        """Remove what interrupted writes left behind, when that old; how many there were."""

    def check(self) -> None:
        """Write, read and delete a probe; VaultError says in words what is wrong."""


def checked_name(name: str) -> str:
    """The name itself, or VaultError: segments of a-z 0-9 _ . - between slashes, none hidden."""
    too_long = len(name) > _LONGEST_NAME or max(map(len, name.split("/"))) > _LONGEST_SEGMENT
    if too_long or not _NAME.fullmatch(name):
        raise VaultError(
            "A blob's name has segments of a-z, 0-9, _, . and - between slashes, no segment begins"
            f" with a dot, and {_LONGEST_NAME} characters are the most."
        )
    return name


def probe(store: BlobStore) -> None:
    """Write, read back and delete a small blob; VaultError when anything of it goes wrong."""
    name, text = f"probe/{secrets.token_hex(8)}", secrets.token_bytes(16)
    store.write(name, [text])
    try:
        if store.read(name, 0, len(text) + 1) != text:
            raise VaultError("The vault does not give back what was written: check the store.")
    finally:
        store.delete(name)
