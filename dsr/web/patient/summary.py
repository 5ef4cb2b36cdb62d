"""All that is asked, in rows to check before it is sent (P10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from dsr.core.register import Register
from dsr.core.wishes import DESTRUCTION, Wish
from dsr.law.rights import Right
from dsr.rendering import wording
from dsr.services.visit import Visit
from dsr.web.patient import rights, steps, wish_forms
from dsr.web.patient.rights import Choice
from dsr.web.patient.wish_forms import Typed


@dataclass(frozen=True)
class Asked:
    """One right with its answers; `page` is where they can be changed."""

    page: str
    name: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _View:
    """What words are made from: the answers of one page, the register and a language."""

    typed: Typed
    register: Register
    language: str

    def data(self, kind: str) -> Mapping[str, object]:
        """What goes on of these answers."""
        made: tuple[Wish, ...] = wish_forms.as_wishes(kind, self.typed)
        return made[0].data if made else {}


def of(visit: Visit, register: Register, language: str) -> tuple[Asked, ...]:
    """Every right of this visit's form, in the order of its pages."""
    names = rights.kinds()
    found = []
    for kind in steps.kinds(visit):
        rows = _ROWS[kind](_View(visit.typed[kind], register, language))
        found.append(Asked(kind, names[kind], tuple((a, b) for a, b in rows if b)))
    return tuple(found)


_Rows = tuple[tuple[str, str], ...]


def _access(view: _View) -> _Rows:
    names = rights.scopes()
    return ((_("Welke gegevens"), ", ".join(names[one] for one in view.typed["scope"])),)


def _rectification(view: _View) -> _Rows:
    return (
        (_("Wat klopt er niet?"), _named(rights.fields(), [view.typed["field"]])),
        (_("Wat staat er nu?"), view.typed["now"]),
        (_("Wat moet er staan?"), view.typed["should"]),
    )


def _erasure(view: _View) -> _Rows:
    reason = view.typed["reason"]
    return (
        (_("Wat moet weg"), _named(rights.erasable(), view.typed["what"])),
        (_("Waarom"), _named(rights.reasons(), [reason]) if reason else ""),
    )


def _destruction(view: _View) -> _Rows:
    return ((_("Welk deel"), view.typed["which"] or _("Het hele dossier")),)


def _restriction(view: _View) -> _Rows:
    until = str(view.data(Right.RESTRICTION)["until"])
    day = wording.day(date.fromisoformat(until), view.language) if until else ""
    return (
        (_("Waarom"), _named(rights.grounds(), [view.typed["ground"]])),
        (_("Welke gegevens"), _named(rights.data_kinds(), view.typed["what"])),
        (_("Tot wanneer"), day),
    )


def _portability(view: _View) -> _Rows:
    to = str(view.data(Right.PORTABILITY)["recipient"])
    return ((_("Aan wie"), to or _named(rights.takers(), [view.typed["to"]])),)


def _objection(view: _View) -> _Rows:
    uses = rights.uses(view.register, view.language)
    return (
        (_("Waartegen"), _named(uses, view.typed["purposes"])),
        (_("Waarom"), view.typed["reason"]),
    )


def _withdrawal(view: _View) -> _Rows:
    consents = rights.consents(view.register, view.language)
    return ((_("Welke toestemming"), _named(consents, view.typed["purposes"], "; ")),)


_ROWS: Mapping[str, Callable[[_View], _Rows]] = {
    Right.ACCESS: _access,
    Right.RECTIFICATION: _rectification,
    Right.ERASURE: _erasure,
    DESTRUCTION: _destruction,
    Right.RESTRICTION: _restriction,
    Right.PORTABILITY: _portability,
    Right.OBJECTION: _objection,
    Right.WITHDRAWAL: _withdrawal,
}


def _named(choices: Iterable[Choice], chosen: Iterable[str], between: str = ", ") -> str:
    wanted = set(chosen)
    return between.join(one.name for one in choices if one.value in wanted)
