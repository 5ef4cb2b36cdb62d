"""Send a letter or a photo along that shows what is right (P6b)."""

from __future__ import annotations

import logging

from flask import Response, g, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from dsr.core.errors import DsrError
from dsr.db import subject_requests
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.rendering.sent_files import made_anew
from dsr.services import proof_files, stages
from dsr.services.case import PATIENT
from dsr.services.proof_files import MOST, MOST_BYTES, Sent
from dsr.web.current import house
from dsr.web.guards import guard
from dsr.web.patient import visiting
from dsr.web.patient.fields import Mistake
from dsr.web.scanned import Infected, NotScanned, scan

_log = logging.getLogger(__name__)
#: a request and its item, by their ids
Place = tuple[str, str]


@guard("visit")
def proof(language: str) -> Response:
    """The files that were sent along, and room for another."""
    visit = visiting.current()
    with house().reading() as session:
        row = subject_requests.by_id(session, visit.current) if visit.current else None
        item = item_of(row) if row else None
    if row is None or item is None:
        return visiting.on_to("follow")
    g.practice = row.practice
    if request.method == "POST" and proof_files.takes(item):
        wrong = _taken((row.id, item.id))
        if wrong:
            return _page(row, item, wrong)
        return visiting.on_to("proof", erbij=1)
    return _page(row, item, "")


def item_of(row: SubjectRequest) -> RequestItem | None:
    """The correction that was asked, to which files can be added."""
    return next((one for one in row.items if one.right == Right.RECTIFICATION), None)


def _page(row: SubjectRequest, item: RequestItem, wrong: str) -> Response:
    return visiting.shown(
        "proof",
        422 if wrong else 200,
        row=row,
        proofs=proof_files.of(item),
        takes=proof_files.takes(item),
        most=MOST,
        added="erbij" in request.args,
        mistakes=(Mistake("file", "file", wrong),) if wrong else (),
    )


def _taken(place: Place) -> str:
    """Take the file that was sent; what is wrong with it, or nothing."""
    sent = request.files.get("file")
    content = sent.stream.read() if sent is not None else b""
    if not content:
        return str(_("Kies een bestand."))
    if len(content) > MOST_BYTES:
        return str(_("Dit bestand is te groot. Kies een bestand kleiner dan 10 MB."))
    try:
        scan(house().settings.scan_command, content)
        kind, fresh = made_anew(content)
    except Infected:
        _refuse(place, "infected")
        return str(_("In dit bestand zit mogelijk een virus. Wij nemen het niet aan. Bel ons."))
    except NotScanned:
        _log.error("scanner_failed")
        return str(_("Wij kunnen nu geen bestand aannemen. Probeer het later nog eens."))
    except DsrError as error:
        _log.warning("proof_refused", extra={"error": type(error).__name__})
        _refuse(place, "unreadable")
        return str(_("Dit bestand kunnen wij niet lezen. Kies een pdf, of een foto (jpg of png)."))
    return _kept(place, Sent(kind=kind, content=fresh))


def _kept(place: Place, sent: Sent) -> str:
    if len(sent.content) > MOST_BYTES:
        return str(_("Dit bestand is te groot. Kies een bestand kleiner dan 10 MB."))
    with house().writing() as session:
        row, item = _locked(session, place)
        if not proof_files.takes(item):
            return str(_("Er kan nu geen bestand meer bij."))
        proof_files.add(session, house().office, (row, item), sent, PATIENT)
    return ""


def _refuse(place: Place, why: str) -> None:
    with house().writing() as session:
        what = _locked(session, place)
        proof_files.refused(session, house().office, what, why, PATIENT)


def _locked(session: Session, place: Place) -> tuple[SubjectRequest, RequestItem]:
    row = subject_requests.by_id(session, place[0], lock=True)
    return row, stages.item_of(row, place[1])
