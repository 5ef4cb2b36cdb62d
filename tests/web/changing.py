"""Requests for rights that change systems, in the stages that a person can see."""

from __future__ import annotations

from datetime import timedelta

from dsr.core.plans import PlanLine, Treatment, to_json
from dsr.core.request import Decision, Outcome, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.core.wishes import MEDICAL_FILE, Wish
from dsr.db import subject_requests
from dsr.db.answers import Letter
from dsr.db.columns import new_id
from dsr.db.plans import Batch, Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import case
from dsr.services.house import House
from dsr.vault.fields import seal_json
from tests.makers import make_request
from tests.web.answers import LETTER

UNDERSTOOD = {"reason": "", "understood": True}
ACCESS = Wish(right=Right.ACCESS)
ERASE = Wish(right=Right.ERASURE, data={"what": ["account"], **UNDERSTOOD})
DESTROY = Wish(right=Right.ERASURE, part=MEDICAL_FILE, data={"which": "", "understood": True})
WITHDRAW = Wish(right=Right.WITHDRAWAL, data={"purposes": ["A.2"]})


def item_of(row: SubjectRequest, kind: str) -> RequestItem:
    """The item of this kind: a right, or `destruction`."""
    kinds = {("destruction" if item.part else item.right): item for item in row.items}
    return kinds[kind]


def make_cooling(
    house: House, *wishes: Wish, cooling: tuple[str, ...] = ("erasure",), level: Level = Level.IA4
) -> SubjectRequest:
    """A request of which these kinds were decided, and wait before they are carried out."""
    row = make_request(house, level=level, wishes=wishes or (ERASE,))
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        for kind in cooling:
            item = item_of(fresh, kind)
            item.stage, item.decision = Stage.COOLING_OFF, Decision.GRANTED
            session.add(_plan(house, fresh, item))
        return fresh


def begin(house: House, row: SubjectRequest, kind: str = "erasure") -> None:
    """The term is over, and the systems are being changed."""
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        item_of(fresh, kind).stage = Stage.EXECUTING


def answer(
    house: House,
    row: SubjectRequest,
    kind: str,
    decision: Decision,
    level: Level = Level.IA3,
) -> None:
    """One right is answered: its letter was sent at this level."""
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        item, key = item_of(fresh, kind), case.case_key(session, house.office, fresh)
        item.stage, item.decision = Stage.CLOSED, decision
        name = f"requests/{row.id}/answer-{len(kind)}-1/letter"
        sealed = house.office.vault.put(name, key, [LETTER + kind.encode()])
        now = house.office.now()
        session.add(
            Letter(
                id=new_id(), request_id=row.id, item_id=item.id, kind=f"{kind}_answer",
                language="nl", level=level, blob=sealed.name, bytes=sealed.bytes,
                sha256=sealed.sha256, made_at=now, released_at=now,
            )
        )  # fmt: skip


def carried_out(house: House, row: SubjectRequest, kind: str = "erasure") -> None:
    """What a plan did and kept: two notes erased, one gone, one left; the file kept for years."""
    now = house.office.now()
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        item, key = item_of(fresh, kind), case.case_key(session, house.office, fresh)
        plan = _plan(house, fresh, item)
        plan.number, plan.begun_at, plan.ended_how = 2, now, "done"
        kept = PlanLine(
            system="his", dataset="dossier", activity="A.3", treatment=Treatment.KEEP, count=4,
            until=now.date() + timedelta(days=3650),
        )  # fmt: skip
        plan.summary = {"lines": [to_json(kept)]}
        session.add(plan)
        session.flush()
        batch_id = new_id()
        sealed = seal_json(key, ("batches", "refs_sealed", batch_id), {"refs": []})
        session.add(
            Batch(
                id=batch_id, plan_id=plan.id, request_id=row.id, item_id=item.id,
                practice=row.practice, system="crm", dataset="notes", verb=Verb.ERASE, phase=1,
                number=1, count=4, digest="d", refs_sealed=sealed, next_at=now,
                counts={"done": 2, "gone": 1, "retained": 1}, outcome=Outcome.PARTIAL,
                finished_at=now, verified_at=now,
            )
        )  # fmt: skip


def _plan(house: House, row: SubjectRequest, item: RequestItem) -> Plan:
    now = house.office.now()
    return Plan(
        id=new_id(), request_id=row.id, item_id=item.id, number=1, digest="d", seen_digest="s",
        summary={"lines": []}, made_at=now, cool_until=now + timedelta(days=7),
    )  # fmt: skip
