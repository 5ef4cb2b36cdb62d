"""The acknowledgement as a letter: made when it is asked for, neutral, kept nowhere.

It opens with the request's key alone, so it names nobody and says only what was asked and when
the answer is due (T18); whoever gave no e-mail address has it in writing all the same.
"""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from dsr.db.subject_requests import SubjectRequest
from dsr.rendering.pdf import letter_pdf
from dsr.services import facts
from dsr.web.current import house


def receipt_pdf(session: Session, row: SubjectRequest, how: str = "attachment") -> Response:
    """The receipt of this request as PDF."""
    letter = facts.receipt(session, house().office, row)
    told = {
        "schema": "receipt/1",
        "reference": row.reference,
        "received": letter.facts.received.isoformat(),
        "due": letter.facts.due.isoformat(),
    }
    response = Response(letter_pdf(letter, told), mimetype="application/pdf")
    name = f"ontvangst-{row.reference}.pdf"
    response.headers.set("Content-Disposition", how, filename=name)
    return response
