"""The visit of a processor: a cookie of its own, which knows one task and when a code opened it.

The link's token is exchanged for it at once, so that it stands in one address and no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.db.processor_tasks import ProcessorTask
from dsr.services import processor_door
from dsr.services import visit as visits
from dsr.services.processor_door import NoTask
from dsr.services.visit import LONGEST, Visit
from dsr.web.current import house
from dsr.web.guards import Guard
from dsr.web.words import language


@dataclass(frozen=True)
class Here:
    """A processor's visit: to which task, and whether a code opened it."""

    visit: Visit
    task_id: str
    is_opened: bool


def cookie_name() -> str:
    """The cookie of a processor's visit; never that of a patient."""
    return "__Host-task" if house().settings.secure else "task"


def check(guard: Guard) -> ResponseReturnValue | None:
    """The guard of the pages behind the link; those of the role `opened` stand behind the code."""
    here = _here()
    if here is None:
        return dead()
    if "opened" in guard.roles and not here.is_opened:
        return on_to("enter")
    return None


def current() -> Here:
    """The visit that the guard made sure of."""
    found: Here | None = g.get("task")
    if found is None:
        raise NoTask
    return found


def begin(session: Session, task: ProcessorTask) -> Visit:
    """A fresh visit to a task, which opens nothing yet."""
    return _kept(session, visits.begin().with_typed(task=task.id))


def opened(session: Session) -> Visit:
    """The visit under a new token, because it now opens more (T28)."""
    fresh = visits.renewed(session, current().visit)
    return _kept(session, fresh.with_typed(opened=house().office.now().isoformat()))


def end(session: Session) -> None:
    """Forget the visit."""
    visits.end(session, current().visit.token)


def on_to(page: str, visit: Visit | None = None) -> Response:
    """The next page, with the cookie of a new visit."""
    address = url_for(f"processor.{page}", language=language())
    answer = make_response(redirect(address, 303))
    if visit is not None:
        answer.set_cookie(
            cookie_name(),
            visit.token,
            max_age=int(LONGEST.total_seconds()),
            httponly=True,
            secure=house().settings.secure,
            samesite="Lax",
            path="/",
        )
    return answer


def shown(template: str, code: int = 200, **values: Any) -> Response:
    """A page of the processor's side."""
    values = {"mistakes": (), **values}
    return make_response(render_template(f"processor/{template}.html", **values), code)


def dead() -> Response:
    """One page for a link that is wrong, old, used or not needed any more: it tells nothing."""
    return shown("dead", 404)


def _kept(session: Session, visit: Visit) -> Visit:
    visits.save(session, house().office, visit)
    return visit


def _here() -> Here | None:
    token = request.cookies.get(cookie_name(), "")
    if not token:
        return None
    office = house().office
    with house().reading() as session:
        visit = visits.find(session, office, token)
        task_id = str(visit.typed.get("task", "")) if visit else ""
        if visit is None or not task_id:
            return None
        try:
            task = processor_door.open_task(session, office, task_id)
        except NoTask:
            return None
        g.practice = task.practice
    since = visit.typed.get("opened")
    is_opened = bool(since) and office.now() - datetime.fromisoformat(str(since)) <= LONGEST
    found = Here(visit, task_id, is_opened)
    g.task = found
    return found
