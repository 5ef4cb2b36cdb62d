"""Fields of a record by JSON pointer (RFC 6901): what stands there, and the record corrected."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from connectors.rest_lists import type_of_thing
from dsr.core.connector import Change
from dsr.core.errors import NeedsPerson


def at(thing: object, pointer: str) -> object:
    """What stands at a pointer; None for nothing."""
    for step in _steps(pointer):
        thing = _below(thing, step)
    return thing


def holds_new(thing: object, changes: Sequence[Change]) -> bool:
    """Whether every field is corrected already."""
    return all(at(thing, one.path) == one.new for one in changes)


def holds_old(thing: object, changes: Sequence[Change]) -> bool:
    """Whether every field is still as it was found, or corrected already."""
    return all(at(thing, one.path) in (one.old, one.new) for one in changes)


def corrected(thing: type_of_thing, changes: Sequence[Change]) -> type_of_thing:
    """A copy of the whole record with the new values; `NeedsPerson` where a place is missing."""
    made = deepcopy(thing)
    for one in changes:
        *way, last = _steps(one.path)
        holder: object = made
        for step in way:
            holder = _below(holder, step)
        _put(holder, last, one.new)
    return made


def fields_of(record: type_of_thing, changes: Sequence[Change]) -> type_of_thing:
    """The fields of the first level that a change touches, each whole."""
    names = dict.fromkeys(_steps(one.path)[0] for one in changes)
    return {name: record[name] for name in names}


def patch_of(record: type_of_thing, changes: Sequence[Change]) -> type_of_thing:
    """A merge patch (RFC 7396): only what changes; a list among it goes whole."""
    patch: type_of_thing = {}
    for one in changes:
        into, read = patch, record
        *way, last = _to_first_list(record, _steps(one.path))
        for step in way:
            below = into.setdefault(step, {})
            into = below if isinstance(below, dict) else {}
            read = _mapping(read[step])
        into[last] = read[last]
    return patch


def _to_first_list(record: type_of_thing, steps: list[str]) -> list[str]:
    """The steps down to the first list on the way, or to the end."""
    here: object = record
    for number, step in enumerate(steps):
        here = _below(here, step)
        if isinstance(here, list):
            return steps[: number + 1]
    return steps


def _mapping(value: object) -> type_of_thing:
    return value if isinstance(value, dict) else {}


def _below(thing: object, step: str) -> object:
    if isinstance(thing, dict):
        return thing.get(step)
    if isinstance(thing, list) and step.isdigit() and int(step) < len(thing):
        found: object = thing[int(step)]
        return found
    return None


def _put(holder: object, step: str, value: object) -> None:
    if isinstance(holder, dict):
        holder[step] = value
    elif isinstance(holder, list) and step.isdigit() and int(step) < len(holder):
        holder[int(step)] = value
    else:
        raise NeedsPerson("The field of this correction is in no record here; correct it by hand.")


def _steps(pointer: str) -> list[str]:
    steps = [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]
    if not steps:
        raise NeedsPerson("A correction names a whole record and no field; correct it by hand.")
    return steps
