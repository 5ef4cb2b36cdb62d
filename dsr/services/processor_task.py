"""Tasks for a processor without an API: a number and a link by mail (Art. 28(3)(e)).

The mail goes to the mailbox that the register names, never to one that somebody typed. Each mail
carries a link of its own and ends the one before, so that an old mail in somebody's box opens
nothing. What the task is about stands behind the link and a code (`processor_door`).
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.request import Outcome
from dsr.db import processor_tasks, subject_requests
from dsr.db.columns import new_id
from dsr.db.plans import Batch, Plan
from dsr.db.processor_tasks import ProcessorTask
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, notify, one_by_one
from dsr.services.case import SYSTEM, Told
from dsr.services.notify import TaskMail
from dsr.services.office import Office, new_token, token_hash

#: tasks looked at in one round of the sweeper
AT_ONCE = 1000
#: the outcome of a task that somebody else settled meanwhile
NOT_NEEDED = "not_needed"


def create_for_batch(session: Session, office: Office, batch: Batch) -> ProcessorTask | None:
    """Ask the processor to do a batch; None where the register names no mailbox.

    Asking twice makes one task, as long as the first may still be answered.
    """
    wanted = ProcessorTask(batch_id=batch.id, request_id=batch.request_id, system=batch.system)
    return _create(session, office, wanted)


def create_for_step(session: Session, office: Office, step: Step) -> ProcessorTask | None:
    """Ask the processor to search; None where the register names no mailbox."""
    wanted = ProcessorTask(step_id=step.id, request_id=step.request_id, system=step.system)
    return _create(session, office, wanted)


def remind_due(session: Session, office: Office) -> int:
    """Remind of what waits too long, and tell the desk where reminding does not help.

    Returns how many mails were written. A task that nobody needs any more is ended.
    """
    waiting = [task.id for task in processor_tasks.open_tasks(session, AT_ONCE)]
    return one_by_one.each(
        session, "tasks", waiting, lambda one: _looked_after(session, office, one)
    )


def is_open(session: Session, office: Office, task: ProcessorTask) -> bool:
    """Whether a task may still be answered: not answered, not over, and still needed."""
    in_time = task.expires_at > office.now()
    return task.answered_at is None and in_time and is_needed(session, task)


def is_needed(session: Session, task: ProcessorTask) -> bool:
    """Whether what the task is about still waits: the desk may have settled or stopped it."""
    if task.step_id is not None:
        return session.get_one(Step, task.step_id).outcome in (None, Outcome.SEVERAL_PEOPLE)
    batch = session.get_one(Batch, task.batch_id)
    return batch.outcome is None and session.get_one(Plan, batch.plan_id).ended_how == ""


def _create(session: Session, office: Office, wanted: ProcessorTask) -> ProcessorTask | None:
    if not office.register.system(wanted.system).mail_to:
        return None
    row = subject_requests.by_id(session, wanted.request_id, lock=True)
    before = _same(session, wanted)
    if before is not None and is_open(session, office, before):
        return before
    now = office.now()
    wanted.id, wanted.practice, wanted.made_at = new_id(), row.practice, now
    wanted.expires_at, wanted.reminders = now + timedelta(days=office.terms.task_days), 0
    wanted.outcome = ""
    _mail(session, office, row, wanted)
    session.add(wanted)
    session.flush()
    _tell(session, office, row, wanted, Action.PROCESSOR_ASKED)
    return wanted


def _same(session: Session, wanted: ProcessorTask) -> ProcessorTask | None:
    same = select(ProcessorTask).where(
        ProcessorTask.batch_id == wanted.batch_id
        if wanted.batch_id
        else ProcessorTask.step_id == wanted.step_id
    )
    with session.no_autoflush:
        found = session.scalars(same.order_by(ProcessorTask.made_at.desc()).limit(1))
        return found.one_or_none()


def _looked_after(session: Session, office: Office, task_id: str) -> bool:
    """One open task, under its lock; True when a mail was written."""
    wanted = select(ProcessorTask).where(
        ProcessorTask.id == task_id, ProcessorTask.answered_at.is_(None)
    )
    locked = wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    task = session.scalars(locked).one_or_none()
    if task is None:
        return False
    if not is_needed(session, task):
        task.answered_at, task.outcome = office.now(), NOT_NEEDED
        return False
    return _reminded(session, office, task)


def _reminded(session: Session, office: Office, task: ProcessorTask) -> bool:
    now, most = office.now(), office.terms.task_reminders
    pause = timedelta(days=office.register.system(task.system).remind_after_days)
    is_over = task.expires_at <= now
    if task.reminders > most or not (is_over or (task.reminded_at or task.made_at) + pause <= now):
        return False
    row = subject_requests.by_id(session, task.request_id)
    task.reminded_at = now
    if is_over or task.reminders == most:
        task.reminders = most + 1
        notify.remind_practice(session, office, row, f"task-{task.id}")
        _tell(session, office, row, task, Action.PROCESSOR_SILENT)
        return True
    task.reminders += 1
    _mail(session, office, row, task)
    _tell(session, office, row, task, Action.REMINDED)
    return True


def _mail(session: Session, office: Office, row: SubjectRequest, task: ProcessorTask) -> None:
    token = new_token()
    task.token_hash = token_hash(token)
    mail = TaskMail(
        kind="processor_task",
        cause=f"task-{task.id}-{task.reminders}",
        address=office.register.system(task.system).mail_to,
        words={"token": token},
    )
    notify.mail_processor(session, office, row, mail)


def _tell(
    session: Session, office: Office, row: SubjectRequest, task: ProcessorTask, action: Action
) -> None:
    body = {"system": task.system, "task": task.id}
    case.tell(session, office, row, Told(who=SYSTEM, action=action, body=body))
