"""A house with real worker processes, a real Valkey and the demo practice's systems."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.population import Cast, played_by
from demo.world import World
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import steps, subject_requests
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.services import decide, identify, plan, release, reply, review, stages
from dsr.services.case import Who
from dsr.services.census import census
from dsr.services.house import House
from dsr.services.office import utc_now
from dsr.services.staff_login import who_is
from tests.makers import make_house, make_request, make_staff
from tests.servers import Valkey, wait_until

PRACTICES = ("kralingen", "centrum", "zuidplein")


@dataclass
class Worker:
    """A worker process; `reached` is there once it stands before the page it stops at."""

    process: subprocess.Popen[bytes]
    file: Path

    @property
    def gate(self) -> Path:
        return self.file.with_name(f"{self.file.stem}-gate")

    @property
    def reached(self) -> Path:
        return self.file.with_name(f"{self.file.stem}-reached")

    def wait_until_held(self) -> None:
        wait_until(self.reached.exists, what="the worker reached its page")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """As a power cut would: no clean-up of any kind."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """As an operator would; its exit code."""
        self.gate.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        return self.process.wait(20)


@dataclass
class Firm:
    """The whole: a house, its systems, its queue and its workers."""

    house: House
    world: World
    valkey: Valkey
    folder: Path
    lease: float = 2.0
    workers: list[Worker] = field(default_factory=list)
    officer: Who = field(init=False)
    doctor: Who = field(init=False)

    def __post_init__(self) -> None:
        staff = make_staff(self.house, login="anna", practices=PRACTICES)
        roles = ("clinician",)
        doctor = make_staff(self.house, login="dokter", roles=roles, practices=PRACTICES)
        self.officer, self.doctor = who_is(staff), who_is(doctor)

    @property
    def log(self) -> Path:
        return self.folder / "workers.log"

    def start_worker(self, *, piece: int = 1, **hold: int) -> Worker:
        """Start a worker; `hold` names systems with the number of the page to stop before."""
        path = self.folder / f"worker-{len(self.workers)}.json"
        settings = {**asdict(self.house.settings), "cognito": None}
        given = {"settings": settings, "lease": self.lease, "piece": piece, "hold": hold}
        path.write_text(json.dumps(given, default=str))
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker_process", str(path)],
                stdout=out, stderr=out, env={**os.environ, "TMPDIR": str(temporary)},
            )  # fmt: skip
        made = Worker(process, path)
        self.workers.append(made)
        return made

    def ask(self, who: Cast, **changed: Any) -> SubjectRequest:
        """A request of one of the cast, who shows a passport at the desk."""
        person = played_by(self.world.people, who)
        values = {
            "name": person.name, "birth_date": person.birth_date, "email": person.email,
            "phone": person.phone, "postcode": person.postcode, "practice": person.practice,
        }  # fmt: skip
        row = make_request(self.house, **{**values, **changed})
        with self.house.writing() as session:
            fresh = subject_requests.by_id(session, row.id)
            identify.at_desk(session, self.house.office, fresh, "passport", self.officer)
        return row

    def steps(self, row: SubjectRequest) -> dict[str, Step]:
        with self.house.reading() as session:
            found = steps.of_request(session, row.id)
        return {step.system: step for step in found if step.verb == "search"}

    def stage(self, row: SubjectRequest) -> Stage:
        with self.house.reading() as session:
            return Stage(stages.access_item(subject_requests.by_id(session, row.id)).stage)

    def wait_for(self, row: SubjectRequest, stage: Stage, seconds: float = 40) -> None:
        """Until a request stands at this stage; by-hand systems are named as not searched."""
        wait_until(lambda: self._is_at(row, stage), seconds=seconds, what=f"{stage}: {self.tail()}")

    def answer(self, row: SubjectRequest) -> None:
        """Sign off, decide what the facts make of it, and send it when the workers are done."""
        self.decide(row)
        self.send(row)

    def decide(self, row: SubjectRequest) -> None:
        """Sign off, and decide what the facts make of it."""
        self.wait_for(row, Stage.REVIEWING)
        with self.house.writing() as session:
            fresh, office = subject_requests.by_id(session, row.id), self.house.office
            for system in review.medical_systems(session, office, fresh):
                review.sign_off(session, office, fresh, system, self.doctor)
            proposal = census(session, office, fresh).proposal
            seen = review.review_digest(session, fresh)
            chosen = decide.Decided(decision=proposal, seen=seen)
            decide.decide(session, office, fresh, chosen, self.officer)

    def send(self, row: SubjectRequest) -> None:
        """Send the answer as soon as a worker has made it."""
        self.wait_for(row, Stage.REPLYING)
        with self.house.writing() as session:
            release.send(
                session, self.house.office, subject_requests.by_id(session, row.id), self.officer
            )

    def fetch(self, row: SubjectRequest) -> bytes:
        with self.house.writing() as session:
            fresh = subject_requests.by_id(session, row.id)
            got = reply.fetch(session, self.house.office, fresh, Level.IA4)
        return b"".join(got.chunks(self.house.office))

    def tail(self) -> str:
        """The last that the workers said."""
        return self.log.read_text()[-1500:] if self.log.exists() else ""

    def close(self) -> None:
        """End what was started here."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.process.send_signal(signal.SIGCONT)
                worker.process.kill()
                worker.process.wait(10)

    def _is_at(self, row: SubjectRequest, stage: Stage) -> bool:
        if stage is Stage.REVIEWING and self.stage(row) is Stage.SEARCHING:
            self._name_by_hand(row)
        return self.stage(row) is stage

    def _name_by_hand(self, row: SubjectRequest) -> None:
        waiting = [s for s in self.steps(row).values() if s.trouble == "by_hand" and not s.outcome]
        for step in waiting:
            with self.house.writing() as session:
                fresh = subject_requests.by_id(session, row.id)
                locked = plan.step_of(session, fresh, step.id)
                if locked.outcome is None:
                    plan.accept_unsearched(
                        session, self.house.office, locked, "Dat volgt met de hand.", self.officer
                    )


@contextmanager
def firm(folder: Path, database_url: str, valkey: Valkey, *, lease: float = 2.0) -> Iterator[Firm]:
    """All of it, and its end."""
    with World(folder / "world", today=datetime.now(UTC).date()) as world:
        house = make_house(
            folder, clock=utc_now, database_url=database_url, redis_url=valkey.url,
            system_settings=world.environment(),
        )  # fmt: skip
        made = Firm(house, world, valkey, folder, lease)
        try:
            yield made
        finally:
            made.close()
            house.engine.dispose()
