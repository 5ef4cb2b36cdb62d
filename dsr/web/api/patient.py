"""The patient's API: file a request, follow it, show who you are, fetch the answer."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from dsr.core.subject import Level
from dsr.services.codes import Checked, Purpose
from dsr.web.api import intake, own, shapes
from dsr.web.api.routed import StrictBlueprint, documented
from dsr.web.current import house
from dsr.web.guards import guard

blueprint = StrictBlueprint(
    "patient_api",
    "/api/v1",
    "For the person who asks. To file: nothing, or the app's token. After that one of"
    " `Authorization: Request <secret>` (follow), `Visit <token>` (fetch, after a code)"
    " or `Bearer <app token>` (both; to fetch: signed in within 15 minutes, with a second"
    " factor, and linked by the practice).",
)


_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "minLength": 22, "maxLength": 100},
    "description": "128 random bits; repeat the call with the same key and body at will.",
}


@blueprint.route("/requests", methods=["POST"])
@guard("public")
@blueprint.arguments(shapes.Asking)
@blueprint.response(201, shapes.Filed)
@documented(blueprint, parameters=[_KEY])
def file(body: dict[str, Any]) -> dict[str, str]:
    """File a request for one right or several. Keep the secret: by it the request is followed."""
    return intake.file_once(body)


@blueprint.route("/requests/<reference>", methods=["GET"])
@guard("public")
@blueprint.response(200, shapes.Followed)
def status(reference: str) -> dict[str, Any]:
    """How the request stands, when the answer is due and why, and what to do now."""
    who = own.caller()
    with house().reading() as session:
        return own.shown(session, own.followed(session, reference, who))


@blueprint.route("/requests/<reference>/code", methods=["POST"])
@guard("public")
@blueprint.arguments(shapes.CodeWanted)
@blueprint.response(202, shapes.CodeAsked)
def ask_code(body: dict[str, str], reference: str) -> dict[str, Any]:
    """Ask for a one-time code to the address that the practice has had for over 30 days."""
    who = own.caller()
    with house().writing() as session:
        found = own.followed(session, reference, who)
        return own.ask_code(session, found, Purpose(body["purpose"]))


@blueprint.route("/requests/<reference>/code/check", methods=["POST"])
@guard("public")
@blueprint.arguments(shapes.CodeTyped)
@blueprint.response(200, shapes.CodeGood)
def check_code(body: dict[str, str], reference: str) -> Any:
    """Type the code. For `download` and `collect` the answer holds a visit that opens it."""
    purpose = Purpose(body["purpose"])
    who = own.caller()
    with house().writing() as session:
        found = own.followed(session, reference, who)
        checked = own.check_code(session, found, purpose, body["code"])
        if not checked.good:
            # Returned and not raised: the try has to be counted.
            return _wrong(checked)
        told = {"level": checked.level}
        if purpose is Purpose.IDENTIFY:
            return told
        token = own.visit_for(session, found.subject_request, checked.level)
    idle = house().office.terms.patient_idle
    return {**told, "visit": token, "minutes": int(idle.total_seconds() // 60)}


@blueprint.route("/requests/<reference>/app", methods=["POST"])
@guard("public")
@blueprint.response(200, shapes.CodeGood)
def show_by_app(reference: str) -> dict[str, Level]:
    """Show who you are with the app's token, once the practice has linked your account."""
    who = own.caller()
    with house().writing() as session:
        found = own.followed(session, reference, who)
        return {"level": own.show_by_app(session, found, who)}


@blueprint.route("/requests/<reference>/items/<item_id>/cancel", methods=["POST"])
@guard("public")
@blueprint.response(200, shapes.Followed)
def cancel(reference: str, item_id: str) -> dict[str, Any]:
    """Stop an erasure that still waits (`cooling_off`); repeat it at will. Needs IA2."""
    who = own.caller()
    with house().writing() as session:
        return own.cancel(session, own.followed(session, reference, who), item_id)


@blueprint.route("/requests/<reference>/withdraw", methods=["POST"])
@guard("public")
@blueprint.response(200, shapes.Followed)
def withdraw(reference: str) -> dict[str, Any]:
    """Take back all that has not begun. Needs IA2 once somebody was proved to have asked it."""
    who = own.caller()
    with house().writing() as session:
        return own.withdraw(session, own.followed(session, reference, who))


@blueprint.route("/requests/<reference>/letter", methods=["GET"])
@guard("public")
@blueprint.arguments(shapes.ItemChosen, location="query")
@blueprint.response(200, content_type="application/pdf")
def letter(chosen: dict[str, str], reference: str) -> Response:
    """The answer to one right as PDF."""
    who = own.caller()
    with house().reading() as session:
        return own.letter(session, own.followed(session, reference, who), chosen["item"])


@blueprint.route("/requests/<reference>/package", methods=["GET"])
@guard("public")
@blueprint.arguments(shapes.ItemChosen, location="query")
@blueprint.response(200, content_type="application/zip")
def package(chosen: dict[str, str], reference: str) -> Response:
    """The package. Counted; to go on after a break send `Range` with `If-Range: <ETag>`."""
    who = own.caller()
    with house().writing() as session:
        return own.package(session, own.followed(session, reference, who), chosen["item"])


def _wrong(checked: Checked) -> Response:
    if checked.expired or not checked.tries_left:
        words = "This code does not work any more. Ask for a new one."
        answer = jsonify(error="code_over", message=words, field="code")
    else:
        words = "This is not the code. Look at the newest mail and type it again."
        answer = jsonify(
            error="wrong_code", message=words, field="code", tries_left=checked.tries_left
        )
    answer.status_code = 422
    return answer
