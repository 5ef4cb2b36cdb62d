"""How a system knows us: a key, a password, a token of ours, or one that we fetch first."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from connectors.http import Call, HttpSystem
from connectors.rest_path import Path, path
from connectors.rest_template import Template, template
from dsr.core.errors import BrokenRegister, NeedsPerson
from dsr.core.reading import Entry

_MARGIN = 30.0


class Auth(Protocol):
    """Adds to every call what proves who we are."""

    def headers(self) -> Mapping[str, str]:
        """Headers to add."""
        ...

    def query(self) -> Mapping[str, str]:
        """Address parameters to add."""
        ...

    def renew(self) -> bool:
        """Forget what was refused; False when a new try would prove nothing else."""
        ...


@dataclass(frozen=True)
class Fixed:
    """The same headers and parameters with every call."""

    added: Mapping[str, str] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)

    def headers(self) -> Mapping[str, str]:
        """Headers to add."""
        return self.added

    def query(self) -> Mapping[str, str]:
        """Address parameters to add."""
        return self.parameters

    def renew(self) -> bool:
        """A fixed key stays what it is."""
        return False


class Fetched:
    """A header whose value is fetched first and kept for its time. Thread-safe."""

    def __init__(self, header: str, fetch: Callable[[], tuple[str, float]]) -> None:
        self._header = header
        self._fetch = fetch
        self._lock = threading.Lock()
        self._value = ""
        self._until = 0.0

    def headers(self) -> Mapping[str, str]:
        """The header, fetched anew when it ran out."""
        with self._lock:
            if not self._value or time.monotonic() >= self._until:
                self._value, seconds = self._fetch()
                self._until = time.monotonic() + max(1.0, seconds - _MARGIN)
            return {self._header: self._value}

    def query(self) -> Mapping[str, str]:
        """Nothing: a token never stands in an address."""
        return {}

    def renew(self) -> bool:
        """The next call fetches anew."""
        with self._lock:
            self._value = ""
        return True


def auth(read: Entry | None, http: HttpSystem) -> Auth:
    """What the `auth` block of the settings says; nothing when there is none."""
    if read is None:
        return Fixed()
    kinds: dict[str, Callable[[Entry, HttpSystem], Auth]] = {
        "none": lambda read, http: Fixed(),
        "api_key": _api_key,
        "basic": _basic,
        "bearer": _bearer,
        "login_call": _login_call,
        "oauth2_client_credentials": _client_credentials,
    }
    kind = read.text("kind")
    if kind not in kinds:
        raise BrokenRegister(f"{read.path}.kind: write one of {', '.join(kinds)}.")
    return kinds[kind](read, http)


def _api_key(read: Entry, http: HttpSystem) -> Auth:
    read.only("kind", "header", "query", "value")
    value = read.text("value")
    if "query" in read.values:
        return Fixed(parameters={read.text("query"): value})
    return Fixed({read.text("header", "X-Api-Key"): value})


def _basic(read: Entry, http: HttpSystem) -> Auth:
    read.only("kind", "name", "password")
    return Fixed({"Authorization": _basic_value(read.text("name"), read.text("password"))})


def _bearer(read: Entry, http: HttpSystem) -> Auth:
    read.only("kind", "token")
    return Fixed({"Authorization": f"Bearer {read.text('token')}"})


def _login_call(read: Entry, http: HttpSystem) -> Auth:
    """A call that signs in; the header is made from what the answer holds (Tryton, Matrix)."""
    read.only("kind", "request", "token", "join", "encode", "header", "prefix", "seconds")
    parts = [path(Entry({"token": one}, read.path), "token") for one in read.texts("token")]
    if not parts or read.text("encode", "none") not in ("none", "base64"):
        raise BrokenRegister(
            f"{read.path}: `token` wants one or more JMESPaths, `encode` base64 or none."
        )
    login = _Login(
        http=http,
        request=template(read.at("request"), ()),
        parts=tuple(parts),
        join=read.text("join", ""),
        encoded=read.text("encode", "none") == "base64",
        prefix=read.text("prefix", "Bearer "),
        seconds=read.number("seconds", 600),
    )
    return Fetched(read.text("header", "Authorization"), login.fetch)


@dataclass(frozen=True, kw_only=True)
class _Login:
    http: HttpSystem
    request: Template
    parts: tuple[Path, ...]
    join: str
    encoded: bool
    prefix: str
    seconds: float

    def fetch(self) -> tuple[str, float]:
        """The header's value and how many seconds it lasts."""
        answer = self.http.call(self.request.call({}, {}, {}))
        found = [part.text_of(answer.json()) for part in self.parts] if answer.ok else []
        if not found or not all(found):
            raise NeedsPerson(
                "The system refuses our sign-in; put the right name and password in the"
                " environment settings of this system, then search again."
            )
        value = self.join.join(found)
        if self.encoded:
            value = base64.b64encode(value.encode()).decode("ascii")
        return self.prefix + value, self.seconds


def _client_credentials(read: Entry, http: HttpSystem) -> Auth:
    """OAuth 2.0 client credentials; the token address may be on a host of its own."""
    read.only("kind", "token_url", "client_id", "client_secret", "scope", "audience", "auth_method")
    method = read.text("auth_method", "basic")
    if method not in ("basic", "post"):
        raise BrokenRegister(f"{read.path}.auth_method: write basic or post.")
    address = urlsplit(read.text("token_url"))
    ident, secret = read.text("client_id"), read.text("client_secret")
    form = {"grant_type": "client_credentials"}
    form |= {key: read.text(key) for key in ("scope", "audience") if key in read.values}
    headers = {"Accept": "application/json"}
    if method == "post":
        form |= {"client_id": ident, "client_secret": secret}
    else:
        headers["Authorization"] = _basic_value(ident, secret)
    server = HttpSystem(f"{address.scheme}://{address.netloc}")
    call = Call(method="POST", path=address.path, form=form, headers=headers, reads_only=True)
    return Fetched("Authorization", lambda: _token(server, call))


def _token(server: HttpSystem, call: Call) -> tuple[str, float]:
    answer = server.call(call)
    found = answer.json_object() if answer.ok else {}
    token, seconds = found.get("access_token"), found.get("expires_in", 300)
    if not isinstance(token, str) or not isinstance(seconds, int | float):
        raise NeedsPerson(
            f"The system gives us no token (code {answer.code}); put the right client id and"
            " secret in its environment settings, then search again."
        )
    return f"Bearer {token}", float(seconds)


def _basic_value(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
