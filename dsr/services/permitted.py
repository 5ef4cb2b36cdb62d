"""Whether a batch may be done now: asked again just before every call (I3, F24, F25, T76)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.request import DESTRUCTIVE, Verb
from dsr.core.stages import Stage
from dsr.db import held, plans
from dsr.db.events import Event, pending
from dsr.db.plans import Batch, Plan, Slot
from dsr.db.staff import Staff
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import case, planning
from dsr.services.office import Office

#: what waits for another phase or for the copy of a sibling is asked for again after this
A_WHILE = timedelta(seconds=20)
_COPIES = (Right.ACCESS, Right.PORTABILITY)
_COPY_MADE = (Stage.REPLYING, Stage.CLOSED)


@dataclass(frozen=True)
class Case:
    """A batch with all that says whether it may be done."""

    row: SubjectRequest
    item: RequestItem
    plan: Plan
    batch: Batch


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a batch may be done; `wait` is how long, when only its turn has not come."""

    may: bool = False
    why: str = ""
    wait: timedelta | None = None


MAY = Verdict(may=True)


def verdict(session: Session, office: Office, of: Case) -> Verdict:
    """May this batch be done at this moment? Reads what is committed, under the request's lock."""
    if of.plan.ended_how or not of.plan.begun_at or not _has_its_time(of):
        return Verdict(why="this plan is not in force")
    outline = plans.outline(session, of.plan.id)
    if {one.system for one in outline} - {one.id for one in office.register.systems}:
        return Verdict(why="a system of this plan left the register")
    if _others_first(office, of.batch, outline):
        return Verdict(why="an earlier phase is not at its end", wait=A_WHILE)
    if not _is_as_frozen(session, office, of, outline):
        return Verdict(why="this is not what was approved")
    if not any(slot.verb in DESTRUCTIVE for slot in outline):
        return MAY
    missing = _missing_approval(session, office, of)
    if missing:
        return Verdict(why=missing)
    if of.batch.verb == Verb.ERASE and not _copy_is_made(of.row):
        return Verdict(why="the copy of this request has to be made first", wait=A_WHILE)
    return MAY


def is_login(office: Office, system: str) -> bool:
    """Whether people sign in with a system, so that it has its turn last."""
    return any(one.id == system and one.login for one in office.register.systems)


def _has_its_time(of: Case) -> bool:
    """Whether the item is being carried out; a restriction is lifted after its item was closed."""
    after = of.batch.verb == Verb.LIFT and Stage(of.item.stage) is Stage.CLOSED
    return Stage(of.item.stage) is Stage.EXECUTING or after


def _others_first(office: Office, batch: Batch, outline: Sequence[Slot]) -> bool:
    """Whether an earlier phase is not at its end; what a person does holds up the sign-in only."""
    earlier = [one for one in outline if one.phase < batch.phase and one.outcome is None]
    if is_login(office, batch.system):
        return bool(earlier)
    return any(not one.needs_person or one.phase == 0 for one in earlier)


def _is_as_frozen(session: Session, office: Office, of: Case, outline: Sequence[Slot]) -> bool:
    key = case.case_key(session, office, of.row)
    if planning.digest_of_batch(key, of.batch) != of.batch.digest:
        return False
    return planning.digest_of(of.plan, [one.digest for one in outline]) == of.plan.digest


def _missing_approval(session: Session, office: Office, of: Case) -> str:
    """Why the approval does not hold now; empty when it does."""
    plan, now = of.plan, office.now()
    if plan.approved_by is None or plan.approval_until is None:
        return "nobody approved this plan"
    if plan.approval_until <= now:
        return "the approval is over"
    if plan.cool_until is not None and plan.cool_until > now:
        return "the days of cooling off are not over"
    wanted = select(Staff).where(Staff.id.in_([plan.approved_by, plan.made_by]))
    key = (plan.approved_by, plan.made_by)
    found = held.once(session, Staff, key, lambda: session.scalars(wanted).all())
    staff = {one.id: one for one in found}
    approver, maker = staff.get(plan.approved_by), staff.get(plan.made_by or "")
    if approver is None or approver.disabled_at or "approver" not in approver.roles:
        return "the approver may not approve any more"
    if of.row.practice not in approver.practices:
        return "the approver is not of this practice"
    if maker is None or maker.person_key == approver.person_key:
        return "the plan was made and approved by one person"
    return "" if _is_in_the_log(session, of) else "the log tells of no such approval"


def _is_in_the_log(session: Session, of: Case) -> bool:
    """Whether the chain of events, which nobody can rewrite unseen, holds this very approval.

    Who can write the database could forge the columns of a plan, not the log (T26, T70).
    """
    wanted = select(Event.body).where(
        Event.practice == of.row.practice,
        Event.request_id == of.row.id,
        Event.action == Action.APPROVED.value,
        Event.actor == f"staff:{of.plan.approved_by}",
    )
    told = held.once(session, Event, of.plan.id, lambda: session.scalars(wanted).all())
    now = (one.body for one in pending(session) if one.action == Action.APPROVED.value)
    approved = (of.plan.id, of.plan.digest)
    return any((body.get("plan"), body.get("digest")) == approved for body in (*told, *now))


def _copy_is_made(row: SubjectRequest) -> bool:
    """Whether the person's copy, if one was asked with it, is stored before anything is erased."""
    return all(Stage(item.stage) in _COPY_MADE for item in row.items if item.right in _COPIES)
