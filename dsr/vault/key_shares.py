"""The second half of every data key, outside the database and its backup.

The database keeps a data key wrapped, and what is wrapped is the key XOR a random share of the
same length (a one-time pad). The share stands in one slot of one file here and nowhere else:
whoever overwrites it has destroyed the key in every backup of the database too, whatever key ring
they hold (T73). One file of fixed slots, so that a new key costs one flush to the disk.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dsr.core.errors import Shredded, VaultError
from dsr.vault.keys import KEY_BYTES
from dsr.vault.private_files import in_words, make_folder, opened

FILE = "shares.bin"
_TAG = 16
_SLOT = _TAG + KEY_BYTES
_GONE = bytes(KEY_BYTES)


@dataclass(frozen=True)
class KeyShares:
    """Shares by slot; each slot names whose share it holds by a hash of the key's id."""

    folder: Path

    def new(self, key_id: str) -> tuple[int, bytes]:
        """A fresh share, on the disk before this returns: its slot and its bytes."""
        share = secrets.token_bytes(KEY_BYTES)
        with in_words("ledger"), self._open() as descriptor:
            with _locked(descriptor):
                slot = -(-os.fstat(descriptor).st_size // _SLOT)
                os.pwrite(descriptor, _tag(key_id) + share, slot * _SLOT)
            os.fdatasync(descriptor)
        return slot, share

    def read(self, slot: int, key_id: str) -> bytes:
        """The share in a slot; `Shredded` when it was destroyed."""
        try:
            with opened(self.folder / FILE, os.O_RDONLY) as descriptor:
                found = os.pread(descriptor, _SLOT, slot * _SLOT)
        except FileNotFoundError:
            found = b""
        if found[:_TAG] != _tag(key_id) or len(found) != _SLOT:
            raise VaultError(
                "The share of a data key is not in the ledger folder: it is not the folder of this"
                " database. Put back the copy that you keep of it."
            )
        if found[_TAG:] == _GONE:
            raise Shredded
        return found[_TAG:]

    def destroy(self, slot: int, key_id: str) -> None:
        """Overwrite a share, flushed to the disk; one that is gone is fine."""
        try:
            self.read(slot, key_id)
        except Shredded:
            return
        with in_words("ledger"), self._open() as descriptor:
            os.pwrite(descriptor, _GONE, slot * _SLOT + _TAG)
            os.fdatasync(descriptor)

    @contextmanager
    def _open(self) -> Iterator[int]:
        make_folder(self.folder)
        with opened(self.folder / FILE, os.O_RDWR | os.O_CREAT) as descriptor:
            yield descriptor


def joined(one: bytes, other: bytes) -> bytes:
    """The XOR of a key and its share: either gives the other back."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _tag(key_id: str) -> bytes:
    return sha256(key_id.encode()).digest()[:_TAG]
