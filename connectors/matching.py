"""Whether a record in a system is of the person who is meant: one rule for all connectors.

Never guess between people: what agrees on a contact point alone may be a partner or a child, so
it is shown to the desk as a candidate and nothing of it is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dsr.core.connector import Candidate, ContactPoint, Located, Nobody, One, Several
from dsr.core.subject import Subject

_STRONG = frozenset({"patient_number", "bsn"})
_FOREIGN_DIALS = ("+31", "0031")


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a system has on file to tell a person by; empty where it does not keep it.

    `by_reference` says that the office already holds this very reference for the person; `refs`
    are their references in other systems, by system id.
    """

    subject_ref: str = field(repr=False)
    by_reference: bool = False
    patient_number: str = field(default="", repr=False)
    bsn: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    town: str = field(default="", repr=False)
    contacts: tuple[ContactPoint, ...] = field(default=(), repr=False)
    refs: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def on_file(self) -> Subject:
        """What the system holds, as it is used to look the person up elsewhere."""
        return Subject(
            name=self.name,
            birth_date=as_date(self.birth_date),
            email=self.email,
            phone=self.phone,
            patient_number=self.patient_number,
            bsn=self.bsn,
            known_refs=dict(self.refs),
        )


def same_text(text: str) -> str:
    """A text as it is compared: without case, doubled spaces and Unicode's spelling variants."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def same_phone(phone: str) -> str:
    """A phone number as it is compared: digits, a Dutch number with its leading zero."""
    digits = re.sub(r"[^\d+]", "", phone)
    for dial in _FOREIGN_DIALS:
        if digits.startswith(dial):
            return "0" + digits.removeprefix(dial).removeprefix("0")
    return digits


def email_forms(email: str) -> tuple[str, ...]:
    """The address as given and in lower case, each once: systems differ in what they match."""
    given = email.strip()
    return tuple(dict.fromkeys(form for form in (given, given.lower()) if form))


def agreement(subject: Subject, known: Known) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the fields that agree and of those that differ; unknown ones are in neither."""
    birth = subject.birth_date.isoformat() if subject.birth_date else ""
    pairs = {
        "patient_number": (same_text(subject.patient_number), same_text(known.patient_number)),
        "bsn": (same_text(subject.bsn), same_text(known.bsn)),
        "name": (same_text(subject.name), same_text(known.name)),
        "birth_date": (birth, known.birth_date[:10]),
        "email": (same_text(subject.email), same_text(known.email)),
        "phone": (same_phone(subject.phone), same_phone(known.phone)),
    }
    both = {name: ours == theirs for name, (ours, theirs) in pairs.items() if ours and theirs}
    agrees = {name for name, same in both.items() if same}
    if known.by_reference:
        agrees.add("known_refs")
    return frozenset(agrees), frozenset(name for name, same in both.items() if not same)


def is_certain(agrees: frozenset[str], differs: frozenset[str]) -> bool:
    """Whether this can only be the person: a strong identifier, or name and birth date.

    A birth date that differs makes a typed patient number worthless; a reference that a person
    has fixed stands on its own.
    """
    if "known_refs" in agrees:
        return True
    return "birth_date" not in differs and (
        bool(_STRONG & agrees) or {"name", "birth_date"} <= agrees
    )


def judge(subject: Subject, found: Iterable[Known]) -> Located:
    """Nobody, the one person, or the candidates among whom the desk must choose.

    A reference that is already fixed settles it, also when somebody else has the same name.
    """
    by_ref: Mapping[str, Known] = {known.subject_ref: known for known in found}
    judged = [(known, *agreement(subject, known)) for known in by_ref.values()]
    judged = [(known, agrees, differs) for known, agrees, differs in judged if agrees]
    certain = [(known, agrees) for known, agrees, differs in judged if is_certain(agrees, differs)]
    certain = [(known, agrees) for known, agrees in certain if known.by_reference] or certain
    if len(certain) == 1:
        known, agrees = certain[0]
        return One(
            subject_ref=known.subject_ref,
            agrees=tuple(sorted(agrees)),
            contacts=known.contacts,
            on_file=known.on_file,
        )
    meant: Sequence[tuple[Known, frozenset[str]]] = certain or [
        (known, agrees) for known, agrees, _ in judged if agrees - {"birth_date"}
    ]
    if not meant:
        return Nobody()
    return Several(tuple(_candidate(known, agrees) for known, agrees in meant))


def _candidate(known: Known, agrees: frozenset[str]) -> Candidate:
    shown = {"name": known.name, "birth_date": known.birth_date[:10], "town": known.town}
    return Candidate(
        subject_ref=known.subject_ref,
        agrees=tuple(sorted(agrees)),
        shown={name: value for name, value in shown.items() if value},
    )


def as_date(text: str) -> date | None:
    """The day in an ISO date or moment, or None when it is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
