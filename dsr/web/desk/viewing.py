"""Need to view (T65): content opens for whom a request is assigned to, or with a reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput
from dsr.core.stages import Stage
from dsr.db.subject_requests import SubjectRequest
from dsr.services import review
from dsr.services.case import Told
from dsr.web.current import house
from dsr.web.desk.acting import Fault, fault_of, opened
from dsr.web.desk.door import CASE_ROLES, View, me, staff_only

#: how long one reason holds, in seconds, and how many are remembered
HOLDS, MOST = 30 * 60, 12
SHORTEST_REASON = 5
#: what may be opened, and the page it leads to
PAGES = {
    "person": "desk.request_page",
    "review": "desk.review_page",
    "decision": "desk.decision_page",
    "identity": "desk.identity_page",
    "send": "desk.send_page",
    "item": "desk.request_page",
}


def is_open(row: SubjectRequest, what: str) -> bool:
    """Whether this login may see this of the request now."""
    return _living().get(_mark(row, what), 0) > _now()


def barred(db: Session, row: SubjectRequest, what: str) -> ResponseReturnValue | None:
    """None when the page may open, which is recorded; else the page that asks for a reason."""
    if is_open(row, what):
        return None
    if needs_no_reason(row):
        _open(row, what, "")
        return None
    return _ask(row, what, None), 403


def with_reason(what: str) -> Callable[[View], View]:
    """Guard a form of a request: also when it goes wrong it shows no more than its page does."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(reference: str, *args: Any, **kwargs: Any) -> ResponseReturnValue:
            with house().reading() as db:
                asked = barred(db, opened(db, reference), what)
            return view(reference, *args, **kwargs) if asked is None else asked

        return guarded

    return wrap


def needs_no_reason(row: SubjectRequest) -> bool:
    """Whether the work itself is the reason: mine, or something that waits for an approver."""
    waiting = any(Stage(item.stage) is Stage.APPROVING for item in row.items)
    return row.assigned_to == me().who.staff_id or (waiting and me().has("approver"))


@staff_only(*CASE_ROLES)
def look(reference: str) -> ResponseReturnValue:
    """Open a person card or the content, with a reason where one is needed."""
    what = request.form.get("what", "")
    with house().reading() as db:
        row = opened(db, reference)
    reason = request.form.get("look", "").strip()
    if not needs_no_reason(row) and len(reason) < SHORTEST_REASON:
        return _ask(row, what, fault_of(BadInput("look", ""))), 422
    if what not in PAGES:
        what = "person"
    _open(row, what, reason)
    return redirect(_back(reference) or url_for(PAGES[what], reference=reference), 303)


def _back(reference: str) -> str:
    """The page of this same request that asked for the reason, or nothing."""
    typed = request.form.get("back", "")
    here = url_for("desk.request_page", reference=reference)
    good = typed.startswith(f"{here}/") and "//" not in typed and "\\" not in typed
    return typed if good and typed.isprintable() else ""


def _ask(row: SubjectRequest, what: str, fault: Fault | None) -> str:
    back = request.full_path.rstrip("?") if request.method == "GET" else _back(row.reference)
    return render_template("desk/look.html", row=row, what=what, back=back, fault=fault)


def _open(row: SubjectRequest, what: str, reason: str) -> None:
    with house().writing() as db:
        body = {"assigned": row.assigned_to == me().who.staff_id}
        told = Told(who=me().who, action=Action.VIEWED, body=body, text=reason)
        review.view(db, house().office, opened(db, row.reference), what, told)
    kept = {**_living(), _mark(row, what): _now() + HOLDS}
    session["looked"] = dict(sorted(kept.items(), key=lambda pair: pair[1])[-MOST:])


def _living() -> dict[str, int]:
    kept: dict[str, int] = session.get("looked", {})
    return {mark: until for mark, until in kept.items() if until > _now()}


def _mark(row: SubjectRequest, what: str) -> str:
    # One reason opens the content of a request, whichever page shows it; the card is apart.
    return f"{row.id[-20:]}:{'person' if what == 'person' else 'content'}"


def _now() -> int:
    return int(house().office.now().timestamp())
