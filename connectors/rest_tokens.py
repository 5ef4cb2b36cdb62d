"""OAuth 2.0 client credentials: a token that we fetch with a secret or a signed statement."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlsplit

import jwt

from connectors.client_statement import ASSERTION_TYPE, Signer
from connectors.http import Call, HttpSystem, Limits, Manners
from connectors.rest_outcomes import clock_words
from dsr.core.errors import BrokenRegister, NeedsPerson
from dsr.core.reading import Entry

_METHODS = ("basic", "post", "private_key_jwt")
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "ES256", "ES384", "ES512", "EdDSA")


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """How we say who we are, and to whom."""

    signer: Signer
    audience: str


@dataclass(frozen=True, kw_only=True)
class TokenClient:
    """Fetches a token. `form` holds scope and audience, where the system wants them."""

    http: HttpSystem
    path: str
    client_id: str
    secret: str = field(repr=False)
    method: str
    assertion: Assertion | None
    form: Mapping[str, str]

    def fetch(self) -> tuple[str, float]:
        """The value of the Authorization header and how many seconds it lasts."""
        answer = self.http.call(self._call())
        found = answer.json_object() if answer.ok else {}
        token, seconds = found.get("access_token"), found.get("expires_in", 300)
        if not isinstance(token, str) or not _is_number(seconds):
            raise NeedsPerson(
                f"The system gives us no token (code {answer.code}); put the right client id and"
                " secret or key in its environment settings, then search again."
                + clock_words(answer)
            )
        return f"Bearer {token}", float(str(seconds))

    def _call(self) -> Call:
        form = {"grant_type": "client_credentials", **self.form}
        headers = {"Accept": "application/json"}
        if self.assertion:
            form |= {"client_id": self.client_id, "client_assertion_type": ASSERTION_TYPE}
            signer, audience = self.assertion.signer, self.assertion.audience
            form["client_assertion"] = signer.statement(self.client_id, audience)
        elif self.method == "post":
            form |= {"client_id": self.client_id, "client_secret": self.secret}
        else:
            pair = (quote_plus(self.client_id), quote_plus(self.secret))
            headers["Authorization"] = basic(*pair)
        again = self.assertion is None  # a signed statement counts once: no second try with it
        return Call(method="POST", path=self.path, form=form, headers=headers, reads_only=again)


def basic(name: str, password: str) -> str:
    """The value of a Basic header."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode("ascii")


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and str(value).replace(".", "", 1).isdigit()


def token_client(read: Entry, limits: Limits, manners: Manners) -> TokenClient:
    """The `oauth2_client_credentials` kind; the token address may be on a host of its own."""
    read.only(
        "kind", "token_url", "client_id", "client_secret", "scope", "audience", "auth_method",
        "alg", "kid", "key", "assertion_audience",
    )  # fmt: skip
    method = read.text("auth_method", "basic")
    if method not in _METHODS:
        raise BrokenRegister(f"{read.path}.auth_method: write one of {', '.join(_METHODS)}.")
    address = urlsplit(read.text("token_url"))
    by_key = method == "private_key_jwt"
    return TokenClient(
        http=HttpSystem(
            f"{address.scheme}://{address.netloc}",
            limits=limits,
            manners=Manners(tls=manners.tls, pauses=manners.pauses),
        ),
        path=address.path + (f"?{address.query}" if address.query else ""),
        client_id=read.text("client_id"),
        secret="" if by_key else read.text("client_secret"),
        method=method,
        assertion=_assertion(read) if by_key else None,
        form={key: read.text(key) for key in ("scope", "audience") if key in read.values},
    )


def _assertion(read: Entry) -> Assertion:
    alg = read.text("alg", "RS256")
    if alg not in _ALGORITHMS:
        raise BrokenRegister(f"{read.path}.alg: write one of {', '.join(_ALGORITHMS)}.")
    audience = read.text("assertion_audience", read.text("token_url"))
    key = read.text("key").replace("\\n", "\n")
    signer = Signer(key=key, algorithm=alg, key_id=read.text("kid", ""))
    try:
        signer.statement("check", audience)
    except (jwt.PyJWTError, ValueError, TypeError):
        raise BrokenRegister(
            f"{read.path}.key: this is no private key in PEM form for {alg}; correct its"
            " environment setting."
        ) from None
    return Assertion(signer=signer, audience=audience)
