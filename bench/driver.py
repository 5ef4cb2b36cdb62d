"""A bench staff member: drives requests through the same services as the desk, and waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from demo.person import Person
from dsr.core.request import Outcome
from dsr.core.stages import Stage
from dsr.core.subject import Channel, Subject
from dsr.db import subject_requests
from dsr.db.staff import by_login
from dsr.services import decide, identify, pack, plan, review, stages
from dsr.services.by_hand import ByHand
from dsr.services.case import PATIENT, Who
from dsr.services.census import census
from dsr.services.decide import Decided
from dsr.services.house import House
from dsr.services.receive import Asked, receive
from dsr.services.staff_login import who_is

LONGEST = 300.0


@dataclass
class Driver:
    """Does what a patient, an officer and a clinician do, without pages."""

    house: House

    def ask(self, person: Person) -> str:
        """Receive a request and show the identity card; the request's id."""
        asked = Asked(
            practice=person.practice,
            channel=Channel.DESK,
            language="nl",
            subject=Subject(name=person.name, birth_date=person.birth_date),
        )
        with self.house.writing() as session:
            row = receive(session, self.house.office, asked, PATIENT)
            identify.at_desk(session, self.house.office, row, "passport", self.staff("anna"))
            return row.id

    def staff(self, login: str) -> Who:
        """A colleague of the demo practice."""
        with self.house.reading() as session:
            found = by_login(session, login)
            if found is None:
                raise SystemExit(
                    "The bench needs the demo's colleagues; run it through make bench."
                )
            return who_is(found)

    def stage(self, request_id: str) -> Stage:
        """Where the request is."""
        with self.house.reading() as session:
            row = subject_requests.by_id(session, request_id)
            return Stage(stages.access_item(row).stage)

    def decide(self, request_id: str) -> None:
        """Sign off, and decide what the facts allow."""
        office, officer = self.house.office, self.staff("anna")
        with self.house.writing() as session:
            row = subject_requests.by_id(session, request_id)
            for system in review.medical_systems(session, office, row):
                review.sign_off(session, office, row, system, self.staff("dokter"))
        with self.house.writing() as session:
            row = subject_requests.by_id(session, request_id)
            proposal = census(session, office, row).proposal
            seen = review.review_digest(session, row)
            decide.decide(session, office, row, Decided(decision=proposal, seen=seen), officer)

    def settle_by_hand(self, request_id: str) -> None:
        """Say of systems without an API that nothing is there; choose among candidates: none."""
        office, officer = self.house.office, self.staff("anna")
        with self.house.writing() as session:
            row = subject_requests.by_id(session, request_id)
            for step in plan.searches_of(session, row):
                if step.needs_person:
                    found = ByHand(outcome=Outcome.NONE_FOUND, proof="bench")
                    plan.settle_by_hand(session, office, step, found, officer)
                elif step.outcome == Outcome.SEVERAL_PEOPLE:
                    plan.choose_person(session, office, step, "", officer)

    def send(self, request_id: str) -> None:
        """Send the answer."""
        with self.house.writing() as session:
            row = subject_requests.by_id(session, request_id)
            pack.send(session, self.house.office, row, self.staff("anna"))

    def whole(self, person: Person) -> float:
        """One request from receipt to a sealed package; seconds."""
        begun = time.perf_counter()
        request_id = self.ask(person)
        wait(lambda: self._searched(request_id))
        wait(lambda: self.stage(request_id) is Stage.REVIEWING)
        self.decide(request_id)
        wait(lambda: self.stage(request_id) is Stage.REPLYING)
        took = time.perf_counter() - begun
        self.send(request_id)
        return took

    def _searched(self, request_id: str) -> bool:
        self.settle_by_hand(request_id)
        return self.stage(request_id) is Stage.REVIEWING


def wait(there: Callable[[], bool], every: float = 0.004) -> None:
    """Wait until something is so; gives up loudly after five minutes."""
    until = time.monotonic() + LONGEST
    while not there():
        if time.monotonic() > until:
            raise SystemExit("The bench waited five minutes in vain; see the worker's log.")
        time.sleep(every)
