"""A FHIR server as the connector needs it: searches, reads, pages, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import chain

from connectors.fhir_binary import beginning, is_wrapped, unwrapped
from connectors.fhir_capability import Capability, read_capability
from connectors.fhir_compartment import LOG, Version
from connectors.fhir_json import objects, type_of_resource
from connectors.http import Answer, Call, HttpSystem
from connectors.strict_json import json_of
from dsr.core.errors import BadAnswer, NeedsPerson, TryAgain

_ACCEPT = {"Accept": "application/fhir+json"}
_SEARCH = {**_ACCEPT, "Prefer": "handling=strict"}
#: a file as it is, or else in its wrapping
_FILE = {"Accept": "*/*"}
_GONE = frozenset({404, 410})
_UNSUPPORTED = frozenset({405, 501})
_SERIOUS = frozenset({"error", "fatal"})
_PASSING = frozenset({"throttled", "transient", "timeout", "lock-error", "no-store"})
_NOT_OFFERED = "not-supported"


@dataclass(frozen=True)
class Bundle:
    """One page of a searchset. `next` is as the server gave it; `total` counts its matches."""

    resources: tuple[type_of_resource, ...] = field(repr=False)
    next: str | None = field(default=None, repr=False)
    total: int | None = None


class FhirServer:
    """Calls on one server. `None` for an answer means: not there, or not offered."""

    def __init__(self, http: HttpSystem, base_url: str, version: Version | None = None) -> None:
        self.http = http
        self.base_url = base_url.rstrip("/")
        self._wanted = version
        self._capability: Capability | None = None
        self._logs: bool | None = None

    def capability(self) -> Capability:
        """The CapabilityStatement, read once; `NeedsPerson` when it is of another version."""
        if self._capability is None:
            found = self._resource(self.http.get("metadata", headers=_ACCEPT))
            self._capability = read_capability(found or {}, self._wanted)
        return self._capability

    def logs(self, subject_ref: str) -> bool:
        """Whether who looked in a file can be asked for. A silent server is tried once."""
        can = self.capability()
        if not can.silent:
            return bool(can.offers(LOG, "patient"))
        if self._logs is None:
            self._logs = self.page(LOG, {"patient": subject_ref, "_count": "1"}) is not None
        return self._logs

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

    def everything(self, path: str, params: Mapping[str, str]) -> Bundle | None:
        """The first page of an operation; None where it is not offered in any of the usual ways.

        A server that takes the operation for a read answers one record: not offered either.
        """
        found = self._resource(self.http.get(path, params, _SEARCH))
        if found is None or found["resourceType"] != "Bundle":
            return None
        return _bundle(found)

    def count(self, path: str, params: Mapping[str, str]) -> int | None:
        """How many a search finds, where the server says it."""
        found = self.page(path, {**params, "_summary": "count"})
        return found.total if found else None

    def read(self, path: str) -> type_of_resource | None:
        """One resource."""
        return self._resource(self.http.get(path, headers=_ACCEPT))

    def file(self, address: str) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of an attachment, also where the server wraps them in a Binary resource.

        Our key goes to the HIS's own address alone; another host gives its files without it.
        """
        return self._file(address)

    @contextmanager
    def _file(self, address: str) -> Generator[Iterator[bytes]]:
        ours = "://" not in address or self.is_own(address)
        with self.http.stream(address, headers=_FILE, signed=ours) as chunks:
            first = beginning(chunks)
            whole = chain([first], chunks)
            yield unwrapped(whole) if is_wrapped(first) else whole

    def is_own(self, address: str) -> bool:
        """Whether an absolute address is one of this server."""
        return address.startswith(self.base_url + "/")

    def _resource(self, answer: Answer) -> type_of_resource | None:
        """The resource in an answer; faults become ours, without the server's own words."""
        if answer.ok:
            found = answer.json_object()
            if not isinstance(found.get("resourceType"), str):
                raise BadAnswer("The HIS answered something that is no FHIR; try again later.")
            if _is_refusal(found) and _NOT_OFFERED in _codes(found):
                return None
            _refuse_serious(found)
            return found
        if answer.code in _GONE or answer.code in _UNSUPPORTED:
            return None
        if answer.code not in (401, 403) and _NOT_OFFERED in _codes(_outcome(answer)):
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
    if _is_refusal(resource):
        raise BadAnswer("The HIS reports an error instead of an answer; try again later.")


def _is_refusal(resource: Mapping[str, object]) -> bool:
    return resource["resourceType"] == "OperationOutcome" and any(
        issue.get("severity") in _SERIOUS for issue in objects(resource.get("issue"))
    )


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
