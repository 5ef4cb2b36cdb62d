"""The desk's names around the rights: what each is called, what a plan does, how a batch stands."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from dsr.core.plans import Treatment
from dsr.core.request import Decision, Outcome, Verb
from dsr.core.wishes import DESTRUCTION
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.proposal import Asks
from dsr.law.rights import Right

Names = MappingProxyType[str, Any]

#: a right, or the destruction of a file, as a noun
RIGHTS: Names = MappingProxyType(
    {
        Right.ACCESS: lazy("Inzage"),
        Right.RECTIFICATION: lazy("Verbetering"),
        Right.ERASURE: lazy("Verwijdering"),
        DESTRUCTION: lazy("Vernietiging van het dossier"),
        Right.RESTRICTION: lazy("Beperking"),
        Right.PORTABILITY: lazy("Meenemen"),
        Right.OBJECTION: lazy("Bezwaar"),
        Right.WITHDRAWAL: lazy("Intrekken van toestemming"),
    }
)
#: the icon of each; words always stand beside it
ICONS: Names = MappingProxyType(
    {
        Right.ACCESS: "eye",
        Right.RECTIFICATION: "pen",
        Right.ERASURE: "bin",
        DESTRUCTION: "bin",
        Right.RESTRICTION: "pause",
        Right.PORTABILITY: "move",
        Right.OBJECTION: "stop",
        Right.WITHDRAWAL: "undo",
    }
)
#: what is decided on a right that changes something
ITEM_DECISIONS: Names = MappingProxyType(
    {
        Decision.GRANTED: lazy("Alles doen"),
        Decision.PARTLY: lazy("Deels doen"),
        Decision.REFUSED: lazy("Niet doen"),
        Decision.NOTHING_HELD: lazy("Niets gevonden"),
        Decision.NOT_PROVED: lazy("Niet bewezen wie dit is"),
        Decision.TRANSFERRED: lazy("Doorgestuurd"),
        Decision.WITHDRAWN: lazy("Ingetrokken"),
    }
)
TREATMENTS: Names = MappingProxyType(
    {
        Treatment.ERASE: lazy("verwijderen"),
        Treatment.EMPTY: lazy("leegmaken"),
        Treatment.CORRECT: lazy("verbeteren"),
        Treatment.STATEMENT: lazy("verklaring toevoegen"),
        Treatment.RESTRICT: lazy("beperken"),
        Treatment.LIFT: lazy("beperking opheffen"),
        Treatment.STOP: lazy("gebruik stoppen"),
        Treatment.RESUME: lazy("gebruik hervatten"),
        Treatment.KEEP: lazy("bewaren"),
        Treatment.JUDGE: lazy("eerst beoordelen"),
    }
)
#: class and icon of a treatment
TREATMENT_LOOKS: Names = MappingProxyType(
    {
        Treatment.ERASE: ("is-bad", "bin"),
        Treatment.EMPTY: ("is-bad", "bin"),
        Treatment.CORRECT: ("is-brand", "pen"),
        Treatment.STATEMENT: ("is-brand", "plus"),
        Treatment.RESTRICT: ("is-brand", "pause"),
        Treatment.LIFT: ("is-brand", "undo"),
        Treatment.STOP: ("is-brand", "stop"),
        Treatment.RESUME: ("is-brand", "undo"),
        Treatment.KEEP: ("is-ok", "lock"),
        Treatment.JUDGE: ("is-hold", "clock"),
    }
)
VERBS: Names = MappingProxyType(
    {
        Verb.LOOK_AGAIN: lazy("Nog één keer kijken"),
        Verb.RECTIFY: lazy("Verbeteren"),
        Verb.ANNOTATE: lazy("Verklaring toevoegen"),
        Verb.ERASE: lazy("Verwijderen"),
        Verb.RESTRICT: lazy("Beperken"),
        Verb.LIFT: lazy("Beperking opheffen"),
        Verb.STOP: lazy("Gebruik stoppen"),
        Verb.RESUME: lazy("Gebruik hervatten"),
    }
)
BATCH_OUTCOMES: Names = MappingProxyType(
    {
        Outcome.DONE: lazy("gedaan"),
        Outcome.ALREADY_GONE: lazy("was al weg"),
        Outcome.EMPTIED: lazy("leeggemaakt"),
        Outcome.RETAINED: lazy("bleef staan"),
        Outcome.PARTIAL: lazy("deels gedaan"),
        Outcome.BY_HAND: lazy("met de hand"),
        Outcome.FAILED: lazy("niet gelukt"),
    }
)
#: the same in the log, beside the outcomes of a search
BATCH_OUTCOMES_LONG: Names = MappingProxyType(
    {
        outcome: BATCH_OUTCOMES[outcome]
        for outcome in (Outcome.ALREADY_GONE, Outcome.EMPTIED, Outcome.RETAINED)
    }
)
#: how far the end of a restriction is
LIFTING: Names = MappingProxyType(
    {"announced": lazy("aan de patiënt gemeld"), "begun": lazy("begonnen")}
)
COUNTS: Names = MappingProxyType(
    {
        "done": lazy("gedaan"),
        "gone": lazy("was al weg"),
        "emptied": lazy("leeggemaakt"),
        "retained": lazy("bleef staan"),
        "still_there": lazy("staat er nog"),
    }
)
#: what a look just before erasing found to be different
DIFFERENCES: Names = MappingProxyType(
    {
        "new": lazy("erbij gekomen"),
        "gone": lazy("verdwenen"),
        "changed": lazy("veranderd"),
    }
)
WHO_JUDGES: Names = MappingProxyType(
    {
        Asks.CLINICIAN: lazy("de zorgverlener"),
        Asks.OFFICER: lazy("de privacymedewerker"),
        Asks.DPO: lazy("de functionaris gegevensbescherming"),
    }
)
PLAN_ENDS: Names = MappingProxyType(
    {
        "done": lazy("uitgevoerd"),
        "superseded": lazy("vervangen"),
        "sent_back": lazy("teruggestuurd"),
        "cancelled": lazy("geannuleerd"),
        "halted": lazy("stopgezet"),
    }
)
JUDGED: Names = MappingProxyType({"grant": lazy("wel doen"), "refuse": lazy("niet doen")})
SETTLED: Names = MappingProxyType(
    {
        Outcome.DONE: lazy("Gedaan"),
        Outcome.ALREADY_GONE: lazy("Het was al weg"),
        Outcome.RETAINED: lazy("Er blijft iets staan, met reden"),
    }
)
#: why a person keeps one item of a file that is destroyed
KEEP_GROUNDS: Names = MappingProxyType(
    {
        "BW:7:455(2)": lazy("Groot belang van een ander (7:455 lid 2 BW)"),
        "GDPR:17(3)(b)": lazy("Een wet verbiedt het (7:455 lid 2 BW, 17 lid 3 onder b AVG)"),
        "GDPR:17(3)(e)": lazy("Nodig voor een rechtszaak (17 lid 3 onder e AVG)"),
    }
)
RESTRICTION_GROUNDS: Names = MappingProxyType(
    {
        "accuracy_contested": lazy("Juistheid betwist"),
        "unlawful_opposes_erasure": lazy("Onrechtmatig, maar niet wissen"),
        "needed_for_claim": lazy("Nodig voor een rechtszaak van de patiënt"),
        "objection_pending": lazy("Bezwaar loopt nog"),
    }
)

#: trouble of a batch by the class of its error, or by our own sentence
_TROUBLES: Names = MappingProxyType(
    {
        "TryAgain": lazy("Dit systeem is nog niet klaar. Wij kijken steeds opnieuw."),
        "BadAnswer": lazy("Het antwoord was niet heel. Wij kijken eerst wat er gebeurd is."),
        "NeedsPerson": lazy("Dit systeem weigert. Een mens moet iets doen."),
        "ItemChanged": lazy("De gegevens veranderden na het akkoord. Er is niets gedaan."),
        "ValueRefused": lazy("Dit systeem neemt de nieuwe waarde niet aan."),
        "ForeignRecord": lazy("Gestopt: het systeem gaf gegevens van iemand anders."),
        "This system said that it was done, but it is still there; open it and look.": lazy(
            "Dit systeem zei dat het klaar was, maar het staat er nog. Open het systeem en kijk."
        ),
        "an earlier phase is not at its end": lazy("Eerst moet een ander systeem klaar zijn."),
        "the copy of this request has to be made first": lazy(
            "Eerst wordt de kopie gemaakt waar de patiënt ook om vroeg."
        ),
        "this is not what was approved": lazy("Dit is niet waar akkoord op gegeven is. Gestopt."),
        "the approval is over": lazy("Het akkoord is verlopen. Er is een nieuw akkoord nodig."),
        "the approver may not approve any more": lazy(
            "Wie akkoord gaf, mag dat niet meer. Er is een nieuw akkoord nodig."
        ),
        "the data changed": lazy("De gegevens veranderden na het akkoord."),
        "halted": lazy("Iemand zette de uitvoering stop."),
    }
)


def batch_trouble(text: str) -> str:
    """What is wrong with a batch, in words."""
    if not text:
        return ""
    if (known := _TROUBLES.get(text.rpartition(" (")[0] or text) or _TROUBLES.get(text)) is None:
        known = _TROUBLES.get(text.partition(":")[0])
    return str(known if known is not None else _("Dit lukt nog niet. Wij kijken ernaar."))


def kind_of(item: RequestItem) -> str:
    """How an item is told from its siblings: the right, or the destruction of a file."""
    return DESTRUCTION if item.part else item.right


def rights_of(row: SubjectRequest) -> str:
    """All that a request asks, in words: `Inzage, Verwijdering`."""
    return ", ".join(str(RIGHTS[kind_of(item)]) for item in in_order(row))


def in_order(row: SubjectRequest) -> list[RequestItem]:
    """The items of a request in the order of the rights."""
    order = list(RIGHTS)
    return sorted(row.items, key=lambda item: order.index(kind_of(item)))


def decision_words(item: RequestItem) -> str:
    """What was decided on an item; empty while nothing is."""
    if not item.decision:
        return ""
    known = ITEM_DECISIONS if item.right not in _COPIES else _COPY_DECISIONS
    return str(known.get(item.decision, ITEM_DECISIONS[Decision(item.decision)]))


_COPIES = (Right.ACCESS, Right.PORTABILITY)
_COPY_DECISIONS: Names = MappingProxyType(
    {
        Decision.GRANTED: lazy("Alles geven"),
        Decision.PARTLY: lazy("Deels geven"),
        Decision.REFUSED: lazy("Niet geven"),
    }
)


def names() -> dict[str, Any]:
    """Everything above, for the templates of the desk."""
    return {
        "RIGHTS": RIGHTS,
        "RIGHT_ICONS": ICONS,
        "ITEM_DECISIONS": ITEM_DECISIONS,
        "TREATMENTS": TREATMENTS,
        "TREATMENT_LOOKS": TREATMENT_LOOKS,
        "VERBS": VERBS,
        "BATCH_OUTCOMES": BATCH_OUTCOMES,
        "COUNTS": COUNTS,
        "DIFFERENCES": DIFFERENCES,
        "WHO_JUDGES": WHO_JUDGES,
        "PLAN_ENDS": PLAN_ENDS,
        "JUDGED": JUDGED,
        "SETTLED": SETTLED,
        "KEEP_GROUNDS": KEEP_GROUNDS,
        "RESTRICTION_GROUNDS": RESTRICTION_GROUNDS,
        "batch_trouble": batch_trouble,
        "kind_of": kind_of,
        "rights_of": rights_of,
        "decision_words": decision_words,
    }
