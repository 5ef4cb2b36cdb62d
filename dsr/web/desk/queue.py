"""The queue: all requests of my practices, most urgent first, initials at most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import NotFound
from dsr.core.reference import tidy_reference
from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.db.subject_requests import QueueFilter
from dsr.services import staff_login, worklist
from dsr.web.current import house
from dsr.web.desk.acting import opened
from dsr.web.desk.door import CASE_ROLES, me, staff_only

PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the filters of the page say, as they stand in the address: codes, never a name."""

    part: str
    stage: str
    practice: str
    assigned: str
    closed: bool

    def as_query(self) -> dict[str, str]:
        """The filters for the address of another page of the same list."""
        named = {"part": self.part, "stage": self.stage, "practice": self.practice}
        named |= {"assigned": self.assigned, "closed": "1" if self.closed else ""}
        return {name: value for name, value in named.items() if value}


@staff_only(*CASE_ROLES)
def queue() -> ResponseReturnValue:
    """One page of the queue."""
    if (typed := request.args.get("q", "").strip()) and (found := _by_number(typed)):
        return redirect(url_for("desk.request_page", reference=found), 303)
    chosen = _chosen()
    with house().reading() as db:
        rows = subject_requests.queue_page(db, _filter(chosen), _after(), PAGE + 1)
        lines = worklist.lines(db, house().office, rows[:PAGE])
        counts = worklist.counts(db, house().office, me().who)
        people = _names(db)
    more = f"{rows[PAGE - 1].due.isoformat()}_{rows[PAGE - 1].id}" if len(rows) > PAGE else ""
    return render_template(
        "desk/queue.html", lines=lines, counts=counts, chosen=chosen, more=more, typed=typed,
        people=people,
    )  # fmt: skip


def _names(db: Session) -> dict[str, str]:
    """Who works at my practices, by id: the faces in the last column."""
    mine = set(me().who.practices)
    return {
        row.id: staff_login.name_of(db, house().office, row)
        for row in staff_login.everybody(db)
        if mine & set(row.practices)
    }


def _by_number(typed: str) -> str | None:
    """The reference of a request that exists for me, or None."""
    reference = tidy_reference(typed)
    if reference is None:
        return None
    try:
        with house().reading() as db:
            return opened(db, reference).reference
    except NotFound:
        return None


def _chosen() -> Chosen:
    args = request.args
    stage = args.get("stage", "")
    practice = args.get("practice", "")
    return Chosen(
        part=args.get("part", ""),
        stage=stage if stage in {str(one) for one in Stage} else "",
        practice=practice if practice in me().who.practices else "",
        assigned=args.get("assigned", "") if args.get("assigned") in ("me", "nobody") else "",
        closed=args.get("closed") == "1",
    )


def _filter(chosen: Chosen) -> QueueFilter:
    parts = {part.name: part.filter for part in worklist.parts(house().office, me().who)}
    plain = QueueFilter(practices=list(me().who.practices))
    made = parts.get(chosen.part, plain)
    if chosen.practice:
        made = replace(made, practices=[chosen.practice])
    if chosen.stage:
        made = replace(made, stages=(chosen.stage,))
    if chosen.assigned:
        mine = me().who.staff_id if chosen.assigned == "me" else None
        made = replace(made, assigned_to=mine, unassigned=mine is None)
    return replace(made, closed=chosen.closed)


def _after() -> tuple[date, str] | None:
    day, _line, row_id = request.args.get("after", "").partition("_")
    try:
        return (date.fromisoformat(day), row_id) if row_id else None
    except ValueError:
        return None
