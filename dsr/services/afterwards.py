"""What follows on a batch or on a whole plan: the ledger, restrictions, suppression, the letter."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.request import Verb
from dsr.core.stages import Stage
from dsr.db import held
from dsr.db.plans import Batch, Plan
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import (
    case,
    decide,
    erasure_ledger,
    left_marked,
    notify,
    plan,
    stages,
    suppress,
    weighing,
    wishes,
    withdrawing,
)
from dsr.services.case import SYSTEM
from dsr.services.office import Office

#: fields by which somebody is reached: a change of them is told to the old address
_CONTACT = ("email", "phone", "address")


def changed(session: Session, office: Office, batch: Batch, item_keys: Sequence[str]) -> None:
    """A system reported a change: what is gone is written in the erasure ledger."""
    if batch.verb == Verb.ERASE:
        erasure_ledger.record_erased(session, office, batch, item_keys)


def finished(session: Session, office: Office, row: SubjectRequest, done: Plan) -> None:
    """Every batch has its outcome: what the right brings with it, and the letter."""
    item = stages.item_of(row, done.item_id)
    done.ended_how, done.ended_at = "done", office.now()
    if not left_marked.lifted(session, office, row, done):
        _of_right(session, office, (row, item), done)
    decide.add_pack(session, office, row, item)


def search_afresh(session: Session, office: Office, row: SubjectRequest, item: RequestItem) -> None:
    """The data changed under a plan: everything is searched again, so that it can be seen."""
    if Stage(item.stage) is Stage.REVIEWING:
        stages.move(session, office, item, Stage.SEARCHING, SYSTEM)
        row.run += 1
        plan.search_all(session, office, row)


def person_of(session: Session, row: SubjectRequest, system: str) -> str:
    """The keyed hash of who was found in a system when it was searched; empty if it was not."""
    wanted = select(Step.cursor).where(
        Step.request_id == row.id, Step.system == system, Step.verb == Verb.SEARCH
    )
    wanted = wanted.order_by(Step.run.desc())
    key = (row.id, system, "cursors")
    cursors = held.once(session, Step, key, lambda: session.scalars(wanted).all())
    return next((str(one["person"]) for one in cursors if one.get("person")), "")


def _of_right(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], done: Plan
) -> None:
    row, item = what
    if item.right == Right.RESTRICTION:
        left_marked.put(session, office, what, done)
    if item.right in weighing.USES:
        _suppressed(session, office, what)
    if item.right == Right.WITHDRAWAL:
        withdrawing.plan_what_follows(session, office, row, item)
    if item.right == Right.RECTIFICATION:
        wish = wishes.of(session, office, row, item)
        if wish.data.get("field") in _CONTACT:
            notify.old_contact_told(session, office, row)


def _suppressed(session: Session, office: Office, what: tuple[SubjectRequest, RequestItem]) -> None:
    """What stopped stays stopped: imports and mailings can ask before they use somebody again."""
    row, item = what
    subject = case.verified_subject(case.case_key(session, office, row), row)
    for one in weighing.weighed(session, office, row, item):
        if one.acts:
            suppress.add(session, office, row, one.activity, subject)
