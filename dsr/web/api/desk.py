"""The desk's API: the queue, a request, what was found. With a key of one staff member."""

from __future__ import annotations

import base64
import binascii
from datetime import date
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.db.subject_requests import QueueFilter, SubjectRequest, queue_page
from dsr.services import assign, in_restriction, reply, review
from dsr.services.case import Who
from dsr.services.review import SeenItem
from dsr.web.api import desk_views, files
from dsr.web.api.callers import for_key, me
from dsr.web.api.desk_acts import act, seen
from dsr.web.api.desk_shapes import From, Queue
from dsr.web.api.routed import StrictBlueprint
from dsr.web.current import house

blueprint = StrictBlueprint(
    "desk_api",
    "/api/v1/desk",
    "For staff, with `Authorization: Bearer dsr_...` (python -m dsr api-key create).",
)


@blueprint.route("/requests", methods=["GET"])
@for_key("read")
@blueprint.arguments(Queue, location="query")
@blueprint.response(200)
def queue(part: dict[str, Any]) -> dict[str, Any]:
    """The queue of the key's practice, most urgent first; `next` goes on."""
    wanted = QueueFilter(
        practices=[me().practice],
        stages=(part["stage"],) if "stage" in part else (),
        closed=part["closed"] == "yes",
    )
    with house().reading() as session:
        rows = queue_page(session, wanted, _place(part["after"]), part["limit"])
        shown = [desk_views.in_queue(house().office, row) for row in rows]
    more = _cursor(rows[-1]) if len(rows) == part["limit"] else None
    return {"requests": shown, "next": more}


@blueprint.route("/requests/<reference>", methods=["GET"])
@for_key("read")
@blueprint.response(200)
def show(reference: str) -> Any:
    """One request: the person, the sources with their outcomes, what was decided, and `seen`."""

    def whole(session: Session, row: SubjectRequest) -> dict[str, Any]:
        return desk_views.whole(session, house().office, row)

    return seen("request", reference, whole)


@blueprint.route("/requests/<reference>/take", methods=["POST"])
@for_key("work", "officer", "clinician")
@blueprint.response(204)
def take(reference: str) -> None:
    """Assign the request to the person of the key."""

    def taken(session: Session, row: SubjectRequest, who: Who) -> None:
        assign.to_me(session, house().office, row, "", who)

    act(reference, taken)


@blueprint.route("/requests/<reference>/systems/<system>/items", methods=["GET"])
@for_key("read")
@blueprint.arguments(From, location="query")
@blueprint.response(200)
def items(part: dict[str, Any], reference: str, system: str) -> Any:
    """Fifty items of one system from number `first` on, as found and as they would be given."""

    def page(session: Session, row: SubjectRequest) -> dict[str, Any]:
        step = review.search_of(session, row, system)
        found = review.page(session, house().office, row, step, part["first"])
        hidden = in_restriction.hidden(session, house().office, row, me().who)
        more = found[-1].record["n"] + 1 if len(found) == 50 else None
        return {"items": _shown(found, hidden), "next": more}

    return seen(f"items {system}"[:60], reference, page)


@blueprint.route("/requests/<reference>/letters/<letter>", methods=["GET"])
@for_key("read")
@blueprint.response(200, content_type="application/pdf")
def letter(reference: str, letter: str) -> Any:
    """A letter of the request as PDF."""

    def pdf(session: Session, row: SubjectRequest) -> Response:
        return files.sent(reply.desk_letter(session, house().office, row, letter))

    return seen("letter", reference, pdf)


@blueprint.route("/requests/<reference>/package", methods=["GET"])
@for_key("read", "officer")
@blueprint.response(200, content_type="application/zip")
def package(reference: str) -> Any:
    """The package, to hand over at the desk; one range of bytes may be asked for."""

    def zipped(session: Session, row: SubjectRequest) -> Response:
        return files.sent(reply.desk_package(session, house().office, row, me().who))

    return seen("package", reference, zipped)


def _shown(found: list[SeenItem], hidden: frozenset[str]) -> list[dict[str, Any]]:
    """The items but those that are restricted, which are kept and not looked at (Art. 18(2))."""
    return [desk_views.item(one) for one in found if one.record["key"] not in hidden]


def _cursor(row: SubjectRequest) -> str:
    return base64.urlsafe_b64encode(f"{row.due.isoformat()} {row.id}".encode()).decode()


def _place(cursor: str) -> tuple[date, str] | None:
    if not cursor:
        return None
    try:
        due, row_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        return date.fromisoformat(due), row_id
    except (ValueError, binascii.Error):
        raise BadInput("after", "Send the `next` of the page before, as it was.") from None
