"""A FHIR R4 server as the connector needs it: searches, reads, pages, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import cast

from connectors.fhir_inline import decoded
from connectors.http import Answer, Call, HttpSystem
from connectors.strict_json import json_of
from dsr.core.errors import BadAnswer, NeedsPerson, TryAgain

type_of_resource = dict[str, object]

_ACCEPT = {"Accept": "application/fhir+json"}
_SEARCH = {**_ACCEPT, "Prefer": "handling=strict"}
_GONE = frozenset({404, 410})
_UNSUPPORTED = frozenset({405, 501})
_SERIOUS = frozenset({"error", "fatal"})
_PASSING = frozenset({"throttled", "transient", "timeout", "lock-error", "no-store"})
_WRAPPED = re.compile(rb'\s*\{\s*"[^"]{1,40}"\s*:\s*"')
_SNIFF = 4096
_MAX_WRAPPED = 40_000_000


@dataclass(frozen=True)
class Bundle:
    """One page of a searchset. `next` is as the server gave it; `total` counts its matches."""

    resources: tuple[type_of_resource, ...] = field(repr=False)
    next: str | None = field(default=None, repr=False)
    total: int | None = None


@dataclass(frozen=True)
class Capability:
    """What the server says it can do: search parameters by resource type, and $everything.

    A server that lists no types at all is `silent`: then nothing follows from what is missing.
    """

    searches: Mapping[str, frozenset[str]]
    everything: bool

    @property
    def silent(self) -> bool:
        """Whether the statement says nothing, so that only asking shows what there is."""
        return not self.searches

    def offers(self, kind: str, *parameters: str) -> str:
        """The first of the parameters that this type may be asked by; empty when by none.

        Of a type that is listed without parameters nothing is known, so the first is tried.
        """
        listed = self.searches.get(kind)
        if listed is None:
            return parameters[0] if self.silent else ""
        return next((one for one in parameters if one in listed or not listed), "")


class FhirServer:
    """Calls on one server. `None` for an answer means: not there, or not offered."""

    def __init__(self, http: HttpSystem) -> None:
        self.http = http
        self._capability: Capability | None = None

    def capability(self) -> Capability:
        """The CapabilityStatement, read once; `NeedsPerson` when it is not R4."""
        if self._capability is None:
            found = self._resource(self.http.get("metadata", headers=_ACCEPT))
            self._capability = _capability(found or {})
        return self._capability

    def search(self, kind: str, form: Mapping[str, str]) -> Bundle:
        """A search with its terms in the body of a POST: no number of a person in an address.

        "No such thing" is an empty answer; an address that leads nowhere is `NeedsPerson`.
        """
        call = Call(
            method="POST", path=f"{kind}/_search", headers=_SEARCH, form=form, reads_only=True
        )
        answer = self.http.call(call)
        found = self._resource(answer)
        if found is not None:
            return _bundle(found)
        if "not-found" in _codes(_outcome(answer)):
            return Bundle(())
        raise NeedsPerson(
            f"The HIS does not offer a search of {kind} by POST (code {answer.code}); correct its"
            " address in the register, or ask the supplier to switch POST searches on."
        )

    def page(self, path: str, params: Mapping[str, str] | None = None) -> Bundle | None:
        """One page of resources; `path` may be a next link on the server's own origin."""
        found = self._resource(self.http.get(path, params, _SEARCH))
        return None if found is None else _bundle(found)

    def count(self, path: str, params: Mapping[str, str]) -> int | None:
        """How many a search finds, where the server says it."""
        found = self.page(path, {**params, "_summary": "count"})
        return found.total if found else None

    def read(self, path: str) -> type_of_resource | None:
        """One resource."""
        return self._resource(self.http.get(path, headers=_ACCEPT))

    def file(self, address: str) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of an attachment, also where the server wraps them in a Binary resource."""
        return self._file(address)

    @contextmanager
    def _file(self, address: str) -> Generator[Iterator[bytes]]:
        with self.http.stream(address) as chunks:
            first = _first(chunks)
            if _WRAPPED.match(first) and b'"Binary"' in first:
                yield _unwrapped(chain([first], chunks))
            else:
                yield chain([first], chunks)

    def _resource(self, answer: Answer) -> type_of_resource | None:
        """The resource in an answer; faults become ours, without the server's own words."""
        if answer.ok:
            found = answer.json_object()
            if not isinstance(found.get("resourceType"), str):
                raise BadAnswer("The HIS answered something that is no FHIR; try again later.")
            _refuse_serious(found)
            return found
        if answer.code in _GONE or answer.code in _UNSUPPORTED:
            return None
        raise _refused(answer)


def _refused(answer: Answer) -> Exception:
    if answer.code in (401, 403):
        return NeedsPerson(
            f"The HIS refuses our key (code {answer.code}). Ask the supplier for a key that may"
            " read patient files, put it in the environment setting of this system, and search"
            " again."
        )
    codes = _codes(_outcome(answer))
    if codes & _PASSING:
        return TryAgain("The HIS is busy; try again later.")
    return NeedsPerson(
        f"The HIS refuses the question with code {answer.code} ({', '.join(sorted(codes))}); ask"
        " its supplier which searches it offers, or make this copy by hand."
    )


def _refuse_serious(resource: Mapping[str, object]) -> None:
    """An OperationOutcome of an error, although the code said that all is well."""
    if resource["resourceType"] == "OperationOutcome" and any(
        issue.get("severity") in _SERIOUS for issue in objects(resource.get("issue"))
    ):
        raise BadAnswer("The HIS reports an error instead of an answer; try again later.")


def _outcome(answer: Answer) -> Mapping[str, object]:
    try:
        found = json_of(answer.content, answer.headers.get("content-type", ""))
    except BadAnswer:
        return {}
    return found if isinstance(found, dict) else {}


def _codes(outcome: Mapping[str, object]) -> set[str]:
    """The issue codes of an OperationOutcome: FHIR's own list of words, never data."""
    codes = {str(issue.get("code", "")) for issue in objects(outcome.get("issue"))}
    return {code for code in codes if re.fullmatch(r"[a-z-]{2,30}", code)}


def _bundle(found: type_of_resource) -> Bundle:
    if found["resourceType"] != "Bundle":
        raise BadAnswer("The HIS answered one record where a list was asked; try again later.")
    entries = found.get("entry", [])
    if not isinstance(entries, list):
        raise BadAnswer("The HIS's list of records cannot be read; try again later.")
    resources = [_entry(entry) for entry in entries]
    for resource in resources:
        _refuse_serious(resource)
    total = found.get("total")
    return Bundle(
        tuple(one for one in resources if one["resourceType"] != "OperationOutcome"),
        _next(found),
        total if isinstance(total, int) else None,
    )


def _entry(entry: object) -> type_of_resource:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        raise BadAnswer("A record in the HIS's answer is cut; try again later.")
    return resource


def _next(found: Mapping[str, object]) -> str | None:
    for link in objects(found.get("link")):
        if link.get("relation") == "next" and link.get("url"):
            return str(link["url"])
    return None


def _capability(statement: Mapping[str, object]) -> Capability:
    version = str(statement.get("fhirVersion", ""))
    if not version.startswith("4."):
        raise NeedsPerson(
            "The HIS does not say that it speaks FHIR R4 (version 4.0.1); correct its address in"
            " the register, or ask the supplier for the R4 address."
        )
    searches: dict[str, frozenset[str]] = {}
    everything = False
    for rest in objects(statement.get("rest")):
        everything |= _has_everything(rest)
        for kind in objects(rest.get("resource")):
            names = (str(one.get("name")) for one in objects(kind.get("searchParam")))
            searches[str(kind.get("type"))] = frozenset(names)
            everything |= kind.get("type") == "Patient" and _has_everything(kind)
    return Capability(searches, everything or not searches)


def _has_everything(place: Mapping[str, object]) -> bool:
    return any(
        str(one.get("name")).lstrip("$") in ("everything", "patient-everything")
        or str(one.get("definition")).endswith("/Patient-everything")
        for one in objects(place.get("operation"))
    )


def objects(value: object) -> tuple[type_of_resource, ...]:
    """The JSON objects in a list, or the one object itself; nothing for anything else."""
    found = value if isinstance(value, list) else [value]
    return tuple(cast(type_of_resource, one) for one in found if isinstance(one, dict))


def _first(chunks: Iterator[bytes]) -> bytes:
    """Enough of the beginning to see what it is."""
    seen = b""
    for chunk in chunks:
        seen += chunk
        if len(seen) >= _SNIFF:
            break
    return seen


def _unwrapped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) > _MAX_WRAPPED:
            raise NeedsPerson("A file of the HIS is too large to unpack; fetch it by hand.")
    found = json_of(bytes(held), "application/fhir+json")
    data = found.get("data") if isinstance(found, dict) else None
    if not isinstance(data, str):
        raise BadAnswer("A file of the HIS came without content; try again later.")
    yield from decoded(data)
