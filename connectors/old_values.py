"""Corrections compared with what a system holds now: nobody's later change is overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dsr.core.connector import Change
from dsr.core.errors import ItemChanged


def still_to_change(data: Mapping[str, object], changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes that are not made yet; `ItemChanged` when a field holds neither old nor new."""
    left = []
    for change in changes:
        found = value_at(data, steps_of(change.path))
        if found == change.new:
            continue
        if found != change.old:
            raise ItemChanged
        left.append(change)
    return tuple(left)


def steps_of(pointer: str) -> tuple[str, ...]:
    """The names on the way that a JSON pointer (RFC 6901) goes."""
    parts = pointer.removeprefix("/").split("/")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def value_at(data: object, steps: Sequence[str]) -> object:
    """What stands there in mappings of mappings; None when nothing does."""
    for step in steps:
        data = data.get(step) if isinstance(data, Mapping) else None
    return data
