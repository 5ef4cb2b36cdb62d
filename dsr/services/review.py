"""Reviewing what was found: paging, withholding, redacting, the clinician's sign-off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

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
from dsr.services import archive, case, found, plan, stages
from dsr.services.archive import Record
from dsr.services.case import Told, Who
from dsr.services.found import Found
from dsr.services.office import Office

#: reasons that a person may choose; LEVEL follows from the identity and is never chosen
CHOSEN = tuple(reason for reason in WithholdReason if reason is not WithholdReason.LEVEL)
REVIEWABLE = (Stage.REVIEWING, Stage.DECIDING)
#: stages of a copy that is on its way: another right may still be in review then
_MADE = (Stage.EXECUTING, Stage.REPLYING)


@dataclass(frozen=True, slots=True)
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
        if not self.withheld:
            return self.record["dates"]  # type: ignore[no-any-return]  # texts by name
        words = words_under(self.record["data"], self._cuts)
        kept: dict[str, str] = self.record["dates"]
        return {name: day for name, day in kept.items() if without(day, words) == day}

    @property
    def _cuts(self) -> list[Cut]:
        return [Cut(path=w.path, start=w.start, end=w.end) for w in self.withheld if w.path]


@dataclass(kw_only=True)
class Rule:
    """Which things of a dataset may leave at a level, when nobody withheld them by name."""

    level: Level
    _reached: dict[tuple[str, str], bool] = field(default_factory=dict)

    def reason(self, dataset: Dataset, kind: str, *, about: bool) -> WithholdReason | None:
        """Why such an item stays behind; None when it goes. `about` is: about the person."""
        if not about:
            return WithholdReason.OTHER_PERSON
        reached = self._reached.get((dataset.id, kind))
        if reached is None:
            needed = level_for(special=dataset.is_special(kind))
            reached = self._reached[dataset.id, kind] = self.level.reaches(Level(needed))
        return None if reached else WithholdReason.LEVEL


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
    return seen(office, key, found.load(session, subject_request), step, first)


def seen(
    office: Office, key: bytes, known: Found, step: Step, first: int = 0
) -> Iterator[SeenItem]:
    """The same, of what was read before; needs no database."""
    datasets = {dataset.id: dataset for dataset in office.register.system(step.system).datasets}
    rule = Rule(level=known.level)
    for record in archive.records_in(office.vault, key, known.pieces[step.id], first):
        dataset = datasets[record["dataset"]]
        rows = known.withheld.get(record["key"], ())
        whole = next((row for row in rows if not row.path), None) if rows else None
        if whole is not None:
            reason: WithholdReason | None = WithholdReason(whole.reason)
        else:
            reason = rule.reason(dataset, record["kind"], about=record["about"])
        yield SeenItem(record, dataset, rows, reason)


def item(
    session: Session, office: Office, subject_request: SubjectRequest, step: Step, number: int
) -> SeenItem:
    """One item by its number; `NotFound` when there is none."""
    first = next(items(session, office, subject_request, step, number), None)
    if first is None or first.record["n"] != number:
        raise NotFound("This system has no item with that number.")
    return first


def page(
    session: Session, office: Office, subject_request: SubjectRequest, step: Step, first: int
) -> list[SeenItem]:
    """Fifty items from number `first` on."""
    return list(islice(items(session, office, subject_request, step, first), 50))


def withhold(
    session: Session, office: Office, subject_request: SubjectRequest, what: Withhold, who: Who
) -> Withholding:
    """Withhold an item or a part of it. The source is never changed; only the answer is."""
    _open_for_cuts(session, subject_request)
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
    _open_for_cuts(session, subject_request)
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
    return found.digest(session, subject_request)


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
    stage = stages.lead(now).stage
    if stage not in REVIEWABLE:
        raise MoveRefused(f"The review is closed: the request is {stage}. Send it back first.")


def _open_for_cuts(session: Session, subject_request: SubjectRequest) -> None:
    _open_for_review(session, subject_request)
    now = subject_requests.by_id(session, subject_request.id)
    copies = [one for one in now.items if one.right in stages.COPIES]
    if any(Stage(one.stage) in _MADE for one in copies):
        raise MoveRefused("The copy is made of what was withheld at its decision; send it first.")


def _tell(
    session: Session, office: Office, subject_request: SubjectRequest, row: Withholding, told: Told
) -> None:
    body = {"system": row.system, "item": row.item_key, "reason": row.reason, "row": row.id}
    body["part"] = "item" if not row.path else ("span" if row.start is not None else "field")
    case.tell(session, office, subject_request, Told(who=told.who, action=told.action, body=body))
