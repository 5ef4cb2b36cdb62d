"""Reading a mapping of the register key by key: a mistake is noted, and reading goes on.

What stands in for a wrong value is empty or None and never gets out: a register with a mistake is
refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar, cast

from dsr.core.register_mistakes import Path, nearest, unknown
from dsr.core.register_notes import MISSING, OPEN, FromEnvironment, Notes, is_unset
from dsr.core.register_terms import OpenQuestion
from dsr.core.words import NO_WORDS, STILL_OPEN, Words, not_settled

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_DAY: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_KINDS: Final[Mapping[type, str]] = {
    bool: "true or false (YAML reads yes, no, on and off so; put a word in quotes)",
    int: "a number (put digits that are a text in quotes)",
    float: "a number (put digits that are a text in quotes)",
    list: "a list",
    dict: "a mapping",
    type(None): "nothing",
}
_READING_NEEDED = "an open question needs a `reading:` here, the value to work with meanwhile"


class Place:
    """A mapping of the document. `stable` is its place by ids, for people (`A.5.recipients.gp`)."""

    def __init__(self, value: object, notes: Notes, path: Path = (), stable: str = "") -> None:
        if not isinstance(value, Mapping):
            notes.wrong(path, f"write a mapping of keys and values here, not {_kind(value)}.")
            notes = notes.mute()
        self.values = cast(Mapping[str, object], value if isinstance(value, Mapping) else {})
        self.notes = notes
        self.path = path
        self.stable = stable
        self._known: list[str] = []
        self._missing: dict[str, str] = {}

    @property
    def is_reading(self) -> bool:
        """Whether this is the reading of an open question."""
        return self.path[-1:] == ("reading",)

    def has(self, key: str) -> bool:
        """Whether the key is there; it is a known key from now on."""
        self._known.append(key)
        return key in self.values

    def is_open(self, key: str) -> bool:
        """Whether the value at this key is an open question."""
        value = self.values.get(key)
        return isinstance(value, Mapping) and "open_question" in value

    def text(self, key: str, default: str | None = None, *, may_be_empty: bool = False) -> str:
        """A text; without `default` it must be there."""
        value, path = self._value(key)
        if value is MISSING:
            return self._absent(key, "", default)
        if value is OPEN:
            if default is None and not may_be_empty:
                self.notes.wrong(path, f"{_READING_NEEDED}.")
            return ""
        if not isinstance(value, str):
            self.notes.wrong(path, f"write a text here, not {_kind(value)}.")
            return ""
        if not value.strip() and not may_be_empty and default is None:
            self.notes.wrong(path, "write a text here; it is empty.")
        return str(value)

    def words(self, key: str, default: Words | None = None) -> Words:
        """A text in Dutch and in English; what the practice still has to find out reads so."""
        value, path = self._value(key)
        if value is MISSING:
            return self._absent(key, NO_WORDS, default)
        if value is OPEN:
            return STILL_OPEN
        if isinstance(value, FromEnvironment):
            return Words(str(value), str(value))
        words = self._read(value, path, self._below(key), words_at)
        return not_settled(words) if self.is_open(key) else words

    def day(self, key: str, default: str | None = None) -> str:
        """A year, a month or a day: `2023`, `2023-06`, `2023-06-30`."""
        value, path = self._value(key)
        if value is MISSING:
            return self._absent(key, "", default)
        if value is OPEN:
            return ""
        text = str(value)
        if not is_day(text) and not is_unset(value):
            self.notes.wrong(path, f"{text!r} is no date; write one such as 2023-06-30 or 2023-06.")
        return text

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value, path = self._value(key)
        if isinstance(value, bool):
            return value
        if value is not MISSING:
            self.notes.wrong(path, f"write true or false here, not {_kind(value)}.")
        return default

    def whole(self, key: str, default: int) -> int:
        """A whole number above zero."""
        value, path = self._value(key)
        if value is MISSING:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.notes.wrong(path, "write a whole number of 1 or more here.")
            return default
        return value

    def number(self, key: str) -> float | None:
        """A number above zero, or None when the key is not there."""
        value, path = self._value(key)
        if value is MISSING:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            self.notes.wrong(path, "write a number above zero here.")
            return None
        return float(value)

    def one_of(self, key: str, words: Iterable[E], what: str) -> E:
        """A word of a closed list; the nearest one stands in for a word that is mistyped."""
        words = tuple(words)
        value, path = self._value(key)
        nothing = cast(E, None)
        if value is MISSING:
            return self._absent(key, nothing, None, f" Use one of: {', '.join(words)}.")
        if value is OPEN:
            self.notes.wrong(path, f"{_READING_NEEDED}: one of {', '.join(words)}.")
            return nothing
        return self._word(value, words, what, path) or nothing

    def several_of(self, key: str, words: Iterable[E], what: str) -> tuple[E, ...]:
        """A list of words of a closed list, at least one."""
        values, path = self._list(key, may_be_empty=False)
        known = tuple(words)
        found = [self._word(one, known, what, (*path, n)) for n, one in enumerate(values)]
        return tuple(word for word in found if word)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text; empty when the key is not there."""
        value, path = self._value(key)
        found = [] if value is MISSING else [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.notes.wrong(path, "write a list of texts here.")
            return ()
        return tuple(found)

    def as_written(self, key: str) -> dict[str, object]:
        """A mapping that somebody else reads; only the names of its variables are looked at."""
        if not self.has(key):
            return {}
        value, path = self.values[key], (*self.path, key)
        _check_variables(value, self.notes, path)
        return dict(Place(value, self.notes, path).values)

    def rows(self, key: str) -> list[tuple[int, Mapping[str, object]]]:
        """A list of mappings that somebody else reads, each with its number."""
        values, path = self._list(key, may_be_empty=False)
        for number, one in enumerate(values):
            Place(one, self.notes, (*path, number))
        return [(n, one) for n, one in enumerate(values) if isinstance(one, Mapping)]

    def listed(
        self, key: str, read: Callable[[Place], T], *, may_be_empty: bool = False
    ) -> tuple[T, ...]:
        """A list of mappings. Every element gives one thing, so that numbers stay true."""
        values, path = self._list(key, may_be_empty=may_be_empty)
        return tuple(
            self._read(value, (*path, number), self._named(key, value, number), read)
            for number, value in enumerate(values)
        )

    def part(self, key: str, read: Callable[[Place], T], default: T | None = None) -> T | None:
        """A mapping below a key; without it, or while it is open, `default`."""
        value, path = self._value(key)
        if value is MISSING or value is OPEN:
            return default
        return self._read(value, path, self._below(key), read)

    def needed(self, key: str, read: Callable[[Place], T]) -> T:
        """A mapping below a key that must be there."""
        value, path = self._value(key)
        if value is MISSING or value is OPEN:
            self._missing[key] = ""
            return read(Place({}, self.notes.mute()))
        return self._read(value, path, self._below(key), read)

    def done(self) -> None:
        """Note what is missing, and keys that nobody asked for: they must not pass silently."""
        for key in self.values:
            if key not in self._known:
                self._note_unknown(key)
        for key, hint in self._missing.items():
            self.notes.wrong(self.path, f"the key {key!r} is missing; add it.{hint}")

    def _note_unknown(self, key: object) -> None:
        near = nearest(key, self._missing) or nearest(key, self._known)
        self._missing.pop(near or "", None)
        words = unknown(key, "a key of this place", sorted(set(self._known)))
        self.notes.wrong((*self.path, cast(str, key)), words)

    def _value(self, key: str) -> tuple[object, Path]:
        path = (*self.path, key)
        if not self.has(key):
            return MISSING, path
        return settled(self.values[key], self.notes, path, self._below(key))

    def _below(self, key: str | int) -> str:
        return f"{self.stable}.{key}".removeprefix(".")

    def _absent(self, key: str, stand_in: T, default: T | None, hint: str = "") -> T:
        if default is not None:
            return default
        self._missing[key] = hint
        return stand_in

    def _word(self, value: object, words: Iterable[E], what: str, path: Path) -> E | None:
        known = {str(word): word for word in words}
        if isinstance(value, str) and value in known:
            return known[value]
        self.notes.wrong(path, unknown(value, what, known))
        return known.get(nearest(value, known) or "")

    def _list(self, key: str, *, may_be_empty: bool) -> tuple[list[object], Path]:
        value, path = self._value(key)
        if value is MISSING:
            if not may_be_empty:
                self._missing[key] = ""
            return [], path
        if not isinstance(value, list):
            self.notes.wrong(path, f"write a list here, not {_kind(value)}.")
            return [], path
        if not value and not may_be_empty:
            self.notes.wrong(path, "this list is empty; write at least one.")
        return value, path

    def _read(self, value: object, path: Path, stable: str, read: Callable[[Place], T]) -> T:
        below = Place(value, self.notes, path, stable)
        made = read(below)
        below.done()
        return made

    def _named(self, key: str, value: object, number: int) -> str:
        """An element by its id, which stays when others move; a purpose by its id alone."""
        told = value if isinstance(value, Mapping) else {}
        name = told.get("id") or told.get("rule") or told.get("name")
        name = slug(name) if isinstance(name, str) else number
        return str(name) if key == "purposes" else f"{self._below(key)}.{name}"


def slug(name: str) -> str:
    """A name in letters and digits; ids stay as they are."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-")


def words_at(at: Place) -> Words:
    """A mapping of `nl` and `en`."""
    return Words(at.text("nl"), at.text("en"))


def settled(value: object, notes: Notes, path: Path, stable: str) -> tuple[object, Path]:
    """The value itself, of its variable, or the reading of its open question; and its place."""
    if not isinstance(value, Mapping):
        return value, path
    if "open_question" in value:
        return _asked(value, notes, path, stable)
    if set(value) == {"env"}:
        return notes.variable(value["env"], path, stable), path
    return value, path


def _asked(
    value: Mapping[str, object], notes: Notes, path: Path, stable: str
) -> tuple[object, Path]:
    at = Place(value, notes, path, stable)
    reading = value["reading"] if at.has("reading") else OPEN
    before = len(notes.mistakes)
    asked = at.needed("open_question", _question)
    at.done()
    if len(notes.mistakes) == before:
        told = None if reading is OPEN else reading
        notes.question(replace(asked, id=asked.id or stable, reading=told, paths=(stable,)), path)
    if reading is OPEN:
        return OPEN, path
    return settled(reading, notes, (*path, "reading"), stable)


def _question(at: Place) -> OpenQuestion:
    return OpenQuestion(id=at.text("id", ""), text=at.words("text"), owner=at.text("owner"))


def is_day(text: str) -> bool:
    """Whether it is a year, a month or a day that exists."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(
            text + "-01-01"[: 10 - len(text)] if len(text) == 4 else f"{text}-01"[:10]
        )
    except ValueError:
        return False
    return True


def _check_variables(value: object, notes: Notes, path: Path) -> None:
    """Only variables that reach the product may be named in what a connector reads."""
    if isinstance(value, Mapping):
        if set(value) == {"env"}:
            notes.check_variable(value["env"], path)
        for key, below in value.items():
            _check_variables(below, notes, (*path, str(key)))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            _check_variables(below, notes, (*path, number))


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a text" if isinstance(value, str) else "that")
