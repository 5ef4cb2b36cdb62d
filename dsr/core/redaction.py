"""Burning out what is withheld: pure functions on an item's data; the original stays untouched."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dsr.core.errors import BadInput
from dsr.core.package import BLACKED_OUT as BLACK


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What to take out of an item: a whole field, or the characters `start` to `end` of a text.

    `path` is a JSON pointer (RFC 6901) into the item's data.
    """

    path: str
    start: int | None = None
    end: int | None = None


def redacted(data: dict[str, Any], cuts: Iterable[Cut]) -> dict[str, Any]:
    """A copy of the data without what was cut.

    A cut text must not live on elsewhere in the same item: every other text of the item that
    holds the cut words loses them too (a FHIR narrative repeats its fields, for example).
    """
    result = copy.deepcopy(data)
    spans: dict[str, list[tuple[int, int]]] = {}
    words: set[str] = set()
    for cut in cuts:
        found = _at(data, cut.path)
        words |= _cut_words(found, cut)
        if cut.start is None or cut.end is None:
            _put(result, cut.path, BLACK)
        else:
            spans.setdefault(cut.path, []).append((cut.start, cut.end))
    for path, places in spans.items():
        _put(result, path, _blacked(str(_at(data, path)), places))
    cleaned = _without(result, {word for word in words if len(word) >= 3})
    assert isinstance(cleaned, dict)  # noqa: S101 (a dict stays a dict)
    return cleaned


def check_cut(data: dict[str, Any], cut: Cut) -> None:
    """Refuse a cut that points nowhere or outside the text."""
    found = _at(data, cut.path)
    if cut.start is None and cut.end is None:
        return
    if not isinstance(found, str):
        raise BadInput("path", "Only a part of a text can be blacked out; take the whole field.")
    start, end = cut.start or 0, cut.end or 0
    if not 0 <= start < end <= len(found):
        raise BadInput("start", "The part to black out lies outside the text; select it again.")


def texts_of(value: Any, path: str = "") -> Iterable[tuple[str, str]]:
    """Every text in the data with its JSON pointer, in order."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_of(inner, f"{path}/{_escaped(key)}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from texts_of(inner, f"{path}/{place}")


def _cut_words(found: Any, cut: Cut) -> set[str]:
    if isinstance(found, str):
        return {found[cut.start : cut.end].strip()}
    return {text.strip() for _path, text in texts_of(found)}


def _without(value: Any, words: set[str]) -> Any:
    if isinstance(value, str):
        for word in sorted(words, key=len, reverse=True):
            value = value.replace(word, BLACK)
        return value
    if isinstance(value, dict):
        return {key: _without(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, words) for inner in value]
    return value


def _blacked(text: str, places: list[tuple[int, int]]) -> str:
    for start, end in sorted(_joined(places), reverse=True):
        text = text[:start] + BLACK + text[end:]
    return text


def _joined(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _at(data: Any, path: str) -> Any:
    found = data
    for key in _keys(path):
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise BadInput("path", "This item has no such field any more; look again.") from error
    return found


def _put(data: Any, path: str, value: Any) -> None:
    *way, last = _keys(path)
    for key in way:
        data = data[int(key)] if isinstance(data, list) else data[key]
    data[int(last) if isinstance(data, list) else last] = value


def _keys(path: str) -> list[str]:
    if not path.startswith("/"):
        raise BadInput("path", "Point at a field, such as /text.")
    return [key.replace("~1", "/").replace("~0", "~") for key in path[1:].split("/")]


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
