"""The rights in words for the person who asks: what each is called, and what can be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from dsr.core.register import Register
from dsr.core.subject import Level
from dsr.core.wishes import DESTRUCTION, MEDICAL_FILE, OTHER_USE, Wish
from dsr.law.rights import Nature, Right
from dsr.services import weighing, wishes

#: the rights as the form offers them, in this order
ASKED = (
    Right.ACCESS,
    Right.RECTIFICATION,
    Right.ERASURE,
    Right.RESTRICTION,
    Right.PORTABILITY,
    Right.OBJECTION,
    Right.WITHDRAWAL,
)
#: rights that are answered with a copy, and change nothing
COPIES = (Right.ACCESS, Right.PORTABILITY)
#: the icon of each kind of wish; words always stand beside it
ICONS: Mapping[str, str] = {
    Right.ACCESS: "eye",
    Right.RECTIFICATION: "pen",
    Right.ERASURE: "bin",
    DESTRUCTION: "bin",
    Right.RESTRICTION: "pause",
    Right.PORTABILITY: "move",
    Right.OBJECTION: "stop",
    Right.WITHDRAWAL: "undo",
}


@dataclass(frozen=True)
class Choice:
    """Something to choose on a page: its value, its name, and a line that explains it."""

    value: str
    name: str
    hint: str = ""
    icon: str = ""


def offered(register: Register) -> tuple[Choice, ...]:
    """The rights that can be asked for here; without any consent there is none to withdraw."""
    names, hints = kinds(), _examples()
    usable = [r for r in ASKED if r is not Right.WITHDRAWAL or wishes.purposes_of(register, r)]
    return tuple(Choice(one, names[one], hints[one], ICONS[one]) for one in usable)


def kinds() -> dict[str, str]:
    """What each kind of wish is called."""
    return {
        Right.ACCESS: _("Mijn gegevens inzien"),
        Right.RECTIFICATION: _("Gegevens verbeteren"),
        Right.ERASURE: _("Gegevens laten verwijderen"),
        DESTRUCTION: _("Medisch dossier laten vernietigen"),
        Right.RESTRICTION: _("Gebruik tijdelijk stoppen"),
        Right.PORTABILITY: _("Gegevens meenemen"),
        Right.OBJECTION: _("Bezwaar maken"),
        Right.WITHDRAWAL: _("Toestemming intrekken"),
    }


def _examples() -> dict[str, str]:
    return {
        Right.ACCESS: _("Bijvoorbeeld: wat staat er in mijn dossier?"),
        Right.RECTIFICATION: _("Bijvoorbeeld: mijn adres klopt niet."),
        Right.ERASURE: _("Bijvoorbeeld: mijn account en mijn berichten mogen weg."),
        Right.RESTRICTION: _("Bijvoorbeeld: gebruik dit niet tot u het hebt nagekeken."),
        Right.PORTABILITY: _("Bijvoorbeeld: ik wil mijn berichten in een andere app zetten."),
        Right.OBJECTION: _("Bijvoorbeeld: gebruik mijn gegevens niet voor cijfers over de app."),
        Right.WITHDRAWAL: _("Bijvoorbeeld: ik wil geen berichten meer in de app."),
    }


def beyond(register: Register, wanted: Iterable[Wish], level: Level) -> tuple[str, ...]:
    """What is asked and needs us to be surer than this level (`dsr/law/data/assurance.yaml`).

    A copy is not among it: of that, each level gives its own part.
    """
    names = kinds()
    return tuple(
        names[wish.kind]
        for wish in wanted
        if wish.right not in COPIES
        and not level.reaches(Level(weighing.needed(register, wish).level))
    )


def scopes() -> dict[str, str]:
    """What can be looked into (Art. 15)."""
    return {
        "all": _("Alles"),
        "account": _("Mijn account"),
        "messages": _("Mijn berichten"),
        "medical": _("Mijn medisch dossier"),
        "log": _("Wie in mijn dossier keek"),
    }


def fields() -> tuple[Choice, ...]:
    """What can be wrong (Art. 16)."""
    return (
        Choice("name", _("Mijn naam")),
        Choice("birth_date", _("Mijn geboortedatum")),
        Choice("email", _("Mijn e-mailadres")),
        Choice("phone", _("Mijn telefoonnummer")),
        Choice("address", _("Mijn adres")),
        Choice(
            "medical",
            _("Iets in mijn medisch dossier"),
            _("Een fout passen wij aan. Wat de arts vond, blijft staan."),
        ),
        Choice(
            "message",
            _("Iets in een bericht"),
            _("Een verstuurd bericht blijft zoals het was. Wij zetten uw verbetering erbij."),
        ),
        Choice("other", _("Iets anders"), _("Of klopt er meer niet? Schrijf dan alles op.")),
    )


def erasable() -> tuple[Choice, ...]:
    """What can be erased (Art. 17); the medical file has a law of its own (BW 7:455)."""
    return (
        Choice("account", _("Mijn account"), _("U kunt daarna niet meer inloggen in de app.")),
        Choice("messages", _("Mijn berichten"), _("Wat u en de praktijk elkaar stuurden.")),
        Choice("other", _("Iets anders"), _("Bijvoorbeeld notities in onze administratie.")),
        Choice("all", _("Alles, maar niet mijn medisch dossier")),
        Choice(
            MEDICAL_FILE,
            _("Mijn medisch dossier"),
            _("Dit heet vernietigen. U leest eerst wat dat betekent."),
        ),
    )


def reasons() -> tuple[Choice, ...]:
    """Why something can be erased: Art. 17(1)(a)-(f) in plain words."""
    return (
        Choice("", _("Ik geef geen reden")),
        Choice("not_needed", _("U hebt de gegevens niet meer nodig")),
        Choice("withdrawn", _("Ik trek mijn toestemming in")),
        Choice("objected", _("Ik maakte bezwaar")),
        Choice("unlawful", _("U mag deze gegevens niet hebben")),
        Choice("legal_duty", _("Een wet zegt dat ze weg moeten")),
        Choice("child", _("Ik was nog een kind toen ik ze gaf")),
    )


def grounds() -> tuple[Choice, ...]:
    """Why use can be stopped: Art. 18(1)(a)-(d) in plain words."""
    return (
        Choice(
            "accuracy_contested",
            _("De gegevens kloppen niet"),
            _("Wij gebruiken ze niet tot wij het hebben nagekeken."),
        ),
        Choice(
            "unlawful_opposes_erasure",
            _("U mag ze niet gebruiken, maar ze moeten niet weg"),
            _("Wij bewaren ze alleen nog."),
        ),
        Choice(
            "needed_for_claim",
            _("Ik heb ze nodig voor een klacht of een rechtszaak"),
            _("Wij bewaren ze voor u, ook als wij ze zelf niet meer nodig hebben."),
        ),
        Choice(
            "objection_pending",
            _("Ik maakte bezwaar en wacht op antwoord"),
            _("Wij gebruiken ze niet tot wij over uw bezwaar besluiten."),
        ),
    )


def data_kinds() -> tuple[Choice, ...]:
    """The kinds of data whose use can be stopped."""
    return (
        Choice("account", _("Mijn account")),
        Choice("messages", _("Mijn berichten")),
        Choice("medical", _("Mijn medisch dossier"), _("In nood mag een arts het toch zien.")),
        Choice("other", _("Iets anders")),
    )


def takers() -> tuple[Choice, ...]:
    """To whom data can go (Art. 20)."""
    return (
        Choice("me", _("Aan mijzelf"), _("U krijgt een bestand dat andere apps kunnen lezen.")),
        Choice(
            "other",
            _("Aan een ander"),
            _("Bijvoorbeeld een andere zorgverlener, of uw eigen gezondheidsapp (PGO)."),
        ),
    )


def uses(register: Register, language: str) -> tuple[Choice, ...]:
    """The uses that can be objected to, and `other` (Art. 21)."""
    own = wishes.purposes_of(register, Right.OBJECTION)
    named = tuple(Choice(one, _use_name(register, one, language)) for one in own)
    return (*named, Choice(OTHER_USE, _("Iets anders"), _("Schrijf hieronder op wat u bedoelt.")))


def consents(register: Register, language: str) -> tuple[Choice, ...]:
    """The consents that can be withdrawn, each with what then happens (Art. 7(3))."""
    return tuple(
        Choice(one, _use_name(register, one, language), _effect(register.activity(one).nature))
        for one in wishes.purposes_of(register, Right.WITHDRAWAL)
    )


def _effect(nature: Nature) -> str:
    """What no longer works once a consent is withdrawn, by what the processing is."""
    known: dict[Nature, str] = {
        Nature.MESSAGES: _("U kunt dan geen berichten meer sturen in de app."),
        Nature.SECURITY: _("Uw account in de app stopt dan. Zonder beveiliging kan het niet."),
        Nature.ACCOUNT: _("Uw account in de app stopt dan."),
        Nature.RESEARCH: _("Uw gegevens gaan dan niet meer naar onderzoek."),
    }
    stops = known.get(nature, _("Wij gebruiken deze gegevens dan niet meer."))
    return f"{stops} {_('Uw dossier bij de huisarts blijft.')}"


def _use_name(register: Register, wanted: str, language: str) -> str:
    for purpose in register.purposes:
        named = {purpose.id: purpose.name, **{part.id: part.name for part in purpose.parts}}
        if wanted in named:
            return named[wanted].in_(language)
    return wanted
