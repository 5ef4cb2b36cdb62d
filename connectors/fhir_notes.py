"""The records that a change adds to a file, each found again by its operation and what it is about.

One operation may correct several records, so that its id alone names no note.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

from connectors.fhir_exchange import Ask, Exchange, Reply
from connectors.fhir_json import objects, type_of_resource
from connectors.fhir_writing import Writing
from dsr.core.errors import BadAnswer

OPERATION = "urn:privacybalie:operation"
PURPOSE = "urn:privacybalie:purpose"
RESTRICTED = "urn:privacybalie:restricted"
_TERMS = "http://terminology.hl7.org/CodeSystem/"
#: a condition with a term that the server does not know, or that it takes for many records
_NOT_UNDERSTOOD = frozenset({400, 412})
_TITLE = "Verklaring van de patiënt / Statement of the patient"
_CORRECTED = "Corrected at the request of the person (Art. 16 GDPR)"


def provenance(ref: str, version: str, operation: str, writing: Writing) -> type_of_resource:
    """Who corrected which version, when and why; without the values.

    R4's Provenance has no identifier, so that the operation stands in a tag.
    """
    return {
        "resourceType": "Provenance",
        "meta": {"tag": [{"system": OPERATION, "code": f"{operation}:{ref}"}]},
        "target": [{"reference": f"{ref}/_history/{version}" if version else ref}],
        "recorded": _now(),
        "activity": {"coding": [{"system": _TERMS + "v3-DataOperation", "code": "UPDATE"}]},
        "reason": [
            {"coding": [{"system": _TERMS + "v3-ActReason", "code": "PATRQT"}], "text": _CORRECTED}
        ],
        "agent": [{"who": _agent(writing)}],
    }


def statement(
    subject_ref: str, ref: str, words: str, operation: str, writing: Writing
) -> type_of_resource:
    """The person's own words beside a record, or beside the whole file when `ref` is ""."""
    patient: dict[str, object] = {"reference": subject_ref}
    about = [{"reference": ref}] if ref and ref != subject_ref else []
    common: dict[str, object] = {
        "resourceType": writing.statement,
        "identifier": [_identifier(f"{operation}:{ref or subject_ref}")],
        "subject": patient,
    }
    if writing.statement == "Communication":
        return {
            **common,
            "status": "completed",
            "topic": {"text": _TITLE},
            **({"about": about} if about else {}),
            "sender": patient,
            "sent": _now(),
            "payload": [{"contentString": words}],
        }
    data = base64.b64encode(words.encode()).decode("ascii")
    attachment = {"contentType": "text/plain; charset=utf-8", "title": _TITLE, "data": data}
    return {
        **common,
        "status": "current",
        "docStatus": "final",
        "type": {"text": _TITLE},
        "date": _now(),
        "author": [patient],
        "content": [{"attachment": attachment}],
        **({"context": {"related": about}} if about else {}),
    }


def denial(subject_ref: str, purpose: str, operation: str, writing: Writing) -> type_of_resource:
    """A Consent that denies the use for one purpose."""
    system, _, code = writing.purposes.get(purpose, f"{PURPOSE}|{purpose}").rpartition("|")
    return {
        "resourceType": "Consent",
        "identifier": [_identifier(f"{operation}:{purpose}"), _purpose(purpose)],
        "status": "active",
        "scope": {"coding": [{"system": _TERMS + "consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": subject_ref},
        "dateTime": _now(),
        "policyRule": {"coding": [{"system": _TERMS + "v3-ActCode", "code": "OPTOUT"}]},
        "provision": {"type": "deny", "purpose": [{"system": system, "code": code}]},
    }


def flag(subject_ref: str, refs: Sequence[str], operation: str) -> type_of_resource:
    """What a doctor sees beside the name: parts of this file are restricted, and which."""
    return {
        "resourceType": "Flag",
        "identifier": [_identifier(operation), *map(restricted_ref, refs)],
        "status": "active",
        "code": {"text": "Verwerking beperkt (artikel 18 AVG) / Processing restricted (Art. 18)"},
        "subject": {"reference": subject_ref},
        "period": {"start": _now()},
    }


def restricted_ref(ref: str) -> dict[str, object]:
    """How a flag names a record that it is about."""
    return {"system": RESTRICTED, "value": ref}


def denies(consent: Mapping[str, object], purpose: str) -> bool:
    """Whether an active Consent of ours denies this purpose."""
    return consent.get("status") == "active" and _purpose(purpose) in objects(
        consent.get("identifier")
    )


def ensured(exchange: Exchange, resource: type_of_resource) -> Reply:
    """The record of this operation: the one that is there, else a new one, never two.

    It is looked for first, and a condition that the server did not understand counts for nothing:
    some take no conditional creates, and some answer any record for a term that they do not know.
    """
    kind = str(resource["resourceType"])
    system, value, term = mark = _mark(resource)
    query = f"{term}={quote(f'{_plain(system)}|{_plain(value)}', safe='')}"
    looked = exchange.one(Ask(path=f"{kind}?{query}"))
    for found in _entries(looked):
        if _mark(found) == mark:
            return Reply(code=200, resource=found)
    ask = Ask(method="POST", path=kind, resource=resource, if_none_exist=query)
    reply = exchange.one(ask)
    another = reply.code == 200 and reply.resource and _mark(reply.resource) != mark
    if looked.ok and (another or reply.code in _NOT_UNDERSTOOD):
        return exchange.one(replace(ask, if_none_exist=""))
    return reply


def listed(exchange: Exchange, path: str) -> list[type_of_resource]:
    """The records of a search, page after page, on this server alone."""
    found: list[type_of_resource] = []
    seen: set[str] = set()
    while path and path not in seen:
        seen.add(path)
        reply = exchange.one(Ask(path=path))
        if not reply.ok:
            raise BadAnswer("The HIS did not answer a search that it offers; try again later.")
        found += _entries(reply)
        links = objects((reply.resource or {}).get("link"))
        path = next((str(one.get("url")) for one in links if one.get("relation") == "next"), "")
    return found


def _entries(reply: Reply) -> list[type_of_resource]:
    """The records of a page."""
    entries = objects((reply.resource or {}).get("entry"))
    return [one for entry in entries for one in objects(entry.get("resource"))]


def _mark(resource: type_of_resource) -> tuple[str, str, str]:
    """System, value and search parameter of what names the operation in a record."""
    for one in objects(resource.get("identifier")):
        if one.get("system") == OPERATION:
            return OPERATION, str(one.get("value")), "identifier"
    for meta in objects(resource.get("meta")):
        for tag in objects(meta.get("tag")):
            if tag.get("system") == OPERATION:
                return OPERATION, str(tag.get("code")), "_tag"
    return "", "", ""


def _identifier(operation: str) -> dict[str, object]:
    return {"system": OPERATION, "value": operation}


def _purpose(purpose: str) -> dict[str, object]:
    return {"system": PURPOSE, "value": purpose}


def _agent(writing: Writing) -> dict[str, object]:
    key = "reference" if "/" in writing.agent else "display"
    return {key: writing.agent}


def _plain(value: str) -> str:
    """A search value in which FHIR's own separators mean nothing."""
    for sign in "\\,|$":
        value = value.replace(sign, "\\" + sign)
    return value


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
