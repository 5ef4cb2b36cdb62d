"""Patients who file over HTTP, and colleagues who do their part through the services.

Whatever was acknowledged is written down at that moment; the checker holds the house to it.
"""

from __future__ import annotations

import hashlib
import random
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from demo.person import Person
from demo.population import people
from dsr.core.errors import DsrError, NotReady
from dsr.core.request import Outcome
from dsr.core.stages import Stage
from dsr.db import steps, subject_requests
from dsr.db.outbox import OutboxMail
from dsr.db.plans import Batch, Plan
from dsr.db.staff import by_login
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import decide, identify, plan, release, review, stages
from dsr.services.by_hand import ByHand
from dsr.services.case import Who
from dsr.services.census import census
from dsr.services.decide import Decided
from dsr.services.staff_login import NewStaff, make, who_is
from faults.firm import Firm
from faults.parts import Parts, is_copy
from faults.processes import NeverCameTrue

#: all work must have ended so long after the fault did, in seconds
LONGEST_REST = 300.0
#: every second person asks for what changes systems, once; the others for a copy of all
CHANGING = 2


@dataclass(frozen=True)
class Filed:
    """A request that was acknowledged over HTTP."""

    reference: str
    secret: str = field(repr=False)
    key: str
    person: Person = field(repr=False)


@dataclass
class Patients:
    """Files requests; a call that fails is sent again with the same key, as clients do."""

    firm: Firm
    dice: random.Random
    crowd: list[Person] = field(default_factory=list, repr=False)
    changing: list[Person] = field(default_factory=list, repr=False)
    filed: list[Filed] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        everybody = people(today=datetime.now(UTC).date())
        known = [p for p in everybody[21:] if 0 < p.messages < 60 and p.has_app]
        self.crowd = [p for p in known if p.number % CHANGING]
        self.changing = [p for p in known if not p.number % CHANGING]

    def file(self, count: int = 1, *, insist: float = 60.0) -> list[Filed]:
        """File so many requests one after another; each is insisted on for so many seconds."""
        return [self._file(insist) for _ in range(count)]

    def ask(self, *wishes: dict[str, Any], insist: float = 60.0) -> Filed:
        """Ask for these rights in one request, as somebody who asked for nothing before."""
        with self.lock:
            systems = self.firm.systems
            person = self.dice.choice([p for p in self.changing if p.number not in systems.spent])
            systems.asked(person.number, self.firm.folder.name)
        return self._file(insist, self._body_of(person, {"wishes": list(wishes)}))

    def ask_at_once(self, *wishes: dict[str, Any], spare: int = 40) -> list[threading.Thread]:
        """The same from a thread; join it. None while so few people are left for the others."""
        left = sum(p.number not in self.firm.systems.spent for p in self.changing)
        if left <= spare:
            return []
        thread = threading.Thread(target=self.ask, args=wishes, kwargs={"insist": 120.0})
        thread.start()
        return [thread]

    def file_at_once(self, count: int) -> list[threading.Thread]:
        """File many from as many threads; join them."""
        threads = [threading.Thread(target=self._file, args=(120.0,)) for _ in range(count)]
        for thread in threads:
            thread.start()
        return threads

    def call(self, body: dict[str, Any], key: str, timeout: float = 15.0) -> httpx.Response:
        """One call; what is answered with an error is kept for the search for canaries."""
        url = f"{self.firm.url}/api/v1/requests"
        answer = httpx.post(url, json=body, headers={"Idempotency-Key": key}, timeout=timeout)
        if answer.is_error:
            name = f"{answer.status_code}-{time.monotonic_ns()}.txt"
            (self.firm.folder / "bodies" / name).write_bytes(answer.content)
            self.refused.append(answer.status_code)
        return answer

    def body(self) -> tuple[Person, dict[str, Any]]:
        """What somebody of the crowd would send; the address is theirs alone, for this time."""
        with self.lock:
            person = self.dice.choice(self.crowd)
        return self._body_of(person, {})

    def _body_of(self, person: Person, more: dict[str, Any]) -> tuple[Person, dict[str, Any]]:
        with self.lock:
            mark = f"{self.dice.getrandbits(40):010x}"
        return person, {
            "practice": person.practice, "name": person.name,
            "birth_date": person.birth_date.isoformat(),
            "email": f"aanvraag-{mark}@voorbeeld.example", **(more or {"scope": ["all"]}),
        }  # fmt: skip

    def acknowledged(self, answer: dict[str, str], key: str, person: Person) -> Filed:
        """Write down what the house promised."""
        told = Filed(answer["reference"], answer["secret"], key, person)
        self.firm.note(
            "acknowledged", reference=told.reference, key=key, due=answer["due"],
            secret_sha=hashlib.sha256(told.secret.encode()).hexdigest(), number=person.number,
        )  # fmt: skip
        with self.lock:
            if told.reference not in {one.reference for one in self.filed}:
                self.filed.append(told)
        return told

    def _file(self, insist: float, asked: tuple[Person, dict[str, Any]] | None = None) -> Filed:
        person, body = asked or self.body()
        key = secrets.token_urlsafe(24)
        until = time.monotonic() + insist
        while True:
            try:
                answer = self.call(body, key)
                if answer.is_success:
                    return self.acknowledged(answer.json(), key, person)
                if answer.status_code in (400, 422):
                    raise NeverCameTrue(f"a request was refused: {answer.text[:300]}")
            except httpx.HTTPError:
                self.refused.append(0)
            if time.monotonic() > until:
                raise NeverCameTrue(
                    f"a request was not taken in {insist:.0f} s: {self.refused[-3:]}"
                )
            time.sleep(0.25)


@dataclass
class Desk:
    """Colleagues who do what waits for a person, again and again, in a thread of their own."""

    firm: Firm
    paused: bool = False
    left_alone: set[str] = field(default_factory=set)
    deciding: bool = True
    approving: bool = True
    accepting: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)
    failures: list[str] = field(default_factory=list)
    staff: dict[str, Who] = field(default_factory=dict)

    def start(self) -> None:
        """Begin to work."""
        house = self.firm.house
        with house.writing() as session:
            practices = tuple(practice.id for practice in house.office.register.practices)
            new = NewStaff(
                login="tweede", name="Tweede Beoordelaar", password=secrets.token_hex(12),
                roles=("officer", "approver"), practices=practices, person_key="tweede",
            )  # fmt: skip
            make(session, house.office, new)
            session.flush()
            for login in ("anna", "dokter", "merel", "tweede"):
                found = by_login(session, login)
                assert found is not None  # noqa: S101 (the seed made them)
                self.staff[login] = who_is(found)
        threading.Thread(target=self._run, name="desk", daemon=True).start()

    def _run(self) -> None:
        while not self.stopped.wait(0.1):
            if not self.paused:
                self.round()

    def round(self) -> None:
        """Look at every open request once."""
        try:
            with self.firm.house.reading() as session:
                wanted = select(SubjectRequest.id).where(SubjectRequest.closed_at.is_(None))
                waiting = list(session.scalars(wanted.order_by(SubjectRequest.id)))
        except SQLAlchemyError as error:
            self.failures.append(type(error).__name__)
            return
        for request_id in waiting:
            if request_id not in self.left_alone and not self.stopped.is_set():
                self._step(request_id)

    def _step(self, request_id: str) -> None:
        said: list[tuple[str, str, str]] = []
        try:
            with self.firm.house.writing() as session:
                row = subject_requests.by_id(session, request_id, lock=True)
                self._act(session, row, said)
        except (DsrError, SQLAlchemyError, OSError) as error:
            self.failures.append(type(error).__name__)
            return
        for what, text, about in said:  # only what was committed counts as saved
            if text:
                self.firm.note("said", request=request_id, what=what, text=text, item=about)

    def _act(self, session: Session, row: SubjectRequest, said: list[Any]) -> None:
        """The first thing that waits for a person: of the whole request, then part by part."""
        together = {Stage.IDENTIFYING: self._identify, Stage.SEARCHING: self._by_hand}
        act = together.get(Stage(stages.lead(row).stage))
        if act is not None:
            act(session, row, said)
        if Stage(stages.lead(row).stage) is Stage.IDENTIFYING:
            return
        for item in row.items:
            if self._part(session, row, item, said):
                return

    def _part(
        self, session: Session, row: SubjectRequest, item: RequestItem, said: list[Any]
    ) -> bool:
        """Whether something was done on a part."""
        stage = Stage(item.stage)
        if stage is Stage.REPLYING:
            return self._send(session, row, item)
        waits = {Stage.REVIEWING: not self.deciding, Stage.APPROVING: not self.approving}
        if waits.get(stage):
            return False
        if is_copy(item):
            of_copy = {Stage.REVIEWING: self._decide, Stage.APPROVING: self._approve}.get(stage)
            if of_copy is not None:
                of_copy(session, row, said)
            return of_copy is not None
        act = Parts(self.firm.house.office, self.staff).act_on(stage)
        return act is not None and act(session, row, item, said)

    def _identify(self, session: Session, row: SubjectRequest, said: list[Any]) -> None:
        identify.at_desk(session, self.firm.house.office, row, "passport", self.staff["anna"])

    def _by_hand(self, session: Session, row: SubjectRequest, said: list[Any]) -> None:
        for step in steps.of_request(session, row.id, row.run):
            if step.outcome is None and step.needs_person:
                said.append(self._settle(session, step))
            elif step.outcome == Outcome.SEVERAL_PEOPLE:
                plan.choose_person(session, self.firm.house.office, step, "", self.staff["anna"])

    def _settle(self, session: Session, step: Step) -> tuple[str, str, str]:
        """By hand where there is no API; a system that misbehaved is tried again, or accepted."""
        office, anna = self.firm.house.office, self.staff["anna"]
        text = f"Opgeschreven door Anna, kenmerk {secrets.token_hex(8)}."
        if step.trouble == plan.BY_HAND:
            found = ByHand(outcome=Outcome.NONE_FOUND, proof=text)
            plan.settle_by_hand(session, office, step, found, anna)
            return "by_hand", text, step.id
        if self.accepting:
            plan.accept_unsearched(session, office, step, text, anna)
            return "accepted", text, step.id
        plan.retry(session, office, step, anna)
        return "", "", ""

    def _decide(self, session: Session, row: SubjectRequest, said: list[Any]) -> None:
        office = self.firm.house.office
        for system in review.medical_systems(session, office, row):
            review.sign_off(session, office, row, system, self.staff["dokter"])
        session.flush()
        proposal = census(session, office, row).proposal
        chosen = Decided(decision=proposal, seen=review.review_digest(session, row))
        decide.decide(session, office, row, chosen, self.staff["anna"])

    def _approve(self, session: Session, row: SubjectRequest, said: list[Any]) -> None:
        merel = self.staff["merel"]
        hers = stages.access_item(row).decided_by == merel.staff_id
        second = self.staff["tweede"] if hers else merel
        decide.approve(session, self.firm.house.office, row, second)

    def _send(self, session: Session, row: SubjectRequest, item: RequestItem) -> bool:
        """Whether the answer of a part could be sent; a letter that is not made yet waits."""
        try:
            release.send(session, self.firm.house.office, row, self.staff["anna"], item.id)
        except NotReady:
            return False
        return True


@dataclass
class Unfinished:
    """What is still open in the house, for the runner to wait on."""

    firm: Firm
    left_alone: set[str]

    def open(self) -> list[str]:
        """In words what is not finished; empty at rest."""
        with self.firm.house.reading() as session:
            requests = session.scalars(
                select(SubjectRequest.id).where(SubjectRequest.closed_at.is_(None))
            )
            waiting = [one for one in requests if one not in self.left_alone]
            mails = session.execute(
                select(OutboxMail.kind, OutboxMail.trouble, OutboxMail.attempts).where(
                    OutboxMail.outcome.is_(None)
                )
            ).all()
            undone = session.execute(
                select(Step.system, Step.verb, Step.trouble, Step.attempts).where(
                    Step.outcome.is_(None), Step.request_id.not_in(self.left_alone)
                )
            ).all()
            changes = session.execute(
                select(Batch.system, Batch.verb, Batch.trouble, Batch.attempts)
                .join(Plan, Plan.id == Batch.plan_id)
                .where(Batch.outcome.is_(None), Plan.ended_how == "", Plan.begun_at.is_not(None))
                .where(Batch.request_id.not_in(self.left_alone))
            ).all()
        words = [f"{len(waiting)} requests"] if waiting else []
        words += [f"batch {s} {v} ({t[:60]}, tried {n})" for s, v, t, n in changes]
        words += [f"mail {k} ({t[:60]}, tried {n})" for k, t, n in mails]
        return words + [f"step {s} {v} ({t[:60]}, tried {n})" for s, v, t, n in undone]


def wait_for_rest(firm: Firm, desk: Desk, seconds: float = LONGEST_REST) -> float:
    """Wait until all work has ended by itself; the seconds it took."""
    begun, looking = time.monotonic(), Unfinished(firm, desk.left_alone)
    left = ["nothing was seen"]
    while time.monotonic() - begun < seconds:
        try:
            left = looking.open()
        except SQLAlchemyError as error:
            left = [f"the database does not answer ({type(error).__name__})"]
        if not left:
            return time.monotonic() - begun
        time.sleep(0.05)
    raise NeverCameTrue(f"not at rest after {seconds:.0f} s: {'; '.join(left[:4])}")
