"""What a FHIR server says it can do (its CapabilityStatement), and in which version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from connectors.fhir_compartment import BEYOND, LOG, Part, Version, compartment
from connectors.fhir_json import objects
from dsr.core.errors import NeedsPerson

_NUMBERS = {"4.0.": Version.R4, "4.3.": Version.R4, "3.0.": Version.STU3}
#: in the compartment, and yet no part of a medical file that a HIS must be able to search
_NOT_OF_ONE_PATIENT = frozenset({"Patient", "Group", "Person", "Schedule", LOG})
_LOOKS_LIKE_FHIR = frozenset({"CapabilityStatement", "Conformance"})


@dataclass(frozen=True)
class Capability:
    """Search parameters by resource type, $everything, and the version.

    A server that lists no types at all is `silent`: then nothing follows from what is missing.
    `actions` are interactions and operations ("$expunge") by type, of the system as a whole
    under ""; `versioning` is what a type's policy of versions is called.
    """

    searches: Mapping[str, frozenset[str]]
    everything: bool
    version: Version = Version.R4
    actions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    versioning: Mapping[str, str] = field(default_factory=dict)

    @property
    def silent(self) -> bool:
        """Whether the statement says nothing, so that only asking shows what there is."""
        return not self.searches

    def lists(self, kind: str) -> bool:
        """Whether there may be records of this type."""
        return self.silent or kind in self.searches

    def may(self, kind: str, action: str) -> bool:
        """Whether an interaction is worth trying; of a type that lists none nothing is known."""
        listed = {one for one in self.actions.get(kind, ()) if not one.startswith("$")}
        return self.lists(kind) and (not listed or action in listed)

    def operates(self, kind: str, name: str) -> bool:
        """Whether an operation is offered, for the type or for all."""
        return any(f"${name}" in self.actions.get(one, ()) for one in (kind, ""))

    def offers(self, kind: str, *parameters: str) -> str:
        """The first of the parameters that this type may be asked by; empty when by none.

        Of a type that is listed without parameters nothing is known, so the first is tried.
        """
        listed = self.searches.get(kind)
        if listed is None:
            return parameters[0] if self.silent else ""
        return next((one for one in parameters if one in listed or not listed), "")

    def asked(self, parts: Iterable[Part]) -> tuple[tuple[Part, str], ...]:
        """The parts that the server can be asked for, each with its search parameter."""
        found = ((part, self.offers(part.kind, *part.ask)) for part in parts)
        return tuple((part, parameter) for part, parameter in found if parameter)

    def unreachable(self) -> tuple[str, ...]:
        """Types that a walk would miss: the server holds them and cannot search them by patient."""
        if self.everything:
            return ()
        parts = (*compartment(self.version), *BEYOND)
        reached = {part.kind for part, _ in self.asked(parts)} | _NOT_OF_ONE_PATIENT
        held = {part.kind for part in parts if part.kind in self.searches}
        return tuple(sorted(held - reached))


def read_capability(statement: Mapping[str, object], wanted: Version | None) -> Capability:
    """The statement as we use it; `NeedsPerson` when it is of another version than `wanted`."""
    version = _version(statement, wanted)
    searches: dict[str, frozenset[str]] = {}
    actions: dict[str, frozenset[str]] = {}
    versioning: dict[str, str] = {}
    everything = False
    for rest in objects(statement.get("rest")):
        everything |= _has_everything(rest)
        actions[""] = frozenset(_actions(rest))
        for kind in objects(rest.get("resource")):
            name = str(kind.get("type"))
            names = (str(one.get("name")) for one in objects(kind.get("searchParam")))
            searches[name] = frozenset(names)
            actions[name] = frozenset(_actions(kind))
            versioning[name] = str(kind.get("versioning", ""))
            everything |= name == "Patient" and _has_everything(kind)
    return Capability(searches, everything or not searches, version, actions, versioning)


def _version(statement: Mapping[str, object], wanted: Version | None) -> Version:
    said = str(statement.get("fhirVersion") or "")
    if statement.get("resourceType") not in _LOOKS_LIKE_FHIR or not said:
        raise NeedsPerson(
            "The HIS does not say which version of FHIR it speaks; correct its address in the"
            " register (`base_url` ends where /metadata begins)."
        )
    number = said if said[:1].isdigit() and len(said) < 20 else "an unknown version"
    version = next((one for start, one in _NUMBERS.items() if said.startswith(start)), None)
    if version is None:
        raise NeedsPerson(
            f"The HIS speaks FHIR {number}; this connector reads R4 (4.0) and STU3 (3.0)."
            " Ask the supplier for the address of one of these."
        )
    if wanted and version is not wanted:
        raise NeedsPerson(
            f"The HIS speaks FHIR {number} ({version}) and the register says {wanted}: correct"
            f" `fhir_version`, or ask the supplier for the address of {wanted}."
        )
    return version


def _actions(place: Mapping[str, object]) -> Iterator[str]:
    for one in objects(place.get("interaction")):
        yield str(one.get("code"))
    for one in objects(place.get("operation")):
        yield "$" + str(one.get("name")).lstrip("$")


def _has_everything(place: Mapping[str, object]) -> bool:
    return any(map(_is_everything, objects(place.get("operation"))))


def _is_everything(operation: Mapping[str, object]) -> bool:
    """By name or by definition: a text in R4, a reference in STU3."""
    defined = operation.get("definition")
    address = defined.get("reference") if isinstance(defined, dict) else defined
    named = str(operation.get("name")).lstrip("$")
    return named in ("everything", "patient-everything") or str(address).endswith(
        "/Patient-everything"
    )
