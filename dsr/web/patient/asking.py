"""The form, a question a page: each answer is kept in the visit before the next page opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from dsr.core.subject import Level
from dsr.services import visit as visits
from dsr.services.visit import Visit
from dsr.web.current import face, house, practice_of, register
from dsr.web.guards import guard
from dsr.web.patient import app_login, fields, rights, steps, visiting
from dsr.web.patient.fields import Mistake, Read
from dsr.web.words import language as page_language

WAYS = ("app", "code", "desk", "guest")


@guard("public")
def front() -> AnyResponse:
    """The front door leads to the Dutch start page."""
    return redirect(url_for("patient.start", language="nl"))


@guard("public")
def start(language: str, praktijk: str = "") -> Response:
    """What can be asked, how it goes, and the other ways to ask (P0). Reads no visit."""
    g.practice = praktijk
    return visiting.shown(
        "start",
        emptied="leeg" in request.args,
        offered=rights.offered(register()),
        controller=register().controller,
    )


@guard("public")
def privacy(language: str) -> Response:
    """How requests themselves are handled."""
    return visiting.shown("privacy", controller=register().controller)


@guard("public")
def begin(language: str) -> Response:
    """Begin a visit; a practice that was in the address is chosen already."""
    known = visiting.here()
    made = known or visits.begin()
    if practice_of(request.form.get("practice")) is not None:
        made = made.with_typed(practice=request.form["practice"])
    if (wanted := request.form.get("wants", "")) in rights.ASKED:
        made = made.with_typed(wants=[wanted])
    made = app_login.still_signed_in(made)
    with house().writing() as session:
        # Under a new token: whoever knew the old one reads nothing that is typed from now on (T28).
        made = visits.renewed(session, made) if known else made
        visiting.keep(session, made)
    return visiting.on_to(steps.next_page(made))


@guard("visit")
def practice(language: str) -> Response:
    """Which practice (P1)."""
    known = visiting.current().typed
    if request.method == "GET":
        return question_page("practice", Read({"practice": known.get("practice", "")}, None))
    ids = [one.id for one in register().practices]
    mistake = Mistake("practice", f"practice-{ids[0]}", _("Kies uw huisartsenpraktijk."))
    read = fields.one_of(request.form, "practice", ids, mistake)
    return keep_answer("practice", read, lambda visit: visit.with_typed(practice=read.values))


@guard("visit")
def wants(language: str) -> Response:
    """Which rights, one or more (P2)."""
    if request.method == "GET":
        return question_page(
            "wants", Read({"wants": visiting.current().typed.get("wants", [])}, None)
        )
    read = fields.some_of(request.form, "wants", rights.ASKED, _("Kies wat u wilt vragen."))
    return keep_answer("wants", read, lambda visit: visit.with_typed(wants=read.values))


@guard("visit")
def help_me(language: str) -> Response:
    """Three questions that lead to a right (P2)."""
    if request.method == "GET":
        return question_page("help", Read(dict.fromkeys(fields.HELP, ""), None))
    read = fields.helped(request.form)
    if read.mistakes:
        return question_page("help", read, 422)
    with house().writing() as session:
        changed = visiting.locked(session).with_typed(wants=read.values)
        visiting.keep(session, changed)
    return visiting.on_to("wants", hulp=1)


@guard("visit")
def identity(language: str) -> Response:
    """How we can know who asks (P4)."""
    with_app = app_login.offered()
    if request.method == "GET":
        return question_page(
            "identity", Read({"way": visiting.current().typed.get("way", "")}, None)
        )
    allowed = WAYS if with_app else WAYS[1:]
    mistake = Mistake("way", f"way-{allowed[0]}", _("Kies een manier. U kunt ook langskomen."))
    read = fields.one_of(request.form, "way", allowed, mistake)
    return keep_answer("identity", read, lambda visit: visit.with_typed(way=read.values))


@guard("visit")
def details(language: str) -> Response:
    """Who asks, and how to reach them (P5). No citizen number, no copy of a document."""
    known = visiting.current()
    by_app = known.typed.get("way") == "app"
    if request.method == "GET":
        return question_page("details", Read(known.typed.get("details") or _from_app(known), None))
    read = fields.details(request.form, house().office.today(), by_app=by_app)
    return keep_answer("details", read, lambda visit: visit.with_typed(details=read.values))


@guard("visit")
def form(language: str) -> Response:
    """How the answer comes, and in which language; asked only of who wants to change it."""
    if request.method == "GET":
        return question_page("form", Read(chosen_form(visiting.current()), None))
    read = fields.answer_form(request.form)
    return keep_answer("form", read, lambda visit: visit.with_typed(form=read.values))


@guard("visit")
def leave(language: str) -> Response:
    """Forget this visit, here and in the browser (T51)."""
    with house().writing() as session:
        visits.end(session, visiting.current().token)
    g.visit = None
    answer = visiting.on_to("start")
    answer.delete_cookie(visiting.cookie_name(), path="/", secure=house().settings.secure)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def chosen_form(visit: Visit) -> dict[str, str]:
    """How the answer comes; online, in the language of the page, unless chosen otherwise."""
    by_post = visit.typed.get("details", {}).get("contact") == "post"
    usual = {"answer_form": "letter" if by_post else "online", "reply": page_language()}
    return {**usual, **visit.typed.get("form", {})}


def keep_answer(page: str, read: Read, change: Callable[[Visit], Visit]) -> Response:
    if read.mistakes:
        return question_page(page, read, 422)
    with house().writing() as session:
        changed = change(visiting.locked(session))
        visiting.keep(session, changed)
    if page == "identity" and changed.typed.get("way") == "app":
        return app_login.leave_for_app("ask")
    return visiting.on_to(steps.next_page(changed))


def question_page(page: str, read: Read, code: int = 200) -> Response:
    visit = visiting.current()
    return visiting.shown(
        page,
        code,
        typed=read.typed,
        mistakes=read.mistakes,
        place=steps.place(visit, page),
        **_about(page, visit),
    )


def _about(page: str, visit: Visit) -> dict[str, Any]:
    if page == "practice":
        return {"practices": register().practices}
    if page == "wants":
        return {
            "offered": rights.offered(register()),
            "controller": register().controller,
            "helped": "hulp" in request.args,
        }
    if page == "identity":
        wanted = steps.wishes(visit)
        return {
            "with_app": app_login.offered(),
            "app_trouble": visit.app.get("trouble", ""),
            "copies": any(wish.right in rights.COPIES for wish in wanted),
            "beyond_code": rights.beyond(register(), wanted, Level.IA2),
            "beyond_app": rights.beyond(register(), wanted, Level.IA3),
        }
    if page == "details":
        return {"by_app": visit.typed.get("way") == "app", "way": visit.typed.get("way", "")}
    return {}


def _from_app(visit: Visit) -> dict[str, str]:
    names = ("name", "day", "month", "year", "postcode", "abroad", "contact", "email", "phone")
    empty = dict.fromkeys(names, "")
    if visit.typed.get("way") != "app":
        return empty
    return {**empty, "name": str(visit.app.get("name", ""))}


def practice_name(practice_id: str) -> str:
    """The name of a practice as people know it."""
    found = practice_of(practice_id)
    return face(page_language()).full_name if found is None else found.name.removesuffix(" BV")
