"""Whose record is it: the subject's, somebody else's, or of somebody who came along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from urllib.parse import urlsplit

from connectors.fhir_compartment import Version, elements, references

_PATIENT = re.compile(r"(?:.*/)?(Patient/[A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?\Z")
#: elements that name the one patient a record is about
_ONE = tuple((name,) for name in ("subject", "patient", "beneficiary", "individual", "for"))
#: lists that may name several patients at once
_AMONG = (
    ("participant", "actor"), ("entity", "what"), ("entity", "reference"), ("member", "entity"),
    ("target",), ("link", "other"), ("link", "target"),
)  # fmt: skip
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
_NAMELESS = frozenset(
    {"Medication", "Substance", "Binary", "Provenance", "Questionnaire", "Device"}
)


class Owner(Enum):
    """Whose a record is."""

    SUBJECT = "subject"
    ALONG = "along"  #: of a person or body that comes along, or of nobody named
    STRANGER = "stranger"  #: of another patient: it should never have been sent


def owner_of(
    resource: Mapping[str, object], subject_ref: str, base_url: str, version: Version = Version.R4
) -> Owner:
    """Whose the record is, by every element that names a patient.

    A record about another patient that names the subject where the compartment counts it (who
    asserted, performed, paid) is no stranger's: it comes along, for the desk. A reference to a
    patient on another server is a stranger's: ids are unique on one server only.
    """
    kind = str(resource["resourceType"])
    if kind == "Patient":
        same = f"Patient/{resource.get('id')}" == subject_ref
        return Owner.SUBJECT if same else Owner.ALONG
    about = _patients(resource, _ONE, base_url)
    among = _patients(resource, _AMONG, base_url)
    others = about - {subject_ref}
    if others or (among and subject_ref not in among | about):
        part = _patients(resource, elements(version).get(kind, ()), base_url)
        both = subject_ref in about
        return Owner.ALONG if subject_ref in part | among and not both else Owner.STRANGER
    if kind in _OTHERS or among - {subject_ref}:
        return Owner.ALONG
    if subject_ref in about | among or kind in _NAMELESS:
        return Owner.SUBJECT
    return _by_part(resource, subject_ref, base_url, version)


def _by_part(
    resource: Mapping[str, object], subject_ref: str, base_url: str, version: Version
) -> Owner:
    """A record about nobody named: theirs whom it names in another way; else for the desk."""
    paths = elements(version).get(str(resource["resourceType"]), ())
    named = _patients(resource, paths, base_url)
    if named == {subject_ref}:
        return Owner.SUBJECT
    return Owner.STRANGER if named and subject_ref not in named else Owner.ALONG


def is_named(
    resource: Mapping[str, object],
    paths: Iterable[tuple[str, ...]],
    subject_ref: str,
    base_url: str,
) -> bool:
    """Whether one of these elements names the subject."""
    return subject_ref in _patients(resource, paths, base_url)


def _patients(
    resource: Mapping[str, object], paths: Iterable[tuple[str, ...]], base_url: str
) -> set[str]:
    return set(_read(_targets(resource, paths), base_url))


def _targets(resource: Mapping[str, object], paths: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for path in paths:
        if path[0] in resource:
            yield from references(resource, path)


def _read(targets: Iterable[str], base_url: str) -> Iterator[str]:
    for target in targets:
        if "Patient/" in target and (found := _PATIENT.match(target)):
            own = "://" not in target or target.startswith(base_url.rstrip("/") + "/")
            yield found[1] if own else f"{urlsplit(target).netloc}/{found[1]}"
