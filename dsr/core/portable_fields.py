"""Conclusions inside a record that the person provided: they stay, the rest goes along.

A record of FHIR may hold what the patient measured and what a professional made of it. Art. 20(1)
asks for the first alone (WP242 rev.01, p. 10-11).
"""

from __future__ import annotations

from collections.abc import Mapping

#: elements of FHIR R4 that hold a judgement on what was measured or entered
_JUDGED = frozenset(
    {"interpretation", "_interpretation", "conclusion", "_conclusion", "conclusionCode"}
)
_PERSON = ("Patient/", "RelatedPerson/")
_LABORATORY = "laboratory"


def provided_part(data: Mapping[str, object]) -> Mapping[str, object]:
    """A record without judgements and without others' notes; the same object when it has none."""
    if "resourceType" not in data or not _holds_others(data):
        return data
    return {key: _kept(value) for key, value in data.items() if not _is_others(key, value)}


def is_laboratory(data: Mapping[str, object]) -> bool:
    """Whether a measurement comes from a laboratory: its device is not the person's own."""
    return any(
        isinstance(coding, Mapping) and coding.get("code") == _LABORATORY
        for category in _objects(data.get("category"))
        for coding in _objects(category.get("coding"))
    )


def _holds_others(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_is_others(key, one) or _holds_others(one) for key, one in value.items())
    return isinstance(value, list) and any(
        _is_annotation(one) or _holds_others(one) for one in value
    )


def _kept(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _kept(one) for key, one in value.items() if not _is_others(key, one)}
    if isinstance(value, list):
        return [_kept(one) for one in value if not _is_annotation(one)]
    return value


def _is_others(key: object, value: object) -> bool:
    """A judgement, or a list of nothing but others' notes: FHIR knows no empty list."""
    if key in _JUDGED:
        return True
    return isinstance(value, list) and bool(value) and all(map(_is_annotation, value))


def _is_annotation(value: object) -> bool:
    """A note that says that somebody else than the person wrote it."""
    if not isinstance(value, Mapping) or "text" not in value:
        return False
    author = value.get("authorReference")
    said = author.get("reference") if isinstance(author, Mapping) else None
    return isinstance(said, str) and not any(kind in said for kind in _PERSON)


def _objects(value: object) -> list[Mapping[str, object]]:
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, Mapping)]
