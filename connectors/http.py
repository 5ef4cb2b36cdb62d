"""One HTTP client for all connectors: bounded in time and size, and never off its own host.

A caller gets an `Answer` for every status below 500 except 408, 425 and 429, and says itself what
it means. The rest is retried when the call only reads, and then raised as `TryAgain`. URLs hold
ids of people: no message names one and httpx's own log of URLs is switched off.
"""

from __future__ import annotations

import logging
import ssl
import time
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode

import httpx

from connectors.http_faults import translate
from connectors.http_line import line, unpacked, until
from connectors.strict_json import json_of
from dsr.core.errors import BadAnswer, BrokenRegister, NeedsPerson, TryAgain
from dsr.core.pace import UNHURRIED, Pace

#: statuses that mean: the same call may work later
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_PAUSE_HEADERS = ("retry-after", "x-ratelimit-retryafter")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}
#: bytes of an answer that only says "later"
_LONGEST_EXCUSE = 100_000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds, bytes and tries of one call; `longest_pause` is what we wait for inside a call.

    `pace` is asked for a turn before each call and told when the system asks for rest.
    """

    connect: float = 5.0
    read: float = 20.0
    total: float = 60.0
    max_bytes: int = 20_000_000
    max_file_bytes: int = 200_000_000
    tries: int = 3
    longest_pause: float = 5.0
    pace: Pace = UNHURRIED


@dataclass(frozen=True)
class Answer:
    """What a system answered. `headers` are case-insensitive."""

    code: int
    headers: httpx.Headers = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the code is 2xx."""
        return 200 <= self.code < 300

    def json(self) -> object:
        """The body as JSON; `BadAnswer` when it is not exactly that (type, charset, syntax)."""
        return json_of(self.content, self.headers.get("content-type", ""))

    def json_object(self) -> dict[str, object]:
        """The body as a JSON object; `BadAnswer` for anything else."""
        value = self.json()
        if not isinstance(value, dict):
            raise BadAnswer("The system answered JSON that is not an object; try again later.")
        return value


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call. `path` is already percent-encoded (`segment`), or a URL on an allowed host.

    `reads_only` calls are retried; leave it False for everything that changes something.
    `signed` is False for what must not carry our signature, such as a file of another host.
    `content` is a body as bytes, for what must not be written anew from values.
    """

    method: str = "GET"
    path: str = field(repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    reads_only: bool = False
    signed: bool = True


#: looks at an answer and raises `TryAgain` when it means "later", so that it is asked again
type_of_look = Callable[[Answer], None]
#: the seconds to wait that an answer names in its headers or body, None when it names none
type_of_pause = Callable[[httpx.Headers, bytes], float | None]


@dataclass(frozen=True, kw_only=True)
class Manners:
    """What is particular to a system: whom to trust (`tls`), how it asks for a wait (`pauses`),
    and which codes of `LATER` are answers here, because they mean something else (`answers`).
    """

    tls: ssl.SSLContext | None = None
    pauses: type_of_pause | None = None
    answers: frozenset[int] = frozenset()


def segment(value: str) -> str:
    """One path segment, percent-encoded; refuses what would leave or shorten the path."""
    if value in ("", ".", ".."):
        raise NeedsPerson("The reference of this person cannot stand in an address; correct it.")
    return quote(value, safe="")


class HttpSystem:
    """A system that speaks HTTP. Thread-safe; its connections end with it, or at `close`.

    `allow_hosts` are further `host` or `host:port` names that files may be fetched from (and
    which then see the same headers); the scheme is always that of `base_url`.
    """

    def __init__(  # noqa: PLR0913 (each names one thing in which systems differ)
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        limits: Limits | None = None,
        allow_hosts: tuple[str, ...] = (),
        manners: Manners | None = None,
    ) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self.limits = limits or Limits()
        self.sleep: Callable[[float], None] = time.sleep
        self.pace = self.limits.pace
        self.manners = manners or Manners()
        self._base = _base(base_url)
        self._allowed = {_origin(self._base), *(_named(host, self._base) for host in allow_hosts)}
        self._client = httpx.Client(
            headers={"Accept-Encoding": "gzip", **(headers or {})},
            auth=auth,
            follow_redirects=False,
            trust_env=False,
            transport=line(self.manners.tls),
        )
        weakref.finalize(self, self._client.close)

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """GET with retries; `path` below the base URL or a URL on an allowed host."""
        return self.call(Call(path=path, params=params, headers=headers or {}, reads_only=True))

    def call(self, call: Call, look: type_of_look | None = None) -> Answer:
        """Any call; retried only when it reads. Raises `TryAgain`, `BadAnswer`, `NeedsPerson`.

        `look` may raise `TryAgain` for an answer that only its body shows to be a "later".
        """
        deadline = time.monotonic() + self.limits.total
        tries = self.limits.tries if call.reads_only else 1
        for attempt in range(1, tries + 1):
            self.pace.turn()  # outside: our own limit is no rest that the system asks for
            try:
                answer = self._once(call, deadline)
                if look:
                    look(answer)
                return answer
            except TryAgain as fault:
                pause = fault.after if fault.after is not None else 0.2 * 2**attempt
                out_of_time = time.monotonic() + pause >= deadline
                if fault.after:
                    self.pace.hold(fault.after)
                if attempt == tries or pause > self.limits.longest_pause or out_of_time:
                    raise
                self.sleep(pause)
        raise TryAgain("The system was not called; set `tries` to 1 or more.")

    def stream(
        self,
        path: str,
        *,
        max_bytes: int | None = None,
        headers: Mapping[str, str] | None = None,
        signed: bool = True,
    ) -> AbstractContextManager[Iterator[bytes]]:
        """A file's bytes as they come; `NeedsPerson` when refused or longer than allowed."""
        call = Call(path=path, headers=headers or {}, signed=signed)
        return self._stream(call, max_bytes or self.limits.max_file_bytes)

    @contextmanager
    def _stream(self, call: Call, max_bytes: int) -> Generator[Iterator[bytes]]:
        self.pace.turn()
        deadline = time.monotonic() + max(self.limits.total, max_bytes / 100_000)
        with self._answering(call, deadline) as response:
            if not response.is_success:
                raise NeedsPerson(
                    f"A file was refused with code {response.status_code}; fetch it by hand or"
                    " mend the key of this connector, then search again."
                )
            yield _chunks(response, max_bytes, deadline)

    def _once(self, call: Call, deadline: float) -> Answer:
        with self._answering(call, deadline) as response:
            content = b"".join(_chunks(response, self.limits.max_bytes, deadline))
            return Answer(response.status_code, response.headers, content)

    @contextmanager
    def _answering(self, call: Call, deadline: float) -> Generator[httpx.Response]:
        """The open response after redirects on allowed hosts, with later-statuses raised."""
        try:
            with until(deadline), self._hop(call, deadline) as response:
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    self._raise_later(response, deadline)
                    yield response
                    return
                moved = _redirected(call, response)
            with until(deadline), self._hop(moved, deadline) as response:
                if response.status_code in _REDIRECTS:
                    raise BadAnswer("The system redirects in circles; try again later.")
                self._raise_later(response, deadline)
                yield response
        except httpx.HTTPError as fault:
            translate(fault)

    def _raise_later(self, response: httpx.Response, deadline: float) -> None:
        """`TryAgain` for a busy system, with the wait that its headers or body ask for."""
        if response.status_code not in LATER - self.manners.answers:
            return
        pause = pause_of(response.headers)
        if self.manners.pauses and pause is None:
            content = b"".join(_chunks(response, _LONGEST_EXCUSE, deadline))
            pause = self.manners.pauses(response.headers, content)
        raise TryAgain(f"The system answered {response.status_code}; try again later.", after=pause)

    def _hop(self, call: Call, deadline: float) -> AbstractContextManager[httpx.Response]:
        limits = self.limits
        left = max(0.05, deadline - time.monotonic())
        return self._client.stream(
            call.method,
            _asked(self._url(call.path), call.params),
            headers=dict(call.headers),
            json=call.body,
            content=call.content,
            data=dict(call.form) if call.form is not None else None,
            auth=httpx.USE_CLIENT_DEFAULT if call.signed else None,
            timeout=httpx.Timeout(min(limits.read, left), connect=min(limits.connect, left)),
        )

    def _url(self, path: str) -> httpx.URL:
        absolute = "://" in path.split("?", 1)[0]
        url = _parsed(path) if absolute else _parsed(f"{self._base}/{path.lstrip('/')}")
        if _origin(url) not in self._allowed or url.userinfo:
            raise NeedsPerson(
                "The system points to an address on another host, which we do not follow; if that"
                " host is right, add it to `allow_hosts` of this system in the register."
            )
        return url


def _asked(url: httpx.URL, params: Mapping[str, str] | None) -> httpx.URL:
    """The address with these terms behind its own; a space is %20, which every system reads."""
    if not params:
        return url
    terms = urlencode(params, quote_via=quote).encode("ascii")
    return url.copy_with(query=b"&".join(part for part in (url.query, terms) if part))


def _base(base_url: str) -> httpx.URL:
    url = _parsed(base_url.rstrip("/"))
    if url.scheme not in _PORTS or not url.host:
        raise BrokenRegister("The address of a system must start with https:// or http://.")
    return url


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL:
        raise BadAnswer("An address from the system cannot be read; try again later.") from None


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host.lower(), url.port or _PORTS.get(url.scheme)


def _named(host: str, base: httpx.URL) -> tuple[str, str, int | None]:
    return _origin(_parsed(f"{base.scheme}://{host}"))


def _redirected(call: Call, response: httpx.Response) -> Call:
    """The call at its new address; one that only reads keeps its body, or is not repeated."""
    if not (call.reads_only or call.method == "GET"):
        raise NeedsPerson("The system redirects a change; correct the address of this system.")
    if call.method != "GET" and response.status_code in (301, 302):
        raise NeedsPerson(
            "The system redirects a question, whose terms would be lost on the way; write the new"
            " address in the register (https instead of http, a slash at the end)."
        )
    path = str(response.url.join(response.headers["location"]))
    if call.method != "GET" and response.status_code in (307, 308):
        return replace(call, path=path, params=None)
    return Call(path=path, headers=call.headers, reads_only=True, signed=call.signed)


def _chunks(response: httpx.Response, max_bytes: int, deadline: float) -> Iterator[bytes]:
    """The body in chunks; faults of the line become ours also when it is read later."""
    seen = 0
    try:
        for chunk in unpacked(response):
            seen += len(chunk)
            if seen > max_bytes:
                raise NeedsPerson(
                    f"An answer is longer than {max_bytes} bytes; raise the limit of this system"
                    " in the register, or fetch this part by hand."
                )
            if time.monotonic() > deadline:
                raise TryAgain("The system answered too slowly; try again later.")
            yield chunk
    except httpx.HTTPError as fault:
        translate(fault)


def pause_of(headers: Mapping[str, str]) -> float | None:
    """Seconds that a system asks us to wait (Retry-After in seconds or as a date), or None."""
    for name in _PAUSE_HEADERS:
        if text := headers.get(name, "").strip():
            return _seconds(text)
    return None


def _seconds(text: str) -> float | None:
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
