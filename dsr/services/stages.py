"""The only way an item moves: allowed, under the request's row lock, with an event."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.stages import Stage, advance
from dsr.db.subject_requests import RequestItem, SubjectRequest, by_id
from dsr.services import case
from dsr.services.case import Told, Who
from dsr.services.office import Office


def move(session: Session, office: Office, item: RequestItem, to: Stage, who: Who) -> None:
    """Move an item to its next stage and write the event in the same transaction.

    Raises `MoveRefused` when the item may not go there from where it is now in the database.
    """
    subject_request = by_id(session, item.request_id, lock=True)
    now = Stage(item.stage)
    item.stage = advance(now, to)
    body = {"item": item.id, "right": item.right, "from": now, "to": to}
    case.tell(session, office, subject_request, Told(who=who, action=Action.MOVED, body=body))
    if to is Stage.CLOSED and all(i.stage == Stage.CLOSED for i in subject_request.items):
        _close(session, office, subject_request, who)


def access_item(subject_request: SubjectRequest) -> RequestItem:
    """The access item of a request."""
    return next(item for item in subject_request.items if item.right == "access")


def _close(session: Session, office: Office, subject_request: SubjectRequest, who: Who) -> None:
    subject_request.closed_at = office.now()
    case.tell(session, office, subject_request, Told(who=who, action=Action.CLOSED))
