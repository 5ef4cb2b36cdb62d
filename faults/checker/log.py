"""I7 and I8: every change stands in the log and the log is whole; what must be refused was."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

from dsr.vault.signing import head_holds, public_key_of, signing_key_from_text
from faults.checker.evidence import Evidence, Row, moment

#: at both ends of a time in which nothing may change, in seconds
EDGE = 0.25


def i7(seen: Evidence) -> Iterator[str]:
    """The chain of each practice verifies; stages, decisions, answers and mails have events."""
    rows = sorted(seen.tables["events"], key=lambda row: (row["practice"], row["seq"]))
    ends: dict[str, tuple[int, str]] = {}
    for row in rows:
        yield from _link(row, ends)
    for head in seen.tables["event_heads"]:
        end = ends.get(head["practice"], (0, _genesis(head["practice"])))
        if end != (head["seq"], head["row_hash"]):
            yield f"the log of {head['practice']} ends at {end[0]}, its head at {head['seq']}"
    yield from _signed(seen, {(r["practice"], r["seq"]): r["row_hash"] for r in rows})
    for request in seen.requests.values():
        yield from _told(seen, request, seen.events_of[request["id"]])


def _genesis(practice: str) -> str:
    return sha256(b"dsr event chain v1\n" + practice.encode()).hexdigest()


def _link(row: Row, ends: dict[str, tuple[int, str]]) -> Iterator[str]:
    seq, before = ends.get(row["practice"], (0, _genesis(row["practice"])))
    place = f"row {row['seq']} of {row['practice']}"
    if row["seq"] != seq + 1 or row["prev_hash"] != before:
        yield f"{place} does not follow row {seq}"
    covered = {
        name: row[name] for name in ("practice", "seq", "actor", "action", "request_id", "body")
    }
    covered["at"] = moment(row["at"]).isoformat(timespec="microseconds")
    covered["sealed_sha256"] = sha256(row["sealed"]).hexdigest() if row["sealed"] else None
    covered["prev_hash"] = row["prev_hash"]
    plain = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if sha256(bytes.fromhex(row["prev_hash"]) + plain.encode()).hexdigest() != row["row_hash"]:
        yield f"{place} was changed"
    ends[row["practice"]] = (row["seq"], row["row_hash"])


def _signed(seen: Evidence, hashes: dict[tuple[str, int], str]) -> Iterator[str]:
    key = signing_key_from_text(seen.told["signing"])
    for line in seen.heads:
        try:
            head = json.loads(line)
        except json.JSONDecodeError:
            continue  # a line that a power cut tore is no head
        if not head_holds(public_key_of(key), head):
            yield "a signed head does not hold"
        elif _was_put_back(seen, head):
            continue  # an older database was put back since: its rows are others
        elif hashes.get((head["practice"], head["seq"])) != head["row_hash"]:
            yield f"row {head['seq']} of {head['practice']} is not the one that was signed"


def _was_put_back(seen: Evidence, head: Row) -> bool:
    at = moment(head["at"]).timestamp()
    return any(line["saved"] - 1 < at < line["at"] + 1 for line in seen.journal("restored"))


def _told(seen: Evidence, request: Row, events: list[Row]) -> Iterator[str]:
    reference = request["reference"]
    actions = Counter(event["action"] for event in events)
    yield from _stages(seen, request, events)
    if (request["closed_at"] is not None) != (actions["closed"] == 1) or actions["closed"] > 1:
        yield f"{reference}: closed {request['closed_at']}, told {actions['closed']} times"
    for table, action, name in (
        ("letters", "letter_made", "letter"),
        ("packages", "packed", "package"),
    ):
        made = {
            row["id"]
            for row in seen.of_request(table, request["id"])
            if row.get("kind") != "receipt"
        }
        said = [e["body"][name] for e in events if e["action"] == action]
        if sorted(made) != sorted(said):
            yield f"{reference}: {len(made)} {table}, {len(said)} told"
    for mail in seen.of_request("outbox", request["id"]):
        wanted = {"sent": "mail_sent", "refused": "mail_failed", "failed": "mail_failed"}
        ended = wanted.get(mail["outcome"] or "", "")
        said = [e for e in events if e["action"] == ended and e["body"].get("mail") == mail["id"]]
        if ended and len(said) != 1:
            yield f"{reference}: the end of a mail ({mail['outcome']}) was told {len(said)} times"
    yield from _steps(seen, request, events)


def _stages(seen: Evidence, request: Row, events: list[Row]) -> Iterator[str]:
    for item in seen.of_request("request_items", request["id"]):
        at = "received"
        for event in events:
            if event["action"] == "moved" and event["body"]["item"] == item["id"]:
                if event["body"]["from"] != at:
                    yield f"{request['reference']}: moved from {event['body']['from']}, was {at}"
                at = event["body"]["to"]
        if at != item["stage"]:
            yield f"{request['reference']}: stands at {item['stage']}, the log says {at}"
        decided = [
            e["body"]["decision"]
            for e in events
            if e["action"] == "decided" and e["body"].get("item", item["id"]) == item["id"]
        ]
        if item["decision"] and (not decided or decided[-1] != item["decision"]):
            yield f"{request['reference']}: decision {item['decision']}, log {decided[-1:]}"


def _steps(seen: Evidence, request: Row, events: list[Row]) -> Iterator[str]:
    by_hand = {
        e["body"]["system"]
        for e in events
        if e["action"] in ("system_by_hand", "system_accepted", "person_chosen")
    }
    searched = Counter(
        e["body"].get("step")
        for e in events
        if e["action"] == "system_searched" and e["body"].get("outcome") != "several_people"
    )
    for step in seen.of_request("steps", request["id"]):
        if step["verb"] == "pack" or step["outcome"] is None:
            continue
        if not searched[step["id"]] and step["system"] not in by_hand:
            yield f"{request['reference']}: {step['system']} ended and nobody was told"
        if searched[step["id"]] > 1:
            yield f"{request['reference']}: {step['system']} ended {searched[step['id']]} times"


def i8(seen: Evidence) -> Iterator[str]:
    """While log, keys or rights failed nothing changed, and everything opens with the keys."""
    for window in seen.journal("windows"):
        begin, end = window["begin"] + EDGE, window["end"] - EDGE
        changed = [e for e in seen.tables["events"] if begin < _seconds(e) < end]
        promised = [a for a in seen.journal("acknowledged") if begin < a["at"] < end]
        made = [
            r for r in seen.requests.values() if begin < moment(r["received_at"]).timestamp() < end
        ]
        if changed or promised or made:
            yield (
                f"{window['why']}: {len(changed)} events, {len(made)} requests and"
                f" {len(promised)} acknowledgements while nothing may change"
            )
    for line in seen.journal("refused"):
        if not line["refused"]:
            yield f"{line['why']}: was not refused"
    try:
        missing = [
            row
            for row in seen.requests.values()
            if row["data_key_id"] not in seen.keys and row["id"] not in seen.shredded
        ]
    except Exception as error:
        yield f"a data key does not open ({type(error).__name__})"
        return
    for row in missing:
        yield f"{row['reference']}: its data key is gone"


def _seconds(event: Row) -> float:
    return datetime.timestamp(moment(event["at"]).astimezone(UTC))
