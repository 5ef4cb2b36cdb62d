"""Publishing the ends of the log: signed, and outside the database that could be changed."""

from __future__ import annotations

import json
import os
from datetime import UTC
from pathlib import Path

from dsr.db import events
from dsr.services.house import House
from dsr.vault.signing import sign_head, signing_key_from_text


def publish(house: House, known: dict[str, int]) -> int:
    """Append a signed head for every chain that grew since `known`; how many were written.

    The line is on the disk before this returns. `known` is brought up to date.
    """
    if not house.settings.signing_key:
        return 0
    key = signing_key_from_text(house.settings.signing_key)
    with house.reading() as session:
        grown = [head for head in events.heads(session) if head.seq > known.get(head.practice, 0)]
    at = house.office.now().astimezone(UTC).isoformat(timespec="seconds")
    lines = [sign_head(key, head.practice, head.seq, head.row_hash, at) for head in grown]
    if lines:
        _append(path_of(house), "".join(json.dumps(line) + "\n" for line in lines))
    known.update({head.practice: head.seq for head in grown})
    return len(lines)


def path_of(house: House) -> Path:
    """Where the heads lie."""
    return house.settings.folder / "heads" / "heads.jsonl"


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
