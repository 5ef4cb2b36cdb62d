"""The page of each right: what exactly is asked with it (P6a to P6g)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from dsr.core.wishes import DESTRUCTION, MEDICAL_FILE, Around
from dsr.law.rights import Right
from dsr.services import wishes
from dsr.services.visit import Visit
from dsr.web.current import house, register
from dsr.web.guards import guard
from dsr.web.patient import rights, sending, steps, visiting, wish_forms
from dsr.web.patient.fields import Read
from dsr.web.words import language as page_language

#: the kinds of wishes, which are the names of their pages
PAGES = (*map(str, rights.ASKED), DESTRUCTION)


def page_of(kind: str) -> Callable[..., Response]:
    """The view of one kind of wish."""

    @guard("visit")
    def view(language: str) -> Response:
        return _ask(kind)

    return view


def _ask(kind: str) -> Response:
    if request.method == "GET":
        known = visiting.current().typed.get(kind) or wish_forms.empty(kind)
        return _page(kind, Read(known, None))
    read = wish_forms.read(kind, request.form, _around(kind))
    if read.mistakes:
        return _page(kind, read, 422)
    with house().writing() as session:
        visit = _asking(visiting.locked(session), kind).with_typed(**{kind: read.values})
        if at_once(visit, kind) and sending.file(session, visit, request.form.get("form_key", "")):
            return visiting.on_to("sent")
        visiting.keep(session, visit)
    return visiting.on_to(steps.next_page(visit))


def at_once(visit: Visit, kind: str) -> bool:
    """Whether this page is all there is: withdrawing has to be as easy as giving (Art. 7(3)).

    Whoever signed in with the app has nothing more to tell; the consent can be given again.
    """
    alone = steps.kinds(visit) == [str(Right.WITHDRAWAL)] == [kind]
    return alone and steps.known_by_app(visit)


def _asking(visit: Visit, kind: str) -> Visit:
    """The visit with this right among those asked for: an address may lead straight to its page."""
    wants = list(visit.typed.get("wants", ()))
    if kind in steps.kinds(visit):
        return visit
    if kind != DESTRUCTION:
        return visit.with_typed(wants=[*wants, kind])
    erased = visit.typed.get(Right.ERASURE) or wish_forms.empty(Right.ERASURE)
    erased = {**erased, "what": [*erased["what"], MEDICAL_FILE]}
    return visit.with_typed(wants=list(dict.fromkeys([*wants, str(Right.ERASURE)])), erasure=erased)


def _page(kind: str, read: Read, code: int = 200) -> Response:
    visit = _asking(visiting.current(), kind)
    return visiting.shown(
        f"wish/{kind}",
        code,
        typed=read.typed,
        mistakes=read.mistakes,
        place=steps.place(visit, kind),
        at_once=at_once(visit, kind),
        form_key=visit.form_key,
        **_choices(kind),
    )


def _choices(kind: str) -> dict[str, Any]:
    language = page_language()
    made: dict[str, Callable[[], dict[str, Any]]] = {
        Right.RECTIFICATION: lambda: {"fields": rights.fields()},
        Right.ERASURE: lambda: {
            "erasable": rights.erasable(),
            "reasons": rights.reasons(),
            "cool_off_days": house().office.terms.cool_off.days,
        },
        Right.RESTRICTION: lambda: {"grounds": rights.grounds(), "kinds": rights.data_kinds()},
        Right.PORTABILITY: lambda: {"takers": rights.takers()},
        Right.OBJECTION: lambda: {"uses": rights.uses(register(), language)},
        Right.WITHDRAWAL: lambda: {"consents": rights.consents(register(), language)},
    }
    return made[kind]() if kind in made else {}


def _around(kind: str) -> Around:
    if kind == DESTRUCTION:
        return Around()
    return wishes.around_of(register(), Right(kind), house().office.today())
