"""Follow a request by its number and key, and read its answer (P13, P14)."""

from __future__ import annotations

from flask import Response, g, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from dsr.core.errors import NotFound
from dsr.core.reference import tidy_reference
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.law.rights import Right
from dsr.services import outline, proof_files, reply
from dsr.services import visit as visits
from dsr.services.visit import Visit
from dsr.web.current import house
from dsr.web.guards import guard
from dsr.web.patient import answered, app_login, counts, progress, visiting
from dsr.web.patient.answered import Answer
from dsr.web.patient.fields import Mistake
from dsr.web.words import language as page_language


@guard("public")
def follow(language: str) -> Response:
    """How a request stands, or the form to say which one."""
    visit = visiting.here()
    if visit is None or not visit.current or "ander" in request.args:
        return _form("")
    with house().reading() as session:
        row = subject_requests.by_id(session, visit.current)
        told = progress.of(session, house().office, row, page_language())
    g.practice = row.practice
    return visiting.shown(
        "follow",
        row=row,
        told=told,
        proof_takes=any(proof_files.takes(item) for item in row.items),
        level=visits.level_for(house().office, visit, row.id),
        trouble=visit.app.get("trouble", ""),
        with_app=app_login.offered(),
        stopped="gestopt" in request.args,
    )


@guard("public")
def mailed() -> AnyResponse:
    """The address in an English mail."""
    return redirect(url_for("patient.follow", language="en"))


@guard("public")
def find(language: str) -> Response:
    """Look a request up; a wrong number and a wrong key read the same (T19)."""
    typed, secret = request.form.get("reference", ""), request.form.get("key", "")
    with house().writing() as session:
        try:
            row = reply.find(
                session, house().office, tidy_reference(typed) or "", _tidy_key(secret)
            )
        except NotFound:
            row = None
        if row is not None:
            visit = _fresh(session)
            visiting.keep(session, visit.following(row.id))
    if row is None:
        return _form(typed, wrong=True)
    return visiting.on_to("follow")


@guard("visit")
def answer(language: str) -> Response:
    """The answer, at the level of its release; below it, how to show who you are (P14)."""
    visit, office = visiting.current(), house().office
    if not visit.current:
        return visiting.on_to("follow")
    with house().reading() as session:
        row = subject_requests.by_id(session, visit.current)
        g.practice = row.practice
        level = visits.level_for(office, visit, row.id)
        given = answered.of(session, office, row, level, page_language())
        if not any(one.letter for one in given):
            return visiting.on_to("follow")
        if not any(one.open for one in given):
            return _locked(row, level, visit)
        page = _answer(session, row, given)
    _still_here()
    return page


def _still_here() -> None:
    with house().writing() as session:
        visit = visiting.locked(session)
        visiting.keep(session, visits.seen_again(house().office, visit, visit.current))


def _answer(session: Session, row: SubjectRequest, given: tuple[Answer, ...]) -> Response:
    return visiting.shown(
        "answer",
        row=row,
        given=[one for one in given if one.open],
        locked=[one for one in given if one.letter and not one.open],
        coming=[one for one in given if not one.letter and not one.stopped],
        stopped=[one for one in given if not one.letter and one.stopped],
        outline=_outline(session, row, given),
        with_app=app_login.offered(),
        controller=house().office.register.controller,
    )


def _outline(
    session: Session, row: SubjectRequest, given: tuple[Answer, ...]
) -> outline.Outline | None:
    """What was found and given of the copy, where that answer may be seen."""
    copy = next((one for one in given if one.kind == Right.ACCESS and one.open), None)
    if copy is None or copy.letter is None:
        return None
    counted = counts.of(session, row, copy.letter) if outline.needs_counts(row) else None
    view = outline.View(page_language(), counted)
    return outline.of(session, house().office, row, copy.letter, view)


def _locked(row: SubjectRequest, level: Level, visit: Visit) -> Response:
    return visiting.shown(
        "locked",
        stops=False,
        row=row,
        level=level,
        trouble=visit.app.get("trouble", ""),
        with_app=app_login.offered(),
    )


def _form(typed: str, *, wrong: bool = False) -> Response:
    words = _("Wij vinden geen verzoek met deze gegevens.")
    mistakes = (Mistake("reference", "reference", words),) if wrong else ()
    return visiting.shown("find", 422 if wrong else 200, typed=typed[:40], mistakes=mistakes)


def _fresh(session: Session) -> Visit:
    """A visit under a new token: from now on it opens a request (T28)."""
    known = visiting.here()
    return visits.begin() if known is None else visits.renewed(session, known)


def _tidy_key(typed: str) -> str:
    return "".join(c for c in typed.lower() if c.isalnum())[:100]
