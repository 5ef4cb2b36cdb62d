"""The counts of the last answers: a file of twenty years is not read again for each page view."""

from __future__ import annotations

import threading
from collections import OrderedDict

from flask import Flask, current_app
from sqlalchemy.orm import Session

from dsr.db.answers import Letter
from dsr.db.subject_requests import SubjectRequest
from dsr.services.census import Census, census
from dsr.web.current import house

MOST = 200


class Counts:
    """Counts by letter, the latest few. Holds numbers and ids of the register, nobody's data."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Census] = OrderedDict()

    def get(self, letter_id: str) -> Census | None:
        """The counts of a letter, if they were made here."""
        with self._lock:
            return self._kept.get(letter_id)

    def put(self, letter_id: str, counted: Census) -> None:
        """Remember the counts of a letter."""
        with self._lock:
            self._kept[letter_id] = counted
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)


def init(app: Flask) -> None:
    """Give the app its memory."""
    app.extensions["counts"] = Counts()


def of(session: Session, row: SubjectRequest, letter: Letter) -> Census:
    """The counts of an answer; they do not change once its letter is out."""
    kept: Counts = current_app.extensions["counts"]
    known = kept.get(letter.id)
    if known is None:
        known = census(session, house().office, row)
        kept.put(letter.id, known)
    return known
