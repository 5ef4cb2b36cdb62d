"""What was planned, approved and reported for each change, read from the rows and reckoned anew."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from dsr.vault.fields import keyed_hash
from faults.checker.evidence import Evidence, Row, moment

#: after these verbs the old content is not there any more
DESTRUCTIVE = ("erase", "rectify")
ENDED = frozenset({"done", "already_gone", "emptied", "retained", "partial"})


@dataclass
class Plans:
    """The plans of a house with their batches, opened; and the log's word on each."""

    seen: Evidence
    _refs: dict[str, list[list[str]]] = field(default_factory=dict, repr=False)

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """Plans by id."""
        return {row["id"]: row for row in self.seen.tables["plans"]}

    @cached_property
    def batches_of(self) -> dict[str, list[Row]]:
        """The batches of each plan in the order of the work."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(self.seen.tables["batches"], key=lambda b: (b["phase"], b["number"])):
            if row["request_id"] not in self.seen.shredded:
                found[row["plan_id"]].append(row)
        return found

    @cached_property
    def told(self) -> dict[tuple[str, str], list[Row]]:
        """Events by action and the plan that they tell of."""
        found: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for event in self.seen.tables["events"]:
            if event["body"].get("plan"):
                found[event["action"], event["body"]["plan"]].append(event)
        return found

    @cached_property
    def staff(self) -> dict[str, Row]:
        """Colleagues by id."""
        return {row["id"]: row for row in self.seen.tables["staff"]}

    def refs(self, batch: Row) -> list[list[str]]:
        """[ref, item key, content hash] of each item of a batch."""
        if batch["id"] not in self._refs:
            opened = self.opened(batch, "refs_sealed")
            self._refs[batch["id"]] = opened["refs"] if opened else []
        return self._refs[batch["id"]]

    def opened(self, batch: Row, column: str) -> Any:
        """A sealed JSON column of a batch, or None."""
        if batch[column] is None:
            return None
        request = self.seen.requests[batch["request_id"]]
        place = ("batches", column, batch["id"])
        return json.loads(self.seen.unsealed(request, place, batch[column]))

    def _is_whole(self, plan: Row, batch: Row) -> bool:
        """Whether a batch is what its hash covers, and the plan's hash covers that of all."""
        digests = [one["digest"] for one in self.batches_of[plan["id"]]]
        told = [plan["item_id"], plan["number"], plan["summary"], digests]
        return bool(self._digest(batch) == batch["digest"] and _hash(told) == plan["digest"])

    def _digest(self, batch: Row) -> str:
        names = ("system", "dataset", "verb", "phase", "number")
        detail = self.opened(batch, "detail_sealed") or {}
        return _hash([*(batch[name] for name in names), self.refs(batch), detail])

    def why_not(self, plan: Row, batch: Row, begin: float, end: float) -> str:
        """Why this batch of a plan may not be done between two moments; empty when it may.

        Moments are seconds of the house's own clock.
        """
        approved, until = plan["approved_at"], plan["approval_until"]
        if plan["begun_at"] is None or plan["approved_by"] is None:
            return "was never approved"
        if _seconds(approved) > end or _seconds(until) <= begin:
            return "has no approval at that moment"
        if plan["cool_until"] is not None and _seconds(plan["cool_until"]) > end:
            return "had not cooled off"
        maker, second = self.staff.get(plan["made_by"]), self.staff.get(plan["approved_by"])
        if maker is None or second is None or maker["person_key"] == second["person_key"]:
            return "was made and approved by one person"
        return self._unlogged(plan, batch)

    def _unlogged(self, plan: Row, batch: Row) -> str:
        """What the log says against it: another hash, another approver, no approval."""
        planned = self.told["planned", plan["id"]]
        approved = self.told["approved", plan["id"]]
        if [event["body"]["digest"] for event in planned] != [plan["digest"]]:
            return "is not the plan that was logged"
        if not self._is_whole(plan, batch):
            return "is not what its hash covers"
        if [event["actor"] for event in approved] != [f"staff:{plan['approved_by']}"]:
            return "has no approval in the log"
        return ""

    def found(self, plan: Row) -> Iterator[tuple[str, str, str]]:
        """(system, dataset, ref) of all that was found when this plan was made."""
        request = self.seen.requests[plan["request_id"]]
        key = self.seen.keys[request["data_key_id"]]
        steps = {
            step["id"]: step
            for step in self.seen.of_request("steps", request["id"])
            if step["verb"] == "search" and step["run"] == plan["summary"]["run"]
        }
        for piece in self.seen.tables["segments"]:
            if piece["step_id"] in steps:
                packed = self.seen.vault.read(piece["blob"], key)
                for line in zlib.decompress(packed).splitlines():
                    one = json.loads(line)
                    yield steps[piece["step_id"]]["system"], one["dataset"], one["ref"]


@dataclass(frozen=True)
class Clock:
    """The house's own clock at a moment of ours: it was moved now and then, and on one host."""

    moved: tuple[tuple[float, str, float], ...]

    @classmethod
    def of(cls, seen: Evidence) -> Clock:
        """As the runner wrote it down."""
        lines = seen.journal("shifts")
        return cls(tuple((line["at"], line["name"], line["seconds"]) for line in lines))

    def at(self, real: float) -> tuple[float, float]:
        """The earliest and the latest that any host may have thought it was."""
        base, hosts = {0.0}, {0.0}
        for when, name, seconds in self.moved:
            mine = hosts if name else base
            if when < real - 5 and not name:
                mine.clear()
            if when < real + 5:
                mine.add(seconds)
        shifts = [one + other for one in base for other in hosts]
        return real + min(shifts) - 2, real + max(shifts) + 2


def in_ledger(seen: Evidence) -> set[str]:
    """The keyed hashes of all items that the erasure ledger names."""
    return {item for line in seen.ledger for item in line["items"]}


def item_key(seen: Evidence, system: str, dataset: str, ref: str) -> str:
    """The keyed hash of where an item lies."""
    return keyed_hash(seen.ring.derive("keyed hash"), "item", system, dataset, ref)


def _hash(told: object) -> str:
    plain = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(plain.encode()).hexdigest()


def _seconds(value: Any) -> float:
    return moment(value).timestamp()
