"""Signing every call with a shared secret, over what and in which form a system prescribes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx

from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry

_ALGORITHMS = ("sha256", "sha384", "sha512", "sha1")
_ENCODED: Mapping[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda made: base64.b64encode(made).decode("ascii"),
}
_DATES: Mapping[str, Callable[[datetime], str]] = {
    "http": lambda now: format_datetime(now, usegmt=True),
    "iso": lambda now: now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "epoch": lambda now: str(int(now.timestamp())),
    "epoch_ms": lambda now: str(int(now.timestamp() * 1000)),
}
_FIELDS = (
    "method", "host", "path", "query", "path_and_query", "url", "date", "nonce", "body",
    "body_digest", "content_type", "key_id",
)  # fmt: skip
_NAMED = re.compile(r"\{(\w+)\}")


class Hmac(httpx.Auth):
    """Headers filled from what is sent; `sign` says which of it is signed, in which order."""

    requires_request_body = True

    def __init__(self, settings: HmacSettings) -> None:
        self._settings = settings

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """The call with its signature; a repeated call is signed anew."""
        settings = self._settings
        known = _known(request, settings)
        text = settings.join.join(_filled(one, known) for one in settings.sign)
        made = hmac.new(settings.secret.encode(), text.encode(), settings.algorithm).digest()
        known["signature"] = _ENCODED[settings.encode](made)
        for name, value in settings.headers.items():
            request.headers[name] = _filled(value, known)
        yield request


@dataclass(frozen=True, kw_only=True)
class HmacSettings:
    """`headers` and `sign` are texts with {method}, {path}, {date}, {nonce} ... in them."""

    key_id: str
    secret: str = field(repr=False)
    algorithm: str
    encode: str
    date_form: str
    digest: str
    digest_encode: str
    sign: tuple[str, ...]
    join: str
    headers: Mapping[str, str]


def _known(request: httpx.Request, settings: HmacSettings) -> dict[str, str]:
    body = request.content
    query = request.url.query.decode("ascii")
    path = request.url.raw_path.decode("ascii").split("?", 1)[0]
    digest = hashlib.new(settings.digest, body).digest()
    return {
        "method": request.method,
        "host": request.headers["host"],
        "path": path,
        "query": query,
        "path_and_query": f"{path}?{query}" if query else path,
        "url": str(request.url),
        "date": _DATES[settings.date_form](datetime.now(UTC)),
        "nonce": secrets.token_hex(16),
        "body": body.decode("utf-8", "replace"),
        "body_digest": _ENCODED[settings.digest_encode](digest),
        "content_type": request.headers.get("content-type", ""),
        "key_id": settings.key_id,
    }


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _NAMED.sub(lambda found: known[found[1]], text)


def hmac_signer(read: Entry) -> Hmac:
    """The `hmac` kind: `key_id`, `secret`, `sign`, `headers`, and how each is written."""
    read.only(
        "kind", "key_id", "secret", "algorithm", "encode", "date_form", "digest",
        "digest_encode", "sign", "join", "headers",
    )  # fmt: skip
    made = HmacSettings(
        key_id=read.text("key_id", ""),
        secret=read.text("secret"),
        algorithm=_one_of(read, "algorithm", _ALGORITHMS),
        encode=_one_of(read, "encode", ("base64", "hex")),
        date_form=_one_of(read, "date_form", tuple(_DATES)),
        digest=_one_of(read, "digest", _ALGORITHMS),
        digest_encode=_one_of(read, "digest_encode", ("hex", "base64")),
        sign=read.texts("sign"),
        join=read.text("join", "\n"),
        headers=read.pairs("headers"),
    )
    named = {name for one in made.sign for name in _NAMED.findall(one)}
    told = {name for one in made.headers.values() for name in _NAMED.findall(one)}
    if unknown := sorted((named - set(_FIELDS)) | (told - {*_FIELDS, "signature"})):
        raise BrokenRegister(
            f"{read.path}: {{{unknown[0]}}} is not known; use one of {', '.join(_FIELDS)}."
        )
    if not made.sign or "signature" not in told:
        raise BrokenRegister(
            f"{read.path}: write under `sign` what is signed, and {{signature}} in one of the"
            " `headers`."
        )
    return Hmac(made)


def _one_of(read: Entry, key: str, known: tuple[str, ...]) -> str:
    said = read.text(key, known[0])
    if said not in known:
        raise BrokenRegister(f"{read.path}.{key}: write one of {', '.join(known)}.")
    return said
