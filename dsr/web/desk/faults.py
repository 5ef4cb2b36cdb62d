"""Errors of the services in the words of the desk."""

from __future__ import annotations

from types import MappingProxyType

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from dsr.core.errors import BadInput, ChangedMeanwhile, DsrError, MoveRefused, NotReady
from dsr.services.decide import CLASH, UNSIGNED
from dsr.services.identify import OTHER_PROOF

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
        return str(_NOT_READY.get(str(error), str(error)))
    return str(error)
