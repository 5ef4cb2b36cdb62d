"""The visit of this browser: its cookie, its guard, and the page that carries it on."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import NotFound
from dsr.services import visit as visits
from dsr.services.visit import Visit
from dsr.web.current import house
from dsr.web.guards import Guard
from dsr.web.words import language


class NoVisit(NotFound):
    """Uw formulier is leeg. Begin opnieuw. / Your form is empty. Start again."""


def cookie_name() -> str:
    """The cookie of a visit; `__Host-` where people reach us over https."""
    return "__Host-visit" if house().settings.secure else "visit"


def here() -> Visit | None:
    """The visit as it was when this request came in."""
    if "visit" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.visit = None
        if token:
            with house().reading() as session:
                g.visit = visits.find(session, house().office, token)
        if g.visit is not None:
            g.practice = g.visit.typed.get("practice", "")
    found: Visit | None = g.visit
    return found


def current() -> Visit:
    """The visit that the guard made sure of."""
    found = here()
    if found is None:
        raise NoVisit
    return found


def locked(session: Session) -> Visit:
    """The visit as it is now, locked until this transaction ends."""
    found = visits.find(session, house().office, current().token, lock=True)
    if found is None:
        raise NoVisit
    return found


def keep(session: Session, visit: Visit) -> None:
    """Store a changed visit."""
    visits.save(session, house().office, visit)
    g.visit = visit


def check(_guard: Guard) -> ResponseReturnValue | None:
    """The guard of pages that need a visit: without one, begin at the start."""
    if here() is not None:
        return None
    return redirect(url_for("patient.start", language=language(), leeg=1), 303)


def on_to(endpoint: str, **values: Any) -> Response:
    """After a form: the next page, with the cookie of the visit."""
    values = {"language": language(), **values}
    answer = make_response(redirect(url_for(f"patient.{endpoint}", **values), 303))
    return with_cookie(answer)


def with_cookie(answer: Response) -> Response:
    """Set the cookie of the visit; it lasts as long as the visit itself."""
    found: Visit | None = g.get("visit")
    if found is not None and request.cookies.get(cookie_name()) != found.token:
        answer.set_cookie(
            cookie_name(),
            found.token,
            max_age=house().office.terms.visit_hours * 3600,
            httponly=True,
            secure=house().settings.secure,
            samesite="Lax",
            path="/",
        )
    return answer


def shown(template: str, code: int = 200, **values: Any) -> Response:
    """A page of the patient side."""
    values = {"mistakes": (), **values}
    return with_cookie(make_response(render_template(f"patient/{template}.html", **values), code))
