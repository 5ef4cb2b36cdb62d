"""A house whose OneAssist takes its tasks by mail, and what its mailbox gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from dsr.core.request import DESTRUCTIVE, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.db.outbox import OutboxMail
from dsr.db.plans import Batch, Plan
from dsr.db.processor_tasks import ProcessorTask
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.law.rights import Right
from dsr.services import notify, planning, processor_task, review
from dsr.services.case import SYSTEM
from dsr.services.house import House
from dsr.services.notify import Mail
from dsr.services.planning import About, Drawn, Job
from tests.makers import make_request

MAILBOX = "privacy@oneassist.example"
SYSTEM_ID = "oneassist"
USUAL = {"tell": ["email", "phone"]}
WISH = Wish(
    right=Right.RESTRICTION, data={"ground": "accuracy_contested", "what": ["account"], "until": ""}
)


def with_mailbox(
    house: House, address: str = MAILBOX, settings: Mapping[str, object] | None = None
) -> House:
    """The same house, whose register names a mailbox of OneAssist."""
    register = house.office.register
    systems = tuple(
        replace(one, mail_to=address, settings={**one.settings, **(settings or USUAL)})
        if one.id == SYSTEM_ID
        else one
        for one in register.systems
    )
    office = replace(house.office, register=replace(register, systems=systems))
    return replace(house, office=office)


@dataclass(frozen=True)
class World:
    """A house with one request, and what a processor is asked for it."""

    house: House
    row: SubjectRequest

    def mails(self, kind: str = "processor_task") -> list[Mail]:
        """What went to the processor, oldest first."""
        with self.house.reading() as session:
            wanted = select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.dedup)
            return [
                notify.opened(session, self.house.office, one) for one in session.scalars(wanted)
            ]

    def token(self) -> str:
        """The token of the newest link."""
        return self.mails()[-1].words["token"]

    def code(self) -> str:
        """The newest code."""
        with self.house.reading() as session:
            wanted = select(OutboxMail).where(OutboxMail.kind == "processor_code")
            rows = sorted(session.scalars(wanted), key=lambda one: one.next_at)
            return notify.opened(session, self.house.office, rows[-1]).words["code"]

    def step(self) -> Step:
        """The search step of OneAssist."""
        with self.house.reading() as session:
            row = subject_requests.by_id(session, self.row.id)
            return review.search_of(session, row, SYSTEM_ID)

    def task(self, task_id: str) -> ProcessorTask:
        """A task as it is now."""
        with self.house.reading() as session:
            return session.get_one(ProcessorTask, task_id)

    def ask_search(self) -> ProcessorTask:
        """Ask OneAssist to search."""
        with self.house.writing() as session:
            step = session.get_one(Step, self.step().id)
            task = processor_task.create_for_step(session, self.house.office, step)
        assert task
        return task

    def batch(self, verb: Verb = Verb.RESTRICT, **detail: object) -> Batch:
        """A batch of a plan that has begun, which waits for somebody at OneAssist."""
        job = Job(
            system=SYSTEM_ID, dataset="data", verb=verb, refs=[("r-1", "k-1", "c-1")],
            detail=detail, by_hand="By hand.",
        )  # fmt: skip
        with self.house.writing() as session:
            row = subject_requests.by_id(session, self.row.id, lock=True)
            item = row.items[0]
            item.stage = Stage.EXECUTING
            drawn = Drawn(lines=(), jobs=(job,))
            plan = planning.freeze(
                session, self.house.office, About(row=row, item=item, wish=WISH), drawn, SYSTEM
            )
            plan.begun_at = self.house.office.now()
            session.flush()
            batch = session.scalars(select(Batch).where(Batch.plan_id == plan.id)).one()
            if verb not in DESTRUCTIVE:  # which nobody approved here
                batch.acting_at = plan.begun_at
            return batch

    def ask_change(self, batch: Batch) -> ProcessorTask:
        """Ask OneAssist to do a batch."""
        with self.house.writing() as session:
            mine = session.get_one(Batch, batch.id)
            task = processor_task.create_for_batch(session, self.house.office, mine)
        assert task
        return task

    def end_plan(self, batch: Batch) -> None:
        """The request is withdrawn, or the plan goes back."""
        with self.house.writing() as session:
            session.get_one(Plan, batch.plan_id).ended_how = "cancelled"


def a_world(
    house: House, settings: Mapping[str, object] | None = None, language: str = "nl"
) -> World:
    """A request of somebody who was seen at the desk."""
    mailing = with_mailbox(house, settings=settings)
    row = make_request(mailing, level=Level.IA4, wishes=(WISH,), language=language)
    return World(mailing, row)
