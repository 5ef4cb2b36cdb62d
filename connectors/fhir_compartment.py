"""The Patient compartment as HL7 defines it, for R4 and STU3 (`fhir_definitions/`, with source)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from connectors.fhir_json import objects

_DEFINITIONS = Path(__file__).parent / "fhir_definitions"


class Version(StrEnum):
    """The versions of FHIR that are read."""

    R4 = "R4"
    STU3 = "STU3"


@dataclass(frozen=True)
class Part:
    """Records of one type that name the patient through the elements `at`.

    `ask` are the search parameters for it, the compartment's own first: any of them will do.
    """

    kind: str
    ask: tuple[str, ...]
    at: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}:{self.ask[0]}"


#: of no compartment, and yet the patient's: an implant, a pump, a hearing aid
BEYOND = (Part("Device", ("patient",), ("patient",)),)
LOG = "AuditEvent"


@cache
def compartment(version: Version) -> tuple[Part, ...]:
    """Every part of the compartment, in the order of the alphabet."""
    path = _DEFINITIONS / f"{version.lower()}.json"
    types = json.loads(path.read_text(encoding="utf-8"))["types"]
    return tuple(
        Part(kind, tuple(part["ask"]), tuple(part["at"]))
        for kind, parts in types.items()
        for part in parts
    )


@cache
def elements(version: Version) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """By type: every element through which a record can be in the compartment, as keys."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for part in (*compartment(version), *BEYOND):
        paths = tuple(tuple(path.split(".")) for path in part.at)
        found[part.kind] = (*found.get(part.kind, ()), *paths)
    return found


def references(resource: Mapping[str, object], path: tuple[str, ...]) -> Iterator[str]:
    """The texts of the references at an element."""
    if not path:
        target = resource.get("reference")
        if isinstance(target, str):
            yield target
        return
    for below in objects(resource.get(path[0])):
        yield from references(below, path[1:])
