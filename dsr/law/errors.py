"""What is wrong with a question to the law; each error names the field and what it may be."""

from __future__ import annotations

from collections.abc import Iterable


class LawError(ValueError):
    """A question that cannot be answered as it was put."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(f"{name}: {words}")
        self.name = name


class UnknownValue(LawError):
    """A name or a value that the law's vocabulary does not have."""

    def __init__(self, name: str, given: object, allowed: Iterable[object]) -> None:
        self.given = given
        self.allowed = tuple(sorted(str(one) for one in allowed))
        known = ", ".join(self.allowed)
        super().__init__(name, f"{given!r} is not known; use one of: {known}.")


class MissingFact(LawError):
    """A fact that this question cannot be answered without."""


class ImpossibleDate(LawError):
    """A date that cannot be: in the future, or an end before its start."""
