"""Taking back: an erasure while it cools off, or a request as a whole (T86)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import NotReady
from dsr.core.request import Decision
from dsr.core.stages import MOVES, Stage
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import case, decide, notify, planning, stages
from dsr.services.case import Told, Who
from dsr.services.office import Office

TOO_LATE = (
    "Het verwijderen is al begonnen. Bel ons. / Deletion has already started. Please call us."
)
FINISHED = "Dit verzoek is al klaar. Bel ons. / This request is already done. Please call us."


def cancel_erasure(
    session: Session, office: Office, subject_request: SubjectRequest, item_id: str, who: Who
) -> None:
    """Take back an erasure that cools off: nothing is erased, and a letter says so."""
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    item = stages.item_of(row, item_id)
    if Stage(item.stage) is not Stage.COOLING_OFF:
        raise NotReady(TOO_LATE)
    body = {"item": item.id}
    told = Told(who=who, action=Action.ERASURE_CANCELLED, body=body)
    case.tell(session, office, row, told)
    _withdraw(session, office, (row, item), who)
    notify.erasure_cancelled(session, office, row, item.id)
    decide.add_pack(session, office, row, item)


def withdraw_request(
    session: Session, office: Office, subject_request: SubjectRequest, who: Who
) -> None:
    """Take back all that can still be taken back; what runs or is done stays as it is.

    `NotReady` when nothing can be taken back any more.
    """
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    open_items = [item for item in row.items if can_be_withdrawn(item)]
    if not open_items:
        raise NotReady(FINISHED)
    for item in open_items:
        _withdraw(session, office, (row, item), who)
    decide.add_pack(session, office, row, open_items[0])  # one letter says it for all


def level_to_stop(subject_request: SubjectRequest) -> Level:
    """What it takes to end what somebody asked: once a person was proved, that person.

    Before that, whoever holds the key of the request may take it back (T86).
    """
    proved = Level(subject_request.level).reaches(Level.IA2)
    return Level.IA2 if proved else Level.IA0


def is_stopped(item: RequestItem) -> bool:
    """Whether the person took this back."""
    return item.decision == Decision.WITHDRAWN or Stage(item.stage) is Stage.WITHDRAWN


def can_be_withdrawn(item: RequestItem) -> bool:
    """Whether an item can still be taken back: nothing of it has begun."""
    return Stage.WITHDRAWN in MOVES.get(Stage(item.stage), frozenset())


def _withdraw(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], who: Who
) -> None:
    row, item = what
    planning.end(session, office, (row, item), "cancelled", who)
    stages.move(session, office, item, Stage.WITHDRAWN, who)
    body = {"item": item.id, "right": item.right}
    case.tell(session, office, row, Told(who=who, action=Action.WITHDRAWN, body=body))
    item.decision, item.decided_at = Decision.WITHDRAWN, office.now()
    item.frozen_digest = None
    stages.move(session, office, item, Stage.REPLYING, case.SYSTEM)
