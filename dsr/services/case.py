"""The sealed side of a request: its data key, its personal fields, its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import Shredded
from dsr.core.subject import Level, Subject
from dsr.db import events, held
from dsr.db.columns import new_id
from dsr.db.data_keys import HOUSE, DataKey
from dsr.db.events import Event
from dsr.db.once import add_if_missing
from dsr.db.subject_requests import SubjectRequest
from dsr.services.office import Office
from dsr.vault.fields import seal_json, seal_text, unseal_json, unseal_text
from dsr.vault.key_shares import joined
from dsr.vault.keys import new_data_key


@dataclass(frozen=True, kw_only=True)
class Who:
    """Who acts: a code for the log ("staff:<id>", "patient", "system") and, at the desk, the id."""

    code: str
    staff_id: str | None = None
    roles: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()
    person_key: str = field(default="", repr=False)
    via_key: str = ""

    def has(self, role: str) -> bool:
        """Whether this person has the role."""
        return role in self.roles


SYSTEM = Who(code="system")
PATIENT = Who(code="patient")


def make_key(session: Session, office: Office) -> DataKey:
    """A new data key, wrapped, added to the session.

    `VaultError` when the key ring cannot open what is here already: under a wrong ring a request
    would be taken that nobody can ever read.
    """
    house_key(session, office)
    key_id = new_id()
    slot, share = office.ledger.shares.new(key_id)
    row = DataKey(**_wrapped(office, key_id, joined(new_data_key(), share)), share_at=slot)
    session.add(row)
    return row


def _wrapped(office: Office, key_id: str, key: bytes) -> dict[str, Any]:
    wrapped = office.keys.wrap(key, key_id.encode())
    kek_id = office.keys.current_id
    return {"id": key_id, "made_at": office.now(), "kek_id": kek_id, "wrapped": wrapped}


def open_key(session: Session, office: Office, key_id: str) -> bytes:
    """The data key with this id; `Shredded` when it was destroyed.

    A key with a share needs it too: destroyed there, it is dead in every backup (T73).
    """
    row = held.once(session, DataKey, key_id, lambda: session.get(DataKey, key_id))
    if row is None or row.wrapped is None or row.destroyed_at is not None:
        raise Shredded
    unwrapped = office.keys.unwrap(row.wrapped, row.id.encode())
    if row.share_at is None:
        return unwrapped
    return joined(unwrapped, office.ledger.shares.read(row.share_at, row.id))


def house_key(session: Session, office: Office) -> bytes:
    """The data key of what belongs to no request (staff, visits, links)."""
    if session.get(DataKey, HOUSE) is None:
        add_if_missing(session, DataKey, **_wrapped(office, HOUSE, new_data_key()))
    return open_key(session, office, HOUSE)


def case_key(session: Session, office: Office, subject_request: SubjectRequest) -> bytes:
    """The data key of a request."""
    return open_key(session, office, subject_request.data_key_id)


def seal_subject(key: bytes, request_id: str, subject: Subject, extra: Mapping[str, Any]) -> bytes:
    """The subject's details (and the address for the reply) as one sealed field."""
    body = {
        "name": subject.name,
        "birth_date": subject.birth_date.isoformat() if subject.birth_date else "",
        "email": subject.email,
        "phone": subject.phone,
        "postcode": subject.postcode,
        "patient_number": subject.patient_number,
        **extra,
    }
    return seal_json(key, ("subject_requests", "subject_sealed", request_id), body)


def open_subject(key: bytes, subject_request: SubjectRequest) -> tuple[Subject, dict[str, Any]]:
    """The subject as a connector may use it, and everything that was typed with it."""
    if subject_request.subject_sealed is None:
        raise Shredded
    aad = ("subject_requests", "subject_sealed", subject_request.id)
    body: dict[str, Any] = unseal_json(key, aad, subject_request.subject_sealed)
    subject = Subject(
        name=body["name"],
        birth_date=_day(body["birth_date"]),
        email=body["email"],
        phone=body["phone"],
        postcode=body["postcode"],
        patient_number=body["patient_number"],
        known_refs=open_refs(key, subject_request),
    )
    return subject, body


def verified_subject(key: bytes, subject_request: SubjectRequest) -> Subject:
    """Whom systems are searched for: only what is proved, never what was merely typed (U4).

    At IA4 staff compared name and birth date with the document; below it, all comes from the
    leading system's own record.
    """
    typed, extra = open_subject(key, subject_request)
    on_file: dict[str, str] = extra.get("on_file", {})
    seen = subject_request.level == Level.IA4
    return Subject(
        name=on_file.get("name") or (typed.name if seen else ""),
        birth_date=_day(on_file.get("birth_date")) or (typed.birth_date if seen else None),
        email=on_file.get("email", ""),
        phone=on_file.get("phone", ""),
        postcode=on_file.get("postcode", ""),
        patient_number=on_file.get("patient_number", "") or typed.patient_number,
        bsn=on_file.get("bsn", ""),
        known_refs=typed.known_refs,
    )


def open_refs(key: bytes, subject_request: SubjectRequest) -> dict[str, str]:
    """The person's reference in each system, as far as it is fixed."""
    if subject_request.refs_sealed is None:
        return {}
    aad = ("subject_requests", "refs_sealed", subject_request.id)
    refs: dict[str, str] = unseal_json(key, aad, subject_request.refs_sealed)
    return refs


def set_ref(key: bytes, subject_request: SubjectRequest, system: str, ref: str) -> None:
    """Fix who the person is in one system."""
    refs = {**open_refs(key, subject_request), system: ref}
    aad = ("subject_requests", "refs_sealed", subject_request.id)
    subject_request.refs_sealed = seal_json(key, aad, refs)


@dataclass(frozen=True, kw_only=True)
class Told:
    """An event to be: who did what, with codes, and free text that is sealed."""

    who: Who
    action: Action
    body: Mapping[str, Any] = field(default_factory=dict)
    text: str = field(default="", repr=False)


def tell(session: Session, office: Office, subject_request: SubjectRequest, told: Told) -> None:
    """Write an event of a request; its free text is sealed under the case's key (T71)."""
    now = office.now()
    sealed = None
    if told.text:
        key = case_key(session, office, subject_request)
        aad = ("events", "sealed", f"{subject_request.id} {now.isoformat()}")
        sealed = seal_text(key, aad, told.text)
    events.record(
        session,
        Event(
            practice=subject_request.practice,
            at=now,
            actor=told.who.code,
            action=told.action.value,
            request_id=subject_request.id,
            body=_codes(told),
            sealed=sealed,
        ),
    )


def tell_house(session: Session, office: Office, practice: str, told: Told) -> None:
    """Write an event that belongs to no request (a sign-in, an account, a link)."""
    tell_codes(session, office, (practice, None), told)


def tell_codes(session: Session, office: Office, place: tuple[str, str | None], told: Told) -> None:
    """Write an event without words; `place` is a practice and a request's id or None."""
    practice, request_id = place
    events.record(
        session,
        Event(
            practice=practice,
            at=office.now(),
            actor=told.who.code,
            action=told.action.value,
            request_id=request_id,
            body=_codes(told),
            sealed=None,
        ),
    )


def text_of(session: Session, office: Office, subject_request: SubjectRequest, row: Event) -> str:
    """The free text of an event, or nothing when there is none."""
    if row.sealed is None:
        return ""
    key = case_key(session, office, subject_request)
    aad = ("events", "sealed", f"{subject_request.id} {row.at.isoformat()}")
    return unseal_text(key, aad, row.sealed)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _codes(told: Told) -> dict[str, Any]:
    body = {name: _bare(value) for name, value in told.body.items()}
    if told.who.via_key:
        body["api_key"] = told.who.via_key
    return body


def _bare(value: Any) -> Any:
    # The chain hashes plain JSON values only, and a StrEnum is none.
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, list | tuple):
        return [_bare(inner) for inner in value]
    return value
