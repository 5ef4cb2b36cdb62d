"""Small files that only the account which runs the product may read, and that survive a crash."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dsr.vault.store import StoreTrouble

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def make_folder(folder: Path) -> None:
    """Make a folder of mode 0700 and what is missing above it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with in_words(folder.name), suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        flush_folder(folder.parent)


@contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """A descriptor of a file of mode 0600; with `O_CREAT` its folder remembers a new file."""
    fresh = bool(flags & os.O_CREAT) and not path.exists()
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if fresh:
            flush_folder(path.parent)
        yield descriptor
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte from where the descriptor stands."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def flush_folder(folder: Path) -> None:
    """Let a folder remember its new names through a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def in_words(what: str) -> Iterator[None]:
    """Turn an error of the disk into one that says what to do; the path stays out of it."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreTrouble(
                f"The disk of the folder {what!r} is full: make room; the call may be repeated."
            ) from None
        raise StoreTrouble(
            f"The folder {what!r} cannot be used ({os.strerror(error.errno or 0)}): the account"
            " that runs this must own it and be able to write in it."
        ) from None
