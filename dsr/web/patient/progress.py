"""How far a request is, in five steps; the same words whoever asks (T18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import events
from dsr.db.subject_requests import SubjectRequest
from dsr.law.calendar import civil_date
from dsr.services import due, stages, wishes
from dsr.services.office import Office
from dsr.web.patient import items, rights
from dsr.web.patient.items import Line

#: which of the five steps, from 0, each stage belongs to; 5 is past them all
_STEP = {
    Stage.RECEIVED: 1,
    Stage.IDENTIFYING: 1,
    Stage.SEARCHING: 2,
    Stage.REVIEWING: 3,
    Stage.DECIDING: 3,
    Stage.APPROVING: 3,
    Stage.COOLING_OFF: 4,
    Stage.EXECUTING: 4,
    Stage.REPLYING: 4,
    Stage.WITHDRAWN: 3,
    Stage.CLOSED: 5,
}


#: until then a proof lets more be done or given
_OPEN = (Stage.SEARCHING, Stage.REVIEWING)


@dataclass(frozen=True)
class Step:
    """One of the five: `how` is done, now or later; `day` is when it was done."""

    name: str
    how: str
    day: date | None


@dataclass(frozen=True)
class Progress:
    """All that the status page tells; nothing of what was found.

    `yours`: the person has to show who they are; `open`: showing more still opens more.
    `lines` are its rights, `beyond` those for which we have to be surer; `answered`: there is an
    answer to some of them already; `stoppable`: the person can withdraw the request.
    """

    headline: str
    turn: str
    steps: tuple[Step, ...]
    days_left: int
    yours: bool
    open: bool
    closed: bool
    because: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    answered: bool = False
    stoppable: bool = False
    beyond: tuple[str, ...] = ()


def of(session: Session, office: Office, row: SubjectRequest, language: str) -> Progress:
    """The progress of a request."""
    today = office.today()
    stage = Stage(stages.lead(row).stage)
    at = _STEP[stage]
    headline, turn = _words(stage)
    return Progress(
        headline=headline,
        turn=turn,
        steps=_steps(session, row, at),
        days_left=(row.due - today).days,
        yours=stage is Stage.IDENTIFYING,
        open=stage in _OPEN,
        closed=stage is Stage.CLOSED,
        because=due.because(row, language),
        lines=items.of(session, row),
        answered=any(item.stage == Stage.CLOSED for item in row.items),
        stoppable=items.can_stop(row),
        beyond=_beyond(session, office, row) if stage in _OPEN else (),
    )


def _beyond(session: Session, office: Office, row: SubjectRequest) -> tuple[str, ...]:
    wanted = [wishes.of(session, office, row, item) for item in items.in_order(row)]
    return rights.beyond(office.register, wanted, Level(row.level))


def _steps(session: Session, row: SubjectRequest, at: int) -> tuple[Step, ...]:
    names = (_("Ontvangen"), _("Wie bent u"), _("Zoeken"), _("Beoordelen"), _("Antwoord"))
    ended = _ends(session, row)
    made = []
    for place, name in enumerate(names):
        how = "done" if place < at else "now" if place == at else "later"
        made.append(Step(name, how, ended.get(place) if how == "done" else None))
    return tuple(made)


def _ends(session: Session, row: SubjectRequest) -> dict[int, date]:
    """The day on which each step was behind us: when the next one began."""
    ended = {0: civil_date(row.received_at)}
    for told in events.of_request(session, row.practice, row.id):
        if told.action != Action.MOVED:
            continue
        begun = _STEP[Stage(told.body["to"])]
        for place in range(1, begun):
            ended.setdefault(place, civil_date(told.at))
    return ended


def _words(stage: Stage) -> tuple[str, str]:
    ours = _("Wij zijn aan zet. U hoeft nu niets te doen.")
    known = {
        Stage.IDENTIFYING: (
            _("Laat zien dat u het bent"),
            _("U bent aan zet. Daarna gaan wij zoeken."),
        ),
        Stage.SEARCHING: (_("Wij zoeken uw gegevens"), ours),
        Stage.REPLYING: (_("Wij maken uw antwoord klaar"), ours),
        Stage.COOLING_OFF: (
            _("U kunt nog stoppen"),
            _("Wij wachten nog. Doet u niets? Dan voeren wij ons besluit uit."),
        ),
        Stage.EXECUTING: (_("Wij maken uw antwoord klaar"), ours),
        Stage.CLOSED: (_("Uw antwoord staat klaar"), _("U kunt uw antwoord nu bekijken.")),
        Stage.WITHDRAWN: (_("U hebt uw verzoek gestopt"), ours),
    }
    return known.get(stage, (_("Wij beoordelen uw gegevens"), ours))
