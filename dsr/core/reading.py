"""Reading the register, and the settings of a connector in it; a mistake names its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from dsr.core.errors import BrokenRegister


class Entry:
    """A mapping of settings with its path, e.g. `settings.datasets.messages`."""

    def __init__(self, values: object, path: str = "settings") -> None:
        if not isinstance(values, Mapping):
            raise BrokenRegister(f"{path}: write a mapping of keys and values here.")
        self.values = cast(Mapping[str, object], values)
        self.path = path

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without `default` it must be there."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise BrokenRegister(f"{self.path}.{key}: write a text here.")
        return value

    def number(self, key: str, default: float) -> float:
        """A number above zero (a text of digits counts: environment values are texts)."""
        value = self.values.get(key, default)
        try:
            number = float(cast(str, value))
        except (TypeError, ValueError):
            number = 0.0
        if isinstance(value, bool) or not number > 0:
            raise BrokenRegister(f"{self.path}.{key}: write a number above zero here.")
        return number

    def flag(self, key: str) -> bool:
        """True or false; false when missing."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise BrokenRegister(f"{self.path}.{key}: write true or false here.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text; empty when missing."""
        value = self.values.get(key, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list | tuple) or not all(isinstance(x, str) for x in found):
            raise BrokenRegister(f"{self.path}.{key}: write a list of texts here.")
        return tuple(cast(list[str], found))

    def pairs(self, key: str) -> dict[str, str]:
        """A mapping of texts to texts; empty when missing."""
        found = self.at(key).values if key in self.values else {}
        if not all(isinstance(k, str) and isinstance(v, str) for k, v in found.items()):
            raise BrokenRegister(f"{self.path}.{key}: write texts on both sides here.")
        return cast(dict[str, str], dict(found))

    def at(self, key: str) -> Entry:
        """The settings below `key`, which must be there."""
        if key not in self.values:
            raise BrokenRegister(f"{self.path}.{key}: this key is missing; add it.")
        return Entry(self.values[key], f"{self.path}.{key}")

    def each(self, key: str) -> dict[str, Entry]:
        """The settings below `key`, by name, in the order they are written."""
        below = self.at(key)
        return {name: Entry(v, f"{below.path}.{name}") for name, v in below.values.items()}

    def rows(self, key: str) -> list[Entry]:
        """A list of mappings; empty when missing."""
        value = self.values.get(key, [])
        if not isinstance(value, list | tuple):
            raise BrokenRegister(f"{self.path}.{key}: write a list here.")
        return [Entry(v, f"{self.path}.{key}[{n}]") for n, v in enumerate(value)]

    def only(self, *keys: str) -> None:
        """Refuse keys that are not of this list: a mistyped setting must not pass silently."""
        unknown = sorted(str(key) for key in set(self.values) - set(keys))
        if unknown:
            raise BrokenRegister(
                f"{self.path}: unknown key {unknown[0]!r}; use one of {', '.join(keys)}."
            )
