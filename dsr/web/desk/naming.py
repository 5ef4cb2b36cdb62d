"""The desk's names for codes: stages, outcomes, reasons, decisions, ways."""

from __future__ import annotations

from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_babel.speaklater import LazyString

from dsr.core.letters import ground_for
from dsr.core.request import Decision, Outcome, WithholdReason
from dsr.core.stages import Stage
from dsr.core.subject import Channel, Level
from dsr.services import worklist
from dsr.services.worklist import Look
from dsr.web.current import house, practice_of
from dsr.web.words import language

Names = MappingProxyType[str, Any]
_HERE = ZoneInfo("Europe/Amsterdam")

STAGES: Names = MappingProxyType(
    {
        Stage.RECEIVED: lazy("Ontvangen"),
        Stage.IDENTIFYING: lazy("Wie is dit"),
        Stage.SEARCHING: lazy("Zoeken"),
        Stage.REVIEWING: lazy("Nakijken"),
        Stage.DECIDING: lazy("Besluit"),
        Stage.APPROVING: lazy("Akkoord"),
        Stage.COOLING_OFF: lazy("Bedenktijd"),
        Stage.EXECUTING: lazy("Uitvoeren"),
        Stage.REPLYING: lazy("Antwoord"),
        Stage.WITHDRAWN: lazy("Ingetrokken"),
        Stage.CLOSED: lazy("Afgerond"),
    }
)

DECISIONS: Names = MappingProxyType(
    {
        Decision.GRANTED: lazy("Alles geven"),
        Decision.PARTLY: lazy("Deels geven"),
        Decision.REFUSED: lazy("Niet geven"),
        Decision.NOTHING_HELD: lazy("Niets gevonden"),
        Decision.NOT_PROVED: lazy("Niet bewezen wie dit is"),
        Decision.TRANSFERRED: lazy("Doorgestuurd"),
        Decision.WITHDRAWN: lazy("Ingetrokken"),
    }
)

_WHY: Names = MappingProxyType(
    {
        WithholdReason.THIRD_PARTY: lazy("Gegevens van een ander"),
        WithholdReason.WORK_NOTES: lazy("Persoonlijke werkaantekening"),
        WithholdReason.OTHER_PERSON: lazy("Gaat over iemand anders"),
        WithholdReason.SAFETY: lazy("Bescherming van de patiënt of anderen"),
        WithholdReason.TRADE_SECRET: lazy("Bedrijfsgeheim"),
        WithholdReason.LEVEL: lazy("Zekerheid te laag voor dit soort gegevens"),
    }
)


def _with_articles(reason: WithholdReason) -> str:
    """A reason with what it rests on, outside and inside the medical file."""
    both = (*ground_for(reason).cited, *ground_for(reason, medical_file=True).cited)
    cited = dict.fromkeys(one.short(language()) for one in both)
    return f"{_WHY[reason]} ({', '.join(cited)})"


REASONS: Names = MappingProxyType(
    {reason: LazyString(_with_articles, reason) for reason in WithholdReason}
)

OUTCOMES: Names = MappingProxyType(
    {
        Outcome.DONE: lazy("gevonden"),
        Outcome.NONE_FOUND: lazy("niets gevonden"),
        Outcome.SEVERAL_PEOPLE: lazy("meer mensen: kies wie het is"),
        Outcome.NOT_KEPT: lazy("wordt hier niet bewaard"),
        Outcome.BY_HAND: lazy("met de hand, nog niet gezocht"),
        Outcome.FAILED: lazy("niet doorzocht, staat zo in de brief"),
        Outcome.PARTIAL: lazy("deels doorzocht"),
    }
)

CHANNELS: Names = MappingProxyType(
    {
        Channel.WEB: lazy("website"),
        Channel.APP: lazy("app"),
        Channel.MAIL: lazy("e-mail"),
        Channel.DESK: lazy("balie"),
        Channel.API: lazy("koppeling"),
    }
)

LOOKS: Names = MappingProxyType(
    {
        Look.OK: lazy("klaar"),
        Look.BUSY: lazy("bezig"),
        Look.WAIT: lazy("nog niet"),
        Look.HAND: lazy("met de hand"),
        Look.BAD: lazy("vraagt hulp"),
    }
)

ROLES: Names = MappingProxyType(
    {
        "officer": lazy("Privacymedewerker"),
        "approver": lazy("Akkoordgever"),
        "clinician": lazy("Zorgverlener"),
        "administrator": lazy("Beheerder"),
    }
)

DOCUMENTS: Names = MappingProxyType(
    {
        "passport": lazy("Paspoort"),
        "identity_card": lazy("Identiteitskaart"),
        "driving_licence": lazy("Rijbewijs"),
        "residence_permit": lazy("Verblijfsdocument"),
        "known": lazy("Ik ken deze persoon van gezicht"),
    }
)

SCOPES: Names = MappingProxyType(
    {
        "account": lazy("account"),
        "messages": lazy("berichten"),
        "medical": lazy("medisch dossier"),
        "log": lazy("wie keek in het dossier"),
        "all": lazy("alles"),
    }
)

#: what shows who somebody is, lowest first
LADDER: Names = MappingProxyType(
    {
        Level.IA1: lazy("Leest mee op het opgegeven adres"),
        Level.IA2: lazy("Code naar een adres dat wij al 30 dagen kennen"),
        Level.IA3: lazy("Ingelogd met de app, met tweede stap"),
        Level.IA4: lazy("Gezien aan de balie, met document"),
    }
)

CHECKS: Names = MappingProxyType(
    {
        "identity": lazy("Duidelijk wie dit is"),
        "searched": lazy("Alle systemen doorzocht"),
        "signed": lazy("Zorgverlener tekende voor het dossier"),
        "decided": lazy("Besluit genomen"),
        "letter": lazy("Brief gemaakt"),
        "sent": lazy("Antwoord verstuurd"),
    }
)

LETTERS: Names = MappingProxyType(
    {
        "receipt": lazy("Ontvangstbevestiging"),
        "access_answer": lazy("Antwoord op inzage"),
        "refusal": lazy("Weigering"),
        "not_proved": lazy("Niet bewezen wie dit is"),
        "rectification_answer": lazy("Antwoord op verbetering"),
        "erasure_answer": lazy("Antwoord op verwijdering"),
        "destruction_answer": lazy("Antwoord op vernietiging"),
        "destruction_warning": lazy("Uitleg vooraf over vernietigen"),
        "restriction_answer": lazy("Antwoord op beperking"),
        "restriction_lifting": lazy("Bericht over het einde van de beperking"),
        "portability_answer": lazy("Antwoord op meenemen"),
        "objection_answer": lazy("Antwoord op bezwaar"),
        "withdrawal_answer": lazy("Antwoord op intrekken"),
        "withdrawn": lazy("Bevestiging dat het gestopt is"),
    }
)

#: what has to be done in a stage
TO_DO: Names = MappingProxyType(
    {
        Stage.RECEIVED: lazy("Wordt verwerkt"),
        Stage.IDENTIFYING: lazy("Zeker weten wie dit is"),
        Stage.SEARCHING: lazy("Wachten op de systemen"),
        Stage.REVIEWING: lazy("Gegevens nakijken en besluiten"),
        Stage.DECIDING: lazy("Besluit nemen"),
        Stage.APPROVING: lazy("Tweede persoon geeft akkoord"),
        Stage.COOLING_OFF: lazy("Bedenktijd: wachten, of terugdraaien"),
        Stage.EXECUTING: lazy("Wordt uitgevoerd"),
        Stage.REPLYING: lazy("Antwoord versturen"),
        Stage.WITHDRAWN: lazy("Ingetrokken"),
        Stage.CLOSED: lazy("Afgerond"),
    }
)

#: the fields that a system says were the same
AGREES: Names = MappingProxyType(
    {
        "name": lazy("naam"),
        "birth_date": lazy("geboortedatum"),
        "email": lazy("e-mailadres"),
        "phone": lazy("telefoon"),
        "postcode": lazy("postcode"),
        "patient_number": lazy("patiëntnummer"),
        "bsn": lazy("BSN"),
        "known_refs": lazy("nummer in dit systeem"),
        "town": lazy("woonplaats"),
    }
)

#: trouble of a step by the class of its error; unknown ones read as "did not answer"
_TROUBLES: Names = MappingProxyType(
    {
        "TryAgain": lazy("Dit systeem geeft geen goed antwoord. Wij proberen het steeds opnieuw."),
        "BadAnswer": lazy("Het antwoord was niet heel. Wij proberen het opnieuw."),
        "NeedsPerson": lazy("Dit systeem weigert. Een mens moet iets doen."),
        "ForeignRecord": lazy(
            "Gestopt: het systeem gaf gegevens van iemand anders. Er gaat niets uit. Bel de"
            " leverancier, en zoek daarna opnieuw of ga door zonder dit systeem."
        ),
        "ChangedMeanwhile": lazy("De gegevens zijn veranderd na het besluit. Kijk opnieuw na."),
    }
)


def trouble(text: str) -> str:
    """A step's trouble in words; the codes in it come from us and hold no personal data."""
    if not text:
        return ""
    if text == "by_hand":
        return str(_("Dit systeem heeft geen koppeling. Iemand zoekt hier zelf."))
    return str(_TROUBLES.get(text.partition(":")[0], _TROUBLES["TryAgain"]))


def due_words(days: int) -> str:
    """How many days are left, in words."""
    if days < -1:
        return str(_("%(n)s dagen te laat", n=-days))
    fixed = {-1: _("1 dag te laat"), 0: _("vandaag"), 1: _("nog 1 dag")}
    return str(fixed.get(days) or _("nog %(n)s dagen", n=days))


def due_kind(days: int) -> str:
    """The class of the chip; the words beside it say the same."""
    if days < 0:
        return "is-late"
    if days == 0:
        return "is-bad"
    return "is-warn" if days <= 3 else ""


def short_day(value: date | datetime) -> str:
    """`do 3 dec`, with the year when that is another than this one."""
    local = value.astimezone(_HERE) if isinstance(value, datetime) else value
    return str(format_date(local, "EEE d MMM y", locale=language()))


def clock(value: datetime) -> str:
    """`3 nov 2026, 20.16`."""
    local = value.astimezone(_HERE)
    mark = "." if language() == "nl" else ":"
    day = format_date(local, "d MMM y", locale=language())
    return f"{day}, {local.hour}{mark}{local.minute:02d}"


def when_short(value: date | datetime) -> str:
    """A moment as a list shows it: `2 nov 2026, 8.14`, or only the day."""
    if isinstance(value, datetime):
        return clock(value)
    return str(format_date(value, "d MMM y", locale=language()))


def masked(text: str) -> str:
    """A text of which only the first letter of each word shows."""
    return " ".join(f"{word[0]}{'•' * min(len(word) - 1, 6)}" for word in text.split())


def initials(name: str) -> str:
    """Two letters for the round mark beside a name."""
    return worklist.initials(name).replace(".", "")[:2]


def scope_words(scope: list[str]) -> str:
    """What was asked for, in words."""
    return ", ".join(str(SCOPES.get(one, one)) for one in scope)


def role_words(role: str) -> str:
    """The name of a role."""
    return str(ROLES.get(role, role))


def practice_name(practice_id: str) -> str:
    """The town of a practice, which is how colleagues call it."""
    found = practice_of(practice_id)
    return found.town if found else practice_id


def frame_names() -> dict[str, Any]:
    """What the frame of every page of the desk needs, an error page included."""
    return {
        "role_words": role_words,
        "practice_name": practice_name,
        "has_app_login": house().settings.cognito is not None,
    }


def names() -> dict[str, Any]:
    """Everything above, for the templates of the desk."""
    return {
        "STAGES": STAGES,
        "DECISIONS": DECISIONS,
        "REASONS": REASONS,
        "OUTCOMES": OUTCOMES,
        "CHANNELS": CHANNELS,
        "LOOKS": LOOKS,
        "ROLES": ROLES,
        "DOCUMENTS": DOCUMENTS,
        "SCOPES": SCOPES,
        "AGREES": AGREES,
        "LADDER": LADDER,
        "CHECKS": CHECKS,
        "LETTERS": LETTERS,
        "TO_DO": TO_DO,
        "scope_words": scope_words,
        "initials": initials,
        "trouble": trouble,
        "due_words": due_words,
        "due_kind": due_kind,
        "short_day": short_day,
        "clock": clock,
        "when_short": when_short,
        "masked": masked,
    }
