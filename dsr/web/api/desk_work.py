"""The desk's API: what staff do with a request, each call in one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from dsr.core.errors import ChangedMeanwhile, MoveRefused
from dsr.core.request import Decision, Outcome, WithholdReason
from dsr.core.stages import Stage
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.services import codes, decide, identify, plan, release, review, stages
from dsr.services.by_hand import ByHand
from dsr.services.case import Who
from dsr.services.decide import Decided
from dsr.services.review import Withhold
from dsr.web.api import desk_shapes as shapes
from dsr.web.api.callers import for_key
from dsr.web.api.desk_acts import act
from dsr.web.api.routed import StrictBlueprint
from dsr.web.current import house

blueprint = StrictBlueprint(
    "desk_work_api",
    "/api/v1/desk",
    "What staff do; `identity` and `decide` are scopes that a key has only when asked for.",
)
_OVER = (Stage.CLOSED, Stage.WITHDRAWN)


@blueprint.route("/requests/<reference>/identity", methods=["POST"])
@for_key("identity", "officer", "clinician")
@blueprint.arguments(shapes.DocumentSeen)
@blueprint.response(200)
def identity(body: dict[str, Any], reference: str) -> dict[str, str]:
    """Staff saw the person and their document (IA4). The collection code is shown once."""

    def stated(session: Session, row: SubjectRequest, who: Who) -> str:
        if Stage(stages.lead(row).stage) in _OVER:
            raise MoveRefused("This request is over; file a new one.")
        identify.at_desk(session, house().office, row, body["document"], who)
        return codes.hand_over(session, house().office, row, who)

    return {"level": "IA4", "collection_code": act(reference, stated)}


@blueprint.route("/requests/<reference>/steps/<step>/person", methods=["POST"])
@for_key("identity", "officer")
@blueprint.arguments(shapes.PersonChosen)
@blueprint.response(204)
def person(body: dict[str, Any], reference: str, step: str) -> None:
    """Say which of several people it is, or none of them."""

    def chosen(session: Session, row: SubjectRequest, who: Who) -> None:
        found = plan.step_of(session, row, step)
        if found.outcome != Outcome.SEVERAL_PEOPLE:
            raise MoveRefused("This system does not ask which of several people it is.")
        plan.choose_person(session, house().office, found, body["person"], who)

    act(reference, chosen)


@blueprint.route("/requests/<reference>/steps/<step>/retry", methods=["POST"])
@for_key("work", "officer")
@blueprint.response(204)
def retry(reference: str, step: str) -> None:
    """Try a system again now."""

    def again(session: Session, row: SubjectRequest, who: Who) -> None:
        found = plan.step_of(session, row, step)
        if found.outcome not in (None, Outcome.FAILED):
            raise MoveRefused("This system has its outcome; search again to change it.")
        plan.retry(session, house().office, found, who)

    act(reference, again)


@blueprint.route("/requests/<reference>/steps/<step>/by-hand", methods=["POST"])
@for_key("work", "officer")
@blueprint.arguments(shapes.SearchedByHand)
@blueprint.response(204)
def by_hand(body: dict[str, Any], reference: str, step: str) -> None:
    """A person searched this system: what came of it, and how they know."""
    found = ByHand(outcome=Outcome(body["outcome"]), proof=body["proof"], found=body["found"])

    def settled(session: Session, row: SubjectRequest, who: Who) -> None:
        plan.settle_by_hand(session, house().office, _search(session, row, step), found, who)

    act(reference, settled)


@blueprint.route("/requests/<reference>/steps/<step>/accept", methods=["POST"])
@for_key("work", "officer")
@blueprint.arguments(shapes.Reason)
@blueprint.response(204)
def accept(body: dict[str, Any], reference: str, step: str) -> None:
    """Go on without this system; the answer will name it as not searched."""

    def accepted(session: Session, row: SubjectRequest, who: Who) -> None:
        found = _search(session, row, step)
        plan.accept_unsearched(session, house().office, found, body["reason"], who)

    act(reference, accepted)


@blueprint.route("/requests/<reference>/search", methods=["POST"])
@for_key("work", "officer")
@blueprint.response(204)
def search(reference: str) -> None:
    """Search every system afresh."""

    def again(session: Session, row: SubjectRequest, who: Who) -> None:
        plan.search_again(session, house().office, row, who)

    act(reference, again)


@blueprint.route("/requests/<reference>/withholdings", methods=["POST"])
@for_key("work", "officer", "clinician")
@blueprint.arguments(shapes.ToWithhold)
@blueprint.response(201)
def withhold(body: dict[str, Any], reference: str) -> dict[str, str]:
    """Withhold an item, or black out a field or a span of it. The source stays as it is."""
    what = Withhold(**{**body, "reason": WithholdReason(body["reason"])})

    def kept(session: Session, row: SubjectRequest, who: Who) -> str:
        return review.withhold(session, house().office, row, what, who).id

    return {"id": act(reference, kept)}


@blueprint.route("/requests/<reference>/withholdings/<withholding>", methods=["DELETE"])
@for_key("work", "officer", "clinician")
@blueprint.response(204)
def give_again(reference: str, withholding: str) -> None:
    """Take back a withholding."""

    def given(session: Session, row: SubjectRequest, who: Who) -> None:
        review.give_again(session, house().office, row, withholding, who)

    act(reference, given)


@blueprint.route("/requests/<reference>/sign-offs", methods=["POST"])
@for_key("decide", "clinician")
@blueprint.arguments(shapes.ToSign)
@blueprint.response(201)
def sign_off(body: dict[str, Any], reference: str) -> dict[str, str]:
    """A clinician has read what leaves of the medical file, exactly as it is now."""

    def signed(session: Session, row: SubjectRequest, who: Who) -> str:
        review.search_of(session, row, body["system"])
        if body["seen"] != review.review_digest(session, row):
            raise ChangedMeanwhile
        return review.sign_off(session, house().office, row, body["system"], who).id

    return {"id": act(reference, signed)}


@blueprint.route("/requests/<reference>/decision", methods=["POST"])
@for_key("decide", "officer")
@blueprint.arguments(shapes.ToDecide)
@blueprint.response(200)
def decision(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Decide, on what was `seen`; a refusal then waits for a second person."""
    what = Decided(
        decision=Decision(body["decision"]), grounds=tuple(body["grounds"]), facts=body["facts"],
        instead=body["instead"], seen=body["seen"], heard=body["heard"],
    )  # fmt: skip

    def decided(session: Session, row: SubjectRequest, who: Who) -> dict[str, Any]:
        item = decide.decide(session, house().office, row, what, who)
        return {"decision": item.decision, "stage": item.stage}

    return act(reference, decided)


@blueprint.route("/requests/<reference>/approval", methods=["POST"])
@for_key("decide", "approver")
@blueprint.response(204)
def approve(reference: str) -> None:
    """A second person agrees with a refusal."""

    def approved(session: Session, row: SubjectRequest, who: Who) -> None:
        decide.approve(session, house().office, row, who)

    act(reference, approved)


@blueprint.route("/requests/<reference>/send-back", methods=["POST"])
@for_key("decide", "approver")
@blueprint.arguments(shapes.Reason)
@blueprint.response(204)
def send_back(body: dict[str, Any], reference: str) -> None:
    """A second person does not agree, and says why."""

    def returned(session: Session, row: SubjectRequest, who: Who) -> None:
        decide.send_back(session, house().office, row, body["reason"], who)

    act(reference, returned)


@blueprint.route("/requests/<reference>/answer", methods=["POST"])
@for_key("decide", "officer")
@blueprint.response(204)
def send(reference: str) -> None:
    """Send the answer: release letter and package, and tell the person."""

    def sent(session: Session, row: SubjectRequest, who: Who) -> None:
        release.send(session, house().office, row, who)

    act(reference, sent)


def _search(session: Session, row: SubjectRequest, step_id: str) -> Step:
    found = plan.step_of(session, row, step_id)
    if found not in plan.searches_of(session, row):
        raise MoveRefused("Only a search of the current run can be settled by hand.")
    return found
