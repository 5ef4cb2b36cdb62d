"""Making the answer: the letter, and for a granted request the package; then releasing it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import ChangedMeanwhile, DsrError
from dsr.core.letters import Letter as LetterFacts
from dsr.core.package import PackageContents
from dsr.core.portable import asked
from dsr.core.request import Decision, Outcome
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import answers, steps, subject_requests
from dsr.db.answers import Letter, Package
from dsr.db.columns import new_id
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.calendar import civil_date
from dsr.law.identity import RELEASE
from dsr.law.rights import Right
from dsr.services import (
    case,
    census,
    change_facts,
    contents,
    facts,
    found,
    plan,
    stages,
    weighing,
    wishes,
)
from dsr.services.case import SYSTEM, Told
from dsr.services.census import Census
from dsr.services.found import Found
from dsr.services.office import Office
from dsr.vault.vault import Sealed

LONGEST_PAUSE = 300
#: rights that are answered with a change and a letter, without a package
CHANGES = frozenset(set(Right) - {Right.ACCESS, Right.PORTABILITY})


@dataclass(frozen=True, kw_only=True)
class PackWork:
    """A claimed packing step with all the facts; rendering happens outside any transaction.

    `contents` are those of the package, still without the letter; None when there is none.
    `portable` says that the package is the part of Art. 20 alone.
    """

    step_id: str
    request_id: str
    fence: int
    key: bytes = field(repr=False)
    letter: LetterFacts = field(repr=False)
    decision: dict[str, object] = field(repr=False)
    contents: PackageContents | None = field(repr=False)
    level: Level
    folder: str
    portable: bool = False


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the worker rendered and sealed."""

    letter: Sealed
    package: Sealed | None


def begin(session: Session, office: Office, step_id: str) -> PackWork | None:
    """Claim a packing step; None when it is in other hands, or back in review."""
    request_id = session.scalar(select(Step.request_id).where(Step.id == step_id))
    if request_id is None:
        return None
    row = subject_requests.by_id(session, request_id, lock=True)  # before the step
    step = steps.claim(session, step_id, office.now(), office.terms.lease)
    if step is None:
        return None
    item = item_of_step(row, step)
    try:
        return _begun(session, office, (row, item), step)
    except DsrError as error:
        _put_off(office, step, error)
        return None


def _begun(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], step: Step
) -> PackWork | None:
    row, item = what
    if _is_of_change(item):
        return _of_change(session, office, what, step)
    known = found.load(session, row, run_of(row, item))
    if _went_stale(session, office, what, known.digest, step):
        return None
    return _work(session, office, what, known, step)


def _is_of_change(item: RequestItem) -> bool:
    """Whether a letter alone answers; also of a copy that the person took back."""
    if item.decision == Decision.WITHDRAWN:
        return True
    return item.right in CHANGES and item.decision != Decision.NOT_PROVED


def item_of_step(row: SubjectRequest, step: Step) -> RequestItem:
    """The item whose answer a packing step makes."""
    return stages.item_of(row, step.item_id) if step.item_id else stages.access_item(row)


def run_of(row: SubjectRequest, item: RequestItem) -> int:
    """The search that an item was decided on: a later one for a sibling does not change it."""
    run = item.facts.get("run")
    return run if isinstance(run, int) else row.run


def _of_change(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], step: Step
) -> PackWork:
    row, item = what
    return PackWork(
        step_id=step.id,
        request_id=row.id,
        fence=step.fence,
        key=case.case_key(session, office, row),
        letter=change_facts.letter(session, office, row, item),
        decision=_decision_of(row, item),
        contents=None,
        level=_level_of_change(session, office, row, item),
        folder=f"requests/{row.id}/answer-{step.run}-{step.fence}",
    )


def _level_of_change(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem
) -> Level:
    """What a letter about a change needs: it tells what was held, so as much as that data."""
    if item.decision == Decision.WITHDRAWN:
        return Level(RELEASE["receipt"])
    wish = wishes.of(session, office, row, item)
    needed = Level(RELEASE["special" if weighing.is_special(office.register, wish) else "plain"])
    return min(needed, max(Level(row.level), Level.IA2, key=str), key=str)


def _work(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    known: Found,
    step: Step,
) -> PackWork:
    (row, item), key = what, case.case_key(session, office, what[0])
    decision = Decision(item.decision or "")
    counted = census.of(office, key, known)
    told = {**_decision_of(row, item), **_counted(counted)}
    packed = None
    if decision in (Decision.GRANTED, Decision.PARTLY):
        packed = replace(contents.contents(office, row, key, known, counted), decision=told)
        voluntary = weighing.voluntary_care(item)
        wish = wishes.of(session, office, row, item)
        packed = replace(packed, decision_made=decision, portable=asked(wish, voluntary))
    portable = item.right == Right.PORTABILITY and decision is not Decision.NOT_PROVED
    return PackWork(
        step_id=step.id,
        request_id=row.id,
        fence=step.fence,
        key=key,
        letter=change_facts.letter(session, office, row, item)
        if portable
        else facts.answer(session, office, row, counted, known.searches),
        decision=told,
        contents=packed,
        portable=portable,
        level=_level(office, row, decision, counted),
        folder=f"requests/{row.id}/answer-{step.run}-{step.fence}",
    )


def finish(session: Session, office: Office, work: PackWork, made: Made) -> None:
    """Record the letter and the package; the answer now waits for the officer to send it."""
    row = subject_requests.by_id(session, work.request_id, lock=True)
    step = session.get(Step, work.step_id, populate_existing=True, with_for_update=True)
    if step is None or step.fence != work.fence:
        raise ChangedMeanwhile("Another worker has taken over this step.")
    item, now = item_of_step(row, step), office.now()
    digest = found.digest(session, row, run_of(row, item))
    if item.right not in CHANGES and _went_stale(session, office, (row, item), digest, step):
        # Somebody proved more while it was made: what was read is not what was decided on.
        for sealed in filter(None, (made.letter, made.package)):
            office.vault.delete(sealed.name)
        return
    letter = _letter_row(work, made, row, item, now)
    letter.released_at = now if Stage(item.stage) is Stage.CLOSED else None  # made again
    session.add(letter)
    body = {"letter": letter.id, "kind": letter.kind, "sha256": letter.sha256}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.LETTER_MADE, body=body))
    if made.package is not None:
        _destroy_older(session, office, row, item)
        _add_package(session, office, (row, item), work, made.package)
    step.outcome, step.finished_at, step.lease_until = Outcome.DONE, now, None
    step.trouble = ""
    if Stage(item.stage) is Stage.EXECUTING:
        stages.move(session, office, item, Stage.REPLYING, SYSTEM)


def trouble(session: Session, office: Office, work: PackWork, error: DsrError) -> None:
    """The answer could not be made: name why, and try again within five minutes, as long as
    it takes. Nobody at the desk could do more, and what was mended needs nobody to say so.
    """
    row = subject_requests.by_id(session, work.request_id, lock=True)
    step = session.get(Step, work.step_id, populate_existing=True, with_for_update=True)
    if step is None or step.fence != work.fence:
        return
    _put_off(office, step, error)
    body = {"step": step.id, "error": type(error).__name__, "attempts": step.attempts}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.SYSTEM_FAILED, body=body))


def _put_off(office: Office, step: Step, error: DsrError) -> None:
    pause = timedelta(seconds=min(10 * 2 ** (step.attempts - 1), LONGEST_PAUSE))
    step.lease_until, step.next_at = None, office.now() + pause
    step.trouble = f"{type(error).__name__}: {error}"[:300]


def _went_stale(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    digest: str,
    step: Step,
) -> bool:
    _row, item = what
    if item.frozen_digest is None or item.frozen_digest == digest:
        return False
    step.outcome, step.finished_at, step.lease_until = Outcome.FAILED, office.now(), None
    step.trouble = "ChangedMeanwhile: the data changed after the decision"
    if Stage(item.stage) is not Stage.CLOSED:
        stages.move(session, office, item, Stage.REVIEWING, SYSTEM)
    return True


def _level(office: Office, row: SubjectRequest, decision: Decision, counted: Census) -> Level:
    if decision is Decision.NOT_PROVED:
        return Level(RELEASE["not_proved"])
    if decision is Decision.REFUSED:
        return Level(RELEASE["plain"])
    if decision is Decision.NOTHING_HELD:
        # That nothing is held tells something too: it needs the level of what was asked for.
        asked = [d for s in office.register.systems for d in plan.in_scope(s, row.scope)]
        special = any(dataset.special for dataset in asked)
        return Level(RELEASE["special" if special else "plain"])
    return Level(RELEASE["special" if counted.special else "plain"])


def _decision_of(row: SubjectRequest, item: RequestItem) -> dict[str, object]:
    return {
        "schema": "decision/1",
        "reference": row.reference,
        "right": item.right,
        "decision": item.decision,
        "grounds": list(item.grounds),
        "received": civil_date(row.received_at).isoformat(),
        "due": row.due.isoformat(),
        "decided": civil_date(item.decided_at).isoformat() if item.decided_at else None,
    }


def _counted(counted: Census) -> dict[str, object]:
    return {
        "found": counted.found.total(),
        "released": counted.released.total(),
        "redacted": counted.redacted.total(),
    }


def _letter_row(
    work: PackWork, made: Made, row: SubjectRequest, item: RequestItem, now: object
) -> Letter:
    kinds = {Decision.REFUSED: "refusal", Decision.NOT_PROVED: "not_proved"}
    kind = kinds.get(Decision(item.decision or ""), "access_answer")
    if item.right != Right.ACCESS and item.decision != Decision.NOT_PROVED:
        kind = f"{'destruction' if item.part else item.right}_answer"
    return Letter(
        id=new_id(),
        request_id=row.id,
        item_id=item.id,
        kind=kind,
        language=row.language,
        level=work.level,
        blob=made.letter.name,
        bytes=made.letter.bytes,
        sha256=made.letter.sha256,
        made_at=now,
    )


def _add_package(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    work: PackWork,
    sealed: Sealed,
) -> None:
    row, item = what
    package = Package(
        id=new_id(),
        request_id=row.id,
        item_id=item.id,
        blob=sealed.name,
        bytes=sealed.bytes,
        sha256=sealed.sha256,
        level=work.level,
        made_at=office.now(),
        expires_at=office.now() + timedelta(days=office.terms.package_days),
        downloads_allowed=office.terms.downloads,
    )
    session.add(package)
    body = {"package": package.id, "sha256": package.sha256, "bytes": package.bytes}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.PACKED, body=body))


def _destroy_older(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem
) -> None:
    older = answers.package_of(session, row.id, item.id, lock=True)
    if older is not None:
        older.destroyed_at = office.now()
        office.vault.delete(older.blob)
        body = {"package": older.id}
        told = Told(who=SYSTEM, action=Action.PACKAGE_DESTROYED, body=body)
        case.tell(session, office, row, told)
