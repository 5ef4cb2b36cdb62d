"""What FHIR's JSON looks like, before anybody knows what it means."""

from __future__ import annotations

from typing import cast

type_of_resource = dict[str, object]


def objects(value: object) -> tuple[type_of_resource, ...]:
    """The JSON objects in a list, or the one object itself; nothing for anything else."""
    if isinstance(value, dict):
        return (cast(type_of_resource, value),)
    if not isinstance(value, list):
        return ()
    return tuple(cast(type_of_resource, one) for one in value if isinstance(one, dict))


def ref_of(resource: type_of_resource) -> str:
    """Type and id of a resource, as others refer to it."""
    return f"{resource['resourceType']}/{resource.get('id')}"


def is_replaced(patient: type_of_resource) -> bool:
    """Whether a Patient was merged into another, and must not be used any more."""
    return any(link.get("type") == "replaced-by" for link in objects(patient.get("link")))
