"""Where a reading stands, as the short text that comes back with the next call.

One way for every connector that pages: a frozen dataclass as JSON, and short hashes of the pages
seen, so that a list that goes round in circles is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, TypeVar

from dsr.core.errors import BadAnswer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Place = TypeVar("Place", bound="DataclassInstance")

_SPOILED = "The place to go on from cannot be read; start this search again."


def as_text(place: DataclassInstance) -> str:
    """The place as JSON without spaces."""
    return json.dumps(asdict(place), separators=(",", ":"))


def from_text(kind: type[Place], text: str | None) -> Place:
    """The place in a text of ours; the beginning when there is none. Else `BadAnswer`."""
    if text is None:
        return kind()
    try:
        found = json.loads(text)
        begin = asdict(kind())
        read = {name: _as_was(begin[name], value) for name, value in found.items()}
        if set(read) != {field.name for field in fields(kind)}:
            raise ValueError
        return kind(**read)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadAnswer(_SPOILED, from_start=True) from None


def _as_was(begin: object, value: object) -> object:
    """JSON knows no tuples; everything else must be of the kind that it was."""
    if isinstance(begin, tuple) and isinstance(value, list):
        return tuple(str(one) for one in value)
    if type(value) is not type(begin):
        raise ValueError
    return value


def mark(*parts: str) -> str:
    """A short hash, which names nobody."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def marks(refs: Iterable[str], link: str | None) -> tuple[str, ...]:
    """What is remembered of a page: one mark for its records, one for the link to the next."""
    listed = sorted(refs)
    found = (mark("page", *listed),) if listed else ()
    return (*found, mark("link", link)) if link else found


def refuse_repeated(seen: Iterable[str], coming: Iterable[str]) -> None:
    """`BadAnswer` when a page or the link to it was there before."""
    if set(seen) & set(coming):
        raise BadAnswer(
            "The system sends the same page again and again; try again later.", from_start=True
        )
