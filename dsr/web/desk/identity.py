"""Who is this (O5): the person and their document, seen at the desk; or never proved."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput, MoveRefused
from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, codes, decide, identify, stages
from dsr.services.decide import Decided
from dsr.web.current import house
from dsr.web.desk import viewing
from dsr.web.desk.acting import Fault, act, on_request, opened
from dsr.web.desk.door import Fresh, me, staff_only
from dsr.web.desk.naming import DOCUMENTS

_OVER = (Stage.CLOSED, Stage.WITHDRAWN)


@staff_only("officer", "clinician")
def identity_page(reference: str) -> ResponseReturnValue:
    """What was typed, to compare with the document."""
    with house().reading() as db:
        if (asked := viewing.barred(db, opened(db, reference), "identity")) is not None:
            return asked
    return _page(reference, None)


@staff_only("officer", "clinician", fresh=Fresh.RECENT)
@viewing.with_reason("identity")
def seen_at_desk(reference: str) -> ResponseReturnValue:
    """Staff saw the person and the document: IA4, and a collection code on paper, shown once."""
    code: list[str] = []

    def seen(db: Session, row: SubjectRequest) -> None:
        document = request.form.get("document", "")
        _check(row, document)
        identify.at_desk(db, house().office, row, document, me().who)
        code.append(codes.hand_over(db, house().office, row, me().who))

    return _then_slip(reference, seen, code)


@staff_only("officer", fresh=Fresh.RECENT)
@viewing.with_reason("identity")
def new_slip(reference: str) -> ResponseReturnValue:
    """Another collection code for somebody who was seen before; the older one is dead."""
    code: list[str] = []

    def again(db: Session, row: SubjectRequest) -> None:
        if row.level != Level.IA4:
            raise MoveRefused("Nobody was seen at the desk for this request.")
        code.append(codes.hand_over(db, house().office, row, me().who))

    return _then_slip(reference, again, code)


@staff_only("officer", fresh=Fresh.RECENT)
@viewing.with_reason("identity")
def not_proved(reference: str) -> ResponseReturnValue:
    """Nobody proved who asks: a neutral letter goes out, and nothing else."""
    what = Decided(decision=Decision.NOT_PROVED)

    def end(db: Session, row: SubjectRequest) -> None:
        if request.form.get("sure") != "yes":
            raise BadInput("reason", "Tick the box.")
        decide.decide(db, house().office, row, what, me().who)

    return act(
        on_request(reference, end),
        lambda fault: _page(reference, fault),
        url_for("desk.request_page", reference=reference),
    )


def _check(row: SubjectRequest, document: str) -> None:
    if Stage(stages.lead(row).stage) in _OVER:
        raise MoveRefused("This request is over.")
    if document not in DOCUMENTS:
        raise BadInput("document", "Choose the document that you saw.")
    if request.form.get("same") != "yes":
        raise BadInput("same", "Tick the box when name, birth date and photo agree.")


def _then_slip(reference: str, do: object, code: list[str]) -> ResponseReturnValue:
    here = url_for("desk.identity_page", reference=reference)
    done = act(on_request(reference, do), lambda fault: _page(reference, fault), here)  # type: ignore[arg-type]
    if not code or isinstance(done, tuple):
        return done
    with house().reading() as db:
        row = opened(db, reference)
        days = house().office.terms.collect_days
        practice = house().office.register.practice(row.practice)
    return render_template(
        "desk/slip.html", row=row, code=code[0], days=days, practice_of_request=practice
    )


def _page(reference: str, fault: Fault | None) -> str:
    with house().reading() as db:
        row = opened(db, reference)
        key = case.case_key(db, house().office, row)
        typed, extra = case.open_subject(key, row)
        stage = Stage(stages.lead(row).stage)
    return render_template(
        "desk/identity.html", row=row, typed=typed, extra=extra, stage=stage, fault=fault
    )
