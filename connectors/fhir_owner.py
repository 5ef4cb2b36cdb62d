"""Whose record is it: the subject's, somebody else's, or of somebody who came along."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from urllib.parse import urlsplit

from connectors.fhir_server import objects

_PATIENT = re.compile(r"(?:.*/)?(Patient/[A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?\Z")
#: elements that name the one patient a record is about
_ONE = ("subject", "patient", "beneficiary", "individual", "for")
#: lists that may name several patients at once: (list, element below it)
_AMONG = (("participant", "actor"), ("entity", "what"), ("member", "entity"), ("target", ""))
_OTHERS = frozenset(
    {
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "OrganizationAffiliation",
        "RelatedPerson",
        "Person",
        "Location",
        "HealthcareService",
        "Endpoint",
        "Group",
    }
)
#: records that name no patient by their nature, and come along because another one needs them
_NAMELESS = frozenset({"Medication", "Substance", "Binary", "Provenance", "Questionnaire"})


class Owner(Enum):
    """Whose a record is."""

    SUBJECT = "subject"
    ALONG = "along"  #: of a person or body that comes along, or of nobody named
    STRANGER = "stranger"  #: of another patient: it should never have been sent


def owner_of(resource: Mapping[str, object], subject_ref: str, base_url: str) -> Owner:
    """Whose the record is, by every element that names a patient.

    A reference to a patient on another server is a stranger's: ids are unique on one server only.
    """
    kind = str(resource["resourceType"])
    if kind == "Patient":
        same = f"Patient/{resource.get('id')}" == subject_ref
        return Owner.SUBJECT if same else Owner.ALONG
    one = set(_patients(_named(resource), base_url))
    among = set(_patients(_listed(resource), base_url))
    if one - {subject_ref} or (among and subject_ref not in among | one):
        return Owner.STRANGER
    if kind in _OTHERS or among - {subject_ref}:
        return Owner.ALONG
    return Owner.SUBJECT if subject_ref in one | among or kind in _NAMELESS else Owner.ALONG


def _named(resource: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    for name in _ONE:
        yield from objects(resource.get(name))


def _listed(resource: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    for name, below in _AMONG:
        for one in objects(resource.get(name)):
            yield from objects(one.get(below)) if below else (one,)


def _patients(references: Iterator[Mapping[str, object]], base_url: str) -> Iterator[str]:
    for reference in references:
        target = reference.get("reference")
        found = _PATIENT.match(target) if isinstance(target, str) else None
        if found:
            own = "://" not in str(target) or str(target).startswith(base_url.rstrip("/") + "/")
            yield found[1] if own else f"{urlsplit(str(target)).netloc}/{found[1]}"
