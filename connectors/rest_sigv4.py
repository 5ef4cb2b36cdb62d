"""AWS Signature Version 4: for a REST API that stands behind AWS's gateway."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, unquote

import httpx

from dsr.core.reading import Entry


@dataclass(frozen=True, kw_only=True)
class AwsKey:
    """A key of AWS and what it is used for; `token` only with temporary keys."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    region: str
    service: str


class AwsSignature(httpx.Auth):
    """AWS Signature Version 4 over method, path, query, host, date and body."""

    requires_request_body = True

    def __init__(self, key: AwsKey, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """The call with its signature; a repeated call is signed anew."""
        key = self._key
        moment = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{moment[:8]}/{key.region}/{key.service}/aws4_request"
        signed = {"host": request.headers["host"], "x-amz-date": moment}
        signed |= {"x-amz-security-token": key.token} if key.token else {}
        asked = hashlib.sha256(_canonical(request, signed, key.service).encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{asked}"
        signature = hmac.new(_derived(key, moment[:8]), text.encode(), "sha256").hexdigest()
        request.headers.update({name: value for name, value in signed.items() if name != "host"})
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={key.key_id}/{scope}, "
            f"SignedHeaders={';'.join(sorted(signed))}, Signature={signature}"
        )
        yield request


def _canonical(request: httpx.Request, signed: Mapping[str, str], service: str) -> str:
    """The call in the one spelling that both sides sign."""
    raw = request.url.raw_path.decode("ascii").split("?", 1)[0] or "/"
    path = raw if service == "s3" else quote(raw, safe="/~")
    query = sorted(
        (_spelled(name), _spelled(value))
        for name, _, value in (one.partition("=") for one in _terms(request))
    )
    headers = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    return "\n".join(
        (
            request.method,
            path,
            "&".join(f"{name}={value}" for name, value in query),
            headers,
            ";".join(sorted(signed)),
            hashlib.sha256(request.content).hexdigest(),
        )
    )


def _terms(request: httpx.Request) -> list[str]:
    return [one for one in request.url.query.decode("ascii").split("&") if one]


def _spelled(value: str) -> str:
    return quote(unquote(value.replace("+", " ")), safe="~")


def _derived(key: AwsKey, day: str) -> bytes:
    made = f"AWS4{key.secret}".encode()
    for part in (day, key.region, key.service, "aws4_request"):
        made = hmac.new(made, part.encode(), "sha256").digest()
    return made


def aws_signer(read: Entry) -> AwsSignature:
    """The `aws_sigv4` kind: `key_id`, `secret`, `region`, and `service` (execute-api)."""
    read.only("kind", "key_id", "secret", "token", "region", "service")
    return AwsSignature(
        AwsKey(
            key_id=read.text("key_id"),
            secret=read.text("secret"),
            token=read.text("token", ""),
            region=read.text("region"),
            service=read.text("service", "execute-api"),
        )
    )
