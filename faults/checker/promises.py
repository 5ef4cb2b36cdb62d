"""I1, I2, I10 and I12: nothing acknowledged is lost, nothing happens twice, all work ends."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import permutations

from dsr.vault.fields import keyed_hash
from faults.checker.evidence import Evidence, Row, moment, texts

#: seconds within which work must have ended by itself
LONGEST = 300.0
#: a request's first event is written in the same transaction as the request
SAME_MOMENT = 120.0


def i1(seen: Evidence) -> Iterator[str]:
    """Every acknowledged request exists once, with reference, receipt time and content hash."""
    references = Counter(row["reference"] for row in seen.tables["subject_requests"])
    by_key: dict[str, set[str]] = defaultdict(set)
    purged = _purged(seen)
    for line in seen.journal("acknowledged"):
        by_key[line["key"]].add(line["reference"])
        if line["reference"] in purged.values():
            continue
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


def _purged(seen: Evidence) -> dict[str, str]:
    """References of cases whose term was over, by id: the ledger tells that they went."""
    key = seen.ring.derive("keyed hash")
    gone = {line["request"] for line in seen.ledger if line["kind"] == "case_purged"}
    known = {line["request"]: line["reference"] for line in seen.journal("known")}
    return {
        request: reference
        for request, reference in known.items()
        if keyed_hash(key, "ledger request", request) in gone
    }


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
    if row["id"] in seen.shredded:
        return
    content = row["content_hash"]
    if content != received[0]["body"].get("content") or content not in _contents(seen, row):
        yield f"{row['reference']}: what was asked is not what its content hash covers"


def _contents(seen: Evidence, row: Row) -> set[str]:
    """The content hash over what was asked; in which order the rights stood is not kept."""
    aad = ("subject_requests", "subject_sealed", row["id"])
    asked = json.loads(seen.unsealed(row, aad, row["subject_sealed"]))
    copied = any(one["right"] == "access" for one in seen.of_request("request_items", row["id"]))
    scope = ("all",) if copied else ()  # everybody here who asks for a copy asks for all
    parts = (row["practice"], asked["name"], asked["birth_date"], asked["email"], *scope)
    key = seen.ring.derive("keyed hash")
    orders = permutations(_wishes(seen, row))
    return {keyed_hash(key, "content", *parts, *wishes) for wishes in orders}


def _wishes(seen: Evidence, row: Row) -> list[str]:
    found = []
    for item in seen.of_request("request_items", row["id"]):
        aad = ("request_items", "wish_sealed", item["id"])
        sealed = item["wish_sealed"]
        data = json.loads(seen.unsealed(row, aad, sealed))["data"] if sealed else {}
        kind = "destruction" if item["part"] else item["right"]
        if data and "activities" not in data:  # what the house itself planned was not asked
            found.append(f"{kind} {sorted(data.items())}")
    return found


def i2(seen: Evidence) -> Iterator[str]:
    """At most one decision in force and one delivery of each answer."""
    for row in seen.requests.values():
        for item in seen.of_request("request_items", row["id"]):
            yield from _decisions(row, item, seen.events_of[row["id"]])
        yield from _answers(seen, row)
    yield from _mails(seen)


def _decisions(row: Row, item: Row, events: list[Row]) -> Iterator[str]:
    in_force = released = 0
    for event in events:
        mine = event["body"].get("item", item["id"]) == item["id"]
        back = event["action"] == "moved" and event["body"].get("to") in ("reviewing", "searching")
        if mine and (back or event["action"] == "made_again"):
            in_force = released = 0
        in_force += mine and event["action"] == "decided"
        released += event["action"] == "letter_released" and _is_about(event, item)
        if in_force > 1 or released > 1:
            yield f"{row['reference']}: decided {in_force} times, sent {released} times"
            return


def _is_about(event: Row, item: Row) -> bool:
    return bool(event["body"]["letter"] in item["letters"])


def _answers(seen: Evidence, row: Row) -> Iterator[str]:
    steps = seen.of_request("steps", row["id"])
    packed = sum(s["verb"] == "pack" and s["outcome"] == "done" for s in steps)
    letters = [x for x in seen.of_request("letters", row["id"]) if x["kind"] != "receipt"]
    living = [p for p in seen.of_request("packages", row["id"]) if p["destroyed_at"] is None]
    of_parts = Counter(p["item_id"] for p in living)
    if len(letters) != packed:
        yield f"{row['reference']}: {len(letters)} answers for {packed} packing steps"
    if any(count > 1 for count in of_parts.values()):
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
    said = seen.journal("said")
    # A decision that is made anew has reasons of its own; those of the last one stand there.
    purged = set(_purged(seen))
    newest = {(line["request"], line.get("item")): line for line in said}
    for line in said:
        if line["what"] == "reasons" and newest[line["request"], line["item"]] is not line:
            continue
        row = seen.requests.get(line["request"])
        if line["request"] in purged or line["request"] in seen.shredded:
            continue
        if row is None or line["text"] not in _written(seen, row):
            yield f"what was written ({line['what']}) on {row and row['reference']} is gone"


def _written(seen: Evidence, row: Row) -> set[str]:
    found = {
        word
        for table, column in (("batches", "proof_sealed"), ("request_items", "reasons_sealed"))
        for one in seen.of_request(table, row["id"])
        if one[column]
        for word in _words(seen.unsealed(row, (table, column, one["id"]), one[column]))
    }
    for event in seen.events_of[row["id"]]:
        if event["sealed"]:
            aad = ("events", "sealed", f"{row['id']} {moment(event['at']).isoformat()}")
            found.add(seen.unsealed(row, aad, event["sealed"]).decode())
    return found


def _words(opened: bytes) -> Iterator[str]:
    """What was written, whether it lies there as it is or by its names."""
    text = opened.decode()
    yield from texts(json.loads(text)) if text.startswith("{") else (text,)
