"""Calls that change a FHIR server, and what it answers: one by one, or as a batch where offered.

A change is sent once. When no proper answer comes it may have been made or not: `TryAgain`, and
whoever called looks before anything is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from connectors.fhir_exact import exact, plain, written
from connectors.fhir_json import objects, type_of_resource
from connectors.fhir_server import FhirServer
from connectors.http import LATER, Answer, Call
from connectors.strict_json import json_of
from dsr.core.errors import BadAnswer, NeedsPerson, TryAgain

_FHIR = "application/fhir+json"
_HEADERS = {"Accept": _FHIR, "Prefer": "return=representation"}
_NO_BATCH = frozenset({400, 404, 405, 413, 422, 501})
#: entries of one batch; a record may hold a whole letter, and an answer has a limit
_CHUNK = 50
_ETAG = re.compile(r'(?:W/)?"([^"]{1,200})"\Z')
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9.\[\]]{0,80}\Z")
_CODE = re.compile(r"[a-z-]{2,30}\Z")
#: has no body, and may be asked again
_READS = "GET"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One interaction. `path` stands below the base; `if_match` is a version."""

    path: str = field(repr=False)
    method: str = _READS
    resource: type_of_resource | None = field(default=None, repr=False)
    if_match: str = ""
    if_none_exist: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came. `resource` keeps its decimals (`fhir_exact`); `issues` and `places` are codes and
    element names of an OperationOutcome, never its words.
    """

    code: int
    resource: type_of_resource | None = field(default=None, repr=False)
    version: str = ""
    issues: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was done, or there was nothing to do."""
        return 200 <= self.code < 300 or self.code == 304

    @property
    def gone(self) -> bool:
        """Whether there is no such record."""
        return self.code in (404, 410) and not self.lacking

    @property
    def lacking(self) -> bool:
        """Whether the server cannot do this at all."""
        return self.code in (405, 501) or (not self.ok and "not-supported" in self.issues)

    @property
    def held(self) -> type_of_resource:
        """The record that was read, decimals as floats."""
        return cast(type_of_resource, plain(self.resource or {}))


class Exchange:
    """Calls under one operation id, which the server may find in its own log."""

    def __init__(self, server: FhirServer, operation: str = "") -> None:
        self.server = server
        self.operation = operation

    def one(self, ask: Ask) -> Reply:
        """One call; `NeedsPerson` when our key may not do this."""
        headers = {**_HEADERS, **_conditions(ask)}
        if ask.resource is not None:
            headers["Content-Type"] = _FHIR
        call = Call(
            method=ask.method,
            path=ask.path,
            headers=headers | self._marked(),
            content=None if ask.resource is None else written(ask.resource),
            reads_only=ask.method == _READS,
        )
        return _reply(self.server.http.call(call), reads=ask.method == _READS)

    def each(self, asks: Sequence[Ask]) -> list[Reply]:
        """The replies in the order of the asks, which all have one method."""
        batch = len(asks) > 1 and "batch" in self.server.capability().actions.get("", ())
        replies: list[Reply] = []
        for start in range(0, len(asks), _CHUNK):
            part = asks[start : start + _CHUNK]
            found = self._batch(part) if batch else None
            batch = found is not None
            replies += [self.one(ask) for ask in part] if found is None else found
        return replies

    def _batch(self, asks: Sequence[Ask]) -> list[Reply] | None:
        """The replies of a batch; None when the server took no batch, so that nothing was done."""
        bundle = {"resourceType": "Bundle", "type": "batch", "entry": [*map(_entry, asks)]}
        call = Call(
            method="POST",
            path=self.server.base_url,
            headers={**_HEADERS, "Content-Type": _FHIR, **self._marked()},
            content=written(bundle),
            reads_only=all(ask.method == _READS for ask in asks),
        )
        answer = self.server.http.call(call)
        if answer.code in _NO_BATCH:
            return None
        reply = _reply(answer, reads=True)
        entries = objects((reply.resource or {}).get("entry"))
        if not reply.ok or len(entries) != len(asks):
            raise BadAnswer("The HIS did not answer all of a batch; look again before going on.")
        return [
            _entry_reply(entry, reads=ask.method == _READS)
            for entry, ask in zip(entries, asks, strict=True)
        ]

    def _marked(self) -> dict[str, str]:
        return {"X-Request-Id": self.operation} if self.operation else {}


def _conditions(ask: Ask) -> dict[str, str]:
    found = {}
    if ask.if_match:
        found["If-Match"] = f'W/"{ask.if_match}"'
    if ask.if_none_exist:
        found["If-None-Exist"] = ask.if_none_exist
    return found


def _entry(ask: Ask) -> type_of_resource:
    request = {"method": ask.method, "url": ask.path}
    if ask.if_match:
        request["ifMatch"] = f'W/"{ask.if_match}"'
    if ask.if_none_exist:
        request["ifNoneExist"] = ask.if_none_exist
    return {"request": request} | ({} if ask.resource is None else {"resource": ask.resource})


def _reply(answer: Answer, *, reads: bool) -> Reply:
    if answer.code in (401, 403):
        raise _no_key(answer.code)
    found = _body(answer, reads=reads)
    return _read(answer.code, found, answer.headers.get("etag", ""), reads=reads)


def _body(answer: Answer, *, reads: bool) -> type_of_resource | None:
    """The resource that came; a refusal or a done deed may come without."""
    try:
        json_of(answer.content, answer.headers.get("content-type", ""))
        found = exact(answer.content)
    except BadAnswer:
        if reads and answer.ok:
            raise
        return None
    return found if isinstance(found, dict) and "resourceType" in found else None


def _entry_reply(entry: type_of_resource, *, reads: bool) -> Reply:
    said = next(iter(objects(entry.get("response"))), {})
    word = str(said.get("status", "")).split(" ")[0]
    if not (word.isdigit() and len(word) == 3):
        raise BadAnswer("The HIS did not answer all of a batch; look again before going on.")
    if int(word) in LATER:
        raise TryAgain("The HIS was busy halfway a batch; look again before going on.")
    if int(word) in (401, 403):
        raise _no_key(int(word))
    found = next(iter(objects(entry.get("resource"))), None)
    outcome = next(iter(objects(said.get("outcome"))), None)
    return _read(int(word), found or outcome, str(said.get("etag", "")), reads=reads)


def _read(code: int, found: type_of_resource | None, etag: str, *, reads: bool) -> Reply:
    is_outcome = bool(found) and (found or {}).get("resourceType") == "OperationOutcome"
    issues = objects((found or {}).get("issue")) if is_outcome else ()
    serious = any(one.get("severity") in ("error", "fatal") for one in issues)
    if 200 <= code < 300 and serious:
        raise BadAnswer("The HIS reports an error and says that all is well; look again.")
    if reads and 200 <= code < 300 and (found is None or is_outcome):
        raise BadAnswer("The HIS answered something that is no FHIR; try again later.")
    return Reply(
        code=code,
        resource=None if is_outcome else found,
        version=_version(found, etag),
        issues=frozenset(c for one in issues if _CODE.match(c := str(one.get("code")))),
        places=tuple(dict.fromkeys(_places(issues))),
    )


def _version(found: type_of_resource | None, etag: str) -> str:
    meta = next(iter(objects((found or {}).get("meta"))), {})
    in_header = _ETAG.match(etag)
    return str(meta.get("versionId") or (in_header[1] if in_header else ""))


def _places(issues: Sequence[type_of_resource]) -> Iterator[str]:
    """Names of elements that an outcome points to: what follows the type, without any value."""
    for issue in issues:
        for key in ("expression", "location"):
            named = issue.get(key)
            for one in named if isinstance(named, list) else ():
                if _PLACE.match(str(one)):
                    yield str(one)


def _no_key(code: int) -> NeedsPerson:
    return NeedsPerson(
        f"The HIS refuses our key for a change (code {code}). Ask its supplier for a key that may"
        " read and change patient files (`system/*.cruds`), and try again."
    )
