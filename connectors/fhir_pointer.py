"""A JSON pointer (RFC 6901) into a resource: what stands there, and putting something else."""

from __future__ import annotations

import re
from copy import deepcopy

from connectors.fhir_json import type_of_resource
from dsr.core.errors import ValueRefused

_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,5})\Z")


def steps(pointer: str) -> tuple[str, ...]:
    """The keys and places of a pointer; `ValueRefused` when it is none."""
    if not pointer.startswith("/") or "" in (parts := pointer[1:].split("/")):
        raise ValueRefused("A correction names no field; start it with a slash (/birthDate).")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def element(pointer: str) -> str:
    """The element that a pointer names, as HL7 writes it: without the numbers of lists."""
    return ".".join(step for step in steps(pointer) if not _INDEX.match(step))


def at(resource: object, pointer: str) -> object:
    """What stands there; None for nothing."""
    found = resource
    for step in steps(pointer):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and _INDEX.match(step) and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def changed(resource: type_of_resource, pointer: str, new: object) -> type_of_resource:
    """A copy with this value there (None: nothing). Empty elements go too: FHIR knows none."""
    copy = deepcopy(resource)
    _put(copy, list(steps(pointer)), new)
    return copy


def _put(place: object, way: list[str], new: object) -> None:
    step, rest = way[0], way[1:]
    if isinstance(place, dict):
        _put_in_object(place, step, rest, new)
    elif isinstance(place, list) and _INDEX.match(step) and int(step) <= len(place):
        _put_in_list(place, int(step), rest, new)
    elif new is not None:
        raise ValueRefused("A correction names a place that this record does not have.")


def _put_in_object(place: dict[str, object], step: str, rest: list[str], new: object) -> None:
    if rest:
        below = place.setdefault(step, [] if _INDEX.match(rest[0]) else {})
        _put(below, rest, new)
        new = below
    if new in (None, {}, []):
        place.pop(step, None)
    else:
        place[step] = new


def _put_in_list(place: list[object], index: int, rest: list[str], new: object) -> None:
    if index == len(place):
        place.append({})
    if rest:
        _put(place[index], rest, new)
        new = place[index]
    if new in (None, {}, []):
        del place[index]
    else:
        place[index] = new
