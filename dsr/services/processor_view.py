"""What a processor sees of a task: whom it is about, at minimum, and what has to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy.orm import Session

from dsr.core.errors import BrokenRegister
from dsr.core.register import System
from dsr.core.request import Verb
from dsr.core.subject import Subject
from dsr.core.words import Words
from dsr.db import subject_requests
from dsr.db.plans import Batch
from dsr.db.processor_tasks import ProcessorTask
from dsr.services import case, planning
from dsr.services.office import Office

#: what the register may let a processor know beside the name; a BSN is never among it
IDENTIFIERS = ("birth_date", "email", "phone", "postcode", "patient_number")
_USUAL = ("email", "phone")


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A field that has to become something else."""

    name: str
    new: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A task as its form shows it. `identifiers` are by their names in `IDENTIFIERS`."""

    reference: str
    system: Words
    verb: Verb
    name: str = field(repr=False)
    identifiers: Mapping[str, str] = field(repr=False)
    data: tuple[Words, ...] = ()
    uses: tuple[Words, ...] = ()
    corrections: tuple[Correction, ...] = field(default=(), repr=False)
    statement: str = field(default="", repr=False)


def asked(session: Session, office: Office, task: ProcessorTask) -> Asked:
    """What the task asks, about whom: only what is proved, never what was merely typed (U4)."""
    row = subject_requests.by_id(session, task.request_id)
    key = case.case_key(session, office, row)
    system = office.register.system(task.system)
    batch = session.get(Batch, task.batch_id) if task.batch_id else None
    detail = planning.detail_of(key, batch) if batch else {}
    subject = case.verified_subject(key, row)
    return Asked(
        reference=row.reference,
        system=system.name,
        verb=Verb(batch.verb) if batch else Verb.SEARCH,
        name=subject.name,
        identifiers=_identifiers(system, subject),
        data=tuple(one.name for one in system.datasets if not batch or one.id == batch.dataset),
        uses=tuple(_use(office, str(one)) for one in _listed(detail, "purposes")),
        corrections=tuple(_correction(one) for one in _listed(detail, "changes")),
        statement=str(detail.get("statement", "")),
    )


def told_by(system: System) -> tuple[str, ...]:
    """The identifiers that the register lets this processor know (`settings.tell`)."""
    said = system.settings.get("tell", _USUAL)
    names = tuple(said) if isinstance(said, list | tuple) else ()
    if not names or set(names) - set(IDENTIFIERS):
        raise BrokenRegister(
            f"{system.id}.settings.tell: write a list of {', '.join(IDENTIFIERS)}."
        )
    return cast(tuple[str, ...], names)


def _identifiers(system: System, subject: Subject) -> dict[str, str]:
    day = subject.birth_date
    known = {
        "birth_date": day.isoformat() if day else "",
        "email": subject.email,
        "phone": subject.phone,
        "postcode": subject.postcode,
        "patient_number": subject.patient_number,
    }
    return {name: known[name] for name in told_by(system) if known[name]}


def _use(office: Office, activity: str) -> Words:
    register = office.register
    for purpose in register.purposes:
        parts = [part.name for part in purpose.parts if part.id == activity]
        if parts or purpose.id == activity:
            return parts[0] if parts else purpose.name
    return Words(nl=activity, en=activity)


def _correction(change: object) -> Correction:
    told = change if isinstance(change, Mapping) else {}
    name = str(told.get("path", "")).rpartition("/")[2]
    return Correction(name=name, new=str(told.get("new") or ""))


def _listed(detail: Mapping[str, object], name: str) -> list[object]:
    found = detail.get(name, [])
    return list(found) if isinstance(found, list | tuple) else []
