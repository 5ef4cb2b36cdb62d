"""The only way an item moves: allowed, under the request's row lock, with an event."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import NotFound
from dsr.core.stages import ORDER, Stage, advance
from dsr.db.subject_requests import RequestItem, SubjectRequest, by_id
from dsr.law.rights import Right
from dsr.services import case
from dsr.services.case import Told, Who
from dsr.services.office import Office

#: rights that are answered with a copy of data, and not with a change
COPIES = (Right.ACCESS, Right.PORTABILITY)


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


def move_together(
    session: Session, office: Office, subject_request: SubjectRequest, to: Stage, who: Who
) -> None:
    """Move every item that stands where the least advanced one stands."""
    now = lead(subject_request).stage
    for item in subject_request.items:
        if item.stage == now:
            move(session, office, item, to, who)


def lead(subject_request: SubjectRequest) -> RequestItem:
    """The least advanced item: it says where identity, search and review of all of them stand."""
    return min(subject_request.items, key=_place)


def access_item(subject_request: SubjectRequest) -> RequestItem:
    """The item that is answered with a copy: access, else portability; without one the lead."""
    for right in COPIES:
        for item in subject_request.items:
            if item.right == right:
                return item
    return lead(subject_request)


def item_of(subject_request: SubjectRequest, item_id: str) -> RequestItem:
    """The item with this id; `NotFound` for any other."""
    for item in subject_request.items:
        if item.id == item_id:
            return item
    raise NotFound("This request has no such part.")


def _place(item: RequestItem) -> tuple[int, int]:
    return (ORDER[Stage(item.stage)], 0 if item.right == Right.ACCESS else 1)


def _close(session: Session, office: Office, subject_request: SubjectRequest, who: Who) -> None:
    subject_request.closed_at = office.now()
    case.tell(session, office, subject_request, Told(who=who, action=Action.CLOSED))
