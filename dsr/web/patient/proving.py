"""One-time codes: to begin a request, to open an answer, or handed over at the desk (P11)."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import codes, stages
from dsr.services import visit as visits
from dsr.services.codes import Checked, Purpose
from dsr.services.visit import Visit
from dsr.web.current import house
from dsr.web.guards import guard
from dsr.web.patient import app_login, visiting
from dsr.web.patient.fields import Mistake

#: what a code is for by the word in its address, and the page it opens; to stop what was decided
#: takes the same code as to fetch an answer
PURPOSES = {
    "identify": (Purpose.IDENTIFY, "follow"),
    "download": (Purpose.DOWNLOAD, "answer"),
    "collect": (Purpose.COLLECT, "answer"),
    "stop": (Purpose.DOWNLOAD, "cancel"),
}
MAILED = ("identify", "download", "stop")


@guard("visit")
def code(language: str, purpose: str) -> Response:
    """Fill in a code."""
    if not visiting.current().current:
        return visiting.on_to("follow")
    if request.method == "GET":
        return _page(purpose)
    kind, leads_to = PURPOSES[purpose]
    with house().writing() as session:
        visit = visiting.locked(session)
        row = subject_requests.by_id(session, visit.current)
        typed = request.form.get("code", "")
        checked = codes.check(session, house().office, row, kind, typed)
        if checked.good:
            visiting.keep(session, _opened(session, visit, row, checked))
    if checked.good:
        return visiting.on_to(leads_to)
    return _page(purpose, 422, mistakes=(_mistake(checked),))


@guard("visit")
def new_code(language: str, purpose: str) -> Response:
    """Ask for a code to the contact on file; the page is the same whoever asks (T18)."""
    if not visiting.current().current or purpose not in MAILED:
        return visiting.on_to("follow")
    wanted, _leads_to = PURPOSES[purpose]
    with house().writing() as session:
        visit = visiting.locked(session)
        row = subject_requests.by_id(session, visit.current)
        if wanted is Purpose.IDENTIFY and not _identifying(row):
            return visiting.on_to("follow")
        asked = codes.ask(session, house().office, row, wanted)
    if not asked:
        return _page(purpose, 429, refused=True)
    return visiting.on_to("code", purpose=purpose)


def _opened(session: Session, visit: Visit, row: SubjectRequest, checked: Checked) -> Visit:
    """The visit under a new token, having shown the code's level for this one request."""
    fresh = visits.renewed(session, replace(visit, app={**visit.app, "trouble": ""}))
    return fresh.with_proof(row.id, checked.level, house().office.now())


def _identifying(row: SubjectRequest) -> bool:
    return stages.lead(row).stage == Stage.IDENTIFYING


def _mistake(checked: Checked) -> Mistake:
    if checked.expired:
        words = _("De code is verlopen. Vraag een nieuwe code aan.")
    elif checked.tries_left == 1:
        words = _("De code klopt niet. U kunt nog 1 keer proberen.")
    elif checked.tries_left:
        words = _("De code klopt niet. U kunt nog %(left)d keer proberen.", left=checked.tries_left)
    else:
        words = _("De code klopt niet. Deze code werkt niet meer. Vraag een nieuwe code aan.")
    return Mistake("code", "code", words)


def _page(
    purpose: str, code: int = 200, *, mistakes: tuple[Mistake, ...] = (), refused: bool = False
) -> Response:
    return visiting.shown(
        "code",
        code,
        purpose=purpose,
        mailed=purpose in MAILED,
        mistakes=mistakes,
        refused=refused,
        minutes=house().office.terms.code_minutes,
        with_app=app_login.offered(),
    )
