"""The questions of the form: which come, in which order, and which is next."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.services.visit import Visit


@dataclass(frozen=True)
class Place:
    """Where a page stands in the form; `before` is the endpoint that the Back link goes to."""

    number: int
    of: int
    before: str


def questions(visit: Visit) -> list[str]:
    """The pages of this visit's form, in order. Who is known by the app has no details to give."""
    asked = ["practice", "what", "identity", "details", "check"]
    if known_by_app(visit):
        asked.remove("details")
    return asked


def next_page(visit: Visit) -> str:
    """The first question without an answer, else the check of all answers."""
    return next((one for one in questions(visit) if not _answered(visit, one)), "check")


def place(visit: Visit, page: str) -> Place:
    """The place of a page in this visit's form."""
    pages = questions(visit)
    if page not in pages:
        return Place(len(pages), len(pages), "check")
    at = pages.index(page)
    return Place(at + 1, len(pages), pages[at - 1] if at else "start")


def known_by_app(visit: Visit) -> bool:
    """Whether an app login tells all that a request needs."""
    told = visit.app
    return bool(
        visit.typed.get("way") == "app"
        and told.get("linked")
        and told.get("name")
        and told.get("birth_date")
    )


def _answered(visit: Visit, page: str) -> bool:
    answers = {"practice": "practice", "what": "scope", "identity": "way", "details": "details"}
    if page == "identity" and visit.typed.get("way") == "app":
        return bool(visit.app.get("linked"))
    return page in answers and answers[page] in visit.typed
