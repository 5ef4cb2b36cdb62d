"""The vault as a folder: one file a blob, readable only by the account that runs the product."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from dsr.vault.store import MissingBlob, StoreTrouble, checked_name, probe

#: A temporary file begins with a dot, which no blob's name may.
_TEMPORARY = ".part-"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class LocalStore:
    """Blobs as files of mode 0600 below `folder`, in folders of mode 0700."""

    folder: Path

    def write(self, name: str, chunks: Iterable[bytes]) -> int:
        """Write beside the final place, flush to disk, then rename: all or nothing."""
        final = self._path(name)
        _make_folder(final.parent)
        part = final.parent / f"{_TEMPORARY}{secrets.token_hex(8)}"
        try:
            written = _write_file(part, chunks)
            with _in_words():
                part.replace(final)
                _flush_folder(final.parent)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        return written

    def read(self, name: str, start: int, length: int) -> bytes:
        """Bytes from `start`, fewer than `length` only at the end."""
        with _in_words(), _opened(self._path(name)) as descriptor:
            return _read_all(descriptor, start, length)

    def size(self, name: str) -> int:
        """Bytes of the file."""
        with _in_words():
            found = self._path(name).lstat()
        if not stat.S_ISREG(found.st_mode):
            raise MissingBlob
        return found.st_size

    def delete(self, name: str) -> None:
        """Remove the file, and flush its folder so that it stays removed."""
        path = self._path(name)
        with suppress(MissingBlob), _in_words():
            path.unlink()
            _flush_folder(path.parent)

    def names(self, prefix: str) -> Iterator[str]:
        """Names that begin with the prefix, in order."""
        below = prefix.rpartition("/")[0]
        top = self._path(below) if below else self.folder
        found = (path.relative_to(self.folder).as_posix() for path in _files(top))
        yield from sorted(name for name in found if name.startswith(prefix))

    def sweep(self, older_than: timedelta) -> int:
        """Remove temporary files not written to for that long; a running write stays."""
        before = time.time() - older_than.total_seconds()
        swept = 0
        for part in self.folder.rglob(f"{_TEMPORARY}*"):
            # A write that ends just now takes its own part away.
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < before:
                    part.unlink()
                    swept += 1
        return swept

    def check(self) -> None:
        """Write, read and delete a probe; VaultError says in words what is wrong."""
        probe(self)

    def _path(self, name: str) -> Path:
        return self.folder / checked_name(name)


def _make_folder(folder: Path) -> None:
    """Make the folder and what is missing above it, private each (mkdir's own `parents` is not)."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with _in_words(), suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        _flush_folder(folder.parent)


def _write_file(part: Path, chunks: Iterable[bytes]) -> int:
    """Only our own disk's errors become words: those of the source pass through as they are."""
    with _in_words():
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        written = 0
        for chunk in chunks:
            with _in_words():
                _write_all(descriptor, chunk)
            written += len(chunk)
        with _in_words():
            os.fsync(descriptor)
        return written
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _read_all(descriptor: int, start: int, length: int) -> bytes:
    pieces = []
    while length > 0 and (piece := os.pread(descriptor, length, start)):
        pieces.append(piece)
        start, length = start + len(piece), length - len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    with _opened(folder) as descriptor:
        os.fsync(descriptor)


def _files(top: Path) -> Iterator[Path]:
    for folder, _, files in os.walk(top):
        yield from (Path(folder, file) for file in files if not file.startswith("."))


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn an error of the disk into one that says what to do; the path stays out of it."""
    try:
        yield
    except FileNotFoundError:
        raise MissingBlob from None
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreTrouble(
                "the disk of the vault is full: make room or move the vault, then try again."
                " The blob that was being written is not kept; all others are whole."
            ) from None
        raise StoreTrouble(
            f"The vault's folder cannot be used ({os.strerror(error.errno or 0)}): the account"
            " that runs this must own it and be able to write in it."
        ) from None
