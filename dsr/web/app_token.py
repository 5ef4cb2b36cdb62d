"""Tokens of the app's login (Amazon Cognito): verified against its published keys, or refused.

Only RS256, only keys from the configured URL; nothing in a token's header chooses an address or
an algorithm. Claims are looked at after the signature, never before (connectors.md 1.3; T58).
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from jwt.utils import base64url_decode

from dsr.core.errors import NotAllowed
from dsr.core.settings import CognitoSettings
from dsr.services.identify import AppLogin
from dsr.services.office import utc_now
from dsr.web.app_keys import AppKeys, keys_at

LONGEST_TOKEN = 8192
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
#: header words that name a key, a place of keys or another meaning; Cognito sends none of them
_NEVER = frozenset(
    {"b64", "crit", "cty", "enc", "jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u", "zip"}
)
LEEWAY = timedelta(seconds=60)

Claims = dict[str, Any]


class BadToken(NotAllowed):
    """This app token is not valid here. Sign in again in the app, and send the new token."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a good token has to agree with, besides its signature."""

    cognito: CognitoSettings
    nonce: str | None
    now: datetime


def verify(
    cognito: CognitoSettings,
    token: str,
    *,
    nonce: str | None = None,
    now: datetime | None = None,
    keys: AppKeys | None = None,
) -> AppLogin:
    """The login that a token proves. Raises `BadToken`, or `KeysUnavailable` (try again later).

    `nonce` is what the hosted login was started with; when given, the token has to repeat it.
    `mfa` follows the `amr` claim, which the pool adds by a pre-token trigger; without it the
    login counts as one factor.
    """
    claims = _signed_claims(token, keys or keys_at(cognito.jwks_url))
    _check(claims, Expected(cognito=cognito, nonce=nonce, now=now or utc_now()))
    return AppLogin(
        issuer=cognito.issuer,
        sub=claims["sub"],
        auth_time=datetime.fromtimestamp(claims["auth_time"], UTC),
        mfa=_has_mfa(claims.get("amr")),
    )


def _signed_claims(token: str, keys: AppKeys) -> Claims:
    kid = _kid(token)
    key = keys.key(kid)
    if key is None:
        raise BadToken
    try:
        # Times, issuer and audience are checked below, where id and access tokens differ.
        jws = jwt.PyJWS(algorithms=["RS256"])
        payload = jws.decode_complete(token, key, algorithms=["RS256"])["payload"]
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise BadToken from None
    return _object(payload)


def _kid(token: str) -> str:
    if len(token) > LONGEST_TOKEN or not _SHAPE.fullmatch(token):
        raise BadToken
    try:
        header = _object(base64url_decode(token.split(".", 1)[0]))
    except ValueError:
        raise BadToken from None
    kid = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(kid, str) or _NEVER & header.keys():
        raise BadToken
    return kid


def _object(text: bytes) -> Claims:
    """A JSON object; a name that stands in it twice means two things to two readers."""
    try:
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise BadToken from None
    if not isinstance(found, dict):
        raise BadToken
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> Claims:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _check(claims: Claims, expected: Expected) -> None:
    if not (_ours(claims, expected) and _timely(claims, expected.now)):
        raise BadToken
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub.strip()) <= 128:
        raise BadToken
    if expected.nonce is not None and not _same(claims.get("nonce"), expected.nonce):
        raise BadToken


def _ours(claims: Claims, expected: Expected) -> bool:
    # An access token carries no audience: it names its client in `client_id` instead.
    for_whom = {"id": "aud", "access": "client_id"}.get(str(claims.get("token_use")))
    if for_whom is None or claims.get("iss") != expected.cognito.issuer:
        return False
    return _same(claims.get(for_whom), expected.cognito.client_id)


def _timely(claims: Claims, now: datetime) -> bool:
    try:
        exp, iat, auth_time = (_moment(claims.get(name)) for name in ("exp", "iat", "auth_time"))
        nbf = _moment(claims["nbf"]) if "nbf" in claims else iat
    except (ValueError, OverflowError, OSError):
        return False
    latest = now + LEEWAY
    return now < exp + LEEWAY and iat <= latest and nbf <= latest and auth_time <= latest


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ValueError("a moment is a positive whole number of seconds")
    return datetime.fromtimestamp(value, UTC)


def _same(offered: object, wanted: str) -> bool:
    return isinstance(offered, str) and hmac.compare_digest(offered.encode(), wanted.encode())


def _has_mfa(amr: object) -> bool:
    ways = amr.split() if isinstance(amr, str) else amr
    return isinstance(ways, list) and "mfa" in ways
