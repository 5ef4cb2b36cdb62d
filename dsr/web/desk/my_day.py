"""My day: what waits, as counts that lead to exactly those requests."""

from __future__ import annotations

from datetime import datetime

from flask import render_template, session
from flask.typing import ResponseReturnValue

from dsr.db import subject_requests
from dsr.db.subject_requests import QueueFilter
from dsr.services import lifting, worklist
from dsr.web.current import house
from dsr.web.desk.door import ALL_ROLES, CASE_ROLES, me, staff_only

FIRST = 6


@staff_only(*ALL_ROLES)
def my_day() -> ResponseReturnValue:
    """The first page after signing in; an administrator sees no requests, also not counted."""
    before = session.get("before", "")
    last = datetime.fromisoformat(before) if before else None
    if not me().has(*CASE_ROLES):
        return render_template("desk/my_day.html", counts=None, lines=[], last=last)
    office = house().office
    with house().reading() as db:
        counts = worklist.counts(db, office, me().who)
        everything = QueueFilter(practices=list(me().who.practices))
        rows = subject_requests.queue_page(db, everything, limit=FIRST)
        lines = worklist.lines(db, office, rows)
        restrictions = len(lifting.waiting(db, office, list(me().who.practices)))
    return render_template(
        "desk/my_day.html", counts=counts, lines=lines, last=last, restrictions=restrictions
    )
