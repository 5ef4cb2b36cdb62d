"""Suppression: whom an import or a mailing must leave out for a purpose (Art. 21, Art. 7(3)).

Kept are keyed hashes, one for each identifier and bound to the purpose: whoever has an address can
ask for it, nobody can read who is here, and two purposes of one person look like two strangers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput
from dsr.core.subject import Subject
from dsr.db import suppressions
from dsr.db.columns import new_id
from dsr.db.subject_requests import SubjectRequest
from dsr.db.suppressions import Suppression
from dsr.services import case
from dsr.services.case import SYSTEM, Told
from dsr.services.office import Office

#: the most identifiers of one question
MOST = 1000
_DIGITS = re.compile(r"\+?[0-9]+")
#: brackets around a trunk zero, as in +31 (0)6, and what people put between digits
_TRUNK, _BETWEEN = re.compile(r"\(0\)"), re.compile(r"[\s().\-/]")
_COUNTRY = "31"
#: digits of a number in E.164, the country included
_SHORTEST, _LONGEST = 8, 15


class Kind(StrEnum):
    """What identifies somebody in a mailing list or an import."""

    EMAIL = "email"
    PHONE = "phone"
    PATIENT_NUMBER = "patient_number"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which of these values are suppressed for a purpose; a value is never shown or kept."""

    purpose: str
    kind: str
    values: Sequence[str] = field(repr=False)


def add(
    session: Session, office: Office, row: SubjectRequest, purpose: str, subject: Subject
) -> int:
    """Suppress a person for a purpose by all identifiers that are known; how many are new.

    `subject` is whom the request was proved to be of (`case.verified_subject`).
    """
    _check_purpose(office, purpose)
    hashes = dict(_hashes(office, purpose, subject))
    living = suppressions.living(session, purpose, hashes.values())
    fresh = {kind: hashed for kind, hashed in hashes.items() if hashed not in living}
    for kind, hashed in fresh.items():
        session.add(
            Suppression(
                id=new_id(), practice=row.practice, purpose=purpose, kind=kind, hashed=hashed,
                request_id=row.id, since=office.now(),
            )
        )  # fmt: skip
    body = {"purpose": purpose, "kinds": sorted(hashes)}
    case.tell(session, office, row, Told(who=SYSTEM, action=Action.SUPPRESSED, body=body))
    return len(fresh)


def lift(
    session: Session, office: Office, row: SubjectRequest, purpose: str, subject: Subject
) -> int:
    """End the suppression of a person for a purpose: they consented again; how many ended."""
    _check_purpose(office, purpose)
    hashes = [hashed for _, hashed in _hashes(office, purpose, subject)]
    found = suppressions.rows(session, purpose, hashes)
    for one in found:
        one.lifted_at = office.now()
    body = {"purpose": purpose, "kinds": sorted(one.kind for one in found)}
    told = Told(who=SYSTEM, action=Action.SUPPRESSION_LIFTED, body=body)
    case.tell(session, office, row, told)
    return len(found)


def check(session: Session, office: Office, asked: Question) -> list[bool]:
    """Which values are suppressed, in their order; the work is the same for hit and miss.

    The answer is the controller's, whatever practice a person objected at. `BadInput` for a
    purpose or a kind that is not there, and for more than `MOST` values.
    """
    _check_purpose(office, asked.purpose)
    if asked.kind not in list(Kind):
        raise BadInput("kind", f"Choose one of: {', '.join(Kind)}.")
    if len(asked.values) > MOST:
        raise BadInput("values", f"Ask for at most {MOST} values at once.")
    kind = Kind(asked.kind)
    hashes = [_hash(office, asked.purpose, kind, value) for value in asked.values]
    return suppressions.are_living(session, asked.purpose, hashes)


def normal(kind: Kind, value: str) -> str:
    """A value as it is hashed; empty when it cannot be one of its kind."""
    return _NORMAL[kind](unicodedata.normalize("NFKC", value).strip())


def _hashes(office: Office, purpose: str, subject: Subject) -> Iterator[tuple[Kind, bytes]]:
    for kind in Kind:
        value = getattr(subject, kind.value)
        if normal(kind, value):
            yield kind, _hash(office, purpose, kind, value)


def _hash(office: Office, purpose: str, kind: Kind, value: str) -> bytes:
    # What cannot be a number is hashed as well: it is found nowhere, and takes as long.
    return office.index(f"suppression {purpose} {kind}", normal(kind, value) or "nobody")


def _check_purpose(office: Office, purpose: str) -> None:
    known = office.register.activity_ids
    if purpose not in known:
        raise BadInput("purpose", f"Choose one of: {', '.join(known)}.")


def _email(value: str) -> str:
    return value.lower() if value.count("@") == 1 and not value.startswith("@") else ""


def _phone(value: str) -> str:
    """The digits of a number in E.164 without its plus; a national number is a Dutch one."""
    tidy = _BETWEEN.sub("", _TRUNK.sub("", value))
    if not _DIGITS.fullmatch(tidy):
        return ""
    digits = _international(tidy)
    return digits if _SHORTEST <= len(digits) <= _LONGEST else ""


def _international(tidy: str) -> str:
    if tidy.startswith("+"):
        return tidy[1:]
    if tidy.startswith("00"):
        return tidy[2:]
    return _COUNTRY + tidy[1:] if tidy.startswith("0") else tidy


def _patient_number(value: str) -> str:
    return value.casefold()


_NORMAL: dict[Kind, Callable[[str], str]] = {
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.PATIENT_NUMBER: _patient_number,
}
