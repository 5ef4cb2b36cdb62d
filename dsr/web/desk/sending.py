"""Sending the answer: the letter as it is, the package's facts, and the button."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.stages import Stage
from dsr.db import answers
from dsr.db.answers import Letter, Package
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import release, reply, stages
from dsr.services.reply import Released
from dsr.web.current import house
from dsr.web.desk import viewing
from dsr.web.desk.acting import Fault, act, on_request, opened
from dsr.web.desk.door import CASE_ROLES, Fresh, me, staff_only
from dsr.web.desk.right_names import in_order, kind_of
from dsr.web.receipts import receipt_pdf

#: stages in which a letter is made or lies ready
_MADE = (Stage.REPLYING, Stage.CLOSED)


@staff_only("officer")
def send_page(reference: str) -> ResponseReturnValue:
    """The answer, ready to go or already sent."""
    with house().reading() as db:
        if (asked := viewing.barred(db, opened(db, reference), "send")) is not None:
            return asked
    return _page(reference, None)


@staff_only("officer", fresh=Fresh.RECENT)
@viewing.with_reason("send")
def send_now(reference: str) -> ResponseReturnValue:
    """Release the letter and the package, and tell the person that there is an answer."""
    return act(
        on_request(reference, _send),
        lambda fault: _page(reference, fault),
        url_for("desk.request_page", reference=reference),
    )


@staff_only(*CASE_ROLES)
def letter_pdf(reference: str, letter_id: str) -> ResponseReturnValue:
    """A letter as PDF."""
    with house().reading() as db:
        row = opened(db, reference)
        if (asked := viewing.barred(db, row, "send")) is not None:
            return asked
        released = reply.desk_letter(db, house().office, row, letter_id)
    return _stream(released, "inline")


@staff_only(*CASE_ROLES)
def receipt(reference: str) -> ResponseReturnValue:
    """The acknowledgement as PDF, to print for who gave no e-mail address; it names nobody."""
    with house().reading() as db:
        return receipt_pdf(db, opened(db, reference), "inline")


@staff_only("officer", fresh=Fresh.RECENT)
@viewing.with_reason("send")
def hand_over(reference: str) -> ResponseReturnValue:
    """The package for a person who stands at the desk; recorded."""
    with house().writing() as db:
        row = opened(db, reference, lock=True)
        released = reply.desk_package(db, house().office, row, me().who, _item(row).id)
    return _stream(released, "attachment")


def _send(db: Session, row: SubjectRequest) -> None:
    release.send(db, house().office, row, me().who, _item(row).id)


def _stream(released: Released, how: str) -> Response:
    response = Response(released.chunks(house().office), mimetype=released.media_type)
    response.headers["Content-Length"] = str(released.size)
    response.headers["Content-Disposition"] = f'{how}; filename="{released.name}"'
    return response


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer on one right, as far as it is made."""

    item: RequestItem
    kind: str
    stage: Stage
    letter: Letter | None
    package: Package | None


def _page(reference: str, fault: Fault | None) -> str:
    with house().reading() as db:
        row = opened(db, reference)
        found = [_answer(db, row, item) for item in in_order(row)]
    return render_template(
        "desk/send.html",
        row=row,
        answers=[one for one in found if one.letter or one.stage in _MADE],
        rest=[one for one in found if not one.letter and one.stage not in _MADE],
        days=house().office.terms.package_days,
        fault=fault,
    )


def _answer(db: Session, row: SubjectRequest, item: RequestItem) -> Answer:
    return Answer(
        item=item,
        kind=kind_of(item),
        stage=Stage(item.stage),
        letter=release.answer_letter(db, row, item),
        package=answers.package_of(db, row.id, item.id),
    )


def _item(row: SubjectRequest) -> RequestItem:
    """The item that the form names; one that names none means the copy that was asked for."""
    named = request.form.get("item", "")
    return stages.item_of(row, named) if named else stages.access_item(row)
