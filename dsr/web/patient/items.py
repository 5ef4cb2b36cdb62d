"""The rights of one request, each with how far it is and what can be done about it (P13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from dsr.core.stages import Stage
from dsr.core.wishes import DESTRUCTION
from dsr.db import plans
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import cancelling
from dsr.web.patient import rights
from dsr.web.patient.rights import ASKED, ICONS


@dataclass(frozen=True)
class Line:
    """One right of a request. `cool_until` is until when it can still be stopped."""

    id: str
    kind: str
    name: str
    icon: str
    words: str
    how: str
    cool_until: datetime | None = None


def of(session: Session, row: SubjectRequest) -> tuple[Line, ...]:
    """Every right of a request, in the order in which they are offered."""
    names = rights.kinds()
    return tuple(
        Line(
            id=item.id,
            kind=kind_of(item),
            name=names[kind_of(item)],
            icon=ICONS[kind_of(item)],
            words=_words(item),
            how=_how(item),
            cool_until=cool_until(session, item),
        )
        for item in in_order(row)
    )


def names(row: SubjectRequest) -> tuple[tuple[str, str], ...]:
    """Icon and name of every right of a request."""
    known = rights.kinds()
    return tuple((ICONS[kind_of(item)], known[kind_of(item)]) for item in in_order(row))


def in_order(row: SubjectRequest) -> list[RequestItem]:
    """The items of a request as the form offers them; destruction follows erasure."""
    order = [str(right) for right in ASKED]
    order.insert(order.index(Right.ERASURE) + 1, DESTRUCTION)
    return sorted(row.items, key=lambda item: order.index(kind_of(item)))


def kind_of(item: RequestItem) -> str:
    """The kind of wish that an item is."""
    return DESTRUCTION if item.part else item.right


def cool_until(session: Session, item: RequestItem) -> datetime | None:
    """Until when a person can stop what was decided; None when it does not wait for that."""
    if Stage(item.stage) is not Stage.COOLING_OFF:
        return None
    plan = plans.current(session, item.id)
    return plan.cool_until if plan else None


def can_stop(row: SubjectRequest) -> bool:
    """Whether something of a request can still be withdrawn."""
    return any(cancelling.can_be_withdrawn(item) for item in row.items)


def _how(item: RequestItem) -> str:
    """`done`, `wait` (for the person), `stopped` or `now`."""
    if cancelling.is_stopped(item):
        return "stopped"
    known = {Stage.CLOSED: "done", Stage.IDENTIFYING: "wait", Stage.COOLING_OFF: "wait"}
    return known.get(Stage(item.stage), "now")


def _words(item: RequestItem) -> str:
    stopped: str = _("U hebt dit gestopt.")
    if cancelling.is_stopped(item):
        return stopped
    stage = Stage(item.stage)
    if stage is Stage.EXECUTING and item.right in rights.COPIES:
        stage = Stage.REPLYING
    known: Mapping[Stage, str] = {
        Stage.RECEIVED: _("Wij hebben uw vraag."),
        Stage.IDENTIFYING: _("Wij beginnen als u laat zien dat u het bent."),
        Stage.SEARCHING: _("Wij zoeken uw gegevens."),
        Stage.COOLING_OFF: _("Wij hebben besloten. Wij wachten nog even."),
        Stage.EXECUTING: _("Wij voeren dit nu uit."),
        Stage.REPLYING: _("Wij maken de brief met ons antwoord."),
        Stage.CLOSED: _("Uw antwoord is klaar."),
    }
    return known.get(stage) or str(_("Wij beoordelen dit."))
