"""The log of a practice: codes only, newest first, with the end of its chain."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import NotFound
from dsr.core.reference import tidy_reference
from dsr.db import events
from dsr.db.events import Event, LogPart
from dsr.db.subject_requests import SubjectRequest
from dsr.web.current import house, practice_of
from dsr.web.desk import timeline
from dsr.web.desk.acting import opened
from dsr.web.desk.door import ALL_ROLES, CASE_ROLES, me, staff_only

PAGE = 50


@staff_only(*ALL_ROLES)
def log_page() -> ResponseReturnValue:
    """A page of the log; free text stays sealed, an administrator sees no request numbers."""
    chosen = practice_of(request.args.get("practice") or me().who.practices[0])
    if chosen is None or chosen.id not in me().who.practices:
        raise NotFound("There is no such practice here.")
    with house().reading() as db:
        told = events.log_page(db, _part(db, chosen.id), PAGE + 1)
        people = timeline.staff_names(db, house().office, told)
        head = next((head for head in events.heads(db) if head.practice == chosen.id), None)
        numbers = _references(db, told) if me().has(*CASE_ROLES) else {}
    lines = [(event, timeline.sentence(house().office, event, people)) for event in told[:PAGE]]
    return render_template(
        "desk/log.html", lines=lines, people=people, head=head, numbers=numbers, chosen=chosen,
        more=told[PAGE - 1].seq if len(told) > PAGE else 0, actions=list(Action),
    )  # fmt: skip


def _part(db: Session, practice: str) -> LogPart:
    args, request_id = request.args, ""
    typed = tidy_reference(args.get("q", ""))
    if typed and me().has(*CASE_ROLES):
        try:
            request_id = opened(db, typed).id
        except NotFound:
            request_id = "none"
    action = args.get("action", "")
    return LogPart(
        practice=practice,
        before=args.get("before", 0, type=int),
        action=action if action in {str(one) for one in Action} else "",
        request_id=request_id,
    )


def _references(db: Session, told: list[Event]) -> dict[str, str]:
    ids = {event.request_id for event in told if event.request_id}
    wanted = select(SubjectRequest.id, SubjectRequest.reference).where(SubjectRequest.id.in_(ids))
    return {row.id: row.reference for row in db.execute(wanted)}
