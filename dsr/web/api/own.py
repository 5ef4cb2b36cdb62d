"""What the person who asked may do: follow, ask and type a code, fetch the answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from dsr.core.errors import NotAllowed, NotReady
from dsr.core.reference import tidy_reference
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import answers, subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.law.calendar import civil_date
from dsr.services import cancelling, codes, follow, identify, reply, stages, visit
from dsr.services.case import PATIENT
from dsr.services.codes import Checked, Purpose
from dsr.services.follow import Followed
from dsr.services.identify import AppLogin
from dsr.web.api import derived, files, items
from dsr.web.api.callers import app_login, is_key, offered
from dsr.web.api.faults import NotKnown, TooOften
from dsr.web.current import house

#: the stages in words for the person: nothing that tells whether the practice knows them (T18)
WORDS: dict[Stage, tuple[str, str, str]] = {
    Stage.RECEIVED: ("received", "Wij hebben uw verzoek.", "We have your request."),
    Stage.IDENTIFYING: (
        "identity_needed",
        "Laat zien dat u het bent. Daarna gaan wij zoeken.",
        "Show us that it is you. Then we start to search.",
    ),
    Stage.SEARCHING: ("searching", "Wij zoeken uw gegevens.", "We are searching for your data."),
    Stage.REVIEWING: ("checking", "Wij kijken de gegevens na.", "We are checking the data."),
    Stage.COOLING_OFF: (
        "cooling_off",
        "Wij hebben besloten. Wij wachten nog even. U kunt nog stoppen.",
        "We have decided. We wait a little longer. You can still stop it.",
    ),
    Stage.WITHDRAWN: ("withdrawn", "U trok uw verzoek in.", "You withdrew your request."),
    Stage.CLOSED: ("answered", "Uw antwoord is klaar.", "Your answer is ready."),
}
_CODE_SENT = (
    "Hebben wij een adres van u dat langer dan 30 dagen bij ons bekend is? Dan sturen wij een"
    " code. / Do we have an address of yours that we have known for over 30 days? Then we send"
    " a code."
)


_NOT_LINKED = (
    "De praktijk heeft dit account nog niet aan u gekoppeld. Vraag een code of kom langs."
    " / The practice has not linked this account to you yet. Ask for a code or come by."
)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """What a call offers to show whose request it is; an app token is verified already."""

    scheme: str
    value: str = field(repr=False)
    login: AppLogin | None = field(default=None, repr=False)


def caller() -> Caller:
    """Who calls. Before any transaction: verifying a token may mean fetching keys."""
    credential = offered()
    if credential is None or is_key(credential):
        raise NotKnown
    login = app_login(credential.value) if credential.scheme == "bearer" else None
    return Caller(scheme=credential.scheme, value=credential.value, login=login)


def followed(session: Session, reference: str, who: Caller) -> Followed:
    """The request that this call may see, and the level it has shown; else one `NotFound`."""
    office, tidy = house().office, tidy_reference(reference) or reference[:40]
    if who.login is not None:
        return follow.by_app(session, office, tidy, who.login)
    if who.scheme == "request":
        row = reply.find(session, office, tidy, who.value)
        return Followed(subject_request=row, level=Level.IA0)
    if who.scheme == "visit":
        return follow.by_visit(session, office, tidy, who.value)
    raise NotKnown


def shown(session: Session, found: Followed) -> dict[str, Any]:
    """The request in public words."""
    row = found.subject_request
    stage = Stage(stages.lead(row).stage)
    nl = row.language == "nl"
    code, dutch, english = WORDS.get(stage, WORDS[Stage.REVIEWING])
    return {
        "reference": row.reference,
        "practice": row.practice,
        "received": civil_date(row.received_at).isoformat(),
        **derived.told(row),
        "stage": code,
        "words": dutch if nl else english,
        "level": found.level,
        "next": _next(session, row, nl=nl),
        "items": items.told(session, found),
    }


def cancel(session: Session, found: Followed, item_id: str) -> dict[str, Any]:
    """Stop an erasure that waits; whoever sends it twice is answered twice (T86)."""
    _check_level(found, Level.IA2)
    row = subject_requests.by_id(session, found.subject_request.id, lock=True)
    item = stages.item_of(row, item_id)
    if not cancelling.is_stopped(item):
        cancelling.cancel_erasure(session, house().office, row, item.id, PATIENT)
    return shown(session, replace(found, subject_request=row))


def withdraw(session: Session, found: Followed) -> dict[str, Any]:
    """Take back what can be; what was taken back already stays so."""
    row = subject_requests.by_id(session, found.subject_request.id, lock=True)
    _check_level(found, cancelling.level_to_stop(row))
    if any(map(cancelling.can_be_withdrawn, row.items)) or not any(
        map(cancelling.is_stopped, row.items)
    ):
        cancelling.withdraw_request(session, house().office, row, PATIENT)
    return shown(session, replace(found, subject_request=row))


def ask_code(session: Session, found: Followed, purpose: Purpose) -> dict[str, Any]:
    """Ask for a code; the answer is the same for people we know and people we do not."""
    _check_moment(session, found.subject_request, purpose)
    if not codes.ask(session, house().office, found.subject_request, purpose):
        raise TooOften
    nl = found.subject_request.language == "nl"
    dutch, _, english = _CODE_SENT.partition(" / ")
    return {"words": dutch if nl else english, "minutes": house().office.terms.code_minutes}


def check_code(session: Session, found: Followed, purpose: Purpose, typed: str) -> Checked:
    """Check a typed code; the transaction has to commit whatever comes of it."""
    return codes.check(session, house().office, found.subject_request, purpose, typed)


def show_by_app(session: Session, found: Followed, who: Caller) -> Level:
    """Prove the request by the app login of this call, if the practice linked it (IA2, IA3)."""
    if who.login is None:
        raise NotKnown
    _check_moment(session, found.subject_request, Purpose.IDENTIFY)
    reached = identify.by_app(session, house().office, found.subject_request, who.login)
    if not reached.reaches(Level.IA2):
        raise NotAllowed(_NOT_LINKED)
    return reached


def visit_for(session: Session, row: SubjectRequest, level: Level) -> str:
    """A token that opens the answer of this one request at this level, for half an hour."""
    office = house().office
    made = visit.begin().following(row.id).with_proof(row.id, level, office.now())
    visit.save(session, office, made)
    return made.token


def letter(session: Session, found: Followed, item_id: str) -> Response:
    """The answer letter of one right."""
    what = _answered_part(found, item_id)
    return files.sent(reply.letter_of(session, house().office, what, found.level))


def package(session: Session, found: Followed, item_id: str) -> Response:
    """The package; counted, unless the call goes on with an earlier download or only looks."""
    what = _answered_part(found, item_id)
    counts = not (files.is_head() or _goes_on(session, what))
    released = reply.fetch_of(session, house().office, what, found.level, counts=counts)
    return files.sent(released)


def _answered_part(found: Followed, item_id: str) -> reply.Answered:
    row = found.subject_request
    return row, stages.item_of(row, item_id) if item_id else stages.access_item(row)


def _goes_on(session: Session, what: reply.Answered) -> bool:
    known = answers.package_of(session, what[0].id, what[1].id)
    if known is None:
        return False
    begin = files.begins_at(known.bytes, known.sha256)
    return reply.goes_on(session, house().office, known, begin)


def _check_level(found: Followed, needed: Level) -> None:
    if not found.level.reaches(needed):
        raise NotAllowed("Laat eerst zien dat u het bent. / Show us first that it is you.")


def _check_moment(session: Session, row: SubjectRequest, purpose: Purpose) -> None:
    stage = Stage(stages.lead(row).stage)
    if purpose is Purpose.IDENTIFY and stage is not Stage.IDENTIFYING:
        raise NotReady("U hoeft niets meer te laten zien. / You need not show anything more.")
    cools = any(item.stage == Stage.COOLING_OFF for item in row.items)
    if purpose is Purpose.DOWNLOAD and not cools and not items.is_answered(session, row):
        raise NotReady("Uw antwoord is nog niet klaar. / Your answer is not ready yet.")


def _next(session: Session, row: SubjectRequest, *, nl: bool) -> dict[str, Any]:
    stage = Stage(stages.lead(row).stage)
    if stage is Stage.IDENTIFYING:
        words = "Kies hoe u het laat zien." if nl else "Choose how you show it."
        return {"do": "show_identity", "ways": ["code", "app", "desk"], "words": words}
    if items.is_answered(session, row):
        words = (
            "Laat zien dat u het bent en haal het op." if nl else "Show it is you, and fetch it."
        )
        return {"do": "fetch", "ways": ["code", "app", "desk"], "words": words}
    words = "U hoeft niets te doen." if nl else "You need not do anything."
    return {"do": "wait", "ways": [], "words": words}
