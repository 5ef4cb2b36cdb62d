"""How a call of the desk opens a request: of the key's practice, locked, and noted (T22, T65)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import NotAllowed, NotFound
from dsr.core.reference import tidy_reference
from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import review
from dsr.services.case import Told, Who
from dsr.services.follow import NO_SUCH
from dsr.web.api.callers import me
from dsr.web.current import house

REASON = "View-Reason"
SHORTEST_REASON = 5
T = TypeVar("T")


def opened(session: Session, reference: str, *, lock: bool = False) -> SubjectRequest:
    """The request with this reference, if it is of the key's practice; else `NotFound`."""
    tidy = tidy_reference(reference)
    if tidy is None:
        raise NotFound(NO_SUCH)
    return subject_requests.for_practices(session, tidy, [me().practice], lock=lock)


def act(reference: str, do: Callable[[Session, SubjectRequest, Who], T]) -> T:
    """Do it in one transaction, with the request locked; in the name of the key's person."""
    with house().writing() as session:
        return do(session, opened(session, reference, lock=True), me().who)


def look(session: Session, reference: str, what: str) -> SubjectRequest:
    """Open a request to see what it holds, and note who looked and why.

    Whom it is assigned to needs no reason; anybody else says why in the header `View-Reason`.
    """
    row, key = opened(session, reference), me()
    reason = request.headers.get(REASON, "").strip()[:300]
    mine = row.assigned_to == key.who.staff_id
    if not (mine or len(reason) >= SHORTEST_REASON or _waits_for(row, key.who)):
        raise NotAllowed(
            f"This request is not assigned to you. Take it first, or say why you look in a header"
            f" {REASON} of at least {SHORTEST_REASON} characters."
        )
    told = Told(who=key.who, action=Action.VIEWED, body={"assigned": mine}, text=reason)
    review.view(session, house().office, row, what, told)
    return row


def seen(what: str, reference: str, show: Callable[[Session, SubjectRequest], Any]) -> Any:
    """Show something of a request; looking is noted in the same transaction."""
    with house().writing() as session:
        return show(session, look(session, reference, what))


def _waits_for(row: SubjectRequest, who: Who) -> bool:
    waits = any(Stage(item.stage) is Stage.APPROVING for item in row.items)
    return waits and who.has("approver")
