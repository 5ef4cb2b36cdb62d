"""How the stand-in HIS says things: FHIR in JSON, bundles and outcomes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from flask import Response, request

type_of_resource = dict[str, object]

_TYPE = "application/fhir+json; charset=utf-8"
#: what may only be read: the log, and who works here
READ_ONLY = frozenset({"AuditEvent", "Practitioner", "Organization"})
_WRITES = ("create", "update", "delete")
_OPERATIONS = ("meta-add", "meta-delete", "expunge")


def fhir(resource: Mapping[str, object], code: int = 200) -> Response:
    """A resource, with its version where it has one."""
    text = json.dumps(resource, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, code, content_type=_TYPE)
    meta = resource.get("meta")
    if isinstance(meta, dict) and meta.get("versionId"):
        response.headers["ETag"] = f'W/"{meta["versionId"]}"'
    return response


def outcome(code: int, issue: str, place: str = "") -> Response:
    """A refusal; `place` names the element that is wrong."""
    words = {"severity": "error", "code": issue} | ({"expression": [place]} if place else {})
    return fhir({"resourceType": "OperationOutcome", "issue": [words]}, code)


def bundle(
    shown: Sequence[type_of_resource], total: int | None, link: list[dict[str, str]]
) -> type_of_resource:
    """A page of a search."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        **({"total": total} if total is not None else {}),
        **({"link": link} if link else {}),
        "entry": [{"fullUrl": full(one), "resource": one} for one in shown],
    }


def full(resource: Mapping[str, object]) -> str:
    """The address of a resource."""
    return f"{request.url_root}fhir/{resource['resourceType']}/{resource['id']}"


def capability(searches: Mapping[str, Sequence[str]], lacks: Collection[str]) -> type_of_resource:
    """The CapabilityStatement."""
    shown = {} if "metadata" in lacks else {k: v for k, v in searches.items() if k not in lacks}
    interactions = [] if "batch" in lacks else [{"code": "batch"}]
    resources = [_type(kind, names, lacks) for kind, names in shown.items()]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-05",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "interaction": interactions, "resource": resources}],
    }


def _type(kind: str, names: Sequence[str], lacks: Collection[str]) -> type_of_resource:
    writes = () if kind in READ_ONLY else _WRITES
    actions = ("read", "search-type", "history-instance", *writes)
    operations = [one for one in _OPERATIONS if one not in lacks]
    if kind == "Patient" and "everything" not in lacks:
        operations.append("everything")
    return {
        "type": kind,
        "versioning": "versioned",
        "interaction": [{"code": one} for one in actions if one not in lacks],
        "searchParam": [{"name": name, "type": "string"} for name in names],
        "operation": [
            {"name": one, "definition": f"OperationDefinition/{_defined(one)}"}
            for one in operations
        ],
    }


def _defined(name: str) -> str:
    return "Patient-everything" if name == "everything" else name
