"""The rights of a request as the person who asked may see them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import plans
from dsr.db.answers import Letter
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import cancelling, release
from dsr.services.follow import Followed

#: the code and the words of each stage of one right
WORDS: dict[Stage, tuple[str, str, str]] = {
    Stage.RECEIVED: ("received", "Wij hebben uw vraag.", "We have your question."),
    Stage.IDENTIFYING: (
        "identity_needed",
        "Wij beginnen als u laat zien dat u het bent.",
        "We begin when you show that it is you.",
    ),
    Stage.SEARCHING: ("searching", "Wij zoeken uw gegevens.", "We are searching for your data."),
    Stage.REVIEWING: ("checking", "Wij beoordelen dit.", "We are judging this."),
    Stage.COOLING_OFF: (
        "cooling_off",
        "Wij hebben besloten. Wij wachten nog even. U kunt nog stoppen.",
        "We have decided. We wait a little longer. You can still stop it.",
    ),
    Stage.EXECUTING: ("carrying_out", "Wij voeren dit nu uit.", "We are carrying this out now."),
    Stage.REPLYING: (
        "answering",
        "Wij maken de brief met ons antwoord.",
        "We are making the letter with our answer.",
    ),
    Stage.CLOSED: ("answered", "Uw antwoord is klaar.", "Your answer is ready."),
}
_STOPPED = ("stopped", "U hebt dit gestopt.", "You stopped this.")


def told(session: Session, found: Followed) -> list[dict[str, Any]]:
    """Every right of the request, in the order in which they were asked."""
    return [_told(session, found, item) for item in found.subject_request.items]


def is_answered(session: Session, row: SubjectRequest) -> bool:
    """Whether there is a letter to fetch to any of its rights."""
    return any(_released(session, row, item) is not None for item in row.items)


def _told(session: Session, found: Followed, item: RequestItem) -> dict[str, Any]:
    row = found.subject_request
    known = WORDS.get(Stage(item.stage), WORDS[Stage.REVIEWING])
    code, dutch, english = _STOPPED if cancelling.is_stopped(item) else known
    letter = _released(session, row, item)
    may_know = letter is not None and found.level.reaches(Level(letter.level))
    return {
        "id": item.id,
        "right": item.right,
        "part": item.part,
        "stage": code,
        "words": dutch if row.language == "nl" else english,
        "decision": (item.decision or "") if may_know else "",
        "cool_until": _cool_until(session, item),
        "answered": letter is not None,
    }


def _cool_until(session: Session, item: RequestItem) -> str | None:
    if Stage(item.stage) is not Stage.COOLING_OFF:
        return None
    plan = plans.current(session, item.id)
    return plan.cool_until.isoformat() if plan and plan.cool_until else None


def _released(session: Session, row: SubjectRequest, item: RequestItem) -> Letter | None:
    letter = release.answer_letter(session, row, item)
    return letter if letter is not None and letter.released_at is not None else None
