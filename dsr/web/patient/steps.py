"""The questions of the form: which come, in which order, and which is next."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.core.wishes import DESTRUCTION, MEDICAL_FILE, Wish
from dsr.law.rights import Right
from dsr.services.visit import Visit
from dsr.web.patient import wish_forms
from dsr.web.patient.rights import ASKED


@dataclass(frozen=True)
class Place:
    """Where a page stands in the form; `before` is the endpoint that the Back link goes to."""

    number: int
    of: int
    before: str


def questions(visit: Visit) -> list[str]:
    """The pages of this visit's form, in order. Who is known by the app has no details to give."""
    asked = ["practice", "wants", *kinds(visit), "identity", "details", "check"]
    if known_by_app(visit):
        asked.remove("details")
    return asked


def kinds(visit: Visit) -> list[str]:
    """The kinds of wishes that were chosen, a page each, in the order of the pages."""
    wants = visit.typed.get("wants", ())
    chosen = [str(right) for right in ASKED if right in wants]
    if Right.ERASURE in chosen and MEDICAL_FILE in _erased(visit):
        chosen.insert(chosen.index(Right.ERASURE) + 1, DESTRUCTION)
    return chosen


def wishes(visit: Visit) -> tuple[Wish, ...]:
    """All that is asked for on the pages that have their answer."""
    told = [kind for kind in kinds(visit) if kind in visit.typed]
    return tuple(wish for kind in told for wish in wish_forms.as_wishes(kind, visit.typed[kind]))


def next_page(visit: Visit) -> str:
    """The first question without an answer, else the check of all answers."""
    return next((one for one in questions(visit) if not _answered(visit, one)), "check")


def place(visit: Visit, page: str) -> Place:
    """The place of a page in this visit's form."""
    pages = questions(visit)
    # Whatever is chosen, there is a page to it: the count does not grow under somebody's feet.
    of = len(pages) + (0 if kinds(visit) else 1)
    if page == "help":
        return Place(pages.index("wants") + 1, of, "wants")
    if page not in pages:
        return Place(of, of, "check")
    at = pages.index(page)
    return Place(at + 1, of, pages[at - 1] if at else "start")


def known_by_app(visit: Visit) -> bool:
    """Whether an app login tells all that a request needs."""
    told = visit.app
    return bool(
        visit.typed.get("way") == "app"
        and told.get("linked")
        and told.get("name")
        and told.get("birth_date")
    )


def _erased(visit: Visit) -> list[str]:
    return list(visit.typed.get(Right.ERASURE, {}).get("what", ()))


def _answered(visit: Visit, page: str) -> bool:
    if page == "identity" and visit.typed.get("way") == "app":
        return bool(visit.app.get("linked"))
    # An answer to `wants` may be an empty list: then it is none.
    return bool(visit.typed.get({"identity": "way"}.get(page, page)))
