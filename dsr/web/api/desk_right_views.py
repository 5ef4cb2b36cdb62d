"""One right of a request as the desk's API shows it, as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from dsr.core.errors import NotFound
from dsr.core.plans import to_json
from dsr.core.stages import Stage
from dsr.db import plans
from dsr.db.plans import Batch, Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import correcting, keeping_back, outlook, planning, resolve, weighing, wishes
from dsr.services.correcting import Candidate
from dsr.services.office import Office
from dsr.services.planning import Drawn
from dsr.services.weighing import Weighed

_OPEN = (Stage.REVIEWING, Stage.DECIDING)


def in_short(item: RequestItem) -> dict[str, Any]:
    """A right with its stage and its decision."""
    return {
        "id": item.id,
        "right": item.right,
        "part": item.part,
        "stage": item.stage,
        "decision": item.decision,
        "grounds": item.grounds,
        "decided_at": item.decided_at.isoformat(timespec="seconds") if item.decided_at else None,
        "approved_at": item.approved_at.isoformat(timespec="seconds") if item.approved_at else None,
    }


def whole(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem
) -> dict[str, Any]:
    """All of it: what is asked, the law per purpose, the plan, and what it takes to decide."""
    wish, is_open = wishes.of(session, office, row, item), Stage(item.stage) in _OPEN
    found = weighing.weighed(session, office, row, item)
    made = next(reversed(plans.of_item(session, item.id)), None)
    drawn = resolve.preview(session, office, (row, item))[1] if is_open else Drawn()
    way = outlook.way(office, (wish, item), found, drawn)
    about = planning.About(row=row, item=item, wish=wish)
    rectifies = is_open and wish.right is Right.RECTIFICATION
    candidates = correcting.candidates(session, office, about) if rectifies else []
    return {
        **in_short(item),
        "asked": dict(wish.data),
        "seen": outlook.mark(session, office, row, item) if is_open else None,
        "law": [_part(one) for one in found],
        "expected": way.decision if is_open else None,
        "second_person": way.second_person if is_open else None,
        "would_do": [to_json(one) for one in drawn.lines],
        "kept": keeping_back.of(item),
        "candidates": [_candidate(one) for one in candidates],
        "plan": _plan(session, made) if made else None,
    }


def one_of_batches(known: Iterable[Batch], batch_id: str) -> Batch:
    """The batch with this id; `NotFound` for any other."""
    found = next((one for one in known if one.id == batch_id), None)
    if found is None:
        raise NotFound("This part has no such step.")
    return found


def _part(one: Weighed) -> dict[str, Any]:
    return {
        "purpose": one.activity,
        "where": [{"system": system, "dataset": dataset} for system, dataset in one.where],
        "facts": dict(one.facts),
        "outcome": one.proposal.outcome,
        "grounds": one.proposal.grounds,
        "actions": one.proposal.actions,
        "asks": one.proposal.asks,
        "question": one.proposal.question,
        "rule": one.proposal.rule,
        "judged": one.judged,
    }


def _plan(session: Session, made: Plan) -> dict[str, Any]:
    moments = ("made_at", "approved_at", "cool_until", "begun_at", "ended_at")
    times = {name: getattr(made, name) for name in moments}
    return {
        "number": made.number,
        "digest": made.digest,
        "ended_how": made.ended_how,
        **{k: at.isoformat(timespec="seconds") if at else None for k, at in times.items()},
        "lines": made.summary["lines"],
        "batches": [_batch(one) for one in plans.batches(session, made.id)],
    }


def _batch(one: Batch) -> dict[str, Any]:
    return {
        "id": one.id,
        "system": one.system,
        "dataset": one.dataset,
        "verb": one.verb,
        "phase": one.phase,
        "count": one.count,
        "outcome": one.outcome,
        "counts": one.counts,
        "attempts": one.attempts,
        "trouble": one.trouble,
        "needs_person": one.needs_person,
        "instruction": one.instruction,
        "verified": one.verified_at is not None,
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "system": one.system,
        "dataset": one.dataset,
        "key": one.key,
        "path": one.path,
        "value": one.value,
    }
