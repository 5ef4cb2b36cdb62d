"""What was found: sealed pieces in the vault, written page by page, read back page by page."""

from __future__ import annotations

import base64
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy.orm import Session

from dsr.core.connector import Item
from dsr.core.errors import BadAnswer
from dsr.db import steps
from dsr.db.columns import new_id
from dsr.db.steps import Segment, Step
from dsr.services.office import Office
from dsr.vault.fields import seal_json, unseal_json
from dsr.vault.vault import Vault

#: plain bytes of records after which a piece is sealed
PIECE = 1024 * 1024
LARGEST_FILE = 2 * 1024**3
#: a piece with more kinds of things than this is counted by reading it
MOST_KINDS = 200

Record = dict[str, Any]
#: how many items there are of each (dataset, kind, about the person or not)
Tally = Counter[tuple[str, str, bool]]


@dataclass(kw_only=True)
class ArchiveWriter:
    """Collects records of one step and seals them in pieces.

    A piece is stored before the transaction that names it commits; a piece nobody names is
    swept later. Names carry the fence, so two workers never write the same blob.
    """

    vault: Vault
    key: bytes = field(repr=False)
    folder: str
    fence: int
    next_piece: int
    next_item: int
    lines: list[bytes] = field(default_factory=list, repr=False)
    waiting: int = 0
    datasets: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Counter, repr=False)

    def add(self, item: Item, item_key: str, *, at_receipt: bool = False) -> None:
        """Add one item; its files are streamed into the vault at once.

        `at_receipt` marks what was kept when the request came in and was gone when it was searched.
        """
        record: Record = {
            "n": self.next_item + len(self.lines),
            "key": item_key,
            "ref": item.ref,
            "dataset": item.dataset,
            "kind": item.kind,
            "data": item.data,
            "dates": {name: _when(value) for name, value in item.dates.items()},
            "about": item.about_subject,
            "restricted": item.restricted,
            "author": item.author,
            "files": [self._store(n, item) for n in range(len(item.files))],
        }
        if at_receipt:
            record["at_receipt"] = True
        if item.fleeting:
            record["fleeting"] = list(item.fleeting)
        line = _line_of(record)
        self.lines.append(line)
        self.waiting += len(line)
        self.datasets[item.dataset] += 1
        self.tally[item.dataset, item.kind, item.about_subject] += 1

    @property
    def full(self) -> bool:
        """Whether the piece should be sealed now."""
        return self.waiting >= PIECE

    def seal(self, step_id: str) -> Segment | None:
        """Seal what waits as the next piece; None when nothing waits."""
        if not self.lines:
            return None
        blob = f"{self.folder}/{self.next_piece:06d}-{self.fence}"
        packed = zlib.compress(b"\n".join(self.lines), 1)
        sealed = self.vault.put(blob, self.key, [packed])
        piece = Segment(
            id=new_id(),
            step_id=step_id,
            number=self.next_piece,
            datasets=_sealed_tally(self.key, blob, self.tally),
            first=self.next_item,
            count=len(self.lines),
            blob=blob,
            bytes=sealed.bytes,
            sha256=sealed.sha256,
        )
        self.next_piece += 1
        self.next_item += len(self.lines)
        self.lines, self.waiting = [], 0
        self.datasets, self.tally = Counter(), Counter()
        return piece

    def _store(self, number: int, item: Item) -> Record:
        file = item.files[number]
        blob = f"{self.folder}/f-{new_id()}"
        with file.open() as chunks:
            sealed = self.vault.put(blob, self.key, _capped(chunks))
        return {
            "blob": blob,
            "name": file.name,
            "media_type": file.media_type,
            "size": sealed.bytes,
            "sha256": sealed.sha256,
        }


def folder_of(step: Step) -> str:
    """Where the archive of a step lies in the vault; ids only, no personal data."""
    return f"requests/{step.request_id}/{step.system}/{step.run}"


def records(
    session: Session, vault: Vault, key: bytes, step: Step, first: int = 0
) -> Iterator[Record]:
    """The records of a step from item number `first` on, streamed piece by piece."""
    yield from records_in(vault, key, steps.segments_of(session, step.id), first)


def records_in(
    vault: Vault, key: bytes, pieces: Iterable[Segment], first: int = 0
) -> Iterator[Record]:
    """The records of these pieces from item number `first` on; a piece at a time in memory."""
    for piece in pieces:
        if piece.first + piece.count <= first:
            continue
        for line in _lines(vault, key, piece):
            record: Record = orjson.loads(line)
            if record["n"] >= first:
                yield record


def file_bytes(vault: Vault, key: bytes, stored: Record) -> Iterator[bytes]:
    """The bytes of a stored file, streamed."""
    return vault.open(stored["blob"], key)


def tally_of(vault: Vault, key: bytes, piece: Segment) -> Tally:
    """What a piece holds, counted: as it was noted when it was sealed, or else by reading it."""
    sealed = piece.datasets.get("sealed")
    if sealed is None:
        return Counter(
            (record["dataset"], record["kind"], record["about"])
            for record in records_in(vault, key, [piece])
        )
    noted = unseal_json(key, _place_of_tally(piece.blob), base64.b64decode(sealed))
    return Counter({(dataset, kind, about): count for dataset, kind, about, count in noted})


def _sealed_tally(key: bytes, blob: str, tally: Tally) -> dict[str, str]:
    # Sealed like the piece itself: a kind is a system's own word, and may tell of the person.
    if len(tally) > MOST_KINDS:
        return {}
    noted = [[*what, count] for what, count in tally.items()]
    return {"sealed": base64.b64encode(seal_json(key, _place_of_tally(blob), noted)).decode()}


def _place_of_tally(blob: str) -> tuple[str, str, str]:
    return ("segments", "datasets", blob)


def item_key(office: Office, system: str, item: Item) -> str:
    """A keyed hash of where an item lies, stable over searches, meaning nothing to others."""
    return office.hash("item", system, item.dataset, item.ref)


def _line_of(record: Record) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError:  # too deep, half a character, a number beyond 64 bits
        raise BadAnswer("An item of this system cannot be kept as JSON; search again.") from None


def _lines(vault: Vault, key: bytes, piece: Segment) -> list[bytes]:
    packed = vault.read(piece.blob, key)
    if sha256(packed).hexdigest() != piece.sha256:
        raise BadAnswer(
            "A piece of the archive is not the one that was stored; search again.", from_start=True
        )
    return zlib.decompress(packed).split(b"\n")


def _capped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > LARGEST_FILE:
            raise BadAnswer("A file in this system is larger than 2 GB; collect it by hand.")
        yield chunk


def _when(value: Any) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
