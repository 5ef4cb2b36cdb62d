"""Calls to the SendBird Platform API v3: its errors come as HTTP 400 with a code of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import cast

from connectors.http import Answer, Call, HttpSystem, pause_of, segment
from dsr.core.errors import BadAnswer, DsrError, NeedsPerson, TryAgain, ValueRefused

type_of_json = dict[str, object]

NOT_FOUND = 400201
_EXPIRED_TOKEN = 400109
_LATER = frozenset({500901, 500910, 500999})
_REFUSED = frozenset({400108, 400302, 400401, 403100})
#: a value of the wrong kind, too long, not allowed, taken, or one too many
_OF_A_VALUE = frozenset({*range(400100, 400108), *range(400110, 400114), 400151, 400202, 400203})
_MOST_PAGES = 500


class NotThere(DsrError):
    """SendBird knows no such person, channel or message (any more)."""


@dataclass(frozen=True)
class Platform:
    """The API below `/v3` of an application's address."""

    http: HttpSystem

    def get(self, *path: str, **params: str) -> type_of_json:
        """One reading call; `path` is given plain and percent-encoded here."""
        answer = self.http.get(_address(path), params=params or None)
        body = _body(answer)
        if not answer.ok or body.get("error"):
            _raise_ours(answer, body)
        return body

    def change(
        self, method: str, *path: str, params: Mapping[str, str] | None = None, body: object = None
    ) -> type_of_json:
        """One call that changes something; an answer without a byte is `{}`.

        `ValueRefused` when SendBird does not take a value of `body`. A short rest that it asks for
        is taken here, except before a POST: that may have been acted on.
        """
        call = Call(method=method, path=_address(path), params=params, body=body)
        answer = self._patiently(call)
        if answer.ok and not answer.content.strip():
            return {}
        told = _body(answer)
        if not answer.ok or told.get("error"):
            if body is not None and told.get("code") in _OF_A_VALUE:
                raise ValueRefused(f"SendBird does not take this value ({told['code']}).")
            _raise_ours(answer, told)
        return told

    def _patiently(self, call: Call) -> Answer:
        limits = self.http.limits
        for _ in range(limits.tries - 1 if call.method != "POST" else 0):
            try:
                return self.http.call(call)
            except TryAgain as fault:
                if fault.after is None or fault.after > limits.longest_pause:
                    raise
                self.http.sleep(fault.after)
        return self.http.call(call)

    def each(self, name: str, *path: str, **params: str) -> Iterator[type_of_json]:
        """All records of a list with `next` tokens; `BadAnswer` when a token comes twice."""
        token, past = "", {""}
        for _ in range(_MOST_PAGES):
            body = self.get(*path, limit="100", **params, **({"token": token} if token else {}))
            yield from records(body, name)
            token = str(body.get("next") or "")
            if not token:
                return
            if token in past:
                break
            past.add(token)
        raise BadAnswer("SendBird's pages go round in a circle; try again later.")

    def file(self, url: str) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a file, asked for with the same token; only from allowed hosts."""
        return self.http.stream(url)


@dataclass(frozen=True)
class FileAt:
    """A file at an address, to be opened later; two of one address are the same."""

    platform: Platform = field(repr=False)
    url: str = field(repr=False)

    def __call__(self) -> AbstractContextManager[Iterator[bytes]]:
        """Its bytes."""
        return self.platform.file(self.url)


def _address(path: tuple[str, ...]) -> str:
    return "/".join(segment(part) for part in ("v3", *path))


def page_of(
    platform: Platform, *path: str, token: str, params: Mapping[str, str] | None = None
) -> type_of_json:
    """One page of a list, from a token on; the next token is its `next`, empty at the end."""
    start = {"token": token} if token else {}
    return platform.get(*path, limit="100", **(params or {}), **start)


def records(body: Mapping[str, object], name: str) -> list[type_of_json]:
    """The list of objects under `name`; `BadAnswer` when it is not there or is something else."""
    found = body.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadAnswer(f"SendBird's answer lacks its list of {name}; try again later.")
    return cast(list[type_of_json], found)


def text(record: Mapping[str, object], name: str) -> str:
    """The text under `name`; `BadAnswer` when it is not there."""
    found = record.get(name)
    if not isinstance(found, str) or not found:
        raise BadAnswer(f"SendBird gave a record without its {name}; try again later.")
    return found


def number(record: Mapping[str, object], name: str) -> int:
    """The whole number under `name`; `BadAnswer` when it is not there."""
    found = record.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        raise BadAnswer(f"SendBird gave a record without its {name}; try again later.")
    return found


def _body(answer: Answer) -> type_of_json:
    """The JSON of an answer. A refusal may come as a page of HTML: then there is no body."""
    if answer.code in (401, 403, 404) and "json" not in answer.headers.get("content-type", ""):
        return {}
    return answer.json_object()


def _raise_ours(answer: Answer, body: type_of_json) -> None:
    """By SendBird's own code; its message is left out, it can hold what was asked."""
    code = body.get("code")
    if code == NOT_FOUND:
        raise NotThere
    if code in _LATER:
        raise TryAgain(
            f"SendBird is busy or not well ({code}); try again later.",
            after=pause_of(answer.headers),
        )
    if code == _EXPIRED_TOKEN:
        raise BadAnswer("SendBird's page has expired; search from the start.", from_start=True)
    if code in _REFUSED or answer.code in (401, 403):
        raise NeedsPerson(
            f"SendBird refuses the token ({code or answer.code}); set a token of this application"
            " that may read users, channels and messages."
        )
    raise NeedsPerson(
        f"SendBird refuses the call ({code or answer.code}); check the address of this system."
    )
