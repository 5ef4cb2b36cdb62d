"""I5 and I9: a package holds its own person's records, all of them; canaries lie nowhere else."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from faults.checker.evidence import Evidence, Row, texts
from faults.checker.plans import Plans

#: identifiers that name one person in one of the systems
_MARK = re.compile(rb"c-(\d{5})\b|jans-(\d{5})\b|\bP(\d{6})\b|\b[nt]-(\d{5})-\d+\b|patient(\d{5})@")
_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: words that were found serve as canaries too: so many, of so many packages over the whole run
TEXTS_EACH, TEXTS_OF = 12, 20
#: references of systems in each batch of a plan serve as well
REFS_EACH = 5
#: so many blobs of the vault are read; the rest is as sealed as they are
BLOBS = 60


def i5(seen: Evidence) -> Iterator[str]:
    """No record of another subject in a package, none of one's own missing, every sum fits."""
    subs = {p["cognito_sub"].encode(): n for n, p in seen.people.items() if p["cognito_sub"]}
    for row in seen.tables["packages"]:
        person = seen.asked_by.get(row["request_id"])
        if row["destroyed_at"] is not None or person is None or row["sha256"] in seen.passed:
            continue
        named = f"package of {seen.requests[row['request_id']]['reference']}"
        broken = list(_package(seen, row, named, _Owner(person["number"], subs)))
        yield from broken
        if not broken:
            seen.passed.add(row["sha256"])
    yield from _whole(seen)


@dataclass(frozen=True)
class _Owner:
    """Whose package it is, and the long identifiers of everybody."""

    number: int
    subs: dict[bytes, int]


def _package(seen: Evidence, row: Row, named: str, owner: _Owner) -> Iterator[str]:
    try:
        members = seen.package(row)
    except Exception as error:  # whatever it is, the person cannot open it either
        yield f"{named} does not open ({type(error).__name__})"
        return
    if hashlib.sha256(members[""]).hexdigest() != row["sha256"]:
        yield f"{named} is not the one that was recorded"
    yield from _sums(named, members)
    yield from _others(named, members, owner)


def _sums(named: str, members: dict[str, bytes]) -> Iterator[str]:
    for line in members.get("SHA256SUMS", b"").decode().splitlines():
        wanted, _, path = line.partition("  ")
        if hashlib.sha256(members.get(path, b"")).hexdigest() != wanted:
            yield f"{named}: {path} does not fit its sum"


def _others(named: str, members: dict[str, bytes], owner: _Owner) -> Iterator[str]:
    for path, data in members.items():
        if not path.endswith((".json", ".jsonl", ".csv", ".ndjson")):
            continue
        found = {int(next(filter(None, match))) for match in _MARK.findall(data)}
        found |= {owner.subs[sub] for sub in set(_UUID.findall(data)) & owner.subs.keys()}
        for other in sorted(found - {owner.number}):
            yield f"{named}: {path} names person {other}, who did not ask"


def _whole(seen: Evidence) -> Iterator[str]:
    """A step that says it found everything did so, once: counted against the system itself."""
    for step in seen.tables["steps"]:
        person = seen.asked_by.get(step["request_id"])
        if step["outcome"] != "done" or step["verb"] != "search" or person is None:
            continue
        reference = seen.requests[step["request_id"]]["reference"]
        pieces = sorted(
            (s for s in seen.tables["segments"] if s["step_id"] == step["id"]),
            key=lambda piece: int(piece["number"]),
        )
        placed = [(p["number"], p["first"]) for p in pieces]
        firsts = [sum(p["count"] for p in pieces[:n]) for n in range(len(pieces))]
        if placed != list(enumerate(firsts)):
            yield f"{reference}: the pieces of {step['system']} have gaps or overlap"
        counted = sum(n for n in step["counts"].values() if isinstance(n, int))
        if counted != sum(p["count"] for p in pieces):
            yield f"{reference}: {step['system']} counted {counted}, but stored another number"
        held, asked = person["messages"], seen.of_request("request_items", step["request_id"])
        copied = [item["right"] for item in asked] == ["access"]  # others' messages may be gone
        if copied and step["system"] == "sendbird" and step["counts"].get("messages") != held:
            yield f"{reference}: {step['counts'].get('messages')} of {held} messages were found"


def i9(seen: Evidence) -> Iterator[str]:
    """Nobody's data in logs, queue, temporary files, error bodies, or readable in the database."""
    needles = canaries(seen)
    if not needles:
        return
    for place, data in _places(seen):
        counted = Counter(word for word in needles if word.encode() in data)
        for word in sorted(counted)[:3]:
            yield f"{place} holds a canary of {len(word)} characters"


def canaries(seen: Evidence) -> set[str]:
    """Details of everybody who asked, words that were found of them, and what plans name."""
    names = ("name", "email", "phone", "bsn", "street", "patient_number", "cognito_sub")
    found: set[str] = set()
    for person in seen.asked_by.values():
        whole = {**person, "name": f"{person['given']} {person['family']}"}
        found |= {str(whole[name]) for name in names}
    living = [row for row in seen.tables["packages"] if row["destroyed_at"] is None]
    for row in living[:: len(living) // TEXTS_OF + 1]:
        if row["request_id"] in seen.asked_by:
            found |= set(_long_texts(seen, row)[:TEXTS_EACH])
    plans = Plans(seen)
    for batches in plans.batches_of.values():
        for batch in batches:
            found |= {ref for ref, _key, _content in plans.refs(batch)[:REFS_EACH]}
    return {word for word in found if len(word) > 6}


def _long_texts(seen: Evidence, row: Row) -> list[str]:
    try:
        members = seen.package(row)
    except Exception:  # told by I5
        return []
    chosen: set[str] = set()
    for path, data in members.items():
        if "sendbird" in path and path.endswith(".json"):
            chosen |= {t for t in texts(json.loads(data)) if len(t) > 24 and " " in t}
    return sorted(chosen)


def _places(seen: Evidence) -> Iterator[tuple[str, bytes]]:
    for part in ("log", "house", "bodies", "tmp", "valkey", "vault", "barriers"):
        files = sorted(path for path in (seen.folder / part).rglob("*") if path.is_file())
        for path in files[:BLOBS] if part == "vault" else files:
            yield f"{part}/{path.name}", path.name.encode() + path.read_bytes()
    for path in (seen.folder / "valkey.log", *Path(seen.told["systems"]).glob("none")):
        if path.exists():
            yield path.name, path.read_bytes()
    for table, rows in seen.tables.items():
        yield f"table {table}", "\n".join(repr(list(row.values())) for row in rows).encode()
