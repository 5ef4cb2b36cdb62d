"""The mark of a restriction (Art. 18): security labels, and which of them are ours.

A label that the HIS had put there itself is left when a restriction is lifted; a milder one that
had to make way comes back. Which is which stands in `meta.tag` beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from connectors.fhir_json import objects, type_of_resource
from connectors.fhir_writing import ACT_CODE, CONFIDENTIALITY

OURS = "urn:privacybalie:restriction"
MADE_WAY = "urn:privacybalie:restriction:replaced"
#: from open to closed: a record has one of these at most
_ORDER = ("U", "L", "M", "N", "R", "V")
_CLOSED = ("R", "V")


def is_closed(resource: type_of_resource) -> bool:
    """Whether the record is marked as restricted, by whomever."""
    return any(
        label.get("system") == CONFIDENTIALITY and label.get("code") in _CLOSED
        for label in _of(resource, "security")
    )


def marked(resource: type_of_resource, labels: Sequence[type_of_resource]) -> type_of_resource:
    """The record with these labels, as far as it does not have them or a stricter one."""
    held = list(_of(resource, "security"))
    tags = list(_of(resource, "tag"))
    for label in labels:
        if any(_same(label, one) or _is_stricter(one, label) for one in held):
            continue
        for one in [one for one in held if _is_milder(one, label)]:
            held.remove(one)
            tags.append({"system": MADE_WAY, "code": one["code"]})
        held.append(dict(label))
        tags.append({"system": OURS, "code": label["code"]})
    return _with(resource, held, tags)


def unmarked(resource: type_of_resource) -> type_of_resource:
    """The record without what we added, and with what had to make way for it."""
    tags = list(_of(resource, "tag"))
    ours = {one.get("code") for one in tags if one.get("system") == OURS}
    kept = [
        one
        for one in _of(resource, "security")
        if one.get("code") not in ours or one.get("system") not in (CONFIDENTIALITY, ACT_CODE)
    ]
    back = [
        {"system": CONFIDENTIALITY, "code": one.get("code")}
        for one in tags
        if one.get("system") == MADE_WAY
    ]
    others = [one for one in tags if one.get("system") not in (OURS, MADE_WAY)]
    return _with(resource, [*kept, *back], others)


def added(before: type_of_resource, after: type_of_resource) -> dict[str, object]:
    """The part of `meta` that is in `after` alone; empty when `after` also lacks something."""
    found: dict[str, object] = {}
    for key in ("security", "tag"):
        old, new = list(_of(before, key)), list(_of(after, key))
        if any(one not in new for one in old):
            return {}
        if more := [one for one in new if one not in old]:
            found[key] = more
    return found


def _of(resource: type_of_resource, key: str) -> Iterator[type_of_resource]:
    for meta in objects(resource.get("meta")):
        yield from objects(meta.get(key))


def _with(
    resource: type_of_resource,
    security: Iterable[type_of_resource],
    tags: Iterable[type_of_resource],
) -> type_of_resource:
    meta = dict(next(iter(objects(resource.get("meta"))), {}))
    for key, found in (("security", list(security)), ("tag", list(tags))):
        meta.pop(key, None)
        if found:
            meta[key] = found
    rest = {key: value for key, value in resource.items() if key != "meta"}
    return {**rest, "meta": meta} if meta else rest


def _same(one: type_of_resource, other: type_of_resource) -> bool:
    return (one.get("system"), one.get("code")) == (other.get("system"), other.get("code"))


def _is_stricter(one: type_of_resource, than: type_of_resource) -> bool:
    return _rank(one) > _rank(than) >= 0


def _is_milder(one: type_of_resource, than: type_of_resource) -> bool:
    return 0 <= _rank(one) < _rank(than)


def _rank(label: type_of_resource) -> int:
    code = str(label.get("code"))
    return _ORDER.index(code) if label.get("system") == CONFIDENTIALITY and code in _ORDER else -1
