"""The desk's API for each right of a request: the same acts as the page of a right, one by one.

Nobody approves a plan with a key: that is done by a person who signs in afresh (T61).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.core.request import Outcome
from dsr.db import plans
from dsr.db.plans import Batch
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.errors import LawError
from dsr.services import hasten, outlook, release, settling, stages, weighing
from dsr.services.case import Who
from dsr.services.correcting import Correction, Corrections
from dsr.services.resolve import Resolution
from dsr.services.settling import ByHand
from dsr.services.weighing import Facts, Judgement
from dsr.web.api import desk_right_shapes as shapes
from dsr.web.api import desk_right_views
from dsr.web.api.callers import for_key
from dsr.web.api.desk_acts import act, seen
from dsr.web.api.routed import StrictBlueprint
from dsr.web.current import house

blueprint = StrictBlueprint(
    "desk_rights_api",
    "/api/v1/desk",
    "Each right of a request: its plan, facts, judgements, decision. Approving needs a sign-in.",
)
_ITEM = "/requests/<reference>/items/<item>"


@blueprint.route("/requests/<reference>/items", methods=["GET"])
@for_key("read")
@blueprint.response(200)
def rights(reference: str) -> Any:
    """The rights that are asked, each with its stage and its decision."""

    def listed(session: Session, row: SubjectRequest) -> dict[str, Any]:
        return {"items": [desk_right_views.in_short(item) for item in row.items]}

    return seen("request", reference, listed)


@blueprint.route(_ITEM, methods=["GET"])
@for_key("read")
@blueprint.response(200)
def right(reference: str, item: str) -> Any:
    """One right: what is asked, what the law proposes, the plan as it is or would be, `seen`."""

    def whole(session: Session, row: SubjectRequest) -> dict[str, Any]:
        return desk_right_views.whole(session, house().office, row, stages.item_of(row, item))

    return seen("item", reference, whole)


@blueprint.route(f"{_ITEM}/facts", methods=["POST"])
@for_key("decide", "officer")
@blueprint.arguments(shapes.ToSay)
@blueprint.response(204)
def facts(body: dict[str, Any], reference: str, item: str) -> None:
    """Say what the case is like for one purpose; these facts replace those said before."""
    told = Facts(activity=body["purpose"], facts=body["facts"])

    def said(session: Session, row: SubjectRequest, who: Who) -> None:
        try:
            weighing.say(session, house().office, _what(row, item), told, who)
        except LawError as error:
            raise BadInput(error.name, str(error)) from None

    act(reference, said)


@blueprint.route(f"{_ITEM}/judgements", methods=["POST"])
@for_key("decide", "officer", "clinician")
@blueprint.arguments(shapes.ToJudge)
@blueprint.response(204)
def judgement(body: dict[str, Any], reference: str, item: str) -> None:
    """Answer what the law asks for one purpose: a clinician's question by a clinician."""
    made = Judgement(activity=body["purpose"], outcome=body["outcome"], reasons=body["reasons"])

    def judged(session: Session, row: SubjectRequest, who: Who) -> None:
        weighing.judge(session, house().office, _what(row, item), made, who)

    act(reference, judged)


@blueprint.route(f"{_ITEM}/decision", methods=["POST"])
@for_key("decide", "officer")
@blueprint.arguments(shapes.ToResolve)
@blueprint.response(200)
def resolved(body: dict[str, Any], reference: str, item: str) -> dict[str, Any]:
    """Decide on what was `seen`; what cannot be undone then waits for a second person."""
    made = Resolution(
        seen=body["seen"],
        grounds=tuple(body["grounds"]),
        facts=body["facts"],
        instead=body["instead"],
        heard=body["heard"],
        corrections=_corrections(body),
        delivery=body["delivery"],
    )

    def done(session: Session, row: SubjectRequest, who: Who) -> dict[str, Any]:
        decided = outlook.decide(session, house().office, _what(row, item), made, who)
        return desk_right_views.in_short(decided)

    return act(reference, done)


@blueprint.route(f"{_ITEM}/batches/<batch>/retry", methods=["POST"])
@for_key("work", "officer")
@blueprint.response(204)
def retry_change(reference: str, item: str, batch: str) -> None:
    """Try a change that fails again now."""

    def again(session: Session, row: SubjectRequest, who: Who) -> None:
        hasten.batch(session, house().office, row, _batch(session, row, item, batch), who)

    act(reference, again)


@blueprint.route(f"{_ITEM}/batches/<batch>/by-hand", methods=["POST"])
@for_key("work", "officer")
@blueprint.arguments(shapes.DoneByHand)
@blueprint.response(204)
def changed_by_hand(body: dict[str, Any], reference: str, item: str, batch: str) -> None:
    """A person changed it in the system itself: what came of it, and how they know."""
    made = ByHand(outcome=Outcome(body["outcome"]), proof=body["proof"], kept=body["kept"])

    def settled(session: Session, row: SubjectRequest, who: Who) -> None:
        found = _batch(session, row, item, batch)
        settling.settle(session, house().office, found, made, who)

    act(reference, settled)


@blueprint.route(f"{_ITEM}/answer", methods=["POST"])
@for_key("decide", "officer")
@blueprint.response(204)
def send_one(reference: str, item: str) -> None:
    """Send the answer on this right."""

    def sent(session: Session, row: SubjectRequest, who: Who) -> None:
        release.send(session, house().office, row, who, stages.item_of(row, item).id)

    act(reference, sent)


def _what(row: SubjectRequest, item_id: str) -> tuple[SubjectRequest, RequestItem]:
    return row, stages.item_of(row, item_id)


def _batch(session: Session, row: SubjectRequest, item_id: str, batch_id: str) -> Batch:
    item = stages.item_of(row, item_id)
    made = plans.of_item(session, item.id)
    known = [one for plan in made for one in plans.batches(session, plan.id)]
    return desk_right_views.one_of_batches(known, batch_id)


def _corrections(body: dict[str, Any]) -> Corrections:
    at = body["statement_at"]
    return Corrections(
        fields=tuple(Correction(**one) for one in body["corrections"]),
        statement=body["statement"],
        statement_at=(at.get("system", ""), at.get("dataset", "")),
    )
