"""Check all answers, send once, and the confirmation that follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import Response, make_response, render_template, request
from sqlalchemy.orm import Session

from dsr.core.subject import Channel, Level, Subject
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.law.rights import Right
from dsr.services import codes, due, identify, proof_files, receive
from dsr.services.case import PATIENT
from dsr.services.codes import Purpose
from dsr.services.office import new_token
from dsr.services.receive import Asked
from dsr.services.visit import Visit
from dsr.web.current import house, register
from dsr.web.guards import guard
from dsr.web.patient import app_login, asking, items, steps, summary, visiting
from dsr.web.words import language as page_language


@guard("visit")
def check(language: str) -> Response:
    """All answers, each with its link to change it (P10)."""
    visit = visiting.current()
    if (missing := steps.next_page(visit)) != "check":
        return visiting.on_to(missing)
    return visiting.shown(
        "check",
        typed=visit.typed,
        asked=summary.of(visit, register(), page_language()),
        form=asking.chosen_form(visit),
        details=_details(visit),
        by_app=steps.known_by_app(visit),
        weak_login=_weak_login(visit),
        practice_name=asking.practice_name(visit.typed["practice"]),
        form_key=visit.form_key,
        place=steps.place(visit, "check"),
    )


@guard("visit")
def send(language: str) -> Response:
    """Send the request; the same form sent twice is one request."""
    with house().writing() as session:
        filed = file(session, visiting.locked(session), request.form.get("form_key", ""))
    return visiting.on_to("sent" if filed else "check")


def file(session: Session, visit: Visit, key: str) -> bool:
    """File what this visit asks, once for each key of a form; False when answers are missing."""
    if key in visit.sent:
        visiting.keep(session, visit.following(visit.sent[key]))
        return True
    if key != visit.form_key or steps.next_page(visit) != "check":
        return False
    row = receive.receive(session, house().office, _asked(visit), PATIENT)
    visit = _proved(session, visit, row)
    visiting.keep(session, _after(visit, key, row))
    return True


@guard("visit")
def sent(language: str) -> Response:
    """The confirmation: number, date, and the key, which stands on this page alone (P12)."""
    row = _just_sent()
    if row is None:
        return visiting.on_to("follow")
    visit, office = visiting.current(), house().office
    return visiting.shown(
        "sent",
        row=row,
        key=office.secret_of(row.reference),
        because=due.because(row, page_language()),
        way=visit.typed.get("sent_way", ""),
        mailed=visit.typed.get("mailed", False),
        coded=visit.typed.get("coded", False),
        proved=Level(row.level).reaches(Level.IA2),
        asked=items.names(row),
        proof_takes=any(proof_files.takes(item) for item in row.items),
        erases=any(item.right == Right.ERASURE for item in row.items),
        cool_off_days=office.terms.cool_off.days,
        sources=[system.name.in_(page_language()) for system in office.register.systems],
    )


@guard("visit")
def save(language: str) -> Response:
    """The confirmation as a small text to keep."""
    row = _just_sent()
    if row is None:
        return visiting.on_to("follow")
    office = house().office
    text = render_template(
        "patient/sent.txt",
        row=row,
        asked=items.names(row),
        key=office.secret_of(row.reference),
        url=office.public_url,
    )
    answer = make_response(text)
    answer.mimetype = "text/plain"
    answer.headers.set("Content-Disposition", "attachment", filename=f"{row.reference}.txt")
    return answer


def _weak_login(visit: Visit) -> str:
    """Why an app login opens less than it could: no second factor, or too long ago (IA3)."""
    login = app_login.login_of(visit)
    if visit.typed.get("way") != "app" or login is None:
        return ""
    with house().reading() as session:
        level = identify.app_login_level(session, house().office, login)
    if level.reaches(Level.IA3):
        return ""
    return "old" if login.mfa else "one factor"


def _just_sent() -> SubjectRequest | None:
    """The request that this visit itself sent; following another one does not show its key."""
    visit = visiting.current()
    if visit.current not in visit.sent.values():
        return None
    with house().reading() as session:
        return subject_requests.by_id(session, visit.current)


def _asked(visit: Visit) -> Asked:
    told, app, chosen = _details(visit), visit.app, asking.chosen_form(visit)
    by_app, kinds = visit.typed["way"] == "app", steps.kinds(visit)
    return Asked(
        practice=visit.typed["practice"],
        channel=Channel.WEB,
        language=chosen["reply"],
        subject=Subject(
            name=told["name"],
            birth_date=date.fromisoformat(told["birth_date"]),
            email=told["email"],
            phone=told["phone"],
            postcode=told["postcode"],
        ),
        scope=tuple(visit.typed[Right.ACCESS]["scope"]) if Right.ACCESS in kinds else (),
        wishes=steps.wishes(visit),
        answer_form=chosen["answer_form"],
        reply_email=told["email"],
        app_account=f"{app['issuer']}|{app['sub']}" if by_app else "",
    )


def _details(visit: Visit) -> dict[str, str]:
    empty = dict.fromkeys(("name", "birth_date", "email", "phone", "postcode"), "")
    told = {**empty, **visit.typed.get("details", {})}
    if visit.typed.get("way") == "app":
        told["email"] = visit.app.get("email", "")
        told |= {name: visit.app[name] for name in ("name", "birth_date") if visit.app.get(name)}
    return told


def _proved(session: Session, visit: Visit, row: SubjectRequest) -> Visit:
    """Begin to prove who asks, in the way that was chosen; the request stands either way."""
    office, way = house().office, visit.typed["way"]
    login = app_login.login_of(visit)
    if way == "app" and login is not None:
        level = identify.by_app(session, office, row, login)
        return visit.with_proof(row.id, level, office.now())
    if way == "code":
        coded = codes.ask(session, office, row, Purpose.IDENTIFY)
        return visit.with_typed(coded=coded)
    return visit


def _after(visit: Visit, key: str, row: SubjectRequest) -> Visit:
    """What the visit keeps once its form is sent: no personal detail."""
    told = {
        "practice": visit.typed["practice"],
        "sent_way": visit.typed["way"],
        "mailed": bool(_details(visit)["email"]),
        "coded": bool(visit.typed.get("coded")),
    }
    return replace(
        visit,
        typed=told,
        form_key=new_token(),
        sent={**visit.sent, key: row.id},
        current=row.id,
    )
