"""Approvals (O10): a refusal goes out only when a second person agrees (T26)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.core.reference import tidy_reference
from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.db.staff import Staff
from dsr.db.subject_requests import QueueFilter, RequestItem, SubjectRequest
from dsr.law.grounds import ground
from dsr.law.rights import Right
from dsr.services import case, decide, staff_login, stages, worklist
from dsr.services.worklist import Line
from dsr.web import headers
from dsr.web.current import house
from dsr.web.desk import item_view, viewing
from dsr.web.desk.acting import Fault, act, on_request, opened
from dsr.web.desk.door import Fresh, me, staff_only
from dsr.web.desk.right_names import in_order, kind_of

MOST = 50


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A right of a request that waits for a second person; `mine` is my own decision."""

    line: Line
    item: RequestItem
    kind: str
    mine: bool


@staff_only("approver")
def approvals() -> ResponseReturnValue:
    """What waits for a second person in my practices."""
    waiting = QueueFilter(practices=list(me().who.practices), stages=(Stage.APPROVING,))
    with house().reading() as db:
        rows = subject_requests.queue_page(db, waiting, limit=MOST)
        lines = worklist.lines(db, house().office, rows)
        waits = [
            Waiting(line=line, item=item, kind=kind_of(item), mine=item_view.is_mine(db, item))
            for row, line in zip(rows, lines, strict=True)
            for item in in_order(row)
            if Stage(item.stage) is Stage.APPROVING
        ]
    return render_template("desk/approvals.html", waits=waits)


@staff_only("approver")
def approval_page(reference: str) -> ResponseReturnValue:
    """One refusal: who decided, why, and the letter."""
    with house().reading() as db:
        row = opened(db, reference)
        if (asked := viewing.barred(db, row, "decision")) is not None:
            return asked
        item = stages.access_item(row)
    if item.right != Right.ACCESS:
        return redirect(url_for("desk.item_approval", reference=reference, item_id=item.id), 303)
    return _page(reference, None)


@staff_only("approver", fresh=Fresh.NOW)
@viewing.with_reason("decision")
def approve(reference: str) -> ResponseReturnValue:
    """Agree, with the number typed over and the password and code given just now."""

    def agree(db: Session, row: SubjectRequest) -> None:
        if tidy_reference(request.form.get("typed", "")) != row.reference:
            raise BadInput("typed", "Type the number of this request.")
        decide.approve(db, house().office, row, me().who)

    return _act(reference, agree)


@staff_only("approver", fresh=Fresh.RECENT)
@viewing.with_reason("decision")
def send_back(reference: str) -> ResponseReturnValue:
    """Do not agree: back to the officer with the reason."""
    why = request.form.get("why", "")
    return _act(reference, lambda db, row: decide.send_back(db, house().office, row, why, me().who))


def _act(reference: str, do: Any) -> ResponseReturnValue:
    return act(
        on_request(reference, do),
        lambda fault: _page(reference, fault),
        url_for("desk.approvals"),
    )


def _page(reference: str, fault: Fault | None) -> Response:
    office = house().office
    with house().reading() as db:
        row = opened(db, reference)
        item = stages.access_item(row)
        maker = db.get(Staff, item.decided_by or "")
        waiting = Stage(item.stage) is Stage.APPROVING
        page = make_response(
            render_template(
                "desk/approval.html",
                row=row,
                item=item,
                waiting=waiting,
                maker=staff_login.name_of(db, office, maker) if maker else "",
                mine=item_view.is_mine(db, item),
                words=decide.reasons(case.case_key(db, office, row), item),
                grounds=[ground(code) for code in item.grounds] if waiting else [],
                fault=fault,
            )
        )
    page.headers["Content-Security-Policy"] = f"{headers.policy()}; frame-src 'self'"
    return page
