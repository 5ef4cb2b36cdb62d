"""What is wrong with a register: each mistake with its place in the document and its mend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from dsr.core.errors import BrokenRegister

#: a place in the document: keys and numbers of list elements, from the top
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """What is wrong at a place, and how to mend it. It quotes the register, which is no secret."""

    path: Path
    words: str

    @property
    def place(self) -> str:
        """The place as a person writes it: `purposes[2].basis`."""
        return shown(self.path)

    def __str__(self) -> str:
        return f"{self.place}: {self.words}" if self.path else self.words


class RegisterMistakes(BrokenRegister):
    """The register cannot be used; the message lists every mistake."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


def shown(path: Path) -> str:
    """A path as `systems[0].datasets[2].purpose`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def unknown(given: object, what: str, known: Iterable[str]) -> str:
    """The sentence for a word that is not of a list, with the nearest one that is."""
    choices = list(known)
    near = nearest(given, choices)
    hint = f"; did you mean {near}?" if near else "."
    return f"{given!r} is not {what}{hint} Use one of: {', '.join(choices) or '(there is none)'}."


def nearest(given: object, known: Iterable[str]) -> str | None:
    """The word of the list that was probably meant, if one is near."""
    found = get_close_matches(str(given), list(known), n=1, cutoff=0.6)
    return found[0] if found else None
