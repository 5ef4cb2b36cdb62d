"""One search step: claimed, walked page by page, finished; every write is fenced.

The calls to the system itself happen between these functions, outside any transaction.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.connector import Candidate, Item, Located, Nobody, One, Several
from dsr.core.errors import (
    BadAnswer,
    ChangedMeanwhile,
    DsrError,
    ForeignRecord,
    NeedsPerson,
    TryAgain,
)
from dsr.core.request import Outcome, Verb
from dsr.core.subject import Subject
from dsr.db import steps, subject_requests
from dsr.db.steps import Segment, Step
from dsr.db.subject_requests import SubjectRequest
from dsr.services import archive, case, codes, identify, pace, plan
from dsr.services.case import SYSTEM, Told
from dsr.services.office import Office
from dsr.vault.fields import seal_text, unseal_text

TAKEN_OVER = "Another worker has taken over this step."
#: pauses between attempts; the last one repeats, so a system that recovers is searched by itself
BACK_OFF = (2, 5, 15, 60, 120, 240)


@dataclass(frozen=True, kw_only=True)
class Work:
    """A claimed step and all a worker needs to do it."""

    step_id: str
    request_id: str
    system: str
    verb: str
    fence: int
    attempts: int
    subject: Subject = field(repr=False)
    key: bytes = field(repr=False)
    datasets: tuple[str, ...]
    cursor: dict[str, object] = field(repr=False)
    counts: dict[str, object]
    folder: str
    pieces: int
    items: int


def begin(session: Session, office: Office, step_id: str) -> Work | None:
    """Claim a step; None when it is done, not due, in other hands, or its system has no room."""
    if not pace.may_begin(session, office, step_id):
        return None
    step = steps.claim(session, step_id, office.now(), office.terms.lease)
    if step is None:
        return None
    return _work(session, office, step, subject_requests.by_id(session, step.request_id))


def _work(session: Session, office: Office, step: Step, subject_request: SubjectRequest) -> Work:
    key = case.case_key(session, office, subject_request)
    pieces = steps.segments_of(session, step.id) if step.fence > 1 else []
    return Work(
        step_id=step.id,
        request_id=step.request_id,
        system=step.system,
        verb=step.verb,
        fence=step.fence,
        attempts=step.attempts,
        subject=_subject(key, subject_request, step),
        key=key,
        datasets=tuple(
            d.id for d in plan.in_scope(office.register.system(step.system), subject_request.scope)
        ),
        cursor=_opened(key, step),
        counts=dict(step.counts),
        folder=archive.folder_of(step),
        pieces=len(pieces),
        items=sum(piece.count for piece in pieces),
    )


def _subject(key: bytes, subject_request: SubjectRequest, step: Step) -> Subject:
    if step.verb == Verb.IDENTIFY and step.cursor.get("for") == "code":
        typed, _extra = case.open_subject(key, subject_request)
        return typed
    return case.verified_subject(key, subject_request)


def is_sure(found: One) -> bool:
    """Whether a match may be used without a person looking: never on one shared contact (T9).

    A reference fixed earlier or the patient number is enough; otherwise the name must agree
    together with the birth date, or with an e-mail address, or with a phone number.
    """
    agrees = set(found.agrees)
    if agrees & {"known_refs", "patient_number", "bsn"}:
        return True
    return "name" in agrees and bool(agrees & {"birth_date", "email", "phone"})


def as_sure(found: Located) -> Located:
    """The answer of a system, with a match that is not sure enough left to the desk."""
    if isinstance(found, One) and not is_sure(found):
        return Several(candidates=(_candidate(found),))
    return found


def checkpoint(
    session: Session, office: Office, work: Work, done: dict[str, object], piece: Segment | None
) -> None:
    """Keep how far the search is, in one transaction with the piece it sealed.

    `done` holds `cursor` and `counts`. `ChangedMeanwhile` when the lease was lost: stop.
    """
    values = {**_sealed(work, done), "lease_until": office.now() + office.terms.lease}
    if not steps.write_if_mine(session, work.step_id, work.fence, values):
        raise ChangedMeanwhile(TAKEN_OVER)
    if piece is not None:
        session.add(piece)


def located(session: Session, office: Office, work: Work, found: Located) -> Work | None:
    """Finish a step whose answer is about who it is: nobody, several, or the leading system's.

    Whoever found the person in the leading system goes on with its search: that is returned.
    """
    step, subject_request = _mine(session, work)
    if work.pieces:
        # Somebody found before a pause and not any more: nothing read about them may stay.
        steps.forget_found(session, step)
    if step.cursor.get("for") == "code":
        codes.send(session, office, step, found)
    elif work.verb == Verb.IDENTIFY:
        identify.person_found(session, office, step, found, subject_request)
    elif isinstance(found, Several):
        step.outcome = Outcome.SEVERAL_PEOPLE
        plan.keep_candidates(work.key, step, found)
    elif isinstance(found, Nobody):
        step.outcome = Outcome.NONE_FOUND
    _finish(session, office, step, subject_request)
    return _following(session, office, step, subject_request)


def _following(
    session: Session, office: Office, done: Step, subject_request: SubjectRequest
) -> Work | None:
    """The search of the same system, taken in this transaction: its place there is ours already."""
    if done.verb != Verb.IDENTIFY or done.outcome != Outcome.DONE:
        return None
    searches = plan.searches_of(session, subject_request)
    same = next((step.id for step in searches if step.system == done.system), "")
    taken = steps.claim(session, same, office.now(), office.terms.lease)
    if taken is None:
        return None
    session.info["to_ring"].remove(taken.id)
    return _work(session, office, taken, subject_request)


def complete(
    session: Session, office: Office, work: Work, done: dict[str, object], piece: Segment | None
) -> None:
    """Finish a search that came to its end."""
    subject_request = subject_requests.by_id(session, work.request_id, lock=True)
    step = steps.take_if_mine(session, work.step_id, work.fence, _sealed(work, done))
    if step is None:
        raise ChangedMeanwhile(TAKEN_OVER)
    if piece is not None:
        session.add(piece)
    found = sum(count for count in _numbers(step.counts))
    step.outcome = Outcome.DONE if found else _nothing(step)
    _finish(session, office, step, subject_request)


def trouble(session: Session, office: Office, work: Work, error: DsrError) -> None:
    """Note what went wrong: try again later, or ask a person. Nothing is ever just dropped.

    A `ForeignRecord` or `NeedsPerson` waits for a person (`needs_person`); everything else sets
    `next_at`, after the pause the system asked for or our own. The next attempt goes on at the
    last checkpoint, or from the beginning where the pages did not fit together.
    """
    step, subject_request = _mine(session, work)
    if isinstance(error, BadAnswer) and error.from_start:
        steps.forget_found(session, step)
    step.lease_until = None
    step.trouble = f"{type(error).__name__}: {error}"[:300]
    if isinstance(error, ForeignRecord | NeedsPerson):
        step.needs_person = True
    else:
        step.next_at = office.now() + _pause(work, error)
    foreign = isinstance(error, ForeignRecord)
    action = Action.FOREIGN_RECORD if foreign else Action.SYSTEM_FAILED
    body = {"system": step.system, "step": step.id, "error": type(error).__name__}
    body["attempts"] = str(step.attempts)
    case.tell(session, office, subject_request, Told(who=SYSTEM, action=action, body=body))


def person_key(office: Office, work: Work, found: One) -> str:
    """A keyed hash of who was found, to see after a pause that it is still the same person."""
    return person_in(office, work.system, found)


def person_in(office: Office, system: str, found: One) -> str:
    """The same for a system by its id."""
    return office.hash("person", system, found.subject_ref)


def is_failure(error: DsrError | None) -> bool:
    """Whether an error speaks against the system: it did not answer, or not in its own way.

    A system that asks for rest does answer, and one without the person too.
    """
    return isinstance(error, TryAgain) and error.after is None


def item_key(office: Office, work: Work, item: Item) -> str:
    """The stable key of an item of this step's system."""
    return archive.item_key(office, work.system, item)


def _sealed(work: Work, done: dict[str, object]) -> dict[str, object]:
    """`done` as it is stored: a system's own mark of a page may hold names and numbers."""
    cursor = done["cursor"]
    if not isinstance(cursor, dict) or not cursor.get("after"):
        return done
    hidden = seal_text(work.key, _of_cursor(work.step_id), str(cursor["after"]))
    return {**done, "cursor": {**cursor, "after": b64encode(hidden).decode()}}


def _opened(key: bytes, step: Step) -> dict[str, object]:
    cursor: dict[str, object] = dict(step.cursor)
    if after := cursor.get("after"):
        cursor["after"] = unseal_text(key, _of_cursor(step.id), b64decode(str(after)))
    return cursor


def _of_cursor(step_id: str) -> tuple[str, str, str]:
    return ("steps", "cursor", step_id)


def _pause(work: Work, error: DsrError) -> timedelta:
    asked = error.after if isinstance(error, TryAgain) and error.after else 0.0
    own = BACK_OFF[min(work.attempts - 1, len(BACK_OFF) - 1)]
    jitter = (hash(work.step_id) % 100) / 100
    return timedelta(seconds=max(min(asked, 3600.0), float(own)) + jitter)


def _mine(session: Session, work: Work) -> tuple[Step, SubjectRequest]:
    # The request first, then the step: everybody locks in this order.
    subject_request = subject_requests.by_id(session, work.request_id, lock=True)
    step = session.get(Step, work.step_id, populate_existing=True, with_for_update=True)
    if step is None or step.fence != work.fence:
        raise ChangedMeanwhile(TAKEN_OVER)
    return step, subject_request


def _finish(session: Session, office: Office, step: Step, subject_request: SubjectRequest) -> None:
    step.finished_at, step.lease_until, step.trouble = office.now(), None, ""
    body = {"system": step.system, "step": step.id, "outcome": step.outcome, **_plain(step.counts)}
    told = Told(who=SYSTEM, action=Action.SYSTEM_SEARCHED, body=body)
    case.tell(session, office, subject_request, told)
    if step.verb == Verb.SEARCH:
        plan.review_if_ready(session, office, subject_request)


def _nothing(step: Step) -> Outcome:
    kept_off = [value for value in step.counts.values() if value == "not_kept"]
    return (
        Outcome.NOT_KEPT if kept_off and len(kept_off) == len(step.counts) else Outcome.NONE_FOUND
    )


def _numbers(counts: dict[str, object]) -> list[int]:
    return [value for value in counts.values() if isinstance(value, int)]


def _plain(counts: dict[str, object]) -> dict[str, object]:
    return {f"count_{dataset}": value for dataset, value in counts.items()}


def _candidate(found: One) -> Candidate:
    return Candidate(
        subject_ref=found.subject_ref,
        agrees=found.agrees,
        shown={"name": found.on_file.name, "birth_date": str(found.on_file.birth_date or "")},
    )
