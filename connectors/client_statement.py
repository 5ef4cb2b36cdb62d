"""Who we are, signed with our own key (RFC 7523, `private_key_jwt`): what a token is given for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from uuid import uuid4

import jwt

from connectors.smart_key import PrivateKey

#: what the kind of our proof is called in a token request
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: seconds that a statement counts; five minutes are allowed, and clocks differ
_SECONDS = 240


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Our key (PEM text, or loaded) and its algorithm; `key_id` names it among our public keys."""

    key: str | PrivateKey = field(repr=False)
    algorithm: str
    key_id: str = ""

    def statement(self, client_id: str, audience: str) -> str:
        """Who we are, told to `audience` for this one call: its `jti` is never used again."""
        now = int(time.time())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": now,
            "exp": now + _SECONDS,
            "jti": uuid4().hex,
        }
        headers = {"kid": self.key_id} if self.key_id else None
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers=headers)
