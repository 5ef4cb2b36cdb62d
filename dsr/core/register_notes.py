"""What reading a register finds beside its values: mistakes, settings to make, open questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dsr.core.register_mistakes import Mistake, Path
from dsr.core.register_terms import OpenQuestion, RequiredSetting
from dsr.core.words import Words

#: only these variables reach the product (`dsr.settings`)
VARIABLE: Final = re.compile(r"DSR_[A-Z0-9_]+")
VARIABLE_WANTED: Final = "write the name of a variable here: DSR_ and capitals, such as DSR_EMAIL."


class Nothing:
    """In place of a value: the key is not there, or its question is open and has no reading."""


MISSING: Final = Nothing()
OPEN: Final = Nothing()


class FromEnvironment(str):
    """A text that a variable gave, or its `{env: NAME}` while nobody has set it."""

    __slots__ = ()


def is_unset(value: object) -> bool:
    """Whether a value is a required setting that nobody has set."""
    return isinstance(value, FromEnvironment) and value.startswith("{env: ")


@dataclass
class Notes:
    """What was found so far. `environment` fills the required settings."""

    environment: Mapping[str, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    settings: list[RequiredSetting] = field(default_factory=list)
    questions: dict[str, OpenQuestion] = field(default_factory=dict)

    def wrong(self, path: Path, words: str) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(path, words))

    def mute(self) -> Notes:
        """Notes that nobody reads: for what stands in for a part that is wrong as a whole."""
        return Notes(environment=self.environment)

    def check_variable(self, name: object, path: Path) -> str:
        """The name of a variable, if it is one that reaches the product; else empty."""
        if isinstance(name, str) and VARIABLE.fullmatch(name):
            return name
        self.wrong((*path, "env"), VARIABLE_WANTED)
        return ""

    def variable(self, given: object, path: Path, stable: str) -> FromEnvironment:
        """The value of a required setting."""
        name = self.check_variable(given, path)
        if not name:
            return FromEnvironment("?")
        value = self.environment.get(name, "").strip()
        self.settings.append(RequiredSetting(path=stable, name=name, is_set=bool(value)))
        return FromEnvironment(value or f"{{env: {name}}}")

    def question(self, asked: OpenQuestion, path: Path) -> None:
        """An open question; the same one at several places is one question."""
        same = next((one for one in self.questions.values() if _alike(one, asked)), None)
        if same is not None:
            paths = (*same.paths, *asked.paths)
            self.questions[same.id] = OpenQuestion(
                id=same.id,
                text=same.text,
                owner=same.owner,
                reading=same.reading,
                paths=paths,
            )
        elif asked.id in self.questions:
            self.wrong(path, f"two open questions are called {asked.id!r}; give one an `id:`.")
        else:
            self.questions[asked.id] = asked


def _alike(one: OpenQuestion, other: OpenQuestion) -> bool:
    return (one.text, one.owner) == (other.text, other.owner) and one.text != Words("", "")
