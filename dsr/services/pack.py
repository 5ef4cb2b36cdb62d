"""Making the answer: the letter, and for a granted request the package; then releasing it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import ChangedMeanwhile, DsrError, NotReady
from dsr.core.letters import Letter as LetterFacts
from dsr.core.package import PackageContents
from dsr.core.request import Decision, Outcome, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import answers, steps, subject_requests
from dsr.db.answers import Letter, Package
from dsr.db.columns import new_id
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.calendar import civil_date
from dsr.law.identity import RELEASE
from dsr.services import case, census, contents, decide, facts, found, notify, plan, stages
from dsr.services.case import SYSTEM, Told, Who
from dsr.services.census import Census
from dsr.services.found import Found
from dsr.services.office import Office
from dsr.vault.vault import Sealed

LONGEST_PAUSE = 300
_FOLDER = re.compile(r"/answer[-/](\d+)-(\d+)/")


@dataclass(frozen=True, kw_only=True)
class PackWork:
    """A claimed packing step with all the facts; rendering happens outside any transaction.

    `contents` are those of the package, still without the letter; None when there is none.
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
    known = found.load(session, row)
    if _went_stale(session, office, row, known.digest, step):
        return None
    return _work(session, office, row, known, step)


def _work(
    session: Session, office: Office, row: SubjectRequest, known: Found, step: Step
) -> PackWork:
    item, key = stages.access_item(row), case.case_key(session, office, row)
    decision = Decision(item.decision or "")
    counted = census.of(office, key, known)
    told = _decision_json(row, item, counted)
    packed = None
    if decision in (Decision.GRANTED, Decision.PARTLY):
        packed = replace(contents.contents(office, row, key, known, counted), decision=told)
    return PackWork(
        step_id=step.id,
        request_id=row.id,
        fence=step.fence,
        key=key,
        letter=facts.answer(session, office, row, counted, known.searches),
        decision=told,
        contents=packed,
        level=_level(office, row, decision, counted),
        folder=f"requests/{row.id}/answer-{step.run}-{step.fence}",
    )


def finish(session: Session, office: Office, work: PackWork, made: Made) -> None:
    """Record the letter and the package; the answer now waits for the officer to send it."""
    row = subject_requests.by_id(session, work.request_id, lock=True)
    step = session.get(Step, work.step_id, populate_existing=True, with_for_update=True)
    if step is None or step.fence != work.fence:
        raise ChangedMeanwhile("Another worker has taken over this step.")
    item, now = stages.access_item(row), office.now()
    if _went_stale(session, office, row, found.digest(session, row), step):
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
        if step.run > 1:  # the first has none before it
            _destroy_older(session, office, row)
        _add_package(session, office, row, work, made.package)
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
    pause = timedelta(seconds=min(10 * 2 ** (step.attempts - 1), LONGEST_PAUSE))
    step.lease_until, step.next_at = None, office.now() + pause
    step.trouble = f"{type(error).__name__}: {error}"[:300]
    body = {"step": step.id, "error": type(error).__name__, "attempts": step.attempts}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.SYSTEM_FAILED, body=body))


def send(session: Session, office: Office, subject_request: SubjectRequest, who: Who) -> None:
    """Send the answer: release the letter and the package, tell the person, close the item."""
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    item = stages.access_item(row)
    letter = answer_letter(session, row)
    if Stage(item.stage) is not Stage.REPLYING or letter is None:
        raise NotReady("The letter is not ready yet; wait until it is made.")
    if _being_made(session, row) or civil_date(letter.made_at) != office.today():
        raise NotReady(
            "The letter is being made again with the date of today; send it in a moment."
        )
    letter.released_at = office.now()
    package = answers.package_of(session, row.id, lock=True)
    if package is not None:
        package.expires_at = office.now() + timedelta(days=office.terms.package_days)
    notify.answer_ready(session, office, row, letter.id)
    body = {"letter": letter.id, "package": package.id if package else None}
    case.tell(session, office, row, Told(who=who, action=Action.LETTER_RELEASED, body=body))
    stages.move(session, office, item, Stage.CLOSED, who)


def make_again(session: Session, office: Office, subject_request: SubjectRequest, who: Who) -> None:
    """Make letter and package afresh for a closed request whose package has expired.

    Nothing is decided anew: what was decided is given again, with today's dates.
    """
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    item = stages.access_item(row)
    given = item.decision in (Decision.GRANTED, Decision.PARTLY)
    if Stage(item.stage) is not Stage.CLOSED or not given:
        raise NotReady("Only an answer that was given can be made again.")
    if answers.package_of(session, row.id) is not None or _being_made(session, row):
        raise NotReady("There is a package already, or it is being made.")
    decide.add_pack(session, office, row)
    told = Told(who=who, action=Action.MADE_AGAIN, body={"item": item.id})
    case.tell(session, office, row, told)


def renew(session: Session, office: Office, subject_request: SubjectRequest) -> bool:
    """Make an unsent answer of an earlier day afresh, so that its dates are those of today.

    The six weeks to the court and the days to download run from the answer (UAVG 35(2)).
    """
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    letter = answer_letter(session, row)
    item = stages.access_item(row)
    if Stage(item.stage) is not Stage.REPLYING or letter is None or _being_made(session, row):
        return False
    if civil_date(letter.made_at) == office.today():
        return False
    decide.add_pack(session, office, row)
    return True


def _being_made(session: Session, row: SubjectRequest) -> bool:
    found = steps.of_request(session, row.id)
    return any(step.verb == Verb.PACK and step.outcome is None for step in found)


def answer_letter(session: Session, subject_request: SubjectRequest) -> Letter | None:
    """The letter of the newest packing: by its run, because the clock of a host may be wrong."""
    made = [row for row in answers.letters(session, subject_request.id) if row.kind != "receipt"]
    return max(made, key=_packing, default=None)


def _packing(letter: Letter) -> tuple[int, int]:
    """The run and the fence of the packing that made a letter, as its blob's folder names them."""
    named = _FOLDER.search(letter.blob)
    return (int(named[1]), int(named[2])) if named else (0, 0)


def _went_stale(
    session: Session, office: Office, row: SubjectRequest, digest: str, step: Step
) -> bool:
    item = stages.access_item(row)
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


def _decision_json(row: SubjectRequest, item: RequestItem, counted: Census) -> dict[str, object]:
    return {
        "schema": "decision/1",
        "reference": row.reference,
        "right": item.right,
        "decision": item.decision,
        "grounds": list(item.grounds),
        "received": civil_date(row.received_at).isoformat(),
        "due": row.due.isoformat(),
        "decided": civil_date(item.decided_at).isoformat() if item.decided_at else None,
        "found": counted.found.total(),
        "released": counted.released.total(),
        "redacted": counted.redacted.total(),
    }


def _letter_row(
    work: PackWork, made: Made, row: SubjectRequest, item: RequestItem, now: object
) -> Letter:
    kinds = {Decision.REFUSED: "refusal", Decision.NOT_PROVED: "not_proved"}
    return Letter(
        id=new_id(),
        request_id=row.id,
        item_id=item.id,
        kind=kinds.get(Decision(item.decision or ""), "access_answer"),
        language=row.language,
        level=work.level,
        blob=made.letter.name,
        bytes=made.letter.bytes,
        sha256=made.letter.sha256,
        made_at=now,
    )


def _add_package(
    session: Session, office: Office, row: SubjectRequest, work: PackWork, sealed: Sealed
) -> None:
    package = Package(
        id=new_id(),
        request_id=row.id,
        item_id=stages.access_item(row).id,
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


def _destroy_older(session: Session, office: Office, row: SubjectRequest) -> None:
    older = answers.package_of(session, row.id, lock=True)
    if older is not None:
        older.destroyed_at = office.now()
        office.vault.delete(older.blob)
        body = {"package": older.id}
        told = Told(who=SYSTEM, action=Action.PACKAGE_DESTROYED, body=body)
        case.tell(session, office, row, told)
