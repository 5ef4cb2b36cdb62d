"""The login of the practice's app: OpenID Connect, authorization code with PKCE (T59).

State, nonce and verifier wait in the visit and are used once. The address to come back to is
made from the settings, never from a header. What the token proves is judged by the services.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import jwt
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from flask import Response, g, make_response, redirect, request
from sqlalchemy.orm import Session

from dsr.core.errors import NotAllowed, TryAgain
from dsr.core.settings import CognitoSettings
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.services import app_link, identify, unlock
from dsr.services import visit as visits
from dsr.services.identify import AppLogin
from dsr.services.office import new_token
from dsr.services.visit import Visit
from dsr.web import app_token, headers
from dsr.web.current import house
from dsr.web.guards import guard
from dsr.web.patient import steps, visiting
from dsr.web.words import language as page_language

#: what a login is for: to ask, or (with the page to go to) to show who follows a request
PURPOSES = {"answer": "answer", "stop": "cancel"}
BACK = "/inloggen/terug"
TIMEOUT = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claims:
    """What the app says of the person; fills the form, proves nothing."""

    name: str = ""
    birth_date: str = ""
    email: str = ""


def offered() -> bool:
    """Whether the app has a login here; then forms of this page may end there."""
    app = house().settings.cognito
    if app is None or not app.login_url or not app.token_url:
        return False
    headers.allow_form_to(app.login_url)
    return True


@guard("visit")
def log_in(language: str) -> Response:
    """Log in with the app for a request that exists already."""
    wanted = request.form.get("purpose", "")
    return leave_for_app(wanted if wanted in PURPOSES else "answer")


def leave_for_app(purpose: str) -> Response:
    """To the app's login, with what we will know the answer by."""
    app = _settings()
    waiting = {
        "purpose": purpose,
        "state": new_token(),
        "nonce": new_token(),
        "verifier": new_token() + new_token(),
        "language": page_language(),
    }
    with house().writing() as session:
        visiting.keep(session, replace(visiting.locked(session), login=waiting))
    offered()
    url, _state = _client(app).create_authorization_url(
        app.login_url,
        state=waiting["state"],
        nonce=waiting["nonce"],
        code_verifier=waiting["verifier"],
    )
    return make_response(redirect(url, 303))


@guard("visit")
def came_back() -> Response:
    """Back from the app: check the answer, and note what it proves in a fresh visit (T28)."""
    with house().writing() as session:
        visit = visiting.locked(session)
        waiting = dict(visit.login)
        visiting.keep(session, replace(visit, login={}))
    g.language = waiting.get("language", "nl")
    _check_state(waiting)
    if "code" not in request.args:
        return _without_login(waiting)
    login, claims = _proved(waiting, request.args["code"])
    with house().writing() as session:
        visit = visits.renewed(session, visiting.locked(session))
        visit = _noted(session, visit, waiting, (login, claims))
        visiting.keep(session, visit)
    if waiting["purpose"] in PURPOSES:
        return visiting.on_to(PURPOSES[waiting["purpose"]])
    return visiting.on_to(steps.next_page(visit))


def login_of(visit: Visit) -> AppLogin | None:
    """The app login that this visit brought, if any."""
    told = visit.app
    if not told.get("sub"):
        return None
    return AppLogin(
        issuer=told["issuer"],
        sub=told["sub"],
        auth_time=datetime.fromisoformat(told["auth_time"]),
        mfa=told["mfa"],
    )


def still_signed_in(visit: Visit) -> Visit:
    """The visit with what its app login answers already, while that is fresh: nothing is asked
    again of somebody who has just signed in."""
    login = login_of(visit)
    if login is None or not visit.app.get("linked") or "way" in visit.typed:
        return visit
    if house().office.now() - login.auth_time > house().office.terms.patient_idle:
        return visit
    return visit.with_typed(way="app", practice=visit.app["practice"])


def _check_state(waiting: Mapping[str, str]) -> None:
    given = request.args.get("state", "")
    if not waiting or not hmac.compare_digest(given.encode(), waiting["state"].encode()):
        raise NotAllowed(
            "Het inloggen is niet gelukt. Ga terug en log nog eens in."
            " / Logging in did not work. Go back and log in again."
        )


def _without_login(waiting: Mapping[str, str]) -> Response:
    return visiting.on_to(PURPOSES.get(waiting["purpose"], "identity"))


def _proved(waiting: Mapping[str, str], code: str) -> tuple[AppLogin, Claims]:
    app = _settings()
    token = _id_token(app, code, waiting["verifier"])
    login = app_token.verify(app, token, nonce=waiting["nonce"], now=house().office.now())
    return login, _claims(token)


def _id_token(app: CognitoSettings, code: str, verifier: str) -> str:
    try:
        answer = _client(app).fetch_token(
            app.token_url,
            code=code,
            code_verifier=verifier,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except (requests.RequestException, AuthlibBaseError, ValueError) as error:
        _log.warning("the app login gave no token", extra={"kind": type(error).__name__})
        raise TryAgain from None
    return str(answer.get("id_token", ""))


def _client(app: CognitoSettings) -> Any:
    return OAuth2Session(
        client_id=app.client_id,
        scope="openid profile email",
        redirect_uri=house().settings.public_url.rstrip("/") + BACK,
        code_challenge_method="S256",
        token_endpoint_auth_method="none",  # noqa: S106 (a public client has no secret)
    )


def _noted(
    session: Session, visit: Visit, waiting: Mapping[str, str], proved: tuple[AppLogin, Claims]
) -> Visit:
    login, claims = proved
    told = _told(session, login, claims)
    visit = replace(visit, app=told)
    if waiting["purpose"] in PURPOSES and visit.current:
        row = subject_requests.by_id(session, visit.current)
        level = unlock.by_app(session, house().office, row, login)
        note = "" if level.reaches(Level.IA2) else "other"
        visit = replace(visit, app={**told, "trouble": note})
        return visit.with_proof(row.id, level, house().office.now())
    if told["linked"]:
        # The account belongs to a patient of that practice, so that is who answers.
        return visit.with_typed(practice=told["practice"])
    return visit.with_typed(way=None)


def _told(session: Session, login: AppLogin, claims: Claims) -> dict[str, Any]:
    link = app_link.living(session, house().office, login.issuer, login.sub)
    level = identify.app_login_level(session, house().office, login)
    return {
        "issuer": login.issuer,
        "sub": login.sub,
        "auth_time": login.auth_time.isoformat(),
        "mfa": login.mfa,
        "level": str(level),
        "linked": link is not None,
        "practice": link.practice if link else "",
        "trouble": "" if link else "unlinked",
        **asdict(claims),
    }


def _claims(token: str) -> Claims:
    # This very token was verified a moment ago; here only its words are read.
    told = jwt.decode(token, options={"verify_signature": False})
    names = (str(told.get("given_name", "")), str(told.get("family_name", "")))
    name = str(told.get("name") or " ".join(part for part in names if part))
    try:
        born = date.fromisoformat(str(told.get("birthdate", ""))).isoformat()
    except ValueError:
        born = ""
    return Claims(name=name[:120], birth_date=born, email=str(told.get("email", "")))


def _settings() -> CognitoSettings:
    app = house().settings.cognito
    if app is None:
        raise NotAllowed
    return app
