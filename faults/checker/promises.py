"""I1, I2, I10 and I12: nothing acknowledged is lost, nothing happens twice, all work ends."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from dsr.vault.fields import keyed_hash
from faults.checker.evidence import Evidence, Row, moment

#: seconds within which work must have ended by itself
LONGEST = 300.0
#: a request's first event is written in the same transaction as the request
SAME_MOMENT = 120.0


def i1(seen: Evidence) -> Iterator[str]:
    """Every acknowledged request exists once, with reference, receipt time and content hash."""
    references = Counter(row["reference"] for row in seen.tables["subject_requests"])
    by_key: dict[str, set[str]] = defaultdict(set)
    for line in seen.journal("acknowledged"):
        by_key[line["key"]].add(line["reference"])
        if (times := references[line["reference"]]) != 1:
            yield f"{line['reference']} was acknowledged and is there {times} times"
        else:
            yield from _as_promised(seen, line)
    for named in by_key.values():
        if len(named) > 1:
            yield f"one Idempotency-Key was given {len(named)} references: {sorted(named)}"
    contents = Counter(row["content_hash"] for row in seen.tables["subject_requests"])
    for row in seen.tables["subject_requests"]:
        if contents[row["content_hash"]] > 1:
            yield f"{row['reference']} stands there more than once under other references"


def _as_promised(seen: Evidence, line: Row) -> Iterator[str]:
    row = seen.by_reference[line["reference"]]
    if str(row["due"]) != line["due"]:
        yield f"{row['reference']}: due {row['due']}, but {line['due']} was acknowledged"
    digest = hmac.new(seen.ring.derive("request secret"), row["reference"].encode(), hashlib.sha256)
    if hashlib.sha256(digest.hexdigest()[:40].encode()).hexdigest() != line["secret_sha"]:
        yield f"{row['reference']}: its secret is not the one that was given"
    received = [e for e in seen.events_of[row["id"]] if e["action"] == "received"]
    if len(received) != 1:
        yield f"{row['reference']}: {len(received)} events tell of its receipt"
        return
    apart = abs((moment(received[0]["at"]) - moment(row["received_at"])).total_seconds())
    if apart > SAME_MOMENT:
        yield f"{row['reference']}: the receipt time differs from its event by {apart:.0f} s"
    if not row["content_hash"] == received[0]["body"].get("content") == _content(seen, row):
        yield f"{row['reference']}: what was asked is not what its content hash covers"


def _content(seen: Evidence, row: Row) -> str:
    aad = ("subject_requests", "subject_sealed", row["id"])
    asked = json.loads(seen.unsealed(row, aad, row["subject_sealed"]))
    parts = (row["practice"], asked["name"], asked["birth_date"], asked["email"], *row["scope"])
    return keyed_hash(seen.ring.derive("keyed hash"), "content", *parts)


def i2(seen: Evidence) -> Iterator[str]:
    """At most one decision in force and one delivery of each answer."""
    for row in seen.requests.values():
        yield from _decisions(row, seen.events_of[row["id"]])
        yield from _answers(seen, row)
    yield from _mails(seen)


def _decisions(row: Row, events: list[Row]) -> Iterator[str]:
    in_force = released = 0
    for event in events:
        back = event["action"] == "moved" and event["body"].get("to") in ("reviewing", "searching")
        if back or event["action"] == "made_again":
            in_force = released = 0
        in_force += event["action"] == "decided"
        released += event["action"] == "letter_released"
        if in_force > 1 or released > 1:
            yield f"{row['reference']}: decided {in_force} times, sent {released} times"
            return


def _answers(seen: Evidence, row: Row) -> Iterator[str]:
    steps = seen.of_request("steps", row["id"])
    packed = sum(s["verb"] == "pack" and s["outcome"] == "done" for s in steps)
    letters = [x for x in seen.of_request("letters", row["id"]) if x["kind"] != "receipt"]
    living = [p for p in seen.of_request("packages", row["id"]) if p["destroyed_at"] is None]
    if len(letters) != packed:
        yield f"{row['reference']}: {len(letters)} answers for {packed} packing steps"
    if len(living) > 1:
        yield f"{row['reference']}: {len(living)} packages to fetch"
    released = [x for x in letters if x["released_at"] is not None]
    told = [m for m in seen.of_request("outbox", row["id"]) if m["kind"] == "answer"]
    if len(told) > len(released):
        yield f"{row['reference']}: {len(told)} mails about {len(released)} answers"


def _mails(seen: Evidence) -> Iterator[str]:
    for mail in seen.tables["outbox"]:
        copies = seen.mails.get(mail["id"], 0)
        if copies > 2:
            yield f"mail {mail['id']} ({mail['kind']}) was sent {copies} times"
        if mail["outcome"] == "sent" and not copies:
            yield f"mail {mail['id']} ({mail['kind']}) counts as sent and never arrived"


def i10(seen: Evidence) -> Iterator[str]:
    """After a fault all work ends by itself, within five minutes."""
    alone = {line["request"] for line in seen.journal("left_alone")}
    undone = [s for s in seen.tables["steps"] if s["outcome"] is None]
    for step in undone:
        if step["request_id"] not in alone:
            yield f"{step['system']} {step['verb']} of a request never ended: {step['trouble']}"
    for mail in seen.tables["outbox"]:
        if mail["outcome"] is None:
            yield f"mail {mail['id']} ({mail['kind']}) still waits: {mail['trouble']}"
    for row in seen.requests.values():
        if row["closed_at"] is None and row["id"] not in alone:
            yield f"{row['reference']} was never answered"
    yield from _too_slow(seen)


def _too_slow(seen: Evidence) -> Iterator[str]:
    for line in seen.journal("times"):
        if line["seconds"] > LONGEST:
            yield f"{line['fault']} took {line['seconds']:.0f} s to mend itself"


def i12(seen: Evidence) -> Iterator[str]:
    """What a colleague wrote and saw saved can be read again."""
    for line in seen.journal("said"):
        row = seen.requests.get(line["request"])
        if row is None or line["text"] not in _written(seen, row):
            yield f"what was written ({line['what']}) on {row and row['reference']} is gone"


def _written(seen: Evidence, row: Row) -> set[str]:
    found = set()
    for event in seen.events_of[row["id"]]:
        if event["sealed"]:
            aad = ("events", "sealed", f"{row['id']} {moment(event['at']).isoformat()}")
            found.add(seen.unsealed(row, aad, event["sealed"]).decode())
    return found
