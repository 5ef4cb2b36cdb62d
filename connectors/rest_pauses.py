"""The wait that a busy system asks for, in the headers and forms that it uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import httpx

from connectors.http import pause_of, type_of_pause
from connectors.rest_path import Path, path
from connectors.strict_json import json_of
from dsr.core.errors import BadAnswer, BrokenRegister
from dsr.core.reading import Entry

#: what a number means, as seconds from now
_UNITS: Mapping[str, Callable[[float], float]] = {
    "seconds": lambda number: number,
    "ms": lambda number: number / 1000,
    "epoch": lambda number: number - time.time(),
    "epoch_ms": lambda number: number / 1000 - time.time(),
}
#: no system has a say over longer than a day
_LONGEST = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Pause:
    """One place where the wait may stand: a header, or a path into the body."""

    header: str
    where: Path
    unit: str

    def of(self, headers: Mapping[str, str], body: object) -> float | None:
        """The seconds to wait; None when it is not there or is no number."""
        found = headers.get(self.header) if self.header else self.where.of(body)
        try:
            number = float(str(found))
        except ValueError:
            return pause_of({"retry-after": str(found)}) if isinstance(found, str) else None
        return min(max(0.0, _UNITS[self.unit](number)), _LONGEST)


def pause(read: Entry) -> Pause:
    """A place in the settings: `header` or `path`, and `in`, the unit."""
    read.only("header", "path", "in")
    unit = read.text("in", "seconds")
    if unit not in _UNITS:
        raise BrokenRegister(f"{read.path}.in: write one of {', '.join(_UNITS)}.")
    if len({"header", "path"} & set(read.values)) != 1:
        raise BrokenRegister(f"{read.path}: write either `header` or `path`.")
    return Pause(header=read.text("header", ""), where=path(read, "path", ""), unit=unit)


def pauses(rows: Sequence[Entry]) -> type_of_pause | None:
    """Reads the first wait that an answer names in these places; None when there are no places."""
    return partial(_first, [pause(row) for row in rows]) if rows else None


def _first(places: Sequence[Pause], headers: httpx.Headers, content: bytes) -> float | None:
    body = _body(headers, content) if any(place.where.text for place in places) else None
    found = (place.of(headers, body) for place in places)
    return next((seconds for seconds in found if seconds is not None), None)


def _body(headers: httpx.Headers, content: bytes) -> object:
    try:
        return json_of(content, headers.get("content-type", ""))
    except BadAnswer:
        return None
