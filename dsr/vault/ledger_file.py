"""The erasure ledger: what was erased for good, in a file outside the database and its backup.

Whoever puts an older database back would otherwise bring erased people back with it (T73). Each
line carries the hash of the line before; a line is on the disk before the transaction that tells
of it commits. It holds keyed hashes and ids, never a reference of a system.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from dsr.core.chain import row_hash
from dsr.core.errors import VaultError
from dsr.vault.key_shares import KeyShares
from dsr.vault.private_files import in_words, make_folder, opened, write_all

FILE = "erasures.jsonl"
#: the hash before the first line
BEGIN = "0" * 64
_BLOCK = 64 * 1024


class Kind(StrEnum):
    """What a line says was done for good."""

    ERASED = "erased"  #: items of a system
    KEY_DESTROYED = "key_destroyed"
    CASE_PURGED = "case_purged"  #: what we ourselves kept of a request, and its key


class LedgerBroken(VaultError):
    """The erasure ledger was cut or changed; put back the copy that you keep of its folder."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line to be. `items` and `request` are keyed hashes, `operation` and `key` our own ids."""

    kind: Kind
    system: str = ""
    dataset: str = ""
    items: tuple[str, ...] = ()
    operation: str = ""
    request: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Line(Entry):
    """An entry as it stands in the file."""

    n: int
    at: str
    prev: str
    hash: str


@dataclass(frozen=True)
class End:
    """Where the ledger ends: the number and the hash of its last line."""

    number: int = 0
    row_hash: str = BEGIN


@dataclass(frozen=True)
class Ledger:
    """The ledger in `folder`, shared by all processes of a house; the key shares lie beside it."""

    folder: Path

    @property
    def shares(self) -> KeyShares:
        """The shares of the data keys."""
        return KeyShares(self.folder)

    def append(self, entries: Sequence[Entry], at: datetime) -> End:
        """Add lines and flush them to the disk; the new end.

        A line that a crash cut off was never committed: it is taken away first.
        """
        with self._locked() as descriptor:
            whole = _length_of_whole_lines(descriptor)
            os.ftruncate(descriptor, whole)
            end, text = self.end(), b""
            for entry in entries:
                end, line = _chained(end, entry, at)
                text += line
            os.lseek(descriptor, whole, os.SEEK_SET)
            write_all(descriptor, text)
            os.fsync(descriptor)
        return end

    def end(self) -> End:
        """Where it ends now; the begin when there is no line."""
        last = next(self.backwards(), None)
        return End() if last is None else End(last.n, last.hash)

    def backwards(self) -> Iterator[Line]:
        """The lines, newest first; what stands behind the last line break is no line."""
        for text in _backwards(self.folder / FILE):
            yield _parsed(text)

    def lines(self) -> Iterator[Line]:
        """The lines, oldest first, the chain checked; `LedgerBroken` names the first bad one."""
        before = End()
        for text in _forwards(self.folder / FILE):
            line = _parsed(text)
            if (line.n, line.prev) != (before.number + 1, before.row_hash) or not _fits(line):
                raise LedgerBroken(
                    f"The erasure ledger does not fit together at line {before.number + 1}: put"
                    " back the copy that you keep of its folder."
                )
            before = End(line.n, line.hash)
            yield line

    @contextmanager
    def _locked(self) -> Iterator[int]:
        make_folder(self.folder)
        path = self.folder / FILE
        flags = os.O_RDWR | os.O_CREAT
        with in_words("ledger"), opened(path, flags) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor


def _chained(end: End, entry: Entry, at: datetime) -> tuple[End, bytes]:
    body = _body(entry) | {
        "n": end.number + 1,
        "at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "prev": end.row_hash,
    }
    found = row_hash(bytes.fromhex(end.row_hash), body).hex()
    line = json.dumps({**body, "hash": found}, separators=(",", ":")).encode() + b"\n"
    return End(end.number + 1, found), line


def _body(entry: Entry) -> dict[str, object]:
    values = {one.name: getattr(entry, one.name) for one in fields(Entry)}
    return {**values, "kind": entry.kind.value, "items": list(entry.items)}


def _fits(line: Line) -> bool:
    body = {**_body(line), "n": line.n, "at": line.at, "prev": line.prev}
    return row_hash(bytes.fromhex(line.prev), body).hex() == line.hash


def _parsed(text: bytes) -> Line:
    try:
        values: Mapping[str, object] = json.loads(text)
        made = Line(**{**values, "kind": Kind(values["kind"]), "items": tuple(values["items"])})  # type: ignore[arg-type]  # JSON: checked by the hash
    except (ValueError, TypeError, KeyError):
        raise LedgerBroken from None
    return made


def _length_of_whole_lines(descriptor: int) -> int:
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _backwards(path: Path) -> Iterator[bytes]:
    try:
        with opened(path, os.O_RDONLY) as descriptor:
            place, rest = _length_of_whole_lines(descriptor), b""
            while place > 0:
                start = max(0, place - _BLOCK)
                rest = os.pread(descriptor, place - start, start) + rest
                first, *whole = rest.split(b"\n")
                yield from (line for line in reversed(whole) if line)
                place, rest = start, first
            if rest:
                yield rest
    except FileNotFoundError:
        return


def _forwards(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as lines:
            yield from (line for line in lines if line.endswith(b"\n"))
    except FileNotFoundError:
        return
