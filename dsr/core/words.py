"""Texts in the two languages that we speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The same text in Dutch and in English."""

    nl: str
    en: str

    def in_(self, language: str) -> str:
        """The text in `nl` or `en`; any other language reads English."""
        return self.nl if language == "nl" else self.en


NO_WORDS = Words("", "")
#: what a patient reads where the controller cannot answer yet and works with no reading
STILL_OPEN = Words("De praktijk zoekt dit nog uit.", "The practice is still checking this.")


#: by which a text says so itself
_SAYS_OPEN = Words("nog uit", "still checking")


def not_settled(words: Words) -> Words:
    """Words that we work with meanwhile, and that the practice is still checking them."""
    return Words(
        words.nl if _SAYS_OPEN.nl in words.nl else f"{words.nl} {STILL_OPEN.nl}".strip(),
        words.en if _SAYS_OPEN.en in words.en else f"{words.en} {STILL_OPEN.en}".strip(),
    )


def told(texts: Sequence[Words]) -> Words:
    """Several texts as one: sentences follow each other, words stand in a row of commas."""
    return Words(_told([one.nl for one in texts]), _told([one.en for one in texts]))


def _told(texts: Sequence[str]) -> str:
    so_far = ""
    for text in filter(None, texts):
        gap = "" if not so_far else " " if so_far.endswith((".", "?", "!")) else ", "
        so_far += gap + text
    return so_far[:1].upper() + so_far[1:]
