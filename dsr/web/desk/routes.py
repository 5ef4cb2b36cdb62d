"""All pages of the desk: the table of addresses, and nothing else."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from dsr.web.desk import (
    approving,
    deciding,
    door,
    identity,
    item_approving,
    item_page,
    item_running,
    keeping,
    law,
    links,
    log,
    my_day,
    naming,
    people,
    proofs,
    queue,
    request_page,
    restrictions,
    reviewing,
    right_names,
    sending,
    sign_in,
    systems,
    viewing,
)

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

_ONE = "/requests/<reference>"
_STEP = f"{_ONE}/steps/<step_id>"
_ITEM = f"{_ONE}/items/<item_id>"
_BATCH = f"{_ITEM}/batches/<batch_id>"

#: address, view; each view carries its own guard
READS = (
    ("/sign-in", sign_in.sign_in),
    ("/", my_day.my_day),
    ("/queue", queue.queue),
    ("/approvals", approving.approvals),
    ("/restrictions", restrictions.restrictions_page),
    ("/restrictions/<restriction_id>", restrictions.restriction_page),
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
    (_ITEM, item_page.item_page),
    (f"{_ITEM}/proofs/<proof_id>", proofs.proof_file),
    (f"{_ITEM}/approval", item_approving.item_approval),
    (f"{_ITEM}/keep", keeping.keeping_page),
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
    (f"{_ITEM}/facts", item_page.say_facts),
    (f"{_ITEM}/judge", item_page.judge_part),
    (f"{_ITEM}/decide", item_page.resolve_item),
    (f"{_ITEM}/approve", item_approving.approve_item),
    (f"{_ITEM}/send-back", item_approving.send_item_back),
    (f"{_ITEM}/keep", keeping.keep_items),
    (f"{_ITEM}/let-go", keeping.let_go),
    (f"{_ITEM}/cancel", item_running.cancel_item),
    (f"{_ITEM}/halt", item_running.halt_item),
    (f"{_BATCH}/retry", item_running.retry_batch),
    (f"{_BATCH}/settle", item_running.settle_batch),
    ("/restrictions/<restriction_id>/keep", restrictions.keep_restriction),
    ("/restrictions/<restriction_id>/announce", restrictions.announce_lifting),
    ("/restrictions/<restriction_id>/lift", restrictions.lift_restriction),
    ("/restrictions/<restriction_id>/override", restrictions.override_restriction),
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
    return {**naming.names(), **right_names.names()}
