"""Reading a retention rule key by key; a mistake names its place and what may stand there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from dsr.law.errors import LawError, UnknownValue


class Keys:
    """A mapping of YAML with its path, e.g. `retention_rules.jans_a2_1m_from_sent.source`."""

    def __init__(self, path: str, values: object) -> None:
        if not isinstance(values, Mapping):
            raise LawError(path, "write a mapping of keys and values here.")
        self.path = path
        self._values: Mapping[object, object] = values

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def only(self, known: Collection[str]) -> None:
        """Refuse a key that is not known: a mistyped one must not pass silently."""
        for key in self._values:
            if key not in known:
                raise UnknownValue(self.path, key, known)

    def text(self, key: str) -> str:
        """A text that must be there."""
        value = self._values.get(key)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "write a text here.")
        return value

    def text_or_date(self, key: str) -> str:
        """A text, or a date that YAML already read."""
        value = self._values.get(key)
        return value.isoformat() if isinstance(value, date) else self.text(key)

    def both(self, key: str) -> tuple[str, str]:
        """A text in Dutch and in English, or one text for both."""
        if isinstance(self._values.get(key), str):
            return (self.text(key), self.text(key))
        words = self.at(key)
        words.only(("nl", "en"))
        return (words.text("nl"), words.text("en"))

    def whole(self, key: str) -> int:
        """A whole number of 0 or more."""
        value = self._values[key]
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1000:
            raise self._wrong(key, "write a whole number from 0 to 1000 here.")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false when missing."""
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, "write true or false here.")
        return value

    def must_be(self, key: str, *, value: bool) -> None:
        """A key that has one possible value, where it is there at all."""
        if key in self and self._values[key] is not value:
            raise self._wrong(key, f"write {str(value).lower()} here, or leave the key out.")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text; empty when missing."""
        value = self._values.get(key, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list | tuple) or not all(isinstance(x, str) for x in found):
            raise self._wrong(key, "write a text or a list of texts here.")
        return tuple(found)

    def names(self, key: str, known: Iterable[str]) -> tuple[str, ...]:
        """A list of known names, or one; empty when missing."""
        found = self.texts(key)
        if key in self and not found:
            raise self._wrong(key, f"name one of {', '.join(sorted(known))}.")
        for name in found:
            if name not in known:
                raise UnknownValue(f"{self.path}.{key}", name, known)
        return found

    def name_of(self, key: str, known: Collection[str]) -> str:
        """One known name; empty when missing."""
        if key not in self:
            return ""
        return self.names(key, known)[0] if self.text(key) else ""

    def pairs(self, key: str, known: Collection[str]) -> tuple[tuple[str, str], ...]:
        """A mapping of any names to known ones, in its order; empty when missing."""
        if key not in self:
            return ()
        below = self.at(key)
        return tuple((str(name), below.name_of(str(name), known)) for name in below._values)

    def at(self, key: str) -> Keys:
        """The mapping below a key."""
        return Keys(f"{self.path}.{key}", self._values.get(key))

    def rows(self, key: str) -> list[Keys]:
        """A list of mappings; empty when missing."""
        value = self._values.get(key, [])
        if not isinstance(value, list | tuple) or (key in self and not value):
            raise self._wrong(key, "write a list of mappings here.")
        return [Keys(f"{self.path}.{key}[{n}]", one) for n, one in enumerate(value)]

    def _wrong(self, key: str, words: str) -> LawError:
        return LawError(f"{self.path}.{key}", words)
