"""What patients and practice write to each other: fixed talks with a few open places.

`{me}` is the patient, `{she}` and `{he}` are names of others, `{phone}` the number of one of them,
`{n}` a small number. One talk in three names somebody else, so that redaction has work to do.
"""

from __future__ import annotations

from typing import NamedTuple


class Talk(NamedTuple):
    """A question of the patient, the answer of the practice, and whether it is about health."""

    care: bool
    ask: str
    answer: str


NOTICE = "Uw vraag is gesloten. Hoe vond u dit gesprek? U kunt sterren geven."

TALKS = (
    Talk(True, "Goedemorgen, mijn herhaalrecept is bijna op. Ik heb nog voor {n} dagen.",
         "Goedemorgen {me}, ik zet het klaar bij de apotheek. Morgen na 14.00 uur ligt het er."),
    Talk(True, "Hallo, ik heb al {n} dagen pijn in mijn onderrug. Kan ik langskomen?",
         "Wat vervelend. Hebt u ook koorts? Donderdag is er plek om 9.20 uur."),
    Talk(True, "Is de uitslag van mijn bloedonderzoek er al?",
         "Ja. Uw suiker was {n},1 en uw nieren werken goed. Over drie maanden nog eens prikken."),
    Talk(False, "Ik wil mijn afspraak van dinsdag verzetten. Kan het ook na 16.00 uur?",
         "Dat kan. U staat nu op woensdag om 16.20 uur. Tot dan!"),
    Talk(False, "Zijn jullie tussen kerst en oud en nieuw open?",
         "Ja, op werkdagen van 8.00 tot 17.00 uur. Daarbuiten belt u de huisartsenpost."),
    Talk(False, "Mijn buurvrouw {she} zei dat jullie morgen dicht zijn. Klopt dat?",
         "Dat klopt niet, wij zijn gewoon open. Zegt u dat ook even tegen {she}?"),
    Talk(True, "Mijn man {he} hoest ook al {n} dagen, net als ik. Is het besmettelijk?",
         "Dat kan. Laat {he} zelf ook een bericht sturen, dan kijken wij in zijn dossier."),
    Talk(True, "Mijn dochter {she} heeft uitslag op haar buik. Het jeukt erg. Foto volgt.",
         "Dat lijkt op waterpokken. Houd {she} thuis tot de blaasjes droog zijn."),
    Talk(True, "Ik slaap slecht sinds mijn broer {he} weer drinkt. Ik maak me zorgen.",
         "Wat naar voor u, {me}. Zullen wij een afspraak maken met de praktijkondersteuner?"),
    Talk(False, "Mag {he} mijn medicijnen ophalen? Te bereiken op {phone}.",
         "Dat mag. Wij belden {phone} en spraken met {he}. Neem een machtiging mee."),
    Talk(True, "De zalf helpt niet. De plek op mijn arm is nu {n} cm groot.",
         "Dit lijkt op eczeem. Smeer twee keer per dag en stuur over een week weer een foto."),
    Talk(True, "Ik ben {n} weken zwanger en wil stoppen met roken. Kunnen jullie helpen?",
         "Gefeliciteerd! Ja, dat doen wij graag. De praktijkondersteuner belt u morgen."),
    Talk(True, "Sinds de nieuwe bloeddrukpil ben ik duizelig. Gemeten: 10{n} over 65.",
         "Neem vandaag de halve pil. De huisarts belt u vanmiddag. Blijf meten, graag."),
    Talk(False, "Ik ben verhuisd. Moet ik een andere huisarts zoeken?",
         "Als u in Rotterdam blijft, hoeft dat niet. Stuurt u ons uw nieuwe adres?"),
    Talk(False, "De app gaf een foutmelding toen ik een foto stuurde.",
         "Dank voor het melden. Probeert u het nog eens? Anders vragen wij het OneAssist."),
    Talk(True, "Mijn collega {she} heeft corona. Wij zaten {n} uur samen. Moet ik testen?",
         "Alleen als u klachten krijgt of vaak bij kwetsbare mensen komt. Beterschap voor {she}."),
)  # fmt: skip
