"""A patient who files over HTTP, and a bench staff member who works through the desk's services."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import httpx
import psycopg

from bench.house import Running, wait
from dsr.core.stages import Stage
from dsr.core.subject import Channel, Subject
from dsr.db import subject_requests
from dsr.db.staff import by_login
from dsr.services import api_keys, decide, identify, receive, release, review, staff_login
from dsr.services.case import Who
from dsr.services.census import census
from dsr.services.decide import Decided
from dsr.services.receive import Asked
from dsr.services.staff_login import NewStaff, who_is

LOGIN = "bench"
AT = "SELECT request_id FROM request_items WHERE stage = %s"
STAGE = "SELECT stage FROM request_items WHERE request_id = %s"


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person of the target database, as they would write themselves down."""

    name: str = field(repr=False)
    birth_date: date
    email: str = field(repr=False)


@dataclass(frozen=True)
class Moments:
    """When what happened to one request, in seconds of one clock; `ready` is the sealed package."""

    begun: float
    filed: float
    identified: float
    searched: float
    decided: float
    ready: float

    @property
    def whole(self) -> float:
        """From POST to package sealed."""
        return self.ready - self.begun


@dataclass
class Driver:
    """Files requests, shows the card, decides; every step is one the desk has too."""

    running: Running
    practice: str = "noord"
    officer: Who = field(init=False)
    client: httpx.Client = field(init=False, repr=False)
    looking: psycopg.Connection[tuple[object, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        house = self.running.house
        self.officer = bench_staff(self.running)
        new = api_keys.NewKey(login=LOGIN, practice=self.practice, scopes=("read", "work"), days=1)
        with house.writing() as session:
            key = api_keys.make(session, house.office, new)[1]
        self.client = httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=60)
        plain = house.settings.database_url.replace("postgresql+psycopg://", "postgresql://")
        self.looking = psycopg.connect(plain, autocommit=True)

    def file(self, account: Account) -> str:
        """POST the request; its id."""
        body = {
            "practice": self.practice,
            "name": account.name,
            "birth_date": account.birth_date.isoformat(),
            "email": account.email,
        }
        headers = {"Idempotency-Key": secrets.token_urlsafe(24)}
        url = f"{self.running.url}/api/v1/requests"
        answer = self.client.post(url, json=body, headers=headers)
        answer.raise_for_status()
        return str(answer.json()["reference"])

    def file_at_desk(self, account: Account) -> str:
        """The same request filed at the desk, without HTTP; its reference."""
        asked = Asked(
            practice=self.practice,
            channel=Channel.DESK,
            language="nl",
            subject=Subject(name=account.name, birth_date=account.birth_date),
        )
        house = self.running.house
        with house.writing() as session:
            return receive.receive(session, house.office, asked, self.officer).reference

    def show_card(self, reference: str) -> str:
        """The person comes with an identity card: IA4; the request's id."""
        house = self.running.house
        with house.writing() as session:
            row = subject_requests.by_reference(session, reference, lock=True)
            identify.at_desk(session, house.office, row, "identity_card", self.officer)
            return row.id

    def decide(self, request_id: str) -> None:
        """Look at what was found, and decide what the facts allow."""
        house = self.running.house
        with house.writing() as session:
            row = subject_requests.by_id(session, request_id, lock=True)
            proposal = census(session, house.office, row).proposal
            seen = review.review_digest(session, row)
            what = Decided(decision=proposal, seen=seen)
            decide.decide(session, house.office, row, what, self.officer)

    def send(self, request_id: str) -> None:
        """Send the answer."""
        house = self.running.house
        with house.writing() as session:
            row = subject_requests.by_id(session, request_id)
            release.send(session, house.office, row, self.officer)

    def is_at(self, request_id: str, stage: Stage) -> bool:
        """Whether the request has come to a stage."""
        return self.looking.execute(STAGE, (request_id,)).fetchone() == (stage.value,)

    def at(self, stage: Stage) -> set[str]:
        """All requests that are at a stage."""
        found = self.looking.execute(AT, (stage.value,)).fetchall()
        return {str(row[0]) for row in found}

    def sign_off(self, request_id: str) -> None:
        """A clinician signs what leaves of the medical file."""
        house = self.running.house
        with house.writing() as session:
            row = subject_requests.by_id(session, request_id)
            for system in review.medical_systems(session, house.office, row):
                review.sign_off(session, house.office, row, system, self.officer)

    def wait_searched(self, request_id: str) -> None:
        """Until every system has its outcome."""
        wait(lambda: self.is_at(request_id, Stage.REVIEWING))

    def finish(self, request_id: str) -> float:
        """Decide, and wait for the sealed package; seconds."""
        begun = time.perf_counter()
        self.decide(request_id)
        wait(lambda: self.is_at(request_id, Stage.REPLYING))
        return time.perf_counter() - begun

    def whole(self, account: Account) -> Moments:
        """One request from POST to a sealed package."""
        begun = time.perf_counter()
        reference = self.file(account)
        filed = time.perf_counter()
        request_id = self.show_card(reference)
        identified = time.perf_counter()
        self.wait_searched(request_id)
        searched = time.perf_counter()
        self.decide(request_id)
        decided = time.perf_counter()
        wait(lambda: self.is_at(request_id, Stage.REPLYING))
        return Moments(begun, filed, identified, searched, decided, time.perf_counter())

    def close(self) -> None:
        """Hang up."""
        self.client.close()
        self.looking.close()


def bench_staff(running: Running) -> Who:
    """The bench's staff member: an officer like any other, made once."""
    house = running.house
    practices = tuple(practice.id for practice in house.office.register.practices)
    with house.writing() as session:
        row = by_login(session, LOGIN)
        if row is None:
            new = NewStaff(
                login=LOGIN,
                name="Meetmedewerker",
                password=secrets.token_urlsafe(16),
                roles=("officer", "clinician"),
                practices=practices,
                person_key=LOGIN,
            )
            row = staff_login.make(session, house.office, new)[0]
        return who_is(row)


def accounts(url: str, ids: range) -> Mapping[int, Account]:
    """People of the target database by account number."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    wanted = "SELECT id, first_name || ' ' || surname, birth_date, email FROM account"
    with psycopg.connect(plain) as connection:
        rows = connection.execute(f"{wanted} WHERE id = ANY(%s)".encode(), (list(ids),)).fetchall()
    return {n: Account(name=name, birth_date=born, email=mail) for n, name, born, mail in rows}
