"""One look through a resource for what lies deep in it: references and attachments."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from connectors.fhir_json import objects, type_of_resource

#: elements that hold an attachment, in any type
_ATTACHMENTS = frozenset(
    {
        "attachment", "contentAttachment", "photo", "presentedForm", "sourceAttachment",
        "valueAttachment",
    }
)  # fmt: skip
#: and those that do in one type only
_OF_TYPE = {"Media": "content", "BodyStructure": "image", "BodySite": "image"}


@dataclass(frozen=True)
class Scan:
    """The texts of all references, and all attachments in their order (a Binary is one itself)."""

    targets: tuple[str, ...]
    attachments: tuple[type_of_resource, ...]


def scan(resource: type_of_resource) -> Scan:
    """What lies in the resource. Broad first, so that attachments keep their order."""
    targets: list[str] = []
    attachments = _own_attachments(resource)
    waiting: deque[object] = deque([resource])
    while waiting:
        value = waiting.popleft()
        if not isinstance(value, dict):
            waiting.extend(one for one in objects(value))
            continue
        for key, inner in value.items():
            if key == "reference" and isinstance(inner, str):
                targets.append(inner)
            elif key in _ATTACHMENTS:
                attachments.extend(objects(inner))
            elif isinstance(inner, dict | list):
                waiting.append(inner)
    return Scan(tuple(targets), tuple(attachments))


def _own_attachments(resource: type_of_resource) -> list[type_of_resource]:
    kind = str(resource["resourceType"])
    if kind == "Binary":
        return [resource]
    return list(objects(resource.get(_OF_TYPE[kind]))) if kind in _OF_TYPE else []
