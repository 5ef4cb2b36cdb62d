"""Stop what was decided before it is carried out (P15), or withdraw the whole request.

Both end something that the person wanted, so they ask for the level of a code at least: whoever
reads a mailbox that was only typed in a form stops nothing (T86).
"""

from __future__ import annotations

from flask import Response, g, request
from sqlalchemy.orm import Session

from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import cancelling, stages
from dsr.services import visit as visits
from dsr.services.case import PATIENT
from dsr.services.visit import Visit
from dsr.web.current import house
from dsr.web.guards import guard
from dsr.web.patient import app_login, items, visiting


@guard("visit")
def cancel(language: str) -> Response:
    """Stop an erasure while it still waits: which one, and whether that is sure."""
    visit = visiting.current()
    if not visit.current:
        return visiting.on_to("follow")
    if request.method == "POST":
        return _cancel_now(request.form.get("deel", ""))
    with house().reading() as session:
        row = subject_requests.by_id(session, visit.current)
        lines = [line for line in items.of(session, row) if line.cool_until]
    if not lines:
        return visiting.on_to("follow")
    if not level_of(visit, row).reaches(Level.IA2):
        return _prove_first(visit, row)
    g.practice = row.practice
    return visiting.shown("cancel", row=row, lines=lines)


@guard("visit")
def withdraw(language: str) -> Response:
    """Withdraw the whole request, after a page to be sure."""
    visit = visiting.current()
    if not visit.current:
        return visiting.on_to("follow")
    if request.method == "POST":
        return _withdraw_now()
    with house().reading() as session:
        row = subject_requests.by_id(session, visit.current)
        lines = items.of(session, row)
    if not items.can_stop(row):
        return visiting.on_to("follow")
    if not level_of(visit, row).reaches(cancelling.level_to_stop(row)):
        return _prove_first(visit, row)
    g.practice = row.practice
    left = [item.id for item in row.items if cancelling.can_be_withdrawn(item)]
    lines = tuple(line for line in lines if line.id in left)
    return visiting.shown("withdraw", row=row, lines=lines, begun=len(left) < len(row.items))


def level_of(visit: Visit, row: SubjectRequest) -> Level:
    """What this visit has shown for a request."""
    return visits.level_for(house().office, visit, row.id)


def _cancel_now(item_id: str) -> Response:
    with house().writing() as session:
        visit, row = _locked(session)
        item = stages.item_of(row, item_id)
        if not level_of(visit, row).reaches(Level.IA2):
            return visiting.on_to("cancel")
        # The button pressed twice finds it stopped already.
        if not cancelling.is_stopped(item):
            cancelling.cancel_erasure(session, house().office, row, item.id, PATIENT)
        visiting.keep(session, visits.seen_again(house().office, visit, row.id))
    return visiting.on_to("follow", gestopt=1)


def _withdraw_now() -> Response:
    with house().writing() as session:
        visit, row = _locked(session)
        # In another tab another request was opened since: ask again, about that one.
        if request.form.get("nummer", "") != row.reference:
            return visiting.on_to("withdraw")
        if not level_of(visit, row).reaches(cancelling.level_to_stop(row)):
            return visiting.on_to("withdraw")
        # The button pressed twice finds it stopped already.
        if items.can_stop(row) or not any(cancelling.is_stopped(item) for item in row.items):
            cancelling.withdraw_request(session, house().office, row, PATIENT)
        visiting.keep(session, visits.seen_again(house().office, visit, row.id))
    return visiting.on_to("follow", gestopt=1)


def _locked(session: Session) -> tuple[Visit, SubjectRequest]:
    visit = visiting.locked(session)
    return visit, subject_requests.by_id(session, visit.current, lock=True)


def _prove_first(visit: Visit, row: SubjectRequest) -> Response:
    g.practice = row.practice
    return visiting.shown(
        "locked",
        row=row,
        level=level_of(visit, row),
        trouble=visit.app.get("trouble", ""),
        with_app=app_login.offered(),
        stops=True,
    )
