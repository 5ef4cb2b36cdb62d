"""Sentences that letters take from codes: what else is possible, what a stop means, how long.

Each is whole and true on its own. Articles say themselves what they say (`dsr.law.articles`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dsr.core.portable import LeftOut
from dsr.core.words import Words
from dsr.law.rights import Nature

#: what is possible instead, by the action that the law proposes with its refusal
OFFERS: Mapping[str, Words] = MappingProxyType(
    {
        "offer_account_closure": Words(
            "U kunt uw account sluiten. Dan gebruiken wij deze gegevens niet meer.",
            "You can close your account. Then we use these data no longer.",
        ),
        "offer_consent_withdrawal": Words(
            "U kunt uw toestemming intrekken. Dan stopt dit gebruik.",
            "You can withdraw your consent. Then this use stops.",
        ),
        "offer_withdraw_sharing": Words(
            "U kunt het delen met andere zorgverleners laten stoppen.",
            "You can have the sharing with other care providers stopped.",
        ),
        "offer_masking_in_his": Words(
            "Een deel van uw medisch dossier kan worden afgeschermd. Vraag uw huisarts daarnaar.",
            "A part of your medical file can be shielded. Ask your GP.",
        ),
        "offer_statement": Words(
            "U kunt een eigen verklaring laten toevoegen. Stuur ons de tekst.",
            "You can have a statement of your own added. Send us the text.",
        ),
        "offer_access_copy": Words(
            "U kunt een kopie van deze gegevens krijgen. Vraag dan om inzage.",
            "You can get a copy of these data. Then ask for access.",
        ),
        "treat_as_wgbo_destruction": Words(
            "U kunt vragen om uw medisch dossier te laten vernietigen.",
            "You can ask to have your medical file destroyed.",
        ),
        "refer_to_source_system": Words(
            "Vraag dit ook waar de gegevens vandaan komen.",
            "Ask this, too, where the data come from.",
        ),
    }
)

#: how long something stays for which no day is known, by the article that keeps it; in this order
AS_LONG_AS: Mapping[str, Words] = MappingProxyType(
    {
        "GDPR:17(3)(e)": Words(
            "Zolang de klacht, de claim of de rechtszaak loopt.",
            "As long as the complaint, the claim or the court case runs.",
        ),
        "GDPR:18(2)": Words(
            "Zolang wij deze gegevens op uw verzoek niet gebruiken. Wilt u toch dat wij ze"
            " verwijderen? Laat het ons weten.",
            "As long as we do not use these data, as you asked. Do you want us to erase them all"
            " the same? Tell us.",
        ),
        "BW:7:453": Words(
            "Zolang goede zorg dat vraagt.",
            "As long as good care asks for it.",
        ),
        "BW:7:455(2)": Words(
            "Zolang dit voor een ander van groot belang is, of een andere wet het vraagt.",
            "As long as it matters much to somebody else, or another law asks for it.",
        ),
        "GDPR:4(1)": Words(
            "Zolang wij de gegevens van die ander nodig hebben.",
            "As long as we need the data of that other person.",
        ),
    }
)
REASON_HOLDS = Words(
    "Zolang de reden hierboven geldt.",
    "As long as the reason above holds.",
)
UNTIL_JUDGED = Words(
    "Totdat daarover besloten is.",
    "Until that is decided.",
)

#: what no longer works once a use stops
CONSEQUENCES: Mapping[Nature, Words] = MappingProxyType(
    {
        Nature.MESSAGES: Words(
            "U kunt geen berichten meer sturen of krijgen in de app.",
            "You can no longer send or get messages in the app.",
        ),
        Nature.SECURITY: Words(
            "De app werkt niet zonder deze beveiliging. U kunt de app dan niet meer gebruiken.",
            "The app does not work without this security. You can then no longer use the app.",
        ),
        Nature.RESEARCH: Words(
            "Uw gegevens gaan niet meer naar onderzoek.",
            "Your data no longer go to research.",
        ),
        Nature.STATISTICS: Words(
            "Uw gegevens tellen niet meer mee in de cijfers.",
            "Your data no longer count in the figures.",
        ),
    }
)
#: what a stop means for any other use; `{use}` is its name
NO_LONGER_USED = Words(
    "Wij gebruiken uw gegevens niet meer voor: {use}.",
    "We no longer use your data for: {use}.",
)

#: why an item does not go along (Art. 20)
LEFT_OUT: Mapping[LeftOut, Words] = MappingProxyType(
    {
        LeftOut.OTHER_BASIS: Words(
            "Deze gegevens gebruiken wij om een andere reden.",
            "We use these data for another reason.",
        ),
        LeftOut.CARE_FILE: Words(
            "Uw medisch dossier houden wij bij omdat de wet dat zegt.",
            "We keep your medical file because the law says so.",
        ),
        LeftOut.WRITTEN_BY_US: Words(
            "Dit schreef of maakte de praktijk, of een systeem.",
            "The practice, or a system, wrote or made this.",
        ),
        LeftOut.CONCLUDED: Words(
            "Dit is een uitslag of een conclusie.",
            "This is a result or a conclusion.",
        ),
        LeftOut.ORIGIN_UNKNOWN: Words(
            "Wij kunnen niet zien wie dit maakte. Gaf u het zelf? Bel ons.",
            "We cannot see who made this. Did you give it yourself? Call us.",
        ),
        LeftOut.NOT_LISTED: Words(
            "Volgens ons register gaf u dit niet zelf. Klopt dat niet? Bel ons.",
            "According to our register you did not give this. Is that not right? Call us.",
        ),
    }
)
#: the desk kept it back from everything that is given, for the reasons of the copy (Art. 15(4))
WITHHELD = Words(
    "Dit geven wij niet, want dat kan de rechten van een ander schaden.",
    "We do not give this, as it may harm the rights of somebody else.",
)

#: what a request is about as a whole, where it names no data
WHOLE: Mapping[str, Words] = MappingProxyType(
    {
        "erasure": Words("Het verwijderen van uw gegevens", "Erasing your data"),
        "destruction": Words("Het vernietigen van uw dossier", "Destroying your file"),
        "rectification": Words("Het verbeteren van uw gegevens", "Correcting your data"),
        "restriction": Words("Het stilzetten van uw gegevens", "Setting your data aside"),
        "portability": Words("Het meenemen van uw gegevens", "Taking your data with you"),
        "objection": Words("Uw bezwaar", "Your objection"),
        "withdrawal": Words("Het intrekken van uw toestemming", "Withdrawing your consent"),
    }
)
