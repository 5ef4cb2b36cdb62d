"""Errors of the services in the words of the desk."""

from __future__ import annotations

from types import MappingProxyType

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from dsr.core.errors import BadInput, ChangedMeanwhile, DsrError, MoveRefused, NotReady
from dsr.services.decide import CLASH, NO_COPY, UNSIGNED
from dsr.services.identify import OTHER_PROOF
from dsr.services.lifting import RUNNING, UNANSWERED
from dsr.web.desk.right_names import batch_trouble
from dsr.web.words import of_two

#: by the field that is wrong
_FIELDS = MappingProxyType(
    {
        "note": lazy("Schrijf een notitie van hooguit 4.000 tekens."),
        "staff": lazy("Kies een collega van deze praktijk."),
        "person": lazy("Kies een van deze mensen, of kies dat het niemand van hen is."),
        "outcome": lazy("Kies: gevonden, niets gevonden, of wordt hier niet bewaard."),
        "proof": lazy("Schrijf op hoe en door wie er is gezocht."),
        "found": lazy("Plak wat er is gevonden. De persoon heeft recht op een kopie."),
        "reason": lazy("Kies of schrijf een reden."),
        "words": lazy("Deze woorden staan niet in dit gegeven. Neem ze letterlijk over."),
        "path": lazy("Dit veld is er niet meer. Kijk opnieuw."),
        "start": lazy("Dit stuk ligt buiten de tekst. Selecteer het opnieuw."),
        "pick": lazy("Kies eerst een of meer gegevens."),
        "decision": lazy(
            "Wat gevonden is en wat u niet geeft, past niet bij dit besluit. Kies het voorstel,"
            " of verander eerst wat u niet geeft."
        ),
        "grounds": lazy("Kies minstens één grond om te weigeren."),
        "facts": lazy("Schrijf in een paar zinnen de feiten waarop u weigert."),
        "instead": lazy("Schrijf wat u wel deed, of dat er niets anders mogelijk was."),
        "why": lazy("Schrijf waarom u dit terugstuurt."),
        "heard": lazy(
            "Schrijf wat de functionaris gegevensbescherming antwoordde, en op welke dag."
        ),
        "typed": lazy("Typ het nummer van dit verzoek precies over."),
        "look": lazy("Schrijf waarom u dit moet zien, in een paar woorden."),
        "document": lazy("Kies welk document u zag."),
        "same": lazy("Zet een vinkje als naam, geboortedatum en foto kloppen."),
        "settled": lazy("Kies wat er gebeurd is: gedaan, was al weg, of er blijft iets staan."),
        "done_how": lazy("Schrijf hoe, op welke dag en door wie het gedaan is."),
        "kept": lazy("Schrijf waarom iets blijft staan. Laat het leeg als er niets blijft."),
        "judged": lazy("Kies: wel doen of niet doen."),
        "reasons": lazy("Schrijf waarom, in een zin die een ander kan volgen."),
        "activity": lazy("Over dit onderdeel valt nu niets te zeggen. Kijk opnieuw."),
        "delivery": lazy("Kies hoe de patiënt de brief krijgt."),
        "new": lazy("Deze nieuwe waarde kan niet. Kijk hoe de oude waarde is geschreven."),
        "other_number": lazy("Dit gegeven is niet gevonden. Kijk bij Nakijken naar het nummer."),
        "statement_at": lazy("Kies waar de verklaring komt te staan."),
        "because": lazy("Schrijf waarom, in een zin die een ander kan volgen."),
        "halt": lazy("Schrijf waarom u dit stopt, in een zin die een ander kan volgen."),
        "cancel": lazy("Schrijf wie dit vroeg, en hoe u weet wie het is."),
        "ground": lazy("Kies een grond uit de lijst."),
        "sub": lazy("Vul het accountnummer van de app en het patiëntnummer in."),
    }
)

#: what is not ready, by the service's own sentence
_NOT_READY = MappingProxyType(
    {
        CLASH: lazy("De wet en wat u geeft, spreken elkaar tegen. Verander eerst wat u geeft."),
        UNSIGNED: lazy("Eerst tekent een zorgverlener voor het medisch dossier, zoals het nu is."),
        "This person did show who they are; decide on what was found instead.": lazy(
            "Deze persoon liet al zien wie het is. Besluit over wat gevonden is."
        ),
        "The letter is not ready yet; wait until it is made.": lazy(
            "De brief is nog niet klaar. Wacht tot hij gemaakt is."
        ),
        OTHER_PROOF: lazy(
            "Dit verzoek is al op een andere manier bewezen, op een andere naam of geboortedatum,"
            " of dat wordt nog opgezocht. Wacht een minuut, of laat de persoon een nieuw verzoek"
            " doen."
        ),
        "A copy is decided on the page of its review: no plan would say what was found.": lazy(
            "Over inzage besluit u bij Nakijken: daar ziet u wat gevonden is."
        ),
        NO_COPY: lazy("Hier is geen kopie gevraagd. Besluit bij elk onderdeel apart."),
        "Somebody has to judge first, or the person has to show more who they are.": lazy(
            "Eerst moet iemand oordelen, of de persoon moet beter laten zien wie het is."
        ),
        "This part is not up for decision; send it back first.": lazy(
            "Over dit onderdeel valt nu niets te besluiten. Laat het eerst terugsturen."
        ),
        "The law lets this be corrected: choose the field and the new value.": lazy(
            "De wet laat deze verbetering toe. Kies het veld en de nieuwe waarde."
        ),
        "The law does not let this be corrected; add a statement instead.": lazy(
            "De wet laat deze verbetering niet toe. Voeg een verklaring toe."
        ),
        "Only of a file that is destroyed single items can be kept.": lazy(
            "Losse gegevens houdt u alleen bij een vernietiging."
        ),
        "Nothing is being carried out here.": lazy("Hier wordt niets meer uitgevoerd."),
        "Nothing waits for a person here.": lazy("Hier wacht niets meer op een mens."),
        "This is not waiting to be tried again.": lazy("Dit wacht niet op een nieuwe poging."),
        "The person heard of it already; lift it when its days are over.": lazy(
            "De patiënt weet het al. Hef het op als de dagen voorbij zijn."
        ),
        "This restriction was lifted already.": lazy("Deze beperking is al opgeheven."),
        RUNNING: lazy("Het opheffen loopt al."),
        UNANSWERED: lazy("Verstuur eerst het antwoord dat de gegevens beperkt zijn."),
        "There is nothing to approve on this request.": lazy(
            "Op dit verzoek wacht geen akkoord meer. Een collega was u misschien voor."
        ),
    }
)


def words_of(error: DsrError) -> str:
    """What went wrong and what to do, in the language of the screen."""
    if isinstance(error, BadInput):
        known = _FIELDS.get(error.field)
        return str(known) if known is not None else str(error)
    if isinstance(error, ChangedMeanwhile):
        return str(
            _(
                "Iemand anders heeft dit net veranderd. Kijk opnieuw en herhaal uw keuze."
                " Wat u typte, staat hieronder nog."
            )
        )
    if isinstance(error, MoveRefused):
        return str(_("Dit kan niet meer in deze fase. Kijk hoe het verzoek er nu voor staat."))
    if isinstance(error, NotReady):
        return _not_ready(str(error))
    return str(error)


def _not_ready(text: str) -> str:
    before, colon, why = text.removesuffix(".").partition(": ")
    if colon and before == "This may not be done now":
        return batch_trouble(why)
    if (known := _NOT_READY.get(text)) is not None:
        return str(known)
    if text.startswith("Tell the person first"):
        return str(_("Meld het eerst aan de patiënt, en wacht dan een week (18 lid 3 AVG)."))
    return of_two(text)
