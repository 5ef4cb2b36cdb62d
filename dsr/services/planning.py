"""Making a plan: what becomes of every item that was found, frozen under a hash.

Whoever approves sees the summary and approves the hash; the hash covers every reference of every
batch, so what runs is what was approved (T76).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.plans import PlanLine, to_json
from dsr.core.register import System
from dsr.core.request import Verb
from dsr.core.wishes import Wish
from dsr.db import plans
from dsr.db.columns import new_id
from dsr.db.plans import Batch, Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import case, found, left_marked
from dsr.services.case import Told, Who
from dsr.services.office import Office
from dsr.vault.fields import seal_json, unseal_json

#: the most references in one call to a system
LARGEST = 500
#: phases that a system may take: more datasets than any has
_DATASETS = 1000
#: when a batch is due whose turn has not come: its phase opens it
NOT_YET = datetime(9000, 1, 1, tzinfo=UTC)
#: (ref, item key, content hash) of one item
Ref = tuple[str, str, str]


@dataclass(kw_only=True)
class Job:
    """One verb on items of one dataset; it becomes as many batches as it takes."""

    system: str
    dataset: str
    verb: Verb
    refs: list[Ref] = field(default_factory=list, repr=False)
    detail: Mapping[str, object] = field(default_factory=dict, repr=False)
    by_hand: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A plan as it was drawn up: its lines for people, its jobs for systems."""

    lines: tuple[PlanLine, ...] = ()
    jobs: tuple[Job, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True)
class About:
    """The request and the item that a plan is for, and what is asked with it."""

    row: SubjectRequest
    item: RequestItem
    wish: Wish = field(repr=False)


def freeze(session: Session, office: Office, about: About, drawn: Drawn, who: Who) -> Plan:
    """Write a plan and its batches; an older version of it is not in force any more."""
    row, item = about.row, about.item
    end(session, office, (row, item), "superseded", who)
    number = len(plans.of_item(session, item.id)) + 1
    plan = Plan(
        id=new_id(),
        request_id=row.id,
        item_id=item.id,
        number=number,
        digest="",
        seen_digest=found.digest(session, row),
        summary={"lines": [to_json(line) for line in drawn.lines], "run": row.run},
        made_by=who.staff_id,
        made_at=office.now(),
    )
    session.add(plan)
    session.flush()
    key = case.case_key(session, office, row)
    made = sorted(_batches(office, key, (row, plan), drawn.jobs), key=_place)
    plan.digest = digest_of(plan, [batch.digest for batch in made])
    session.add_all(made)
    body = {"item": item.id, "plan": plan.id, "number": number, "digest": plan.digest}
    case.tell(session, office, row, Told(who=who, action=Action.PLANNED, body=body))
    return plan


def end(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    how: str,
    who: Who,
) -> Plan | None:
    """End the plan of an item that is in force, and say how; None when there is none."""
    row, item = what
    plan = plans.current(session, item.id, lock=True)
    if plan is None:
        return None
    plan.ended_how, plan.ended_at = how, office.now()
    if item.right == Right.RESTRICTION:
        left_marked.put(session, office, what, plan)
    session.flush()
    body = {"item": item.id, "plan": plan.id, "how": how}
    case.tell(session, office, row, Told(who=who, action=Action.PLAN_ENDED, body=body))
    return plan


def digest_of(plan: Plan, batches: Iterable[str]) -> str:
    """The hash that an approval binds: the item, the lines, and every batch in its order."""
    told = [plan.item_id, plan.number, plan.summary, list(batches)]
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def refs_of(key: bytes, batch: Batch) -> list[Ref]:
    """The references of a batch, opened."""
    return [(ref, item, content) for ref, item, content in _opened(key, batch)["refs"]]


def detail_of(key: bytes, batch: Batch) -> dict[str, Any]:
    """What a rectification, a statement or a stop needs beside the references."""
    if batch.detail_sealed is None:
        return {}
    place = ("batches", "detail_sealed", batch.id)
    detail: dict[str, Any] = unseal_json(key, place, batch.detail_sealed)
    return detail


def digest_of_batch(key: bytes, batch: Batch) -> str:
    """The hash of a batch as it lies in the database now."""
    return _digest(batch, refs_of(key, batch), detail_of(key, batch))


def phase_of(office: Office, system: str, dataset: str = "") -> int:
    """When a dataset has its turn: systems in the order of the register, the sign-in last of all.

    Within a system in the order that the register gives for erasing.
    """
    order = sorted(office.register.systems, key=lambda one: one.login)
    datasets = office.register.system(system).erased_in_order
    within = datasets.index(dataset) if dataset in datasets else 0
    return 1 + _DATASETS * [one.id for one in order].index(system) + within


def content_hash(kind: str, data: Mapping[str, object], fleeting: Sequence[str] = ()) -> str:
    """A short hash of what an item held, to see later whether it is still the same.

    `fleeting` are names in `data` that do not count.
    """
    if fleeting:
        data = {name: value for name, value in data.items() if name not in fleeting}
    packed = orjson.dumps([kind, data], option=orjson.OPT_SORT_KEYS)
    return sha256(packed).hexdigest()[:16]


def instruction_for(office: Office, system: System, words: str) -> str:
    """What a person does in a system without an API, in the words of the register."""
    own = system.instruction.in_("nl")
    return f"{words} {own}".strip()[:500]


def _batches(
    office: Office, key: bytes, of: tuple[SubjectRequest, Plan], jobs: Sequence[Job]
) -> Iterator[Batch]:
    numbers: dict[int, int] = {}
    for job in jobs:
        phase = 0 if job.verb is Verb.LOOK_AGAIN else phase_of(office, job.system, job.dataset)
        for part in _cut(job):
            numbers[phase] = numbers.get(phase, 0) + 1
            yield _batch(key, of, part, (phase, numbers[phase]))


def _place(batch: Batch) -> tuple[int, int]:
    return (batch.phase, batch.number)


def hash_of(record: Mapping[str, Any]) -> str:
    """The content hash of an item as the archive keeps it."""
    return content_hash(record["kind"], record["data"], record.get("fleeting", ()))


def _cut(job: Job) -> Iterator[Job]:
    for begin in range(0, max(len(job.refs), 1), LARGEST):
        yield replace(job, refs=job.refs[begin : begin + LARGEST])


def _batch(key: bytes, of: tuple[SubjectRequest, Plan], job: Job, place: tuple[int, int]) -> Batch:
    row, plan = of
    batch_id, detail = new_id(), dict(job.detail)
    batch = Batch(
        id=batch_id,
        plan_id=plan.id,
        request_id=row.id,
        item_id=plan.item_id,
        practice=row.practice,
        system=job.system,
        dataset=job.dataset,
        verb=job.verb,
        phase=place[0],
        number=place[1],
        count=len(job.refs),
        digest="",
        refs_sealed=seal_json(key, ("batches", "refs_sealed", batch_id), {"refs": job.refs}),
        detail_sealed=seal_json(key, ("batches", "detail_sealed", batch_id), detail)
        if detail
        else None,
        instruction=job.by_hand,
        needs_person=bool(job.by_hand),
        next_at=NOT_YET,
    )
    batch.digest = _digest(batch, job.refs, detail)
    return batch


def _digest(batch: Batch, refs: Sequence[Ref], detail: Mapping[str, Any]) -> str:
    told = [batch.system, batch.dataset, batch.verb, batch.phase, batch.number, refs, detail]
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _opened(key: bytes, batch: Batch) -> dict[str, Any]:
    opened: dict[str, Any] = unseal_json(
        key, ("batches", "refs_sealed", batch.id), batch.refs_sealed
    )
    return opened
