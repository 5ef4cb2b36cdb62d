"""How a system knows us: a key, a password, a token of ours, or one that we fetch first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from connectors.http import HttpSystem
from connectors.rest_hmac import hmac_signer
from connectors.rest_login import login
from connectors.rest_sigv4 import aws_signer
from connectors.rest_tokens import basic, token_client
from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry

#: seconds before its end at which a token is fetched anew, at most
_MARGIN = 30.0


class Auth(Protocol):
    """Adds to every call what proves who we are."""

    def headers(self) -> Mapping[str, str]:
        """Headers to add."""
        ...

    def query(self) -> Mapping[str, str]:
        """Address parameters to add."""
        ...

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Forget the headers that were refused; False when a new try would prove nothing else."""
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

    def renew(self, refused: Mapping[str, str]) -> bool:
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
                self._until = time.monotonic() + seconds - min(_MARGIN, seconds / 2)
            return {self._header: self._value}

    def query(self) -> Mapping[str, str]:
        """Nothing: a token never stands in an address."""
        return {}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """The next call fetches anew, unless another hand has done so meanwhile."""
        with self._lock:
            if refused.get(self._header) == self._value:
                self._value = ""
        return True


def auth(read: Entry | None, http: HttpSystem) -> Auth:
    """What the `auth` block of the settings says; nothing when there is none."""
    if read is None:
        return Fixed()
    kind = read.text("kind")
    if kind not in _KINDS:
        raise BrokenRegister(f"{read.path}.kind: write one of {', '.join(_KINDS)}.")
    return _KINDS[kind](read, http)


def signer(read: Entry | None) -> httpx.Auth | None:
    """What signs every call, for the kinds that sign; None for the others."""
    kind = read.text("kind") if read else ""
    return _SIGNERS[kind](read) if read and kind in _SIGNERS else None


def _none(read: Entry, http: HttpSystem) -> Auth:
    read.only("kind")
    return Fixed()


def _signed(read: Entry, http: HttpSystem) -> Auth:
    """The client itself signs what it sends (`signer`); nothing is added here."""
    return Fixed()


def _api_key(read: Entry, http: HttpSystem) -> Auth:
    read.only("kind", "header", "query", "value", "prefix")
    value = read.text("prefix", "") + read.text("value")
    if "query" in read.values:
        return Fixed(parameters={read.text("query"): value})
    return Fixed({read.text("header", "X-Api-Key"): value})


def _basic(read: Entry, http: HttpSystem) -> Auth:
    read.only("kind", "name", "password")
    return Fixed({"Authorization": basic(read.text("name"), read.text("password", ""))})


def _bearer(read: Entry, http: HttpSystem) -> Auth:
    read.only("kind", "token")
    return Fixed({"Authorization": f"Bearer {read.text('token')}"})


def _login_call(read: Entry, http: HttpSystem) -> Auth:
    header = read.text("header", "Cookie" if "cookie" in read.values else "Authorization")
    return Fetched(header, login(read, http).fetch)


def _client_credentials(read: Entry, http: HttpSystem) -> Auth:
    return Fetched("Authorization", token_client(read, http.limits, http.manners).fetch)


_KINDS: Mapping[str, Callable[[Entry, HttpSystem], Auth]] = {
    "none": _none,
    "api_key": _api_key,
    "basic": _basic,
    "bearer": _bearer,
    "oauth2_client_credentials": _client_credentials,
    "hmac": _signed,
    "aws_sigv4": _signed,
    "login_call": _login_call,
}
_SIGNERS: Mapping[str, Callable[[Entry], httpx.Auth]] = {
    "hmac": hmac_signer,
    "aws_sigv4": aws_signer,
}
