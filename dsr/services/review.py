"""Reviewing what was found: paging, withholding, redacting, the clinician's sign-off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Any

import orjson
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, MoveRefused, NotAllowed, NotFound
from dsr.core.redaction import Cut, check_cut, redacted, without, words_under
from dsr.core.register import Dataset
from dsr.core.request import WithholdReason
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import answers, subject_requests
from dsr.db.answers import SignOff, Withholding
from dsr.db.columns import new_id
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.law.identity import level_for
from dsr.services import archive, case, plan, stages
from dsr.services.archive import Record
from dsr.services.case import Told, Who
from dsr.services.office import Office

#: reasons that a person may choose; LEVEL follows from the identity and is never chosen
CHOSEN = tuple(reason for reason in WithholdReason if reason is not WithholdReason.LEVEL)
REVIEWABLE = (Stage.REVIEWING, Stage.DECIDING)


@dataclass(frozen=True, kw_only=True)
class SeenItem:
    """An item as the desk sees it: the record, its register dataset, and what is withheld."""

    record: Record = field(repr=False)
    dataset: Dataset
    withheld: tuple[Withholding, ...]
    reason: WithholdReason | None

    @property
    def released(self) -> bool:
        """Whether the item (perhaps with parts blacked out) goes to the person."""
        return self.reason is None

    @property
    def data(self) -> dict[str, Any]:
        """The data as the person will see it."""
        return redacted(self.record["data"], self._cuts) if self._cuts else self.record["data"]

    @property
    def dates(self) -> dict[str, str]:
        """The dates beside the data, without those that are black in it."""
        words = words_under(self.record["data"], self._cuts)
        kept: dict[str, str] = self.record["dates"]
        return {name: day for name, day in kept.items() if without(day, words) == day}

    @property
    def _cuts(self) -> list[Cut]:
        return [Cut(path=w.path, start=w.start, end=w.end) for w in self.withheld if w.path]


@dataclass(frozen=True, kw_only=True)
class Withhold:
    """What to withhold: the item, or a field of it, or a span of a text; and why."""

    system: str
    number: int
    reason: WithholdReason
    path: str = ""
    start: int | None = None
    end: int | None = None


def items(
    session: Session, office: Office, subject_request: SubjectRequest, step: Step, first: int = 0
) -> Iterator[SeenItem]:
    """The items of one system from a number on, each with what is withheld of it, streamed."""
    key = case.case_key(session, office, subject_request)
    withheld: dict[str, list[Withholding]] = {}
    for row in answers.withholdings(session, subject_request.id):
        withheld.setdefault(row.item_key, []).append(row)
    system = office.register.system(step.system)
    datasets = {dataset.id: dataset for dataset in system.datasets}
    level = Level(subject_request.level)
    for record in archive.records(session, office.vault, key, step, first):
        dataset = datasets[record["dataset"]]
        rows = tuple(withheld.get(record["key"], ()))
        reason = _reason(record, dataset, rows, level)
        yield SeenItem(record=record, dataset=dataset, withheld=rows, reason=reason)


def item(
    session: Session, office: Office, subject_request: SubjectRequest, step: Step, number: int
) -> SeenItem:
    """One item by its number; `NotFound` when there is none."""
    found = next(iter(items(session, office, subject_request, step, number)), None)
    if found is None or found.record["n"] != number:
        raise NotFound("This system has no item with that number.")
    return found


def page(
    session: Session, office: Office, subject_request: SubjectRequest, step: Step, first: int
) -> list[SeenItem]:
    """Fifty items from number `first` on."""
    return list(islice(items(session, office, subject_request, step, first), 50))


def _reason(
    record: Record, dataset: Dataset, rows: tuple[Withholding, ...], level: Level
) -> WithholdReason | None:
    whole = next((row for row in rows if not row.path), None)
    if whole is not None:
        return WithholdReason(whole.reason)
    if not record["about"]:
        return WithholdReason.OTHER_PERSON
    needed = level_for(special=dataset.is_special(record["kind"]))
    return None if level.reaches(Level(needed)) else WithholdReason.LEVEL


def withhold(
    session: Session, office: Office, subject_request: SubjectRequest, what: Withhold, who: Who
) -> Withholding:
    """Withhold an item or a part of it. The source is never changed; only the answer is."""
    _open_for_review(session, subject_request)
    if what.reason not in CHOSEN:
        raise BadInput("reason", f"Choose one of: {', '.join(CHOSEN)}.")
    step = search_of(session, subject_request, what.system)
    seen = item(session, office, subject_request, step, what.number)
    if what.path:
        check_cut(seen.record["data"], Cut(path=what.path, start=what.start, end=what.end))
    row = Withholding(
        id=new_id(),
        request_id=subject_request.id,
        system=what.system,
        dataset=seen.dataset.id,
        item_key=seen.record["key"],
        path=what.path,
        start=what.start,
        end=what.end,
        reason=what.reason,
        made_by=who.staff_id,
        made_at=office.now(),
    )
    session.add(row)
    _tell(session, office, subject_request, row, Told(who=who, action=Action.WITHHELD))
    return row


def give_again(
    session: Session, office: Office, subject_request: SubjectRequest, row_id: str, who: Who
) -> None:
    """Take back a withholding."""
    _open_for_review(session, subject_request)
    row = session.get(Withholding, row_id)
    if row is None or row.request_id != subject_request.id or row.lifted_at is not None:
        raise NotFound("This was not withheld, or was given again already.")
    row.lifted_at = office.now()
    _tell(session, office, subject_request, row, Told(who=who, action=Action.GIVEN_AGAIN))


def sign_off(
    session: Session, office: Office, subject_request: SubjectRequest, system: str, who: Who
) -> SignOff:
    """A clinician has read what leaves of the medical file, exactly as it is now (BW 7:456)."""
    if not who.has("clinician") or who.staff_id is None:
        raise NotAllowed("Only a clinician may sign off items of the medical file.")
    _open_for_review(session, subject_request)
    now = review_digest(session, subject_request)
    for signed in answers.sign_offs(session, subject_request.id):
        if (signed.system, signed.digest) == (system, now):
            return signed
    row = SignOff(
        id=new_id(),
        request_id=subject_request.id,
        system=search_of(session, subject_request, system).system,
        digest=now,
        clinician=who.staff_id,
        made_at=office.now(),
    )
    session.add(row)
    body = {"system": system, "digest": row.digest}
    told = Told(who=who, action=Action.SIGNED_OFF, body=body)
    case.tell(session, office, subject_request, told)
    return row


def review_digest(session: Session, subject_request: SubjectRequest) -> str:
    """A hash over what was found and what is withheld: the thing that is signed and decided."""
    found = archive.digest(session, plan.searches_of(session, subject_request))
    rows = answers.withholdings(session, subject_request.id)
    # As JSON: run together, a cut from 1 to 112 would read like one from 11 to 12.
    kept = [(row.item_key, row.path, row.start, row.end, row.reason) for row in rows]
    told = orjson.dumps([found, subject_request.level, kept])
    return sha256(told).hexdigest()


def medical_systems(session: Session, office: Office, subject_request: SubjectRequest) -> list[str]:
    """Systems whose found items include the medical file; each needs a clinician."""
    needing = []
    for step in plan.searches_of(session, subject_request):
        system = office.register.system(step.system)
        counts = {d.id: step.counts.get(d.id, 0) for d in system.datasets if d.medical_file}
        if any(isinstance(count, int) and count for count in counts.values()):
            needing.append(step.system)
    return needing


def signed_systems(session: Session, subject_request: SubjectRequest) -> set[str]:
    """Systems that a clinician signed off as they are at this moment."""
    now = review_digest(session, subject_request)
    return {
        row.system for row in answers.sign_offs(session, subject_request.id) if row.digest == now
    }


def view(
    session: Session, office: Office, subject_request: SubjectRequest, what: str, told: Told
) -> None:
    """Record that somebody at the desk looked, and why (NEN 7513; our own log of who looked)."""
    body = {**told.body, "what": what}
    case.tell(
        session, office, subject_request,
        Told(who=told.who, action=Action.VIEWED, body=body, text=told.text),
    )  # fmt: skip


def search_of(session: Session, subject_request: SubjectRequest, system: str) -> Step:
    """The search step of one system in the current run; `NotFound` when there is none."""
    for step in plan.searches_of(session, subject_request):
        if step.system == system:
            return step
    raise NotFound("This system was not searched for this request.")


def _open_for_review(session: Session, subject_request: SubjectRequest) -> None:
    # Locked: a decision of this very moment is either on this, or closes the review to it.
    now = subject_requests.by_id(session, subject_request.id, lock=True)
    stage = stages.access_item(now).stage
    if stage not in REVIEWABLE:
        raise MoveRefused(f"The review is closed: the request is {stage}. Send it back first.")


def _tell(
    session: Session, office: Office, subject_request: SubjectRequest, row: Withholding, told: Told
) -> None:
    body = {"system": row.system, "item": row.item_key, "reason": row.reason, "row": row.id}
    body["part"] = "item" if not row.path else ("span" if row.start is not None else "field")
    case.tell(session, office, subject_request, Told(who=told.who, action=told.action, body=body))
