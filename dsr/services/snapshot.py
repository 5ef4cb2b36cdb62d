"""A snapshot of one dataset of one person: sealed straight into the vault, and read back."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import orjson

from dsr.core.connector import Item, ItemFile
from dsr.services import archive
from dsr.services.archive import ArchiveWriter
from dsr.services.office import Office
from dsr.vault.vault import Vault


def write(office: Office, key: bytes, place: tuple[str, str], items: Iterable[Item]) -> str:
    """Seal items as they come, one frame in memory; the blob's name. `place`: (folder, system)."""
    folder, system = place
    writer = ArchiveWriter(
        vault=office.vault, key=key, folder=folder, fence=0, next_piece=0, next_item=0
    )
    lines = (_line(office, writer, system, item) for item in items)
    return office.vault.put(f"{folder}/snapshot", key, _packed(lines)).name


def read(vault: Vault, key: bytes, blob: str) -> Iterator[tuple[Item, str]]:
    """The items of a snapshot with their keys; files are opened when they are asked for."""
    for line in _lines(vault.open(blob, key)):
        record = orjson.loads(line)
        yield _item(vault, key, record), str(record["key"])


def _line(office: Office, writer: ArchiveWriter, system: str, item: Item) -> bytes:
    writer.add(item, archive.item_key(office, system, item))
    return writer.lines.pop() + b"\n"


def _packed(lines: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1)
    for line in lines:
        if packed := packer.compress(line):
            yield packed
    yield packer.flush()


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    opener, rest = zlib.decompressobj(), b""
    for chunk in chunks:
        *whole, rest = (rest + opener.decompress(chunk)).split(b"\n")
        yield from whole
    yield from (line for line in (rest + opener.flush()).split(b"\n") if line)


def _item(vault: Vault, key: bytes, record: dict[str, Any]) -> Item:
    return Item(
        ref=record["ref"],
        dataset=record["dataset"],
        kind=record["kind"],
        data=record["data"],
        dates={name: _when(text) for name, text in record["dates"].items()},
        files=tuple(_file(vault, key, stored) for stored in record["files"]),
        about_subject=record["about"],
        restricted=record["restricted"],
        author=record["author"],
    )


def _file(vault: Vault, key: bytes, stored: dict[str, Any]) -> ItemFile:
    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield vault.open(stored["blob"], key)

    return ItemFile(
        name=stored["name"], media_type=stored["media_type"], open=opened, size=stored["size"]
    )


def _when(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
