"""Freeze at receipt: what would be purged while a request is pending is kept (Art. 12, Art. 18).

For every request the same rows are made and the same event is written, whoever asks and whether
anybody is known; what a system answers shows nowhere before the person is proved (T18). A hold
needs exactly one sure match on what was typed. Where the system cannot hold, a snapshot is sealed
under a key of its own: shown to no role, counted as found nowhere, opened at IA2 or higher.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.connector import One, Place
from dsr.core.errors import ChangedMeanwhile, DsrError, NotAllowed, Shredded, TryAgain
from dsr.core.overdue import rule_of
from dsr.core.register import Dataset, Register
from dsr.core.request import Decision, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level, Subject
from dsr.db import holds, steps, subject_requests
from dsr.db.columns import new_id
from dsr.db.data_keys import DataKey
from dsr.db.holds import HELD, NONE, SNAPSHOT, WAITING, Hold
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.retention_rule import Unit
from dsr.services import case, erasure_ledger, plan
from dsr.services.case import SYSTEM, Told
from dsr.services.office import Office
from dsr.services.search import BACK_OFF, TAKEN_OVER
from dsr.vault.fields import seal_text, unseal_text
from dsr.vault.ledger_file import Kind

#: the longest term that counts as short (law of the brief: two months)
SHORT = {Unit.DAYS: 62, Unit.MONTHS: 2, Unit.YEARS: 0}
#: a request that is proved at once is searched by then, and what is searched needs no second copy
FIRST_LOOK = timedelta(minutes=1)
AT_ONCE = 200
_DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One dataset of the work: its row, the fence of the lease, what was kept before."""

    hold_id: str
    dataset: str
    fence: int
    how: str
    blob: str
    ref: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Work:
    """The holds of one request in one system, claimed. `ending` says that they come to their end.

    `subject` is what was typed: good enough to keep something from being purged, and no more.
    """

    request_id: str
    system: str
    ending: str
    attempts: int
    subject: Subject = field(repr=False)
    parts: tuple[Part, ...]


def is_short_lived(register: Register, dataset: Dataset) -> bool:
    """Whether what is in a dataset goes within two months, by its rule in the register."""
    rule = rule_of(register, dataset.retention)
    return rule is not None and rule.term is not None and rule.term.number <= SHORT[rule.term.unit]


def at_receipt(session: Session, office: Office, row: SubjectRequest) -> None:
    """Ask for a hold on everything short-lived that the request may touch; the same for anybody."""
    for system, dataset in _short_lived(office, row):
        session.add(
            Hold(
                id=new_id(), request_id=row.id, system=system, dataset=dataset, how=WAITING,
                placed_at=office.now(), next_at=office.now() + FIRST_LOOK,
            )
        )  # fmt: skip


def begin(session: Session, office: Office, hold_id: str) -> Work | None:
    """Claim a hold and those beside it in the same system; None when there is nothing to do."""
    first = session.get(Hold, hold_id)
    if first is None:
        return None
    row = subject_requests.by_id(session, first.request_id, lock=True)
    beside = [one for one in holds.of_request(session, row.id) if one.system == first.system]
    now, lease = office.now(), office.terms.lease
    claimed = [taken for one in beside if (taken := holds.claim(session, one.id, now, lease))]
    if not claimed:
        return None
    if not claimed[0].ending and _wait_or_leave(session, office, row, claimed):
        return None
    if claimed[0].attempts == 1 and not claimed[0].ending:
        # Told for everybody, before any system is asked.
        body = {"system": first.system, "ground": "pending_request"}
        case.tell(session, office, row, Told(who=SYSTEM, action=Action.HOLD_PLACED, body=body))
    return _work(session, office, row, claimed)


def key_for_snapshot(session: Session, office: Office, part: Part) -> tuple[str, bytes]:
    """The folder and the key of a snapshot: a data key of its own, so that it dies alone."""
    hold = _mine(session, part)
    if hold.data_key_id is None:
        hold.data_key_id = case.make_key(session, office).id
        session.flush()
    return folder_of(hold), case.open_key(session, office, hold.data_key_id)


def folder_of(hold: Hold) -> str:
    """Where the snapshot of a hold lies in the vault; ids only."""
    return f"holds/{hold.request_id}/{hold.id}"


def intend(session: Session, office: Office, part: Part, ref: str) -> None:
    """Write down whose data are about to be held, so that an end in between can lift the hold."""
    hold = _mine(session, part)
    key = case.case_key(session, office, subject_requests.by_id(session, hold.request_id))
    hold.ref_sealed = seal_text(key, ("holds", "ref_sealed", hold.id), ref)


def placed(session: Session, part: Part, blob: str = "") -> None:
    """It is kept: in the system itself, or as a snapshot when there is a blob."""
    hold = _mine(session, part)
    hold.how, hold.blob = (SNAPSHOT, blob) if blob else (HELD, "")
    _settle(hold)


def not_placed(session: Session, part: Part, why: str) -> None:
    """Nothing is kept, and why: a code that no page shows."""
    hold = _mine(session, part)
    hold.how, hold.why = NONE, why
    _settle(hold)


def trouble(session: Session, office: Office, work: Work, error: DsrError) -> None:
    """A system did not answer as it should: try again later, as long as the request is pending."""
    asked = error.after if isinstance(error, TryAgain) and error.after else 0.0
    pause = max(asked, float(BACK_OFF[min(work.attempts, len(BACK_OFF)) - 1]))
    for part in work.parts:
        hold = _mine(session, part)
        hold.lease_until = None
        if hold.outcome is None:
            hold.next_at = office.now() + timedelta(seconds=pause)
            hold.trouble = f"{type(error).__name__}: {error}"[:300]


def end(session: Session, office: Office, row: SubjectRequest, why: str) -> int:
    """End the holds of a request (`closed`, `withdrawn`, `not_proved`); how many there were.

    A snapshot opens nothing from this transaction on; its bytes go right after.
    """
    living = [one for one in holds.of_request(session, row.id) if not one.ending]
    tried = any(one.attempts for one in living)
    for hold in living:
        hold.ending = why
        hold.fence, hold.lease_until = hold.fence + 1, None  # whoever is at it stops
        if hold.data_key_id is not None:
            erasure_ledger.doom_key(session, office, hold.data_key_id)
        if hold.ref_sealed is not None or hold.data_key_id is not None:
            hold.outcome, hold.next_at, hold.attempts = None, office.now(), 0
            session.info.setdefault("to_hold", []).append(hold.id)
        else:
            hold.outcome, hold.lifted_at = _DONE, office.now()
    if tried:
        told = Told(who=SYSTEM, action=Action.HOLD_ENDED, body={"ground": why})
        case.tell(session, office, row, told)
    return len(living)


def ended(session: Session, office: Office, part: Part) -> None:
    """A hold came to its end: lifted in the system, or its snapshot destroyed for good."""
    hold = _mine(session, part)
    if hold.data_key_id is not None and _is_whole(session, hold.data_key_id):
        erasure_ledger.record_key_destroyed(
            session, office, hold.data_key_id, request_id=hold.request_id, kind=Kind.KEY_DESTROYED
        )
    hold.lifted_at, hold.blob = office.now(), ""
    _settle(hold)


def end_over(session: Session, office: Office) -> int:
    """End the holds of every request that is over; how many requests."""
    ids = session.scalars(
        select(Hold.request_id).where(holds.NOT_ENDED, ~_goes_on()).distinct().limit(AT_ONCE)
    ).all()
    for request_id in ids:
        row = subject_requests.by_id(session, request_id, lock=True)
        end(session, office, row, _why(row))
    return len(ids)


def snapshots(
    session: Session, office: Office, row: SubjectRequest, system: str, place: Place
) -> list[Hold]:
    """The snapshots that the search of a dataset may open: of this very person, at IA2 or higher.

    `NotAllowed` below IA2. Opening is noted, once for each.
    """
    if not Level(row.level).reaches(Level.IA2):
        raise NotAllowed("What was kept at receipt opens only for somebody who is proved (IA2).")
    key = case.case_key(session, office, row)
    here = (system, place.dataset)
    kept = [
        one
        for one in holds.of_request(session, row.id)
        if (one.system, one.dataset) == here and _may_open(key, one, place.subject_ref)
    ]
    fresh = [one for one in kept if one.opened_at is None]
    for hold in fresh:
        hold.opened_at = office.now()
    if fresh:
        body = {"system": system, "dataset": place.dataset}
        case.tell(session, office, row, Told(who=SYSTEM, action=Action.HOLD_OPENED, body=body))
    return kept


def subject_elsewhere(leading: str, found: One) -> Subject:
    """Whom the other systems are asked for, once the leading system knows exactly one person."""
    refs = {**found.on_file.known_refs, leading: found.subject_ref}
    return replace(found.on_file, known_refs=refs)


def _short_lived(office: Office, row: SubjectRequest) -> Iterator[tuple[str, str]]:
    for system in office.register.systems:
        if not system.searched_by_hand:
            for dataset in plan.in_scope(system, row.scope):
                if is_short_lived(office.register, dataset):
                    yield system.id, dataset.id


def _wait_or_leave(
    session: Session, office: Office, row: SubjectRequest, claimed: list[Hold]
) -> bool:
    """Whether the search of this system makes the hold needless: it is done, or under way."""
    found = [one for one in steps.of_request(session, row.id) if one.verb == Verb.SEARCH]
    mine = [one for one in found if one.system == claimed[0].system and one.run == row.run]
    searching = [one for one in mine if one.outcome is None and one.lease_until is not None]
    done = [one for one in mine if one.outcome is not None]
    for hold in claimed if done or searching else ():
        hold.lease_until = None
        if done:
            hold.how, hold.why = NONE, "searched"
            _settle(hold)
        else:
            hold.next_at = office.now() + FIRST_LOOK
    return bool(done or searching)


def _work(
    session: Session, office: Office, row: SubjectRequest, claimed: list[Hold]
) -> Work | None:
    try:
        key = case.case_key(session, office, row)
    except Shredded:
        return None  # the case goes, and its holds with it
    return Work(
        request_id=row.id,
        system=claimed[0].system,
        ending=claimed[0].ending,
        attempts=claimed[0].attempts,
        subject=case.open_subject(key, row)[0],
        parts=tuple(
            Part(
                hold_id=one.id, dataset=one.dataset, fence=one.fence, how=one.how, blob=one.blob,
                ref=_ref(key, one),
            )
            for one in claimed
        ),
    )  # fmt: skip


def _ref(key: bytes, hold: Hold) -> str:
    if hold.ref_sealed is None:
        return ""
    return unseal_text(key, ("holds", "ref_sealed", hold.id), hold.ref_sealed)


def _may_open(key: bytes, hold: Hold, person_ref: str) -> bool:
    return hold.how == SNAPSHOT and not hold.ending and _ref(key, hold) == person_ref


def _mine(session: Session, part: Part) -> Hold:
    hold = session.get(Hold, part.hold_id, populate_existing=True, with_for_update=True)
    if hold is None or hold.fence != part.fence:
        raise ChangedMeanwhile(TAKEN_OVER)
    return hold


def _settle(hold: Hold) -> None:
    hold.outcome, hold.lease_until, hold.trouble = _DONE, None, ""


def _is_whole(session: Session, key_id: str) -> bool:
    row = session.get_one(DataKey, key_id)
    return row.destroyed_at is not None and row.wrapped is not None


def _goes_on() -> ColumnElement[bool]:
    """Whether an item of the hold's request is still to be answered by searching."""
    over = or_(
        RequestItem.stage.in_((Stage.CLOSED, Stage.WITHDRAWN)),
        RequestItem.decision.in_((Decision.NOT_PROVED, Decision.WITHDRAWN)),
    )
    pending = RequestItem.decision.is_(None) & ~RequestItem.stage.in_(
        (Stage.CLOSED, Stage.WITHDRAWN)
    )
    return exists().where(RequestItem.request_id == Hold.request_id, or_(pending, ~over))


def _why(row: SubjectRequest) -> str:
    decided = {item.decision for item in row.items}
    if Decision.NOT_PROVED in decided:
        return "not_proved"
    withdrawn = [i.stage == Stage.WITHDRAWN or i.decision == Decision.WITHDRAWN for i in row.items]
    return "withdrawn" if all(withdrawn) else "closed"
