"""One batch of a plan: approval re-checked, acted on once, its receipt kept, then read back.

The calls to the system happen between these functions, outside any transaction. `acting_at` is
committed before the call, so that whoever takes over after a crash looks before repeating it; the
receipt is committed before the read-back; nothing counts as done that was not seen to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.connector import Change, Item
from dsr.core.errors import (
    ChangedMeanwhile,
    DsrError,
    ItemChanged,
    NeedsPerson,
    TryAgain,
    ValueRefused,
)
from dsr.core.receipts import Receipt
from dsr.core.request import Outcome, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Subject
from dsr.db import plans, subject_requests
from dsr.db.leases import Claim
from dsr.db.plans import Batch, Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import (
    accounting,
    afterwards,
    beginning,
    case,
    permitted,
    planning,
    set_aside,
    stages,
)
from dsr.services.case import SYSTEM, Told
from dsr.services.office import Office
from dsr.services.planning import Ref
from dsr.services.search import BACK_OFF, TAKEN_OVER
from dsr.vault.fields import seal_json

#: how often a system may say that it erased what is still there, before a person is asked
LIES = 3
STILL_THERE = "This system said that it was done, but it is still there; open it and look."


@dataclass(frozen=True, kw_only=True)
class Work:
    """A claimed batch and all a worker needs to do it.

    `begun`: somebody acted on it before and was lost, so look first. `known_ref` is who the person
    was there at the last look, once the account may be gone. `broken` is why nothing more may be
    done of it: what became of it is looked at. `receipt` is what an earlier worker brought home:
    only the read-back is left. `lies` is how often the system said what was not so.
    """

    batch_id: str
    plan_id: str
    request_id: str
    system: str
    dataset: str
    verb: Verb
    fence: int
    attempts: int
    begun: bool
    lies: int
    known_ref: str = field(repr=False)
    subject: Subject = field(repr=False)
    person: str
    key: bytes = field(repr=False)
    refs: tuple[Ref, ...] = field(repr=False)
    detail: Mapping[str, object] = field(repr=False)
    receipt: Receipt | None = field(repr=False)
    broken: str = ""

    @property
    def changes(self) -> tuple[Change, ...]:
        """The fields that a rectification changes."""
        listed = self.detail.get("changes", ())
        return tuple(Change(**one) for one in listed) if isinstance(listed, list) else ()

    @property
    def purposes(self) -> tuple[str, ...]:
        """The uses that stop."""
        listed = self.detail.get("purposes", ())
        return tuple(str(one) for one in listed) if isinstance(listed, list) else ()


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a last look found: how many items are new or changed, and who the person is there."""

    subject_ref: str = field(repr=False)
    differences: Mapping[str, int]


def begin(session: Session, office: Office, batch_id: str) -> Work | None:
    """Claim a batch whose turn it is and that may still be done; None otherwise.

    What may not be done any more (approval revoked or over, another plan, not what was approved)
    goes back to the desk, and nothing is called (T76, I3).
    """
    row = _locked(session, office, batch_id)
    return _claimed(session, office, row, batch_id) if row else None


def _locked(session: Session, office: Office, batch_id: str) -> SubjectRequest | None:
    """The request of a batch that is due, locked: before the batch, as everybody does."""
    request_id = plans.request_of_due(session, batch_id, office.now())
    return subject_requests.by_id(session, request_id, lock=True) if request_id else None


def _claimed(session: Session, office: Office, row: SubjectRequest, batch_id: str) -> Work | None:
    batch, plan = plans.with_plan(session, batch_id)
    item, key = stages.item_of(row, batch.item_id), case.case_key(session, office, row)
    verdict = permitted.verdict(session, office, permitted.Case(row, item, plan, batch))
    begun, acting = batch.acting_at is not None, {"acting_at": office.now()}
    values = acting if verdict.may else {}
    claim = Claim(row_id=batch_id, now=office.now(), lease=office.terms.lease, values=values)
    if plans.claim(session, claim) is None:
        return None
    if verdict.may:
        return _work(session, key, (row, batch), begun=begun)
    if begun and batch.verb == Verb.ERASE and verdict.wait is None and not plan.ended_how:
        return replace(_work(session, key, (row, batch), begun=True), broken=verdict.why)
    batch.lease_until, batch.trouble = None, verdict.why
    if verdict.wait is not None:
        batch.next_at, batch.attempts = office.now() + verdict.wait, batch.attempts - 1
    elif not plan.ended_how:
        back_to_review(session, office, (row, item), verdict.why)
    return None


def begin_with(session: Session, office: Office, batch_id: str) -> tuple[Work, ...]:
    """A batch as `begin` claims it, with what is done together: the last looks at one system.

    They change nothing, so that no intent stands between them; all of them count, or none.
    """
    row = _locked(session, office, batch_id)
    return _with_looks(session, office, row, batch_id) if row else ()


def go_on(session: Session, office: Office, work: Work, batch_id: str | None) -> tuple[Work, ...]:
    """The same for a batch that follows on another, whose request this transaction holds."""
    row = subject_requests.by_id(session, work.request_id, lock=True)
    return _with_looks(session, office, row, batch_id) if batch_id else ()


def _with_looks(
    session: Session, office: Office, row: SubjectRequest, batch_id: str
) -> tuple[Work, ...]:
    first = _claimed(session, office, row, batch_id)
    if first is None:
        return ()
    if first.verb is not Verb.LOOK_AGAIN:
        return (first,)
    rest = (_claimed(session, office, row, other) for other in _looks_beside(session, first))
    return (first, *(work for work in rest if work is not None))


def _looks_beside(session: Session, first: Work) -> list[str]:
    kind = (first.system, Verb.LOOK_AGAIN, None)
    slots = plans.outline(session, first.plan_id)
    found = [one.id for one in slots if (one.system, one.verb, one.outcome) == kind]
    return [one for one in found if one != first.batch_id]


def received(session: Session, office: Office, work: Work, receipt: Receipt) -> None:
    """Keep what the system reported, before anybody looks whether it is true.

    A receipt that leaves out a reference is no receipt; one that asks for a person waits for one.
    """
    if receipt.by_hand:
        _for_a_person(session, office, work, receipt.by_hand)
        return
    place = ("batches", "receipt_sealed", work.batch_id)
    lies = {"untrue": work.lies} if work.lies else {}
    values = {
        "receipt_sealed": seal_json(work.key, place, accounting.to_json(receipt)),
        "counts": {**accounting.counts(receipt), **lies},
        "lease_until": office.now() + office.terms.lease,
    }
    # Of this batch alone, by its fence: what belongs to the request is not touched.
    batch = plans.written_if_mine(session, work.batch_id, work.fence, values)
    if batch is None:
        raise ChangedMeanwhile(TAKEN_OVER)
    afterwards.changed(session, office, batch, accounting.erased_keys(work.refs, receipt))


def verified(
    session: Session, office: Office, work: Work, receipt: Receipt, held: Mapping[str, Item]
) -> str | None:
    """What was read back decides: the batch has its outcome, and the next one is returned.

    What a system said and did not do is tried again a few times, and then a person looks (T79).
    """
    row, batch = mine(session, work)
    wrong = accounting.untrue(work.verb, work.changes, receipt, held)
    if wrong:
        _lied(session, office, row, batch, len(wrong))
        return None
    batch.verified_at, batch.counts = office.now(), accounting.counts(receipt)
    finish(session, office, row, batch, accounting.outcome(receipt))
    return following(session, office, batch)


def looked(session: Session, office: Office, work: Work, found: Looked) -> Batch | None:
    """What a last look before erasing found: nothing new, and its batch is at its end.

    Or the plan goes back, and None is returned (F25, T76).
    """
    row, batch = mine(session, work)
    item = stages.item_of(row, batch.item_id)
    aside = set_aside.in_batches(session, office, (row, item), batch)
    differences = {**found.differences, **({"set_aside": aside} if aside else {})}
    if case.open_refs(work.key, row).get(work.system) != found.subject_ref:
        case.set_ref(work.key, row, work.system, found.subject_ref)
    if not any(differences.values()):
        batch.verified_at = office.now()
        finish(session, office, row, batch, Outcome.DONE)
        return batch
    batch.counts = dict(differences)
    batch.lease_until = None
    back_to_review(session, office, (row, item), "the data changed", differences)
    afterwards.search_afresh(session, office, row, item)
    return None


def trouble(session: Session, office: Office, work: Work, error: DsrError) -> None:
    """Note what went wrong: try again later, or ask a person. Nothing is ever just dropped."""
    row, batch = mine(session, work)
    batch.lease_until = None
    batch.trouble = f"{type(error).__name__}: {error}"[:300]
    body = {"system": batch.system, "batch": batch.id, "error": type(error).__name__}
    body["attempts"] = str(batch.attempts)
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.BATCH_FAILED, body=body))
    if isinstance(error, ItemChanged | ValueRefused):
        item = stages.item_of(row, batch.item_id)
        back_to_review(session, office, (row, item), batch.trouble)
        if isinstance(error, ItemChanged):
            afterwards.search_afresh(session, office, row, item)
    elif isinstance(error, TryAgain):
        batch.next_at = office.now() + _pause(batch, error)
    else:
        batch.needs_person = True
        if isinstance(error, NeedsPerson):
            batch.instruction = str(error)[:500]


def back_to_review(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    why: str,
    differences: Mapping[str, int] | None = None,
) -> None:
    """The plan is void: the item goes back to the officer, who sees why and what differs."""
    row, item = what
    plan = planning.end(session, office, (row, item), "superseded", SYSTEM)
    body = {"item": item.id, "plan": plan.id if plan else None, "why": why[:100]}
    body |= {f"count_{name}": str(count) for name, count in (differences or {}).items()}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.PLAN_CHANGED, body=body))
    if Stage(item.stage) in (Stage.EXECUTING, Stage.COOLING_OFF, Stage.APPROVING):
        stages.move(session, office, item, Stage.REVIEWING, SYSTEM)


def _for_a_person(session: Session, office: Office, work: Work, instruction: str) -> None:
    row, batch = mine(session, work)
    batch.needs_person, batch.lease_until = True, None
    batch.instruction = instruction[:500]
    body = {"system": batch.system, "batch": batch.id, "verb": batch.verb}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.BATCH_BY_HAND, body=body))
    beginning.ask_processor(session, office, batch)


def _work(session: Session, key: bytes, of: tuple[SubjectRequest, Batch], *, begun: bool) -> Work:
    row, batch = of
    return Work(
        batch_id=batch.id,
        plan_id=batch.plan_id,
        request_id=row.id,
        system=batch.system,
        dataset=batch.dataset,
        verb=Verb(batch.verb),
        fence=batch.fence,
        attempts=batch.attempts,
        begun=begun,
        lies=int(batch.counts.get("untrue", 0)),
        known_ref=case.open_refs(key, row).get(batch.system, "") if batch.phase else "",
        subject=case.verified_subject(key, row),
        person=afterwards.person_of(session, row, batch.system),
        key=key,
        refs=tuple(planning.refs_of(key, batch)),
        detail=planning.detail_of(key, batch),
        receipt=accounting.opened(key, batch),
    )


def finish(
    session: Session, office: Office, row: SubjectRequest, batch: Batch, outcome: Outcome
) -> None:
    batch.outcome, batch.finished_at = outcome, office.now()
    batch.lease_until, batch.trouble, batch.needs_person = None, "", False
    body = {"system": batch.system, "dataset": batch.dataset, "batch": batch.id}
    body |= {"verb": batch.verb, "outcome": str(outcome)}
    body |= {f"count_{name}": str(count) for name, count in batch.counts.items()}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.BATCH_DONE, body=body))


def following(session: Session, office: Office, batch: Batch) -> str | None:
    """The next batch of the plan; when there is none, what follows on the whole of it."""
    session.flush()
    left = [one for one in plans.outline(session, batch.plan_id) if one.outcome is None]
    beside = [one for one in left if one.phase == batch.phase and beginning.is_free(one)]
    if beside:
        return beside[0].id
    if not left:
        row = subject_requests.by_id(session, batch.request_id)
        plan = session.get_one(Plan, batch.plan_id, populate_existing=True)
        if not plan.ended_how:  # else it was stopped while this was under way
            afterwards.finished(session, office, row, plan)
        return None
    opened = beginning.open_phase(session, office, batch.plan_id)
    free = [one for one in opened if beginning.is_free(one)]
    beginning.ring_for(session, [one for one in free if one.system != free[0].system])
    return free[0].id if free else None


def _lied(session: Session, office: Office, row: SubjectRequest, batch: Batch, count: int) -> None:
    batch.receipt_sealed, batch.lease_until = None, None
    batch.trouble = f"{STILL_THERE} ({count})"
    lies = int(batch.counts.get("untrue", 0)) + 1
    batch.counts = {"untrue": lies, "still_there": count}
    if lies >= LIES:
        batch.needs_person, batch.instruction = True, f"{STILL_THERE} ({count})"
    else:
        batch.next_at = office.now() + timedelta(seconds=BACK_OFF[lies])
    body = {"system": batch.system, "batch": batch.id, "error": "untrue", "still_there": str(count)}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.BATCH_FAILED, body=body))


def _pause(batch: Batch, error: TryAgain) -> timedelta:
    own = BACK_OFF[min(batch.attempts - 1, len(BACK_OFF) - 1)]
    return timedelta(seconds=max(min(error.after or 0.0, 3600.0), float(own)))


def mine(session: Session, work: Work) -> tuple[SubjectRequest, Batch]:
    """The request and the batch, both locked, while the lease is ours."""
    # The request first, then the batch: everybody locks in this order.
    row = subject_requests.by_id(session, work.request_id, lock=True)
    batch = session.get(Batch, work.batch_id, populate_existing=True, with_for_update=True)
    if batch is None or batch.fence != work.fence:
        raise ChangedMeanwhile(TAKEN_OVER)
    return row, batch
