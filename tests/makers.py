"""Makers: a house, staff, requests and what was found, each with what a test cares about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from demo.practice import PRACTICE
from dsr.core.connector import Item
from dsr.core.register import Register
from dsr.core.request import Outcome
from dsr.core.settings import Settings
from dsr.core.subject import Channel, Level, Subject
from dsr.db import answers, data_keys, events, outbox, staff, steps, subject_requests, visits
from dsr.db.columns import Row
from dsr.db.engine import make_engine, make_readers, make_sessions
from dsr.db.staff import Staff
from dsr.db.subject_requests import SubjectRequest
from dsr.services import archive, case, identify, plan, receive, staff_login
from dsr.services.archive import ArchiveWriter
from dsr.services.house import House
from dsr.services.identify import Proof
from dsr.services.office import Office, Terms
from dsr.services.receive import Asked
from dsr.services.staff_login import NewStaff
from dsr.systems import load_register
from dsr.vault.keys import KeyRing, new_keyring_text, new_root_text
from dsr.vault.ledger_file import Ledger
from dsr.vault.local import LocalStore
from dsr.vault.vault import Vault

#: every module with tables, so that the metadata is whole
TABLES = (answers, data_keys, events, outbox, staff, steps, subject_requests, visits)
NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
PASSWORD = "a long enough password"
SECRET_KEY = "a-key-for-tests-only-0123456789abcdef"


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **ahead: float) -> None:
        """Let time pass: `clock.move(minutes=16)`."""
        self.moment += timedelta(**ahead)


@lru_cache(maxsize=1)
def the_register() -> Register:
    """The register of the demo practices."""
    return load_register(Path("registers/jansapp.yaml"), PRACTICE)


def make_settings(folder: Path, **changed: Any) -> Settings:
    """Settings of a house in a folder."""
    values: dict[str, Any] = {
        "environment": "development",
        "public_url": "http://privacy.example",
        "database_url": f"sqlite:///{folder}/dsr.db",
        "redis_url": "redis://127.0.0.1:1/0",
        "vault_url": f"file://{folder}/vault",
        "folder": folder,
        "register_path": Path("registers/jansapp.yaml"),
        "keys": new_keyring_text(),
        "root": new_root_text(),
        "secret_key": SECRET_KEY,
    }
    return Settings(**{**values, **changed})


def make_house(
    folder: Path,
    *,
    clock: Callable[[], datetime] | None = None,
    terms: Terms | None = None,
    **changed: Any,
) -> House:
    """A whole house over a fresh database and vault; `changed` are settings."""
    settings = make_settings(folder, **changed)
    engine = make_engine(settings.database_url)
    Row.metadata.create_all(engine)
    office = Office(
        register=the_register(),
        keys=KeyRing.from_text(settings.keys, root=settings.root),
        vault=Vault(LocalStore(folder / "vault")),
        ledger=Ledger(settings.ledger),
        public_url=settings.public_url,
        clock=clock or Clock(),
        terms=terms or Terms(),
    )
    house = House(
        settings=settings,
        office=office,
        engine=engine,
        sessions=make_sessions(engine),
        readers=make_readers(engine),
    )
    with house.writing() as session:
        case.house_key(session, office)
        events.open_chains(session, [practice.id for practice in office.register.practices])
    return house


def make_staff(
    house: House,
    *,
    login: str = "privacy",
    roles: tuple[str, ...] = ("officer",),
    practices: tuple[str, ...] = ("kralingen",),
    person_key: str = "",
    totp_secret: str = "",
) -> Staff:
    """Somebody at the desk, whose password is `PASSWORD`."""
    new = NewStaff(
        login=login,
        name=f"Test {login}",
        password=PASSWORD,
        roles=roles,
        practices=practices,
        person_key=person_key or login,
        totp_secret=totp_secret,
    )
    with house.writing() as session:
        return staff_login.make(session, house.office, new)[0]


def make_asked(**changed: Any) -> Asked:
    """An access request of a made-up person as it was asked."""
    person: dict[str, Any] = {
        "name": "Anouk Voorbeeld",
        "birth_date": date(1980, 3, 31),
        "email": "anouk@voorbeeld.example",
        "phone": "06 0000 0123",
        "postcode": "3063 BR",
        "patient_number": "",
    }
    person = {name: changed.pop(name, value) for name, value in person.items()}
    values: dict[str, Any] = {
        "practice": "kralingen",
        "channel": Channel.WEB,
        "language": "nl",
        "reply_email": person["email"],
        "subject": Subject(**person),
    }
    return Asked(**{**values, **changed})


def make_request(house: House, *, level: Level = Level.IA0, **changed: Any) -> SubjectRequest:
    """A request that came in, at a level: from IA2 on its search has begun."""
    with house.writing() as session:
        row = receive.receive(session, house.office, make_asked(**changed), case.PATIENT)
        if level is not Level.IA0:
            proof = Proof(level=level, how="code")
            identify.reach(session, house.office, row, proof, case.PATIENT)
        if level.reaches(Level.IA2):
            for step in steps.of_request(session, row.id):
                step.outcome = Outcome.NONE_FOUND
            plan.search_all(session, house.office, row)
        return row


def make_found(house: House, row: SubjectRequest, found: Mapping[str, Iterable[Item]]) -> None:
    """End the search of a request: these items per system, in every other system nothing."""
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        key = case.case_key(session, house.office, fresh)
        for step in plan.searches_of(session, fresh):
            writer = ArchiveWriter(
                vault=house.office.vault, key=key, folder=archive.folder_of(step), fence=1,
                next_piece=0, next_item=0,
            )  # fmt: skip
            for item in found.get(step.system, ()):
                writer.add(item, archive.item_key(house.office, step.system, item))
            step.counts = dict(writer.datasets)
            if (piece := writer.seal(step.id)) is not None:
                session.add(piece)
            step.outcome = Outcome.DONE if step.counts else Outcome.NONE_FOUND
            step.finished_at, step.needs_person = house.office.now(), False
        plan.review_if_ready(session, house.office, fresh)


def make_item(*, dataset: str = "contact", **changed: Any) -> Item:
    """One found item; by default a plain contact of the CRM."""
    values: dict[str, Any] = {
        "ref": "r-1",
        "kind": "contact",
        "data": {"name": "Anouk Voorbeeld", "note": "Belt liever niet op dinsdag."},
    }
    return Item(dataset=dataset, **{**values, **changed})
