"""What letters about a change are made of: what was done, what not, who was told, what remains.

What was done has the day on which it was read back. What is not done has its article (Art. 12(4)).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dsr.core.errors import BadInput
from dsr.law.articles import article, cited_together


class Work(StrEnum):
    """What was done with things, as it was read back afterwards."""

    ERASED = "erased"
    EMPTIED = "emptied"  #: the record stays there without its personal content
    GONE = "gone"  #: it was not there any more when we came
    CORRECTED = "corrected"
    STATEMENT = "statement"  #: the person's own words were added beside it
    RESTRICTED = "restricted"
    STOPPED = "stopped"  #: the use for a purpose
    GIVEN = "given"  #: it goes along to take elsewhere (Art. 20)


class Wait(StrEnum):
    """Why something that has to be done is not done yet."""

    BY_HAND = "by_hand"  #: a person still has to do it
    FAILED = "failed"  #: it was tried, and did not work yet
    HELD_BACK = "held_back"  #: the system itself stopped it
    CLINICIAN = "clinician"  #: a care provider has to judge first
    OFFICER = "officer"  #: the privacy officer has to judge first
    DPO = "dpo"  #: the data protection officer has to judge first


class Telling(StrEnum):
    """Whether somebody who has the data was told of the change (Art. 19)."""

    TOLD = "told"
    WILL_BE = "will_be"
    IMPOSSIBLE = "impossible"
    DISPROPORTIONATE = "disproportionate"


@dataclass(frozen=True, kw_only=True)
class Done:
    """Things of one dataset of one system that something was done with.

    A use as a whole has the name of its purpose as `dataset`. `day` is when it was read back, or
    when a person (`by_hand`) did it.
    """

    system: str
    dataset: str
    work: Work
    day: date
    count: int = 1
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class Unfinished:
    """Things that something still has to be done with; the letter never calls them done."""

    system: str
    dataset: str
    wait: Wait
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class NotDone:
    """Something that was asked and is not done, with its articles (Art. 12(4)).

    `what` and `words` (the desk's own facts) are in the language of the letter. `count` is 0 for
    what cannot be counted. What stays says until when: `until`, or in words `as_long_as`.
    """

    what: str
    articles: tuple[str, ...]
    count: int = 0
    words: str = ""
    until: date | None = None
    as_long_as: str = ""

    def __post_init__(self) -> None:
        for name in ("what", "articles"):
            filled(name, getattr(self, name))
        self.why("nl")

    def why(self, language: str) -> tuple[str, ...]:
        """What each article says, as the patient reads it; each sentence once."""
        return tuple(dict.fromkeys(article(code).words(language) for code in self.articles))

    def cited(self, language: str) -> str:
        """The articles as one term in a sentence."""
        return cited_together(self.articles, language)


@dataclass(frozen=True, kw_only=True)
class ToldTo:
    """Who has the data too, and whether they were told (Art. 19); `day` is when."""

    name: str
    how: Telling
    role: str = ""
    day: date | None = None

    def __post_init__(self) -> None:
        filled("name", self.name)
        if self.how is Telling.TOLD:
            filled("day", self.day)


@dataclass(frozen=True, kw_only=True)
class Suppressed:
    """What we keep in unreadable form so that a purpose leaves this person alone from now on.

    `kinds` are codes: email, phone, patient_number.
    """

    purpose: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Backups:
    """What happens in backups: overwritten within so many days (None: nobody set how many)."""

    days: int | None = None


def filled(name: str, value: object) -> None:
    """Refuse a letter that misses a part."""
    if not value:
        raise BadInput(name, f"A letter needs `{name}`; fill it in.")


def one_of(name: str, value: str, allowed: Iterable[str]) -> None:
    """Refuse a value that a letter has no words for."""
    if value not in tuple(allowed):
        raise BadInput(name, f"`{name}` is one of {', '.join(allowed)}.")
