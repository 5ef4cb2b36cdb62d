"""The shape of a file of vectors: which keys a case has, and what is wrong with a broken one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar, cast

Kind = TypeVar("Kind", bound=StrEnum)


class Malformed(ValueError):
    """A file or a case that is not of the shape of `tests/law/vectors/README.md`."""


@dataclass(frozen=True)
class Difference:
    """One field of a case that came out otherwise, as both sides are printed."""

    field: str
    expected: str
    got: str


@dataclass(frozen=True)
class Vector:
    """A case whose keys and types were checked against its `Shape`."""

    values: Mapping[str, object]

    def text(self, key: str) -> str:
        """A text that the shape requires."""
        return cast(str, self.values[key])

    def mapping(self, key: str) -> dict[str, object]:
        """A mapping that the shape requires."""
        return cast(dict[str, object], self.values[key])

    def texts(self, key: str) -> list[str]:
        """A list of texts that the shape requires."""
        listed = cast(list[object], self.values[key])
        if not all(isinstance(one, str) for one in listed):
            raise Malformed(f"{key} = {shown(listed)}; it is a list of texts")
        return cast(list[str], listed)

    def one_of(self, key: str, kind: type[Kind], **also: Kind) -> Kind:
        """A member of an enumeration, by its code or by a further name that vectors use."""
        known = {**{member.value: member for member in kind}, **also}
        if self.text(key) not in known:
            raise Malformed(f"{key} = {shown(self.text(key))}; it is one of {', '.join(known)}")
        return known[self.text(key)]


@dataclass(frozen=True)
class Shape:
    """The keys that a case must have and those that it may have; all others are mistakes.

    Each key has the Python types that its JSON value may be of. A key that ends in `_note` is a
    remark for the reader.
    """

    required: Mapping[str, tuple[type, ...]]
    optional: Mapping[str, tuple[type, ...]] = field(default_factory=dict)

    def of(self, content: object) -> Vector:
        """The case; `Malformed` names the first key that is missing, unknown or of a wrong type."""
        if not isinstance(content, dict):
            raise Malformed(f"{shown(content)}, which is no mapping of keys and values")
        _refuse_doubled(content)
        notes = {key: (str,) for key in content if key.endswith("_note")}
        known = {**self.required, **self.optional, **notes}
        for key in content:
            if key not in known:
                raise Malformed(f"unknown key {key!r}; known are {', '.join(known)}")
        for key in self.required:
            if key not in content:
                raise Malformed(f"no key {key!r}")
        _refuse_types(content, known)
        if not _id_of(content):
            raise Malformed(f"id = {shown(content['id'])}; it is a text that is not blank")
        return Vector(content)


def compared(vector: Vector, got: Mapping[str, object]) -> list[Difference]:
    """The keys of the case whose value differs from what came out; dates are compared as texts."""
    return [
        Difference(key, shown(vector.values[key]), shown(value))
        for key, value in got.items()
        if key in vector.values and shown(vector.values[key]) != shown(value)
    ]


def cases_of(path: Path, lists: Mapping[str, bool]) -> Iterator[tuple[str, str, object]]:
    """List, id and content of each case of a file; a case without an id is named by its place.

    `lists` are the lists that the file may have, and whether it must have them.
    """
    document = _read(path)
    for name in document:
        if name.endswith("vectors") and name not in lists:
            raise Malformed(f"unknown list {name!r}; known are {', '.join(lists)}")
    for name, needed in lists.items():
        listed = document.get(name, None if needed else [])
        if not isinstance(listed, list):
            raise Malformed(f"no list {name!r}")
        if name in document and not listed:
            raise Malformed(f"no case in the list {name!r}")
        for place, content in enumerate(listed):
            yield name, _id_of(content) or f"{path.name} {name}[{place}]", content


def shown(value: object) -> str:
    """A value as it is printed: JSON on one line."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _read(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = json.loads(text, object_pairs_hook=_mapping)
    except FileNotFoundError:
        raise Malformed("no such file") from None
    except ValueError as error:
        raise Malformed(f"broken JSON ({error})") from error
    except (OSError, RecursionError) as error:
        raise Malformed(f"a file that cannot be read ({type(error).__name__})") from error
    if not isinstance(document, dict):
        raise Malformed("no JSON object")
    _refuse_doubled(document, deeply=False)
    return document


class _Doubled(dict[str, object]):
    """A mapping in which a key stands twice: JSON takes the last one and says nothing."""

    twice = ""


def _mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    doubled = _Doubled(found)
    doubled.twice = next(key for at, (key, _value) in enumerate(pairs) if key in dict(pairs[:at]))
    return doubled


def _refuse_types(content: dict[str, object], known: Mapping[str, tuple[type, ...]]) -> None:
    for key, value in content.items():
        if type(value) not in known[key]:
            raise Malformed(f"{key} = {shown(value)}; it is {_allowed(known[key])}")


def _refuse_doubled(value: object, *, deeply: bool = True) -> None:
    if isinstance(value, _Doubled):
        raise Malformed(f"the key {value.twice!r} twice")
    if deeply and isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            _refuse_doubled(below)


def _id_of(content: object) -> str:
    found = content.get("id") if isinstance(content, dict) else None
    return " ".join(found.split()) if isinstance(found, str) else ""


def _allowed(types: tuple[type, ...]) -> str:
    words = {
        str: "a text",
        bool: "true or false",
        int: "a whole number",
        list: "a list",
        dict: "a mapping",
        type(None): "null",
    }
    return " or ".join(words[one] for one in types)
