"""Which questions to the person who asks suspend the period (Art. 12(6); recital 63)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dsr.law.pauses import Pause


class About(StrEnum):
    """What was asked of the person."""

    IDENTITY = "identity"  #: who they are (Art. 12(6))
    CLARIFICATION = "clarification"  #: which data or processing they mean (recital 63)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question that may suspend the period.

    `requested` is the day it was put, `received` that of a sufficient answer, None while there is
    none. `reasonable`: there were reasonable doubts (Art. 12(6)); for a clarification, we process
    a large quantity of information about the person (recital 63). `prompt`: it was put without
    undue delay; None leaves that to the number of days in `data/deadlines.yaml`.
    """

    requested: date
    reasonable: bool
    received: date | None = None
    prompt: bool | None = None

    @property
    def pause(self) -> Pause:
        """The pause that it makes, if it counts."""
        return Pause(self.requested, self.received)


class NotCounted(StrEnum):
    """Why a pause or an extension has no effect; in words in `data/deadlines.yaml`."""

    IDENTITY_WITHOUT_DOUBT = "identity_without_doubt"
    IDENTITY_ASKED_LATE = "identity_asked_late"
    IDENTITY_ASKED_AFTER_END = "identity_asked_after_end"
    CLARIFICATION_WITHOUT_NEED = "clarification_without_need"
    CLARIFICATION_ASKED_LATE = "clarification_asked_late"
    CLARIFICATION_ASKED_AFTER_END = "clarification_asked_after_end"
    EXTENSION_NOT_NOTIFIED = "extension_not_notified"
    EXTENSION_WITHOUT_REASONS = "extension_without_reasons"
    EXTENSION_NOTIFIED_LATE = "extension_notified_late"


_WITHOUT_GROUND = {
    About.IDENTITY: NotCounted.IDENTITY_WITHOUT_DOUBT,
    About.CLARIFICATION: NotCounted.CLARIFICATION_WITHOUT_NEED,
}
_LATE = {
    About.IDENTITY: NotCounted.IDENTITY_ASKED_LATE,
    About.CLARIFICATION: NotCounted.CLARIFICATION_ASKED_LATE,
}
AFTER_END = {
    About.IDENTITY: NotCounted.IDENTITY_ASKED_AFTER_END,
    About.CLARIFICATION: NotCounted.CLARIFICATION_ASKED_AFTER_END,
}


def why_no_pause(
    about: About, question: Question, received: date, prompt_days: int
) -> NotCounted | None:
    """Why a question does not suspend the period; None when it does (EDPB 01/2022, 5.3).

    It does only with a ground for asking, and when it was put without undue delay after receipt.
    """
    if not question.reasonable:
        return _WITHOUT_GROUND[about]
    prompt = question.prompt
    if prompt is None:
        prompt = (question.requested - received).days <= prompt_days
    return None if prompt else _LATE[about]
