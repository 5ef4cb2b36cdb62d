"""Single items of a medical file that a clinician keeps out of its destruction (BW 7:455(2))."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, NotAllowed, NotFound, NotReady
from dsr.core.stages import Stage
from dsr.core.wishes import DESTRUCTION
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import case, plan, review, wishes
from dsr.services.case import Told, Who
from dsr.services.office import Office
from dsr.services.review import SeenItem

#: why one item stays: the interest of another or a law that bars (BW 7:455(2)), a claim
GROUNDS = ("BW:7:455(2)", "GDPR:17(3)(b)", "GDPR:17(3)(e)")
OPEN = (Stage.REVIEWING, Stage.DECIDING)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An item as the page numbers it, in one system, and the code of why it stays."""

    system: str
    number: int
    ground: str


def keep(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    kept: Kept,
    who: Who,
) -> None:
    """Keep one item of the file; the plan that is made afterwards leaves it alone."""
    row, item = what
    _check(session, office, what, who)
    if kept.ground not in GROUNDS:
        raise BadInput("ground", f"Choose one of: {', '.join(GROUNDS)}.")
    key = str(_found(session, office, row, kept).record["key"])
    item.facts = {**item.facts, "kept": {**of(item), key: kept.ground}}
    body = {"item": item.id, "system": kept.system, "thing": key, "ground": kept.ground}
    case.tell(session, office, row, Told(who=who, action=Action.KEPT_BACK, body=body))


def let_go(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    key: str,
    who: Who,
) -> None:
    """Keep an item no longer; `key` is its item key."""
    row, item = what
    _check(session, office, what, who)
    kept = of(item)
    if key not in kept:
        raise NotFound("This item was not kept back.")
    item.facts = {**item.facts, "kept": {one: kept[one] for one in kept if one != key}}
    body = {"item": item.id, "thing": key}
    case.tell(session, office, row, Told(who=who, action=Action.NOT_KEPT_BACK, body=body))


def of(item: RequestItem) -> dict[str, str]:
    """What is kept back: the ground by item key."""
    return dict(item.facts.get("kept", {}))


def systems(session: Session, office: Office, row: SubjectRequest) -> list[str]:
    """The systems in which something of the file was found."""
    return review.medical_systems(session, office, row)


def page(
    session: Session, office: Office, row: SubjectRequest, system: str, first: int
) -> list[SeenItem]:
    """Fifty items of one system from a number on; not all of them are of the file."""
    if system not in systems(session, office, row):
        raise NotFound("Nothing of the medical file was found in this system.")
    step = review.search_of(session, row, system)
    return review.page(session, office, row, step, first)


def _check(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], who: Who
) -> None:
    row, item = what
    if not who.has("clinician") or who.staff_id is None:
        raise NotAllowed("Only a clinician decides what of the file stays.")
    if wishes.of(session, office, row, item).kind != DESTRUCTION:
        raise NotReady("Only of a file that is destroyed single items can be kept.")
    if Stage(item.stage) not in OPEN:
        raise NotReady("This part is not up for decision; send it back first.")


def _found(session: Session, office: Office, row: SubjectRequest, kept: Kept) -> SeenItem:
    if kept.system not in {step.system for step in plan.searches_of(session, row)}:
        raise BadInput("pick", "Choose an item that was found.")
    first = max(kept.number, 0)
    step = review.search_of(session, row, kept.system)
    one = next(iter(review.page(session, office, row, step, first)), None)
    if one is None or one.record["n"] != kept.number or not one.dataset.medical_file:
        raise BadInput("pick", "Choose an item of the medical file.")
    return one
