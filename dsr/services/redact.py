"""Blacking out words: the officer names them, the places are found here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.core.redaction import texts_of
from dsr.core.request import WithholdReason
from dsr.db.subject_requests import SubjectRequest
from dsr.services import review
from dsr.services.case import Who
from dsr.services.office import Office
from dsr.services.review import Withhold

LONGEST_WORDS = 2000


@dataclass(frozen=True, kw_only=True)
class Redact:
    """Words to black out in an item: in one field (`path`, a JSON pointer) or, "", in all."""

    system: str
    number: int
    words: str = field(repr=False)
    reason: WithholdReason
    path: str = ""


def redact(
    session: Session, office: Office, subject_request: SubjectRequest, what: Redact, who: Who
) -> int:
    """Black out every place where the words stand; returns how many. Spaces may differ."""
    step = review.search_of(session, subject_request, what.system)
    seen = review.item(session, office, subject_request, step, what.number)
    done = {(w.path, w.start, w.end) for w in seen.withheld}
    places = [p for p in _places(seen.record["data"], what) if p not in done]
    if not places:
        raise BadInput("words", "These words do not stand in this item; copy them exactly.")
    for path, start, end in places:
        part = Withhold(
            system=what.system, number=what.number, reason=what.reason,
            path=path, start=start, end=end,
        )  # fmt: skip
        review.withhold(session, office, subject_request, part, who)
    return len(places)


def _places(data: object, what: Redact) -> Iterator[tuple[str, int, int]]:
    words = what.words.split()
    if not words or len(what.words) > LONGEST_WORDS:
        raise BadInput("words", "Type or paste the words to black out.")
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words), re.IGNORECASE)
    for path, text in texts_of(data):
        if what.path in ("", path):
            for found in pattern.finditer(text):
                yield path, found.start(), found.end()
