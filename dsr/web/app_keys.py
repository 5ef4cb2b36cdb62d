"""The public keys of the app's login: fetched from one configured address, and remembered."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from dsr.core.errors import TryAgain

MOST_BYTES = 64 * 1024
MOST_KEYS = 20
SMALLEST_KEY = 2048
LONGEST_KID = 200


class KeysUnavailable(TryAgain):
    """The app's login cannot be checked at this moment. Try again in a few minutes."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds: how long keys are used, how often an unknown kid makes us look, the pause after
    a failure, and how long a fetch may take."""

    keep: float = 3600.0
    look_again: float = 180.0
    pause: float = 10.0
    timeout: float = 5.0


class AppKeys:
    """The keys published at one address. Thread-safe; when they cannot be had, nobody gets in.

    Keys that were fetched are used for an hour, also while the address is down (T58).
    """

    def __init__(
        self, url: str, *, pace: Pace | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url, self._pace, self._clock = url, pace or Pace(), clock
        self._lock = threading.Lock()
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._fetched: float | None = None
        self._looked: float | None = None
        self._failed: float | None = None

    def key(self, kid: str) -> RSAPublicKey | None:
        """The key with this id, or None; `KeysUnavailable` when there are no keys to judge by."""
        if len(kid) > LONGEST_KID:
            return None
        with self._lock:
            if self._older(self._fetched, self._pace.keep):
                self._keys = {}
                self._fetch()
            elif kid not in self._keys and self._older(self._looked, self._pace.look_again):
                self._look_again()
            return self._keys.get(kid)

    def _look_again(self) -> None:
        # The keys we have are good still; a stranger's kid must not lock everybody out.
        self._looked = self._clock()
        try:
            self._fetch()
        except KeysUnavailable:
            logging.getLogger(__name__).warning("app keys not refreshed")

    def _fetch(self) -> None:
        if not self._older(self._failed, self._pace.pause):
            raise KeysUnavailable
        try:
            self._keys = _public_keys(_load(self._url, self._pace.timeout))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError):
            self._failed = self._clock()
            raise KeysUnavailable from None
        self._fetched = self._looked = self._clock()
        self._failed = None

    def _older(self, moment: float | None, seconds: float) -> bool:
        return moment is None or self._clock() - moment >= seconds


@lru_cache(maxsize=8)
def keys_at(url: str) -> AppKeys:
    """The keys at an address; one memory of them in a process."""
    return AppKeys(url)


def _load(url: str, timeout: float) -> bytes:
    found, ends = bytearray(), time.monotonic() + timeout
    with (
        httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client,
        client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer,
    ):
        if answer.status_code != 200:
            raise ValueError("not an answer with keys")
        for chunk in answer.iter_raw():
            found += chunk
            if len(found) > MOST_BYTES or time.monotonic() > ends:
                raise ValueError("too long an answer")
    return bytes(found)


def _public_keys(body: bytes) -> dict[str, RSAPublicKey]:
    published: Any = json.loads(body)
    entries = published.get("keys") if isinstance(published, dict) else None
    if not isinstance(entries, list) or len(entries) > MOST_KEYS:
        raise ValueError("not a set of keys")
    read = (_public_key(entry) for entry in entries if isinstance(entry, dict))
    keys = {kid: key for kid, key in read if key is not None}
    if not keys:
        raise ValueError("no key that can be used")
    return keys


def _public_key(entry: dict[str, Any]) -> tuple[str, RSAPublicKey | None]:
    kid = entry.get("kid")
    fits = entry.get("kty") == "RSA" and entry.get("use", "sig") == "sig"
    if not fits or entry.get("alg", "RS256") != "RS256" or not isinstance(kid, str):
        return "", None
    try:
        # Only the public numbers are taken over; whatever else the entry says is ignored.
        wanted = {"kty": "RSA", "n": entry["n"], "e": entry["e"]}
        key = jwt.algorithms.RSAAlgorithm.from_jwk(wanted)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError):
        return "", None
    good = isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_KEY
    return kid, key if good and isinstance(key, RSAPublicKey) else None
