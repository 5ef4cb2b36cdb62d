"""A pool of app accounts for tests: signs tokens, and publishes its keys on the loopback."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask, Response, jsonify, redirect
from werkzeug.wrappers import Response as AnyResponse

from dsr.core.settings import CognitoSettings
from tests.connectors.serving import served

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.example/eu-west-1_TestPool1"
CLIENT = "4abcclientofthetestapp"
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


@lru_cache(maxsize=8)
def private_key(name: str) -> rsa.RSAPrivateKey:
    """A key pair by name, made once in a process; the one named "short" has 1024 bits."""
    return rsa.generate_private_key(65537, 1024 if name == "short" else 2048)


def encoded(value: bytes) -> str:
    """Base64 for URLs without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def crafted(header: dict[str, Any], claims: Any, signer: rsa.RSAPrivateKey | None = None) -> str:
    """A token with exactly this header and these claims; unsigned when there is no signer."""
    told = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    signature = b"" if signer is None else signer.sign(told.encode(), padding.PKCS1v15(), SHA256())
    return f"{told}.{encoded(signature)}"


@dataclass
class AppPool:
    """The keys that are published at `url`, and how often somebody came for them."""

    url: str = ""
    published: dict[str, str] = field(default_factory=lambda: {"kid-1": "first"})
    answer: str = "keys"
    fetched: int = 0

    @property
    def cognito(self) -> CognitoSettings:
        """How a practice would be set up for this pool."""
        return CognitoSettings(issuer=ISSUER, jwks_url=self.url, client_id=CLIENT)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of a good id token; a value of None leaves a claim out."""
        second = int(NOW.timestamp())
        whole = {
            "iss": ISSUER, "sub": "6f1c-sub-of-somebody", "aud": CLIENT, "token_use": "id",
            "auth_time": second - 60, "iat": second - 30, "exp": second + 3600,
            "amr": ["pwd", "mfa"], **changed,
        }  # fmt: skip
        return {name: value for name, value in whole.items() if value is not None}

    def access_claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of a good access token: no audience, but a client."""
        return self.claims(**{"aud": None, "token_use": "access", "client_id": CLIENT, **changed})

    def token(self, kid: str = "kid-1", **changed: Any) -> str:
        """A signed id token."""
        return jwt.encode(
            self.claims(**changed), private_key("first"), "RS256", headers={"kid": kid}
        )


def _app(pool: AppPool) -> Flask:
    app = Flask("app pool")

    @app.get("/keys.json")
    def keys() -> AnyResponse:
        pool.fetched += 1
        made: dict[str, Callable[[], AnyResponse]] = {
            "redirect": lambda: redirect("/elsewhere.json"),
            "huge": lambda: Response(b" " * 200_000, mimetype="application/json"),
            "broken": lambda: Response("<html>sorry</html>", 200),
            "down": lambda: Response("{}", 500),
            "keys": lambda: jsonify(keys=[_jwk(kid, name) for kid, name in pool.published.items()]),
        }
        return made[pool.answer]()

    return app


def _jwk(kid: str, name: str) -> dict[str, Any]:
    public = private_key(name).public_key().public_numbers()
    shape = {"kty": "RSA", "n": _number(public.n), "e": _number(public.e)}
    return {**shape, "kid": kid, "use": "sig", "alg": "RS256"}


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8))


@contextmanager
def open_pool(**changed: Any) -> Iterator[AppPool]:
    """A pool that publishes its keys for as long as the test lasts."""
    pool = AppPool(**changed)
    with served(_app(pool)) as address:
        pool.url = f"{address}/keys.json"
        yield pool
