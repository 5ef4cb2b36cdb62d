"""What a receipt comes to: every reference has one outcome, and what was read back agrees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from dsr.core.connector import Change, Item
from dsr.core.errors import BadAnswer
from dsr.core.receipts import Receipt, Retained
from dsr.core.request import Outcome, Verb
from dsr.db.plans import Batch
from dsr.services.planning import Ref
from dsr.vault.fields import unseal_json

#: receipts of these verbs are about uses and statements, not about items that can be read back
NOT_READ_BACK = frozenset({Verb.STOP, Verb.RESUME, Verb.ANNOTATE})


def whole(receipt: Receipt, asked: Iterable[str]) -> Receipt:
    """The receipt, if it accounts for everything; `BadAnswer` when it leaves something out."""
    if receipt.unaccounted(asked):
        raise BadAnswer("This system's receipt leaves out items; look what became of them.")
    return receipt


def to_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt as it is sealed."""
    kept = [
        [one.ref, one.reason, one.until.isoformat() if one.until else None]
        for one in receipt.retained
    ]
    return {
        "done": list(receipt.done),
        "gone": list(receipt.gone),
        "emptied": list(receipt.emptied),
        "retained": kept,
        "evidence": dict(receipt.evidence),
    }


def opened(key: bytes, batch: Batch) -> Receipt | None:
    """The receipt that a batch has, or None."""
    if batch.receipt_sealed is None:
        return None
    place = ("batches", "receipt_sealed", batch.id)
    told: dict[str, Any] = unseal_json(key, place, batch.receipt_sealed)
    return Receipt(
        done=tuple(told["done"]),
        gone=tuple(told["gone"]),
        emptied=tuple(told["emptied"]),
        retained=tuple(
            Retained(ref, reason, date.fromisoformat(until) if until else None)
            for ref, reason, until in told["retained"]
        ),
        evidence=told["evidence"],
    )


def counts(receipt: Receipt) -> dict[str, int]:
    """How many references have which outcome."""
    told = {
        "done": len(receipt.done),
        "gone": len(receipt.gone),
        "emptied": len(receipt.emptied),
        "retained": len(receipt.retained),
    }
    return {name: count for name, count in told.items() if count}


def outcome(receipt: Receipt) -> Outcome:
    """The one word for a whole batch."""
    there = set(counts(receipt))
    if not there or (there <= {"done", "gone"} and "done" in there):
        return Outcome.DONE
    if there == {"gone"}:
        return Outcome.ALREADY_GONE
    if "retained" not in there:
        return Outcome.EMPTIED
    return Outcome.RETAINED if there == {"retained"} else Outcome.PARTIAL


def joined(before: Iterable[str], receipt: Receipt) -> Receipt:
    """A receipt, with what was gone already when somebody looked after a break."""
    return Receipt(
        done=receipt.done,
        gone=(*before, *receipt.gone),
        emptied=receipt.emptied,
        retained=receipt.retained,
        by_hand=receipt.by_hand,
        evidence=receipt.evidence,
    )


def erased_keys(refs: Sequence[Ref], receipt: Receipt) -> list[str]:
    """The item keys of what is not there any more, for the erasure ledger: hashes only."""
    settled = {*receipt.done, *receipt.gone, *receipt.emptied}
    return [key for ref, key, _content in refs if ref in settled]


def to_read_back(verb: Verb, receipt: Receipt) -> list[str]:
    """The references that a read-back looks for."""
    if verb in NOT_READ_BACK:
        return []
    return [*receipt.done, *receipt.gone, *receipt.emptied]


def untrue(
    verb: Verb, changes: Sequence[Change], receipt: Receipt, held: Mapping[str, Item]
) -> list[str]:
    """The references of which the system said something that is not so (T79)."""
    if verb in NOT_READ_BACK:
        return []
    if verb is Verb.ERASE:
        there = [ref for ref in (*receipt.done, *receipt.gone) if ref in held]
        return there + [ref for ref in receipt.emptied if ref in held and not held[ref].emptied]
    lost = [ref for ref in receipt.done if ref not in held]
    there = [ref for ref in receipt.done if ref in held]
    if verb is Verb.RECTIFY:
        return lost + [ref for ref in there if not _says(held[ref], changes)]
    return lost + [ref for ref in there if held[ref].restricted is not (verb is Verb.RESTRICT)]


def _says(item: Item, changes: Sequence[Change]) -> bool:
    return all(_at(item.data, one.path) == one.new for one in changes)


def _at(data: object, path: str) -> object:
    for name in path.split("/")[1:]:
        plain = name.replace("~1", "/").replace("~0", "~")
        if isinstance(data, Mapping):
            data = data.get(plain)
        elif isinstance(data, list) and plain.isdecimal() and int(plain) < len(data):
            data = data[int(plain)]
        else:
            return None
    return data
