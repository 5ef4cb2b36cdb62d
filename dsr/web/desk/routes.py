"""All pages of the desk: the table of addresses, and nothing else."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from dsr.web.desk import (
    approving,
    deciding,
    door,
    identity,
    law,
    links,
    log,
    my_day,
    naming,
    people,
    queue,
    request_page,
    reviewing,
    sending,
    sign_in,
    systems,
    viewing,
)

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

_ONE = "/requests/<reference>"
_STEP = f"{_ONE}/steps/<step_id>"

#: address, view; each view carries its own guard
READS = (
    ("/sign-in", sign_in.sign_in),
    ("/", my_day.my_day),
    ("/queue", queue.queue),
    ("/approvals", approving.approvals),
    ("/links", links.links_page),
    ("/staff", people.staff_page),
    ("/log", log.log_page),
    (_ONE, request_page.request_page),
    (f"{_ONE}/identity", identity.identity_page),
    (f"{_STEP}/people", systems.people_page),
    (f"{_ONE}/review", reviewing.review_page),
    (f"{_ONE}/decision", deciding.decision_page),
    (f"{_ONE}/preview", deciding.preview),
    (f"{_ONE}/law", law.law_page),
    (f"{_ONE}/approval", approving.approval_page),
    (f"{_ONE}/send", sending.send_page),
    (f"{_ONE}/letters/<letter_id>", sending.letter_pdf),
    (f"{_ONE}/receipt.pdf", sending.receipt),
)
WRITES = (
    ("/sign-in", sign_in.sign_in_now),
    ("/sign-out", sign_in.sign_out),
    ("/language", sign_in.speak),
    (f"{_ONE}/look", viewing.look),
    (f"{_ONE}/take", request_page.take),
    (f"{_ONE}/make-again", request_page.make_again),
    (f"{_ONE}/give", request_page.give),
    (f"{_ONE}/notes", request_page.add_note),
    (f"{_ONE}/search-again", systems.search_again),
    (f"{_STEP}/retry", systems.retry),
    (f"{_STEP}/by-hand", systems.by_hand),
    (f"{_STEP}/without", systems.without),
    (f"{_STEP}/choose", systems.choose),
    (f"{_ONE}/identity", identity.seen_at_desk),
    (f"{_ONE}/slip", identity.new_slip),
    (f"{_ONE}/not-proved", identity.not_proved),
    (f"{_ONE}/withhold", reviewing.withhold),
    (f"{_ONE}/black-out", reviewing.black_out),
    (f"{_ONE}/give-again", reviewing.give_again),
    (f"{_ONE}/sign-off", reviewing.sign_off),
    (f"{_ONE}/decision", deciding.decide_now),
    (f"{_ONE}/preview", deciding.preview_typed),
    (f"{_ONE}/law", law.law_asked),
    (f"{_ONE}/approve", approving.approve),
    (f"{_ONE}/send-back", approving.send_back),
    (f"{_ONE}/send", sending.send_now),
    (f"{_ONE}/package", sending.hand_over),
    ("/links", links.make_link),
    ("/links/<link_id>/end", links.end_link),
    ("/staff/<staff_id>/disable", people.disable),
)

for _address, _view in READS:
    blueprint.add_url_rule(_address, _view.__name__, _view, methods=["GET"])
for _address, _view in WRITES:
    blueprint.add_url_rule(_address, _view.__name__, _view, methods=["POST"])


@blueprint.record_once
def _install(setup: BlueprintSetupState) -> None:
    assert isinstance(setup.app, Flask)  # noqa: S101 (narrows the type)
    door.install(setup.app)


@blueprint.app_context_processor
def _frame_names() -> dict[str, object]:
    return naming.frame_names()


@blueprint.context_processor
def _names() -> dict[str, object]:
    return naming.names()
