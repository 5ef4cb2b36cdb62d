"""What somebody asks with a right, as the desk reads it: pairs of a label and their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from dsr.core.explanation import name_of
from dsr.core.wishes import OTHER_USE, Wish
from dsr.web.current import house
from dsr.web.desk.right_names import RESTRICTION_GROUNDS
from dsr.web.words import language

Pair = tuple[str, str]

KINDS = MappingProxyType(
    {
        "account": lazy("het account"),
        "messages": lazy("berichten"),
        "medical": lazy("het medisch dossier"),
        "other": lazy("iets anders"),
        "all": lazy("alles, maar niet het medisch dossier"),
    }
)
FIELDS = MappingProxyType(
    {
        "name": lazy("naam"),
        "birth_date": lazy("geboortedatum"),
        "email": lazy("e-mailadres"),
        "phone": lazy("telefoonnummer"),
        "address": lazy("adres"),
        "medical": lazy("iets in het medisch dossier"),
        "message": lazy("iets in een bericht"),
        "other": lazy("iets anders"),
    }
)
REASONS = MappingProxyType(
    {
        "not_needed": lazy("niet meer nodig"),
        "withdrawn": lazy("toestemming ingetrokken"),
        "objected": lazy("bezwaar gemaakt"),
        "unlawful": lazy("mag volgens de patiënt niet bewaard worden"),
        "legal_duty": lazy("een wet zegt dat het weg moet"),
        "child": lazy("was nog een kind"),
    }
)
_TO = MappingProxyType({"me": lazy("aan de patiënt zelf"), "other": lazy("aan een ander")})


def pairs(wish: Wish) -> list[Pair]:
    """Label and words of all that was said; what was left empty is left out."""
    return [(label, text) for name in wish.data for label, text in _pair(wish, name) if text]


def _pair(wish: Wish, name: str) -> Iterator[Pair]:
    if name in _TELL:
        label, tell = _TELL[name]
        yield str(label), tell(wish.data[name])


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def _one(known: MappingProxyType[str, object]) -> Callable[[object], str]:
    return lambda value: str(known.get(str(value), value))


def _all(known: MappingProxyType[str, object]) -> Callable[[object], str]:
    return lambda value: ", ".join(str(known.get(one, one)) for one in _texts(value))


def _uses(value: object) -> str:
    return ", ".join(_use(one) for one in _texts(value))


def _use(activity: str) -> str:
    register = house().office.register
    if activity == OTHER_USE or activity not in register.activity_ids:
        return str(_("een ander gebruik"))
    return name_of(register, activity).in_(language())


#: label and words of each field of a wish; what is not here says nothing to the desk
_TELL: MappingProxyType[str, tuple[object, Callable[[object], str]]] = MappingProxyType(
    {
        "field": (lazy("Wat klopt niet"), _one(FIELDS)),
        "now": (lazy("Nu staat er"), str),
        "should": (lazy("Er moet staan"), str),
        "what": (lazy("Waarover"), _all(KINDS)),
        "which": (lazy("Welk deel"), str),
        "reason": (lazy("Reden"), _one(REASONS)),
        "ground": (lazy("Grond"), _one(RESTRICTION_GROUNDS)),
        "until": (lazy("Tot"), str),
        "to": (lazy("Voor wie"), _one(_TO)),
        "recipient": (lazy("Ontvanger"), str),
        "purposes": (lazy("Welk gebruik"), _uses),
        "activities": (lazy("Welk gebruik"), _uses),
    }
)
