"""I3, I4 and I11: what was destroyed was approved, has its receipt, and nothing else was."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from faults.checker.calls import Call, destructive
from faults.checker.evidence import Evidence, Row
from faults.checker.plans import DESTRUCTIVE, ENDED, Clock, Plans, in_ledger, item_key

#: verbs whose receipt is about items that can be read back
READ_BACK = ("erase", "rectify", "restrict", "lift")
SETTLED = ("done", "gone", "emptied")


def i3(seen: Evidence) -> Iterator[str]:
    """Nothing was destroyed without an unexpired approval of exactly that by a second person."""
    plans, clock, erased = Plans(seen), Clock.of(seen), in_ledger(seen)
    asked = _batches_by_person(seen, plans)
    without, others = seen.journal("unauthorised"), _of_other_houses(seen)
    for call in destructive(seen):
        if call.number in others or _replayed(seen, call, erased):
            continue
        begin, end = clock.at(call.at)
        whys = {
            plans.why_not(plan, batch, begin, end)
            for plan, batch in asked.get(call.number, [])
            if _fits(plans, call, batch)
        }
        if "" not in whys:
            why = ", ".join(sorted(whys)) or "stands in no plan"
            yield f"{call.system} {call.verb} of {call.dataset or 'something'}: what was done {why}"
        if any(window["begin"] < call.at < window["end"] for window in without):
            yield f"{call.system} {call.verb}: done while nobody who approved it might approve"


def i4(seen: Evidence) -> Iterator[str]:
    """What was destroyed has a receipt that is true; every planned item has exactly one outcome."""
    plans, content = Plans(seen), _content(seen)
    for plan in seen.tables["plans"]:
        if plan["request_id"] in seen.shredded:
            continue
        reference = seen.requests[plan["request_id"]]["reference"]
        for words in _outcomes(plans, plan):
            yield f"{reference}: {words}"
        for words in _untrue(seen, plans, plan, content):
            yield f"{reference}: {words}"
    yield from _without_receipt(seen, plans)
    yield from _back(seen, plans, content)


def i11(seen: Evidence) -> Iterator[str]:
    """What a plan keeps, and what stands in no plan, is still in the systems."""
    plans, content = Plans(seen), _content(seen)
    gone = _planned_to_go(seen, plans)
    for plan in seen.tables["plans"]:
        mark = f"I11 {plan['id']}"
        if plan["request_id"] in seen.shredded or mark in seen.passed:
            continue
        held = content.get(_number(seen, plan))
        if held is None or plan["begun_at"] is None:
            continue
        reference = seen.requests[plan["request_id"]]["reference"]
        lost = Counter(
            (system, dataset)
            for system, dataset, ref in plans.found(plan)
            if dataset in held.get(system, {})
            and ref not in held[system][dataset]
            and (_number(seen, plan), system, dataset, ref) not in gone
        )
        for (system, dataset), count in lost.items():
            yield f"{reference}: {count} of {dataset} in {system} had to stay and are gone"
        if not lost and plan["ended_how"] and seen.requests[plan["request_id"]]["closed_at"]:
            seen.passed.add(mark)


def _batches_by_person(seen: Evidence, plans: Plans) -> dict[int | None, list[tuple[Row, Row]]]:
    found: dict[int | None, list[tuple[Row, Row]]] = {}
    for plan in seen.tables["plans"]:
        for batch in plans.batches_of[plan["id"]]:
            if batch["verb"] in DESTRUCTIVE and batch["acting_at"] is not None:
                found.setdefault(_number(seen, plan), []).append((plan, batch))
    return found


def _fits(plans: Plans, call: Call, batch: Row) -> bool:
    """Whether a call can be this batch's: its system and verb, its items where the call names one.

    A profile or account is emptied and removed in several calls that name no item.
    """
    if batch["system"] != call.system or batch["verb"] != call.verb:
        return False
    if not call.ref:
        return True
    named = not call.dataset or call.dataset == batch["dataset"]
    return named and call.ref in {ref for ref, _key, _content in plans.refs(batch)}


def _of_other_houses(seen: Evidence) -> set[int]:
    """Who asked another house: the same systems serve several, one after the other."""
    path = Path(seen.told["systems"]) / "asked.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return {line["number"] for line in lines if line["house"] != seen.told["house"]}


def _replayed(seen: Evidence, call: Call, erased: set[str]) -> bool:
    """Whether it was done before a restore, or again after it because the ledger names it."""
    for line in seen.journal("restored"):
        if line["saved"] < call.at < line["at"]:
            return True  # judged before the older database was put back
        if call.at > line["at"] and call.ref:
            return item_key(seen, call.system, call.dataset, call.ref) in erased
    return False


def _outcomes(plans: Plans, plan: Row) -> Iterator[str]:
    batches = plans.batches_of[plan["id"]]
    counted = Counter(
        (batch["system"], batch["dataset"], batch["verb"], ref)
        for batch in batches
        if batch["verb"] != "look_again"
        for ref, _key, _content in plans.refs(batch)
    )
    if any(count > 1 for count in counted.values()):
        yield "an item stands in its plan twice"
    for batch in batches:
        what = f"{batch['system']} {batch['dataset']} {batch['verb']}"
        if plan["ended_how"] == "done" and batch["outcome"] not in ENDED:
            yield f"{what} ended as {batch['outcome']}"
        if batch["outcome"] is not None and batch["verb"] != "look_again":
            yield from (f"{what}: {words}" for words in _receipt(plans, batch))


def _receipt(plans: Plans, batch: Row) -> Iterator[str]:
    if batch["proof_sealed"] is not None:
        return  # by a person, in their own words
    receipt = plans.opened(batch, "receipt_sealed")
    if receipt is None:
        yield "has no receipt"
        return
    if batch["verb"] in READ_BACK and batch["verified_at"] is None:
        yield "was never read back"
    if batch["verb"] not in ("stop", "resume", "annotate"):
        kept = [one[0] for one in receipt["retained"]]
        told = Counter([ref for name in SETTLED for ref in receipt[name]] + kept)
        planned = Counter(ref for ref, _key, _content in plans.refs(batch))
        if told != planned:
            yield f"{len(planned)} items planned, {sum(told.values())} in its receipt"


def _untrue(
    seen: Evidence, plans: Plans, plan: Row, content: dict[int, dict[str, dict[str, list[str]]]]
) -> Iterator[str]:
    """What a receipt says is gone has to be gone."""
    held = content.get(_number(seen, plan), {})
    for batch in plans.batches_of[plan["id"]]:
        receipt = plans.opened(batch, "receipt_sealed")
        if batch["verb"] != "erase" or batch["outcome"] is None or receipt is None:
            continue
        there = set(held.get(batch["system"], {}).get(batch["dataset"], ()))
        still = there & {*receipt["done"], *receipt["gone"]}
        if still:
            yield f"{batch['system']} {batch['dataset']}: {len(still)} said to be gone are there"


def _back(
    seen: Evidence, plans: Plans, content: dict[int, dict[str, dict[str, list[str]]]]
) -> Iterator[str]:
    """Who was erased stays erased, also after a restore: the ledger names every item by its hash.

    A record that is only emptied is named too, and stays.
    """
    erased = in_ledger(seen)
    for batch in seen.tables["batches"]:
        if batch["receipt_sealed"] is not None and batch["request_id"] not in seen.shredded:
            emptied = set(plans.opened(batch, "receipt_sealed")["emptied"])
            erased -= {key for ref, key, _content in plans.refs(batch) if ref in emptied}
    for held in content.values() if erased else ():
        for system, datasets in held.items():
            for dataset, refs in datasets.items():
                back = sum(item_key(seen, system, dataset, ref) in erased for ref in refs)
                if back:
                    yield f"{system} {dataset}: {back} that the ledger names are there again"


def _without_receipt(seen: Evidence, plans: Plans) -> Iterator[str]:
    """Every effect on an item stands in a receipt of that person's plans."""
    told: set[tuple[int | None, str, str]] = set()
    alone = {line["request"] for line in seen.journal("left_alone")}
    for plan in seen.tables["plans"]:
        for batch in plans.batches_of[plan["id"]]:
            receipt = plans.opened(batch, "receipt_sealed")
            refs = [ref for name in SETTLED for ref in receipt[name]] if receipt else []
            if batch["request_id"] in alone:
                refs = [ref for ref, _key, _content in plans.refs(batch)]
            told |= {(_number(seen, plan), batch["system"], ref) for ref in refs}
    asked, erased = set(_batches_by_person(seen, plans)), in_ledger(seen)
    missing = Counter(
        call.system
        for call in destructive(seen)
        if call.number in asked
        and call.ref
        and (call.number, call.system, call.ref) not in told
        and not _replayed(seen, call, erased)
    )
    for system, count in missing.items():
        yield f"{count} items of {system} were changed for good, and no receipt tells of it"


def _planned_to_go(seen: Evidence, plans: Plans) -> set[tuple[int | None, str, str, str]]:
    return {
        (_number(seen, plan), batch["system"], batch["dataset"], ref)
        for plan in seen.tables["plans"]
        for batch in plans.batches_of[plan["id"]]
        if batch["verb"] == "erase" and plan["begun_at"] is not None
        for ref, _key, _content in plans.refs(batch)
    }


def _number(seen: Evidence, plan: Row) -> int:
    person = seen.asked_by.get(plan["request_id"])
    return int(person["number"]) if person else -1


def _content(seen: Evidence) -> dict[int, dict[str, dict[str, list[str]]]]:
    path = Path(seen.told["systems"]) / "content.json"
    told = json.loads(path.read_text()) if path.exists() else {}
    return {int(number): held for number, held in told.items()}
