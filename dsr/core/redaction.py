"""Burning out what is withheld: pure functions on an item's data; the original stays untouched."""

from __future__ import annotations

import copy
import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dsr.core.errors import BadInput
from dsr.core.package import BLACKED_OUT as BLACK

#: one letter stands everywhere and names nobody
SHORTEST = 2
_TAG = re.compile(r"<[^<>]*>")
_GAP = r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+"


@dataclass(frozen=True)
class _Word:
    """A word to take out: as it is looked for as written, and in what a text reads as."""

    written: re.Pattern[str]
    read: re.Pattern[str]
    plain: str


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
    cleaned = without(result, words)
    assert isinstance(cleaned, dict)  # noqa: S101 (a dict stays a dict)
    return cleaned


def words_under(data: dict[str, Any], cuts: Iterable[Cut]) -> set[str]:
    """The words that these cuts take out, which may stand nowhere else either."""
    return set().union(*(_cut_words(_at(data, cut.path), cut) for cut in cuts))


def without(value: Any, words: Iterable[str]) -> Any:
    """The value without these words, in whatever capitals, spaces, marks or accents they stand."""
    told = [word for word in sorted(set(words), key=len, reverse=True) if len(word) >= SHORTEST]
    return _without(value, [_word(word) for word in told])


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
    return {text.strip() for text in _scalars(found)}


def _scalars(value: Any) -> Iterable[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _scalars(inner)
    elif _is_number(value) or isinstance(value, str):
        yield str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _without(value: Any, words: list[_Word]) -> Any:
    if isinstance(value, str):
        return _text_without(value, words)
    if isinstance(value, dict):
        return {key: _without(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, words) for inner in value]
    if _is_number(value) and any(word.plain == str(value) for word in words):
        return BLACK
    return value


def _text_without(text: str, words: list[_Word]) -> str:
    # All places first: words that overlap here would else leave an end of each other standing.
    places = [found.span() for word in words for found in word.written.finditer(text)]
    text = _blacked(text, places)
    # Tags, entities or accents may still spell a word; where they do, no part of it can stay.
    views = {_plain(_TAG.sub("", text)), _plain(_TAG.sub(" ", text))}
    return BLACK if any(word.read.search(view) for word in words for view in views) else text


def _word(word: str) -> _Word:
    plain = _plain(word)
    # A short word, or a number, is looked for by itself: not within another.
    alone = len(plain) <= SHORTEST or plain.isdigit()
    return _Word(
        written=_pattern(_GAP.join(re.escape(part) for part in word.split()), alone=alone),
        read=_pattern(re.escape(plain), alone=alone),
        plain=plain,
    )


def _pattern(spelled: str, *, alone: bool) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){spelled}(?!\w)" if alone else spelled, re.IGNORECASE)


def _plain(text: str) -> str:
    """The text as it reads, however it is written: no entities, accents by themselves or gaps."""
    read = unicodedata.normalize("NFKC", html.unescape(text)).casefold()
    return " ".join("".join(c for c in read if unicodedata.category(c) != "Cf").split())


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
