"""When the answer to a request is due, from the facts of the request itself."""

from __future__ import annotations

from datetime import datetime

from dsr.db.subject_requests import SubjectRequest
from dsr.law import derivation
from dsr.law.deadlines import Deadline, reply_due


def of(row: SubjectRequest) -> Deadline:
    """The last day to answer a request, and how it came about (Art. 12(3)).

    The moment of receipt is all that a request has today that bears on it: asking everybody who
    they are is no reasonable doubt, so it stops no clock (Art. 12(6)).
    """
    return at_receipt(row.received_at)


def at_receipt(received_at: datetime) -> Deadline:
    """The last day as it is on the day of receipt, whatever may change it later."""
    return reply_due(received_at)


def because(row: SubjectRequest, language: str) -> tuple[str, ...]:
    """The sentences that derive the due date of a request, `nl` or `en`."""
    return derivation.words(of(row).derivation, language)
