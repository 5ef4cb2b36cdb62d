"""Who at the desk does a request, and what colleagues write to each other about it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, ChangedMeanwhile, NotAllowed
from dsr.db import subject_requests
from dsr.db.staff import Staff
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case
from dsr.services.case import Told, Who
from dsr.services.office import Office

LONGEST_NOTE = 4000


def to_me(
    session: Session, office: Office, subject_request: SubjectRequest, was: str, who: Who
) -> None:
    """Take a request on. `was` is who had it on the page that was clicked ("" for nobody)."""
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    if (row.assigned_to or "") not in (was, who.staff_id):
        raise ChangedMeanwhile("A colleague took this request a moment ago.")
    _give(session, office, row, who.staff_id, who)


def to_colleague(
    session: Session, office: Office, subject_request: SubjectRequest, staff_id: str, who: Who
) -> None:
    """Give a request to a living account of the same practice, or to nobody ("")."""
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    if staff_id and not _may_have(session.get(Staff, staff_id), row):
        raise BadInput("staff", "Choose a colleague of this practice.")
    _give(session, office, row, staff_id or None, who)


def note(
    session: Session, office: Office, subject_request: SubjectRequest, text: str, who: Who
) -> None:
    """An internal note: sealed, for colleagues only, never part of an answer."""
    if not text.strip() or len(text) > LONGEST_NOTE:
        raise BadInput("note", f"Write a note of at most {LONGEST_NOTE} characters.")
    told = Told(who=who, action=Action.NOTED, text=text.strip())
    case.tell(session, office, subject_request, told)


def _give(
    session: Session, office: Office, row: SubjectRequest, staff_id: str | None, who: Who
) -> None:
    if who.staff_id is None:
        raise NotAllowed("Only staff may do this.")
    row.assigned_to = staff_id
    told = Told(who=who, action=Action.ASSIGNED, body={"to": staff_id})
    case.tell(session, office, row, told)


def _may_have(staff: Staff | None, row: SubjectRequest) -> bool:
    if staff is None or staff.disabled_at is not None:
        return False
    return row.practice in staff.practices and set(staff.roles) != {"administrator"}
