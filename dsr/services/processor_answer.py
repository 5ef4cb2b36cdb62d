"""The answer of a processor: sealed as proof, and it settles what it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, MoveRefused, NotReady
from dsr.core.request import Outcome
from dsr.db import subject_requests
from dsr.db.plans import Batch
from dsr.db.processor_tasks import ProcessorTask
from dsr.db.steps import Step
from dsr.law.calendar import civil_date
from dsr.services import by_hand, case, notify, plan, processor_door, settling
from dsr.services.case import Told
from dsr.services.office import Office
from dsr.vault.fields import seal_json

LONGEST_NAME = 200
LONGEST_WORDS = 2000


class Made(StrEnum):
    """What a processor says it came to."""

    FOUND = "found"
    NONE = "none"
    DONE = "done"
    NOT_HELD = "not_held"
    KEPT = "kept"


OF_SEARCH = (Made.FOUND, Made.NONE)
OF_CHANGE = (Made.DONE, Made.NOT_HELD, Made.KEPT)
_SEARCHED: Mapping[Made | None, Outcome] = {Made.FOUND: Outcome.DONE, Made.NONE: Outcome.NONE_FOUND}
_CHANGED: Mapping[Made | None, Outcome] = {
    Made.DONE: Outcome.DONE,
    Made.NOT_HELD: Outcome.ALREADY_GONE,
    Made.KEPT: Outcome.RETAINED,
}
#: as the desk reads them
_WORDS: Mapping[Made | None, str] = {
    Made.FOUND: "gevonden / found",
    Made.NONE: "niets gevonden / nothing found",
    Made.DONE: "gedaan / done",
    Made.NOT_HELD: "niet in ons bezit / not held",
    Made.KEPT: "bewaard / kept",
}


@dataclass(frozen=True, kw_only=True)
class Given:
    """An answer as it was filled in. `on` is the day it was done, `by` who did it (None: left out).

    `found` is what a search found, as text; `kept` why something stays, `until` how long.
    """

    outcome: Made | None
    on: date | None
    by: str = field(repr=False)
    found: str = field(default="", repr=False)
    kept: str = field(default="", repr=False)
    until: date | None = None


def answer(session: Session, office: Office, task_id: str, given: Given) -> bool:
    """Keep the answer and settle the search or the batch; the task is dead after it.

    False when it could not settle it (an approval that ended meanwhile): the answer is kept as
    proof all the same, and the desk is told. `BadInput` names the field; `NoTask` when it is over.
    """
    task = processor_door.open_task(session, office, task_id, lock=True)
    for mistake in mistakes_in(office, task, given):
        raise mistake
    row = subject_requests.by_id(session, task.request_id)
    key = case.case_key(session, office, row)
    place = ("processor_tasks", "answer_sealed", task.id)
    task.answer_sealed = seal_json(key, place, _as_json(given))
    task.answered_at, task.outcome = office.now(), str(given.outcome)
    settled = _settled(session, office, task, given)
    body = {"system": task.system, "task": task.id, "outcome": str(given.outcome)}
    body["settled"] = "yes" if settled else "no"
    told = Told(
        who=processor_door.who(task), action=Action.PROCESSOR_ANSWERED, body=body,
        text=_proof(office, task, given),
    )  # fmt: skip
    case.tell(session, office, row, told)
    if not settled:
        notify.remind_practice(session, office, row, f"answer-{task.id}")
    return settled


def mistakes_in(office: Office, task: ProcessorTask, given: Given) -> Iterator[BadInput]:
    """All that contradicts itself or that nobody could follow; each names its field."""
    if given.outcome not in (OF_SEARCH if task.step_id else OF_CHANGE):
        yield BadInput("outcome", "Kies een van de antwoorden. / Choose one of the answers.")
    else:
        yield from _about_words(given)
    if given.on is None or not civil_date(task.made_at) <= given.on <= office.today():
        yield BadInput("on", _OTHER_DAY)
    if not given.by.strip() or len(given.by) > LONGEST_NAME:
        yield BadInput("by", "Schrijf wie het deed. / Write who did it.")
    if given.until is not None and given.until <= office.today():
        yield BadInput("until", "Kies een dag die nog komt. / Choose a day that is still to come.")


def _about_words(given: Given) -> Iterator[BadInput]:
    if (given.outcome is Made.FOUND) != bool(given.found.strip()):
        yield BadInput("found", _FOUND_OR_NOT)
    if len(given.found) > by_hand.LONGEST:
        words = f"Plak hooguit {by_hand.LONGEST} tekens. / Paste at most {by_hand.LONGEST}."
        yield BadInput("found", words)
    if (given.outcome is Made.KEPT) != bool(given.kept.strip()) or len(given.kept) > LONGEST_WORDS:
        yield BadInput("kept", _KEPT_OR_NOT)


_OTHER_DAY = (
    "Kies een dag tussen onze vraag en vandaag. / Choose a day between our question and today."
)
_FOUND_OR_NOT = (
    "Plak hier wat u vond, of kies dat u niets vond."
    " / Paste what you found here, or choose that you found nothing."
)
_KEPT_OR_NOT = (
    "Schrijf waarom u het bewaart; anders blijft dit leeg."
    " / Write why you keep it; else leave this empty."
)


def _settled(session: Session, office: Office, task: ProcessorTask, given: Given) -> bool:
    proof, who = _proof(office, task, given), processor_door.who(task)
    try:
        with session.begin_nested():
            if task.step_id:
                found = by_hand.ByHand(
                    outcome=_SEARCHED[given.outcome], proof=proof, found=given.found
                )
                step = session.get_one(Step, task.step_id)
                plan.settle_by_hand(session, office, step, found, who)
            else:
                made = settling.ByHand(
                    outcome=_CHANGED[given.outcome], proof=proof, kept=given.kept
                )
                batch = session.get_one(Batch, task.batch_id)
                settling.settle(session, office, batch, made, who)
    except (NotReady, MoveRefused):
        return False
    return True


def _proof(office: Office, task: ProcessorTask, given: Given) -> str:
    name = office.register.system(task.system).name.nl
    lines = [f"{name}, {_day(given.on)}, {given.by.strip()}: {_WORDS[given.outcome]}."]
    if given.kept.strip():
        until = f" (tot / until {_day(given.until)})" if given.until else ""
        lines.append(f"{given.kept.strip()}{until}")
    return "\n".join(lines)


def _as_json(given: Given) -> dict[str, str]:
    return {
        "outcome": str(given.outcome),
        "on": _day(given.on),
        "by": given.by.strip(),
        "found": given.found.strip(),
        "kept": given.kept.strip(),
        "until": _day(given.until),
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
