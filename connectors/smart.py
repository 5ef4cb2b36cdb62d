"""How a FHIR server knows us: a fixed bearer token, or SMART Backend Services.

SMART (HL7 SMART App Launch 2, backend services): we sign a short statement with our private key
(RFC 7523, `private_key_jwt`) and get a token for some minutes. What the token may do is read back:
a server that grants less than we asked would answer half a file.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from connectors.client_statement import ASSERTION_TYPE, Signer
from connectors.http import Answer, Call, HttpSystem, Manners
from connectors.smart_key import private_key
from connectors.smart_scope import lacking
from dsr.core.errors import BadAnswer, BrokenRegister, NeedsPerson
from dsr.core.reading import Entry

#: seconds before its end at which a token is renewed, at most
_MARGIN = 30.0
_ERRORS = frozenset(
    {
        "invalid_client", "invalid_scope", "invalid_request", "invalid_grant",
        "unauthorized_client", "unsupported_grant_type", "invalid_target",
    }
)  # fmt: skip


class Bearer(httpx.Auth):
    """The same token with every call."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Adds the header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class Tokens(Protocol):
    """Where tokens come from: a token and the seconds that it lasts."""

    def __call__(self) -> tuple[str, float]:
        """Fetch one."""
        ...


class Smart(httpx.Auth):
    """A token that is fetched, kept for its time, and fetched anew once when it is refused.

    Thread-safe: threads that find the token old wait for one of them to fetch a new one.
    """

    def __init__(self, fetch: Tokens, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Adds the token; after a 401 a new one, once."""
        token = self.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            request.headers["Authorization"] = f"Bearer {self.token(refused=token)}"
            yield request

    def token(self, refused: str = "") -> str:
        """A token that is still good, and is not the one that was refused."""
        with self._lock:
            if self._token in ("", refused) or self._clock() >= self._until:
                self._token, seconds = self._fetch()
                self._until = self._clock() + seconds - min(_MARGIN, seconds / 2)
            return self._token


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Our registration with the HIS; `signer` says who we are."""

    base_url: str
    client_id: str
    signer: Signer
    scope: str
    token_url: str
    audience: str
    manners: Manners | None = None

    def __call__(self) -> tuple[str, float]:
        """A token and the seconds it lasts; `NeedsPerson` when it may do less than we asked."""
        token_url = self.token_url or self._discovered()
        answer = self._asked(token_url)
        found = answer.json_object() if answer.ok else {}
        token, seconds = found.get("access_token"), found.get("expires_in", 300)
        if not answer.ok or not isinstance(token, str) or not token:
            raise _refused(answer)
        missing = lacking(self.scope.split(), str(found.get("scope") or "").split())
        if missing:
            raise NeedsPerson(
                f"The HIS gave us a token without {', '.join(missing)}, so a file would not be"
                " whole; ask its supplier to grant this, or correct `smart.scope` in the register."
            )
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
            raise BadAnswer("The HIS does not say how long its token lasts; try again later.")
        return token, float(seconds)

    def _asked(self, token_url: str) -> Answer:
        form = {
            "grant_type": "client_credentials",
            "scope": self.scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.signer.statement(self.client_id, self.audience or token_url),
        }
        address = urlsplit(token_url)
        http = HttpSystem(f"{address.scheme}://{address.netloc}", manners=self.manners)
        # not "reads_only": a second try would use the same `jti`
        call = Call(
            method="POST", path=token_url, form=form, headers={"Accept": "application/json"}
        )
        try:
            return http.call(call)
        finally:
            http.close()

    def _discovered(self) -> str:
        """The token address that the HIS itself publishes, on its own host only."""
        http = HttpSystem(self.base_url, manners=self.manners)
        try:
            answer = http.get(".well-known/smart-configuration", headers={"Accept": "*/*"})
            found = answer.json_object() if answer.ok else {}
        finally:
            http.close()
        token_url = found.get("token_endpoint")
        if not isinstance(token_url, str) or _host(token_url) != _host(self.base_url):
            raise NeedsPerson(
                "The HIS does not publish where tokens are given, or names another host: ask its"
                " supplier and write the address as `smart.token_url` in the register."
            )
        return token_url


def smart(
    read: Entry, base_url: str, manners: Manners | None = None, scope: str = "system/*.rs"
) -> Smart:
    """The `smart` block of the settings; `BrokenRegister` names what is missing or wrong.

    `manners` are those of the HIS: the same authority and certificate serve the token's address.
    `scope` is what we ask where the register does not say it.
    """
    read.only("client_id", "key", "key_file", "key_id", "scope", "token_url", "audience")
    key, key_id = private_key(read)
    token_url = read.text("token_url", "")
    if token_url and urlsplit(token_url).scheme not in ("https", "http"):
        raise BrokenRegister(f"{read.path}.token_url: write an address that starts with https://.")
    backend = Backend(
        base_url=base_url,
        client_id=read.text("client_id"),
        signer=Signer(
            key=key,
            key_id=read.text("key_id", key_id),
            algorithm="ES384" if isinstance(key, EllipticCurvePrivateKey) else "RS384",
        ),
        scope=read.text("scope", scope),
        token_url=token_url,
        audience=read.text("audience", ""),
        manners=manners,
    )
    return Smart(backend)


def _refused(answer: Answer) -> Exception:
    """What the token endpoint says, in OAuth's own words; nothing else of it is shown."""
    try:
        said = str(answer.json_object().get("error", ""))
    except BadAnswer:
        said = ""
    why = f", {said}" if said in _ERRORS else ""
    return NeedsPerson(
        f"The HIS gives us no token (code {answer.code}{why}). Check `smart.client_id` and"
        " `smart.key_id`, that our public key is registered with the supplier, and that our clock"
        " is right; then search again."
    )


def _host(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()
