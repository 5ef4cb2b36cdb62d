"""The door to a processor's task: the link from the mail, and a code from a second mail.

The code goes to the same mailbox, which is the processor's own in the register. It proves what the
link alone does not: that whoever opens the task reads that mailbox now. A link that was forwarded,
that stands in a log or a browser's history, or that a scanner of mail follows, opens nothing.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import NotFound
from dsr.core.subject import Level
from dsr.db import subject_requests, visits
from dsr.db.columns import new_id
from dsr.db.processor_tasks import ProcessorTask
from dsr.db.visits import Code
from dsr.services import case, notify, processor_task
from dsr.services.case import Told, Who
from dsr.services.codes import DIGITS, Checked
from dsr.services.notify import TaskMail
from dsr.services.office import Office, token_hash
from dsr.services.tallies import allowed


class NoTask(NotFound):
    """Deze link werkt niet meer. / This link does not work any more."""


def who(task: ProcessorTask) -> Who:
    """The processor, as the log names them."""
    return Who(code=f"processor:{task.system}")


def by_token(session: Session, office: Office, token: str) -> ProcessorTask | None:
    """The open task of a link; None for every other link, whatever is wrong with it."""
    wanted = select(ProcessorTask).where(ProcessorTask.token_hash == token_hash(token))
    task = session.scalars(wanted).one_or_none()
    return task if task and processor_task.is_open(session, office, task) else None


def open_task(
    session: Session, office: Office, task_id: str, *, lock: bool = False
) -> ProcessorTask:
    """An open task by its id, locked behind its request if asked; else `NoTask`."""
    task = session.get(ProcessorTask, task_id)
    if task is not None and lock:
        subject_requests.by_id(session, task.request_id, lock=True)
        session.flush()
        session.refresh(task, with_for_update=True)
    if task is None or not processor_task.is_open(session, office, task):
        raise NoTask
    return task


def send_code(session: Session, office: Office, task_id: str) -> bool:
    """Mail a code to the mailbox on file; False when as many as allowed went in this hour."""
    task = open_task(session, office, task_id, lock=True)
    hour = timedelta(hours=1)
    if not allowed(session, office, f"task {task.id}", office.terms.codes_an_hour, hour):
        return False
    row = subject_requests.by_id(session, task.request_id)
    typed = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    code = Code(
        id=new_id(), request_id=row.id, purpose=_purpose(task), level=Level.IA0,
        made_at=office.now(),
        expires_at=office.now() + timedelta(minutes=office.terms.code_minutes),
    )  # fmt: skip
    code.code_hash = _hash(office, task, code, typed)
    session.add(code)
    mail = TaskMail(
        kind="processor_code",
        cause=f"code-{code.id}",
        address=office.register.system(task.system).mail_to,
        words={"code": f"{typed[:4]} {typed[4:]}"},
    )
    notify.mail_processor(session, office, row, mail)
    body = {"way": "code", "for": "task", "system": task.system}
    case.tell(session, office, row, Told(who=who(task), action=Action.CODE_MADE, body=body))
    return True


def check_code(session: Session, office: Office, task_id: str, typed: str) -> Checked:
    """Check a typed code. The caller commits whatever the answer is, so that tries count."""
    task = open_task(session, office, task_id, lock=True)
    made = visits.codes_for(session, task.request_id, _purpose(task))
    code = made[0] if made else None
    if code is None or code.used_at is not None or code.expires_at <= office.now():
        return Checked(good=False, expired=True)
    if code.tries >= office.terms.code_tries:
        return Checked(good=False)
    code.tries += 1
    tidy = "".join(sign for sign in typed if sign.isalnum())
    if not hmac.compare_digest(code.code_hash or "", _hash(office, task, code, tidy)):
        return _wrong(session, office, task, code)
    code.used_at = office.now()
    task.opened_at = task.opened_at or office.now()
    return Checked(good=True)


def _wrong(session: Session, office: Office, task: ProcessorTask, code: Code) -> Checked:
    left = max(0, office.terms.code_tries - code.tries)
    action = Action.CODE_WRONG if left else Action.CODE_LOCKED
    row = subject_requests.by_id(session, task.request_id)
    body = {"code": code.id, "tries_left": left, "system": task.system}
    case.tell(session, office, row, Told(who=who(task), action=action, body=body))
    return Checked(good=False, tries_left=left)


def _purpose(task: ProcessorTask) -> str:
    # A code of one task opens no other, nor anything of the patient's (T8).
    return f"task-{task.id[:15]}"


def _hash(office: Office, task: ProcessorTask, code: Code, typed: str) -> str:
    return office.hash("processor code", task.id, code.id, typed)
