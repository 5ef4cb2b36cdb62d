"""What happened to a request, told in sentences from its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flask_babel import lazy_gettext as lazy
from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import Shredded
from dsr.core.explanation import name_of
from dsr.db import events
from dsr.db.events import Event
from dsr.db.staff import Staff
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, staff_login, worklist
from dsr.services.office import Office
from dsr.web.desk import naming, right_names
from dsr.web.words import language

#: one sentence an action; `%(...)s` are filled from the event's codes
SENTENCES: Mapping[str, Any] = MappingProxyType(
    {
        Action.RECEIVED: lazy("Verzoek ontvangen via %(channel)s."),
        Action.MOVED: lazy("%(right)s: naar de fase %(to)s."),
        Action.IDENTITY_ASKED: lazy("De patiënt vroeg een code."),
        Action.CODE_MADE: lazy("Code: %(why)s."),
        Action.CODE_WRONG: lazy("Een code klopte niet. Nog %(tries_left)s keer."),
        Action.CODE_LOCKED: lazy("Te vaak een verkeerde code. Deze code werkt niet meer."),
        Action.LEVEL_REACHED: lazy("Zekerheid %(level)s bereikt: %(how)s."),
        Action.LEVEL_DROPPED: lazy("Zekerheid is lager geworden."),
        Action.PERSON_CHOSEN: lazy("Persoon gekozen in %(system)s."),
        Action.SYSTEM_SEARCHED: lazy("%(system)s doorzocht: %(outcome)s."),
        Action.SYSTEM_FAILED: lazy("%(system)s gaf geen goed antwoord (poging %(attempts)s)."),
        Action.SYSTEM_RETRIED: lazy("%(system)s opnieuw geprobeerd."),
        Action.SYSTEM_BY_HAND: lazy("%(system)s met de hand doorzocht: %(outcome)s."),
        Action.SYSTEM_ACCEPTED: lazy("Verder zonder %(system)s. Dat staat in de brief."),
        Action.FOREIGN_RECORD: lazy("%(system)s gaf gegevens van een ander: gestopt."),
        Action.VIEWED: lazy("Bekeken: %(what)s."),
        Action.WITHHELD: lazy("Niet geven in %(system)s: %(part)s. Reden: %(reason)s."),
        Action.GIVEN_AGAIN: lazy("Toch geven in %(system)s: %(part)s."),
        Action.SIGNED_OFF: lazy("%(system)s nagekeken en getekend door een zorgverlener."),
        Action.DECIDED: lazy("Besluit: %(decision)s."),
        Action.APPROVED: lazy("Akkoord gegeven op: %(decision)s."),
        Action.SENT_BACK: lazy("Teruggestuurd."),
        Action.FACTS_SAID: lazy("Feiten vastgelegd over %(purpose)s."),
        Action.JUDGED: lazy("Geoordeeld over %(purpose)s: %(judged)s."),
        Action.KEPT_BACK: lazy("Gegeven uit het dossier gehouden in %(system)s: %(ground)s."),
        Action.NOT_KEPT_BACK: lazy("Gegeven uit het dossier toch niet gehouden."),
        Action.PLANNED: lazy("Plan gemaakt, versie %(number)s."),
        Action.PLAN_CHANGED: lazy("Het plan geldt niet meer: %(trouble)s"),
        Action.PLAN_ENDED: lazy("Plan beëindigd: %(ended)s."),
        Action.COOLING_OFF: lazy("Bedenktijd begonnen. De patiënt kreeg bericht."),
        Action.ERASURE_CANCELLED: lazy("Het verwijderen is afgezegd."),
        Action.BATCH_DONE: lazy("%(verb)s in %(system)s: %(outcome)s."),
        Action.BATCH_FAILED: lazy("%(system)s: dit lukte nog niet."),
        Action.BATCH_BY_HAND: lazy("%(system)s: een mens moet dit doen (%(verb)s)."),
        Action.BATCH_RETRIED: lazy("%(system)s: opnieuw geprobeerd."),
        Action.PROOF_ADDED: lazy("De patiënt stuurde een bestand mee (%(kind)s)."),
        Action.PROOF_REFUSED: lazy("Een bestand van de patiënt is geweigerd: %(why)s."),
        Action.RESTRICTED: lazy("Gegevens beperkt: %(ground)s."),
        Action.RESTRICTION_KEPT: lazy("Bekeken: de beperking is nog nodig."),
        Action.RESTRICTION_LIFTED: lazy("Einde van de beperking: %(stage)s."),
        Action.RESTRICTION_OVERRIDDEN: lazy("Een zorgverlener zag beperkte gegevens in nood."),
        Action.SUPPRESSED: lazy("Op de lijst gezet: geen reclame meer."),
        Action.SUPPRESSION_LIFTED: lazy("Van de lijst gehaald."),
        Action.RELEASE_GRANTED: lazy("Het antwoord kan met een code worden opgehaald."),
        Action.PROCESSOR_ASKED: lazy("%(system)s gevraagd per e-mail."),
        Action.PROCESSOR_ANSWERED: lazy("%(system)s heeft geantwoord."),
        Action.PROCESSOR_SILENT: lazy("%(system)s antwoordt niet. Bel hen."),
        Action.HOLD_PLACED: lazy("%(system)s: opruimen stilgezet."),
        Action.HOLD_OPENED: lazy("%(system)s: bewaarde kopie geopend."),
        Action.HOLD_ENDED: lazy("%(system)s: opruimen mag weer."),
        Action.SOURCE_PURGED: lazy("%(system)s: opgeruimd."),
        Action.ERASURES_REPLAYED: lazy("Verwijderen herhaald na terugzetten van een reservekopie."),
        Action.PACKED: lazy("Pakket gemaakt."),
        Action.REMINDED: lazy("Herinnerd aan het zoeken met de hand."),
        Action.MADE_AGAIN: lazy("Brief en pakket worden opnieuw gemaakt."),
        Action.LETTER_MADE: lazy("Brief gemaakt."),
        Action.LETTER_RELEASED: lazy("Antwoord verstuurd."),
        Action.DOWNLOADED: lazy("Pakket opgehaald."),
        Action.PACKAGE_DESTROYED: lazy("Pakket vernietigd."),
        Action.MAIL_SENT: lazy("E-mail verstuurd."),
        Action.MAIL_FAILED: lazy("E-mail niet aangekomen."),
        Action.ASSIGNED: lazy("Toegewezen aan %(to)s."),
        Action.NOTED: lazy("Interne notitie."),
        Action.CLOSED: lazy("Verzoek afgerond."),
        Action.WITHDRAWN: lazy("Verzoek ingetrokken."),
        Action.DATA_PURGED: lazy("Gegevens vernietigd."),
        Action.LINK_MADE: lazy("App-account aan een patiënt gekoppeld."),
        Action.LINK_ENDED: lazy("Koppeling met een app-account beëindigd."),
        Action.SIGNED_IN: lazy("Aangemeld."),
        Action.SIGN_IN_REFUSED: lazy("Aanmelden geweigerd."),
        Action.STEPPED_UP: lazy("Opnieuw bewezen wie dit is."),
        Action.SIGNED_OUT: lazy("Afgemeld."),
        Action.STAFF_MADE: lazy("Account gemaakt."),
        Action.STAFF_DISABLED: lazy("Account gesloten."),
        Action.KEY_MADE: lazy("Sleutel voor de koppeling gemaakt."),
        Action.KEY_ENDED: lazy("Sleutel voor de koppeling beëindigd."),
        Action.REFUSED: lazy("Geweigerd: hiervoor ontbrak een recht."),
    }
)

_PARTS = MappingProxyType(
    {"item": lazy("een gegeven"), "field": lazy("een veld"), "span": lazy("een stuk tekst")}
)
_WAYS = MappingProxyType(
    {
        "code": lazy("code naar een bekend adres"),
        "app": lazy("ingelogd met de app"),
        "desk": lazy("gezien aan de balie"),
        "collect": lazy("afhaalcode van papier"),
        "download": lazy("code voor de download"),
    }
)
_VIEWS = MappingProxyType(
    {
        "request": lazy("het verzoek"),
        "letter": lazy("de brief"),
        "package": lazy("het pakket"),
        "person": lazy("de persoon"),
        "review": lazy("de gegevens"),
        "decision": lazy("het besluit"),
        "identity": lazy("de identiteit"),
        "send": lazy("het antwoord"),
        "item": lazy("het plan"),
    }
)
_CODES = MappingProxyType(
    {
        "sent": lazy("verstuurd naar het adres dat wij al hadden"),
        "nobody": lazy("niet verstuurd, wij kennen niemand met deze gegevens"),
        "facts differ": lazy("niet verstuurd, naam en geboortedatum kloppen niet samen"),
        "no e-mail address on file": lazy("niet verstuurd, wij hebben geen e-mailadres"),
        "the address belongs to more than one patient": lazy(
            "niet verstuurd, het adres hoort bij meer dan één patiënt"
        ),
        "the address changed less than 30 days ago": lazy(
            "niet verstuurd, het adres is korter dan 30 dagen bekend"
        ),
        "": lazy("op papier meegegeven"),
        "infected": lazy("de virusscanner vond iets"),
        "unreadable": lazy("het is geen pdf of foto, of het is stuk"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One line of the timeline."""

    at: datetime
    actor: str
    kind: str  # "staff" | "patient" | "system"
    action: str
    words: str
    text: str = field(default="", repr=False)
    initials: str = ""

    @property
    def internal(self) -> bool:
        """Whether this is a note for colleagues."""
        return self.action == Action.NOTED


def of_request(session: Session, office: Office, row: SubjectRequest) -> list[Happening]:
    """The timeline of a request, newest first."""
    told = events.of_request(session, row.practice, row.id)
    people = staff_names(session, office, told)
    return [_happening(session, office, row, event, people) for event in reversed(told)]


def staff_names(session: Session, office: Office, told: list[Event]) -> dict[str, str]:
    """The names of the staff members in these events, by id."""
    ids = {event.actor.removeprefix("staff:") for event in told if event.actor.startswith("staff:")}
    ids |= {str(event.body["to"]) for event in told if event.action == Action.ASSIGNED}
    rows = session.scalars(select(Staff).where(Staff.id.in_(ids)))
    return {row.id: staff_login.name_of(session, office, row) for row in rows}


def sentence(office: Office, event: Event, people: Mapping[str, str]) -> str:
    """An event in words."""
    body = dict(event.body)
    body["right"] = str(right_names.RIGHTS.get(str(body.get("right")), "-"))
    body["judged"], body["ended"] = body.get("outcome", ""), body.get("how", "")
    if body.get("purpose") in office.register.activity_ids:
        body["purpose"] = name_of(office.register, body["purpose"]).in_(language())
    systems = {system.id: system.name for system in office.register.systems}
    if (named := systems.get(str(body.get("system")))) is not None:
        body["system"] = named.in_(language())
    for key, known in _KNOWN.items():
        body[key] = str(known.get(body.get(key, ""), body.get(key, "-")))
    body["trouble"] = right_names.batch_trouble(str(event.body.get("why", "")))
    if event.action == Action.ASSIGNED:
        body["to"] = people.get(str(event.body.get("to")), "-")
    words = str(SENTENCES.get(event.action, event.action))
    return words % _Patient(body)


class _Patient(dict[str, Any]):
    """Codes of an event; one that is missing reads as a dash, so that the log can always open."""

    def __missing__(self, key: str) -> str:
        return "-"


_KNOWN: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "to": naming.STAGES,
        "outcome": {**naming.OUTCOMES, **right_names.BATCH_OUTCOMES_LONG},
        "ground": {**right_names.RESTRICTION_GROUNDS, **right_names.KEEP_GROUNDS},
        "judged": right_names.JUDGED,
        "ended": right_names.PLAN_ENDS,
        "verb": right_names.VERBS,
        "stage": right_names.LIFTING,
        "decision": naming.DECISIONS,
        "reason": naming.REASONS,
        "channel": naming.CHANNELS,
        "part": _PARTS,
        "how": _WAYS,
        "what": _VIEWS,
        "why": _CODES,
    }
)


def _happening(
    session: Session,
    office: Office,
    row: SubjectRequest,
    event: Event,
    people: Mapping[str, str],
) -> Happening:
    kind, _colon, staff_id = event.actor.partition(":")
    name = people.get(staff_id, "")
    return Happening(
        at=event.at,
        actor=name,
        kind=kind,
        action=event.action,
        words=sentence(office, event, people),
        text=_text(session, office, row, event),
        initials=worklist.initials(name).replace(".", "")[:2] if name else "",
    )


def _text(session: Session, office: Office, row: SubjectRequest, event: Event) -> str:
    try:
        return case.text_of(session, office, row, event)
    except Shredded:
        return ""
