"""JMESPath as the register writes it: compiled once, and never the cause of a crash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jmespath
import jmespath.exceptions

from connectors.rest_functions import Functions
from dsr.core.errors import BadAnswer, BrokenRegister
from dsr.core.reading import Entry

_OURS = jmespath.Options(custom_functions=Functions())


@dataclass(frozen=True)
class Path:
    """A JMESPath; an empty one finds nothing."""

    text: str

    @cached_property
    def _compiled(self) -> Any:  # jmespath gives no type for what it compiles
        return jmespath.compile(self.text)

    def of(self, value: object) -> object:
        """What it finds, None for nothing."""
        if not self.text:
            return None
        try:
            found: object = self._compiled.search(value, options=_OURS)
        except jmespath.exceptions.JMESPathError:
            raise BadAnswer(
                "An answer has another shape than the register says; look at the paths of this"
                " system, then try again."
            ) from None
        return found

    def text_of(self, value: object) -> str:
        """What it finds as a text: numbers as digits, nothing as an empty text."""
        return _text(self.of(value))

    def texts_of(self, value: object) -> tuple[str, ...]:
        """All that it finds as texts: those of a list, or the one; empty ones left out."""
        found = self.of(value)
        texts = (_text(one) for one in (found if isinstance(found, list) else [found]))
        return tuple(text for text in texts if text)


def _text(found: object) -> str:
    return "" if found is None or isinstance(found, bool | list | dict) else str(found)


def path(read: Entry, key: str, default: str | None = None) -> Path:
    """The path under a key; `BrokenRegister` when it is no JMESPath."""
    made = Path(read.text(key, default))
    try:
        jmespath.compile(made.text or "@")
    except jmespath.exceptions.JMESPathError:
        raise BrokenRegister(f"{read.path}.{key}: this is not a JMESPath; correct it.") from None
    return made


def paths(read: Entry, key: str) -> Mapping[str, Path]:
    """The paths in a mapping by name; empty when missing."""
    if key not in read.values:
        return {}
    below = read.at(key)
    return {name: path(below, name) for name in below.values}
