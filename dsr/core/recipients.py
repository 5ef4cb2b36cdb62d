"""Who receives data, or keeps it for us, in which country, and under which safeguard."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.core.register_terms import SafeguardKind
from dsr.core.words import NO_WORDS, Words


@dataclass(frozen=True, kw_only=True)
class Safeguard:
    """Why data may go to a country, in words for a patient; `date` and `source` where they rest."""

    kind: SafeguardKind
    words: Words
    source: str = ""
    date: str = ""

    def in_(self, language: str) -> str:
        """Its words in a language."""
        return self.words.in_(language)


NOT_NEEDED = Safeguard(kind=SafeguardKind.NONE_NEEDED, words=NO_WORDS)


@dataclass(frozen=True, kw_only=True)
class Processor:
    """Who keeps a system for us (Art. 28); `country` as in `Recipient`."""

    name: str
    country: str
    safeguard: Safeguard = NOT_NEEDED


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Who receives the data (Art. 15(1)(c)), where, and under which safeguard (Art. 15(2)).

    `country` is an ISO 3166 code of two letters, or empty where the controller does not know yet.
    """

    name: str
    role: Words
    country: str
    safeguard: Safeguard = NOT_NEEDED
