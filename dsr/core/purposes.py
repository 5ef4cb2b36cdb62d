"""Processing activities (Art. 30(1)(b)-(f)): purposes and their parts, as the register has them."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.core.recipients import Recipient
from dsr.core.register_terms import SUBJECT_WORDS, SubjectKind
from dsr.core.words import NO_WORDS, Words, told
from dsr.law.rights import Basis, Nature, Right


@dataclass(frozen=True, kw_only=True)
class MinimumAge:
    """The age from which somebody may have an account, by the clause that says so (`SEED:...`)."""

    years: int
    ground: str


@dataclass(frozen=True, kw_only=True)
class Category:
    """A category of data (Art. 30(1)(c)), and whose it is where the purpose has several subjects.

    `special` by Art. 9, `mandatory` to have the service. `identifies`: a name, a number or an
    address by which somebody is known (Art. 4(1)).
    """

    id: str
    words: Words
    subject: SubjectKind | None = None
    special: bool = False
    mandatory: bool = False
    identifies: bool = False


@dataclass(frozen=True, kw_only=True)
class Retention:
    """A retention rule by its id, what it covers, and what the patient reads.

    `statutory` is the period that a law asks for, in words; empty where it asks none.
    """

    rule: str
    words: Words
    covers: Words = NO_WORDS
    statutory: Words = NO_WORDS


@dataclass(frozen=True, kw_only=True)
class ReadingChoice:
    """A choice that was made in reading the statement, with the place that discusses it."""

    law: str
    text: Words


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a purpose that the law treats apart, such as notes that are not about care.

    `own_controller` as in `Purpose`.
    """

    id: str
    name: Words
    basis: Basis
    nature: Nature
    rules: tuple[Retention, ...] = ()
    own_controller: Words = NO_WORDS


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """A processing activity (Art. 30(1)), with all that Art. 15(1) makes us tell.

    `basis_words` says the basis to the patient. `subjects`, `categories` and `retention` are words
    for the patient too; `subject_kinds`, `held` and `rules` are what they stand for. `systems` are
    the ids of those that keep something for it. `kept_longer_ground` is the clause by which a
    health professional may keep it for longer. `own_controller` says whose it is where
    that is not the controller of the register (Art. 30(1)(a)).
    """

    id: str
    name: Words
    basis: Basis
    nature: Nature
    article9: str
    subject_kinds: tuple[SubjectKind, ...]
    held: tuple[Category, ...]
    systems: tuple[str, ...]
    recipients: tuple[Recipient, ...]
    source: Words
    rules: tuple[Retention, ...]
    rights: tuple[Right, ...]
    automated_decisions: Words
    basis_words: Words = NO_WORDS
    article9_is_open: bool = False
    provided_by_subject: bool = False
    readings: tuple[ReadingChoice, ...] = ()
    parts: tuple[Part, ...] = ()
    minimum_age: MinimumAge | None = None
    kept_longer_ground: str = ""
    data_kept: bool = True
    own_controller: Words = NO_WORDS

    @property
    def article9_told(self) -> str:
        """The exception of Article 9 as a patient reads it: none while it is an open question."""
        return "" if self.article9_is_open else self.article9

    @property
    def subjects(self) -> Words:
        """Whose data it is, in one text."""
        return told([SUBJECT_WORDS[kind] for kind in self.subject_kinds])

    @property
    def categories(self) -> Words:
        """Its categories of data in one text."""
        return told([category.words for category in self.held])

    @property
    def retention(self) -> Words:
        """How long everything is kept, in one text."""
        return told([rule.words for rule in self.rules])
