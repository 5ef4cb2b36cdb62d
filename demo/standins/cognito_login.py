"""The hosted sign-in of the Cognito stand-in: authorization code with PKCE, and its tokens.

Everybody signs in with the password `demo`, and with the code `000000` when they have a second
factor. Codes go only to a redirect address on this machine.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template_string, request
from joserfc import jwt
from werkzeug.wrappers import Response as AnyResponse

from demo.journal import Journal
from demo.person import Person

if TYPE_CHECKING:
    from demo.standins.cognito_state import Pool

PASSWORD, CODE = "demo", "000000"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LIFETIME = 3600
_CODE_LIFETIME = 300


@dataclass(frozen=True)
class Login:
    """A sign-in that waits for its code to be exchanged."""

    sub: str
    mfa: bool
    at: float
    asked: dict[str, str]


@dataclass
class Logins:
    """Codes that were given out; each can be taken once."""

    _waiting: dict[str, Login] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, login: Login) -> str:
        """Keep the sign-in and give its code."""
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._waiting[code] = login
        return code

    def take(self, code: str) -> Login | None:
        """The sign-in of a code, once and within five minutes."""
        with self._lock:
            login = self._waiting.pop(code, None)
        return login if login and time.time() - login.at < _CODE_LIFETIME else None


def pages(pool: Pool, journal: Journal) -> Blueprint:
    """The sign-in page, the token endpoint and the public keys."""
    blueprint = Blueprint("login", __name__)

    @blueprint.get("/oauth2/authorize")
    def _show() -> AnyResponse | str:
        mistake = _mistake(pool, dict(request.args))
        return Response(mistake, 400, mimetype="text/plain") if mistake else _form("")

    @blueprint.post("/oauth2/authorize")
    def _sign_in() -> AnyResponse | str:
        return _signed_in(pool, journal)

    @blueprint.post("/oauth2/token")
    def _token() -> AnyResponse:
        return _exchanged(pool, journal)

    @blueprint.get("/<pool_id>/.well-known/jwks.json")
    def _keys(pool_id: str) -> AnyResponse:
        if pool_id != pool.id:
            return Response("no such pool", 404)
        return jsonify({"keys": [pool.key.as_dict(private=False)]})

    @blueprint.get("/<pool_id>/.well-known/openid-configuration")
    def _discovery(pool_id: str) -> AnyResponse:
        if pool_id != pool.id:
            return Response("no such pool", 404)
        return jsonify(_configuration(pool))

    return blueprint


def issuer(pool: Pool) -> str:
    """The pool's issuer: its address below this stand-in."""
    return f"{request.url_root.rstrip('/')}/{pool.id}"


def _configuration(pool: Pool) -> dict[str, object]:
    here = request.url_root.rstrip("/")
    return {
        "issuer": issuer(pool),
        "authorization_endpoint": f"{here}/oauth2/authorize",
        "token_endpoint": f"{here}/oauth2/token",
        "jwks_uri": f"{issuer(pool)}/.well-known/jwks.json",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
    }


def _mistake(pool: Pool, asked: dict[str, str]) -> str:
    """What is wrong with the app's call, in words; shown here, never sent to its address."""
    back = urlsplit(asked.get("redirect_uri", ""))
    wrong = (
        (asked.get("client_id") != pool.client, "client_id is not known"),
        (back.hostname not in _LOOPBACK, "redirect_uri is not on this machine"),
        (asked.get("response_type") != "code", "response_type must be code"),
        (asked.get("code_challenge_method") != "S256", "code_challenge_method must be S256"),
        (not asked.get("code_challenge"), "code_challenge is missing"),
        (not asked.get("state"), "state is missing"),
    )
    return next((words for is_wrong, words in wrong if is_wrong), "")


def _signed_in(pool: Pool, journal: Journal) -> AnyResponse | str:
    asked = dict(request.args)
    if mistake := _mistake(pool, asked):
        return Response(mistake, 400, mimetype="text/plain")
    person = _person(pool, request.form.get("username", ""))
    code = request.form.get("code", "").strip()
    if person is None or request.form.get("password") != PASSWORD:
        journal.record("sign_in", person.cognito_sub if person else "", "refused")
        return _form("Deze gegevens kloppen niet.")
    if person.cognito_sub in pool.disabled:
        journal.record("sign_in", person.cognito_sub, "disabled")
        return _form("Dit account is uitgezet.")
    if person.mfa and code != CODE:
        journal.record("sign_in", person.cognito_sub, "code refused")
        return _form("Vul uw code in. De code klopt niet.")
    journal.record("sign_in", person.cognito_sub, "mfa" if person.mfa else "password only")
    given = pool.logins.add(Login(person.cognito_sub, person.mfa, time.time(), asked))
    answer = urlencode({"code": given, "state": asked["state"]})
    joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    return redirect(f"{asked['redirect_uri']}{joint}{answer}", 303)


def _person(pool: Pool, said: str) -> Person | None:
    """Who signs in, by e-mail address, phone, patient number or `sub`; nobody when two could."""
    wanted = said.strip().casefold().replace(" ", "")
    found = [
        person
        for person in pool.accounts()
        if wanted
        and wanted
        in {
            person.email.casefold(),
            person.phone.replace(" ", ""),
            person.patient_number.casefold(),
            person.cognito_sub,
        }
    ]
    return found[0] if len(found) == 1 else None


def _exchanged(pool: Pool, journal: Journal) -> AnyResponse:
    form = request.form
    login = pool.logins.take(form.get("code", ""))
    basic = request.authorization.username if request.authorization else None
    fits = (
        login is not None
        and form.get("grant_type") == "authorization_code"
        and (form.get("client_id") or basic) == login.asked["client_id"]
        and form.get("redirect_uri") == login.asked["redirect_uri"]
        and _challenge(form.get("code_verifier", "")) == login.asked["code_challenge"]
        and login.sub in {person.cognito_sub for person in pool.accounts()} - pool.disabled
    )
    if login is None or not fits:
        journal.record("token", login.sub if login else "", "invalid_grant")
        return Response('{"error":"invalid_grant"}', 400, mimetype="application/json")
    journal.record("token", login.sub)
    answer = jsonify(tokens(pool, login, issuer(pool)))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def tokens(pool: Pool, login: Login, issuer_url: str) -> dict[str, object]:
    """An id token and an access token as Cognito makes them: only the first has `aud`."""
    person = pool.of(login.sub)
    client = login.asked["client_id"]
    both = {
        "iss": issuer_url,
        "sub": login.sub,
        "auth_time": int(login.at),
        "iat": int(time.time()),
        "exp": int(time.time()) + _LIFETIME,
        "cognito:groups": pool.groups(person),
    }
    identity = {
        "token_use": "id",
        "aud": client,
        "jti": str(uuid.uuid4()),
        "cognito:username": login.sub,
        "amr": ["pwd", "mfa"] if login.mfa else ["pwd"],
        "given_name": person.given,
        "family_name": person.family,
        "birthdate": person.birth_date.isoformat(),
        **({"email": person.email, "email_verified": True} if person.email else {}),
        **({"nonce": login.asked["nonce"]} if "nonce" in login.asked else {}),
    }
    access = {
        "token_use": "access",
        "client_id": client,
        "jti": str(uuid.uuid4()),
        "username": login.sub,
        "scope": login.asked.get("scope", "openid"),
    }
    return {
        "id_token": _signed(pool, {**both, **identity}),
        "access_token": _signed(pool, {**both, **access}),
        "token_type": "Bearer",
        "expires_in": _LIFETIME,
    }


def _signed(pool: Pool, claims: dict[str, object]) -> str:
    return jwt.encode({"alg": "RS256", "kid": pool.key.kid}, claims, pool.key)


def _form(mistake: str) -> str:
    return render_template_string(_PAGE, mistake=mistake)


_PAGE = """<!doctype html>
<html lang="nl">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inloggen bij de app (voorbeeld)</title>
<style>
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 3rem auto }
  label { display: block; margin-top: 1rem; font-weight: 600 }
  input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem }
  button { font: inherit; margin-top: 1.5rem; padding: .6rem 1.5rem }
  .wrong { border-left: .3rem solid #ad1f1b; padding-left: .8rem }
</style>
<h1>Inloggen bij de app</h1>
<p>Dit is een voorbeeld: het wachtwoord is <b>demo</b>, de code <b>000000</b>.</p>
{% if mistake %}<p class="wrong" role="alert">{{ mistake }}</p>{% endif %}
<form method="post">
  <label for="username">E-mailadres, telefoonnummer of patiëntnummer</label>
  <input id="username" name="username" autocomplete="username" required>
  <label for="password">Wachtwoord</label>
  <input id="password" name="password" type="password" autocomplete="current-password" required>
  <label for="code">Code van uw tweede stap (als u die hebt)</label>
  <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code">
  <button>Inloggen</button>
</form>
</html>
"""
