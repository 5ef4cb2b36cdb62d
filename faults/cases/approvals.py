"""F12, F14-F16, F24-F29 for what changes systems: who may, what was approved, and who says so."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import select

from demo.appdb import account_id
from dsr.bootstrap import make_bell, make_keys
from dsr.core.errors import DsrError
from dsr.core.stages import Stage
from dsr.db import plans, subject_requests
from dsr.db.plans import Batch
from dsr.db.staff import Staff
from dsr.jobs.bell import CHANGE
from dsr.services import agreed, resolve
from faults.cases.changing import ERASE_ALL, ERASE_MESSAGES, RESTRICT, correct
from faults.driver import Filed
from faults.processes import wait_for
from faults.scene import Scene, fault, must

BOTH = ("postgresql", "sqlite")


def stage_of(scene: Scene, filed: Filed) -> Stage:
    """Where the first part of a request stands."""
    with scene.firm.house.reading() as session:
        row = subject_requests.by_reference(session, filed.reference)
        return Stage(row.items[0].stage)


def batches_of(scene: Scene, filed: Filed) -> list[Batch]:
    """Every batch of a request, of all its plans."""
    with scene.firm.house.reading() as session:
        row = subject_requests.by_reference(session, filed.reference)
        return list(session.scalars(select(Batch).where(Batch.request_id == row.id)))


def events_of(scene: Scene, filed: Filed, action: str) -> int:
    """How many events of a kind tell of a request."""
    wanted = (
        "SELECT count(*) FROM events e JOIN subject_requests r ON r.id = e.request_id WHERE"
        f" r.reference = '{filed.reference}' AND e.action = '{action}'"
    )
    return int(scene.firm.ask(wanted)[0][0])


@fault(
    "F12", "worker stopped (SIGSTOP) past its lease in the middle of an erasure", *BOTH, either=True
)
def zombie_erasing(scene: Scene) -> None:
    """Another finishes; the sleeper's receipt is refused by the fence, and is said once."""
    system = scene.dice.choice(("app", "crm", "sendbird"))
    armed = scene.firm.arm(f"erased-{system}")
    filed = scene.patients.ask(ERASE_ALL)
    worker = scene.firm.worker_of(armed.wait(90))
    worker.signal(signal.SIGSTOP)
    refused = scene.firm.logs().count("ChangedMeanwhile")
    wait_for(lambda: _settled(scene, filed, system), "another worker took over", 60)
    armed.open()
    worker.signal(signal.SIGCONT)
    scene.over()
    wait_for(lambda: scene.firm.logs().count("ChangedMeanwhile") > refused, "the fence refused", 30)


def _settled(scene: Scene, filed: Filed, system: str) -> bool:
    mine = [b for b in batches_of(scene, filed) if b.system == system and b.verb == "erase"]
    return any(one.fence > 1 and one.outcome is not None for one in mine)


@fault(
    "F11",
    "two workers at one batch: the first wakes while the second is erasing",
    *BOTH,
    either=True,
)
def two_horses(scene: Scene) -> None:
    """One receipt; whoever lost the lease writes nothing."""
    first = scene.firm.arm("erase-sendbird")
    filed = scene.patients.ask(ERASE_MESSAGES)
    worker = scene.firm.worker_of(first.wait(90))
    worker.signal(signal.SIGSTOP)
    second = scene.firm.arm("erased-sendbird")
    other = second.wait(60)
    must(other != worker.pid, "the stopped worker went on")
    first.open()
    worker.signal(signal.SIGCONT)
    time.sleep(1)
    second.open()
    scene.over()
    wait_for(lambda: _settled(scene, filed, "sendbird"), "the erasure has its receipt", 60)


@fault("F14", "Valkey emptied and killed while plans are carried out")
def flushed_erasing(scene: Scene) -> None:
    """The sweeper rings again for every batch that is due."""
    for wish in (ERASE_ALL, ERASE_MESSAGES, RESTRICT):
        scene.patients.ask(wish)
    until = time.monotonic() + 12
    with scene.firm.redis() as redis:
        while time.monotonic() < until:
            redis.flushall()
            time.sleep(scene.dice.uniform(0.05, 0.3))
    scene.firm.valkey.kill()
    wait_for(scene.firm.valkey_answers, "Valkey is back")
    scene.over()


@fault("F16", "every batch rung 100 times", *BOTH, either=True)
def batches_rung(scene: Scene) -> None:
    """One effect each."""
    filed = scene.patients.ask(ERASE_ALL)
    settings = scene.firm.house.settings
    bell, rings = make_bell(settings, make_keys(settings)), 0
    wait_for(lambda: stage_of(scene, filed) is Stage.EXECUTING, "the erasure began", 90)
    for _ in range(100):
        rings += bell.ring(CHANGE, [one.id for one in batches_of(scene, filed)])
    scene.over()
    scene.note(f"{rings} rings")


@fault(
    "F24",
    "the approver's rights are taken away between the approval and the erasure",
    *BOTH,
    either=True,
)
def approver_gone(scene: Scene) -> None:
    """Nothing is called; the plan goes back, and another person approves it."""
    with before_erasing(scene) as filed:
        approver = _approver(scene, filed)
        with _without_rights(scene, approver):
            wait_for(lambda: _is_back(scene, filed), "the plan came back", 60)
            must(not _acted(scene, filed), "a batch was begun without a valid approval")
    scene.over()


@fault("F24", "the approver's rights are taken away after a system erased, before its receipt")
def approver_gone_meanwhile(scene: Scene) -> None:
    """What was done has its receipt all the same; the rest is not done."""
    armed = scene.firm.arm("erased-crm")
    filed = scene.patients.ask(ERASE_ALL)
    worker = scene.firm.worker_of(armed.wait(90))
    scene.desk.deciding = False
    with _rights_taken(scene, _approver(scene, filed)):
        worker.kill()
        scene.firm.disarm()
        wait_for(lambda: _is_back(scene, filed), "the plan came back", 60)
    scene.desk.deciding = True
    scene.over()


@fault("F25", "new data arrives between the approval and the erasure", *BOTH, either=True)
def data_arrived(scene: Scene) -> None:
    """The plan goes back with the differences, is searched and approved again; all of it goes."""
    with before_erasing(scene) as filed:
        before = events_of(scene, filed, "planned")
        _new_session(scene, filed)
        scene.desk.deciding = True
    wait_for(lambda: events_of(scene, filed, "planned") > before, "a new plan was made", 90)
    must(events_of(scene, filed, "plan_changed"), "nobody was told that the data changed")
    scene.over()


@fault("F25", "a batch of an approved plan is changed in the database", "sqlite")
def plan_tampered(scene: Scene) -> None:
    """What runs is what was approved to the last reference: it goes back instead."""
    with before_erasing(scene) as filed, scene.firm.house.writing() as session:
        row = subject_requests.by_reference(session, filed.reference)
        plan = plans.current(session, row.items[0].id)
        assert plan is not None  # noqa: S101 (it was approved)
        last = plans.batches(session, plan.id)[-1]
        session.get_one(Batch, last.id).dataset = "channels"
        scene.firm.note("tampered", plan=plan.id)
    wait_for(lambda: _is_back(scene, filed), "the plan came back", 60)
    scene.over()


@fault("F24", "bad instructions: approval by the maker, of another plan, of a part not decided")
def bad_instructions(scene: Scene) -> None:
    """Each is refused with a reason, and nothing changes."""
    scene.desk.approving = False
    filed = scene.patients.ask(ERASE_MESSAGES)
    wait_for(lambda: stage_of(scene, filed) is Stage.APPROVING, "the plan waits", 90)
    scene.desk.paused = True
    for name, digest in (("anna", ""), ("merel", "0" * 64), ("dokter", "")):
        refused = _refused(scene, filed, name, digest)
        scene.firm.note("refused", why=f"an approval by {name}", refused=refused)
        must(refused, f"an approval by {name} was taken")
    must(stage_of(scene, filed) is Stage.APPROVING, "a refused approval moved the request")
    scene.desk.paused, scene.desk.approving = False, True
    scene.over()


@fault(
    "F26", "systems answer 500, 429, 503 and 403 in the middle of an erasure", *BOTH, either=True
)
def refusing(scene: Scene) -> None:
    """Tried again after a pause; what needs a person waits for one; nothing is left half."""
    for system in ("crm", "cognito", "sendbird"):
        kind = scene.dice.choice(("500", "429", "503", "403"))
        scene.systems.order(system, kind, 2, 1, after=1)
    scene.patients.ask(ERASE_ALL)
    scene.over()


@fault("F27", "systems act, and their answer is lost or comes too late", *BOTH, either=True)
def answer_lost(scene: Scene) -> None:
    """Whoever looks finds it done; nothing is done twice."""
    for system in ("crm", "cognito", "sendbird"):
        scene.systems.order(system, "lost", 2, after=scene.dice.randrange(2))
    scene.patients.ask(ERASE_ALL)
    scene.patients.ask(correct(scene))
    scene.over()


@fault("F27", "worker killed while a system is busy erasing")
def during_the_call(scene: Scene) -> None:
    """The system acts after its caller died."""
    scene.systems.order("crm", "delay", 1, 4, after=0)
    armed = scene.firm.arm("erase-crm")
    scene.patients.ask(ERASE_ALL)
    worker = scene.firm.worker_of(armed.wait(90))
    armed.open()
    time.sleep(1.5)
    worker.kill()
    scene.over()
    scene.firm.disarm()


@fault(
    "F28", "a system fails for good in the middle of a batch, and comes back", *BOTH, either=True
)
def half_a_batch(scene: Scene) -> None:
    """The half that is done is not done again, and the other half is."""
    scene.systems.order("sendbird", "503", -1, after=4)
    filed = scene.patients.ask(ERASE_MESSAGES)
    wait_for(lambda: _tried(scene, filed, "sendbird") > 1, "it was tried in vain", 90)
    scene.systems.order("sendbird", "heal")
    scene.over()


def _tried(scene: Scene, filed: Filed, system: str) -> int:
    mine = [b for b in batches_of(scene, filed) if b.system == system and b.verb == "erase"]
    return max((one.attempts for one in mine), default=0)


@fault("F29", "systems say that they erased, and keep it all", *BOTH, either=True)
def liars(scene: Scene) -> None:
    """Found out by reading back; tried again; a person is asked; never called done."""
    for system in ("crm", "cognito", "sendbird"):
        scene.systems.order(system, "lies", 2)
    filed = scene.patients.ask(ERASE_ALL)
    scene.over()
    wait_for(lambda: events_of(scene, filed, "batch_failed") > 0, "a lie was noticed", 120)


@contextmanager
def before_erasing(scene: Scene) -> Iterator[Filed]:
    """A request whose plan is approved and cools off for as long as this lasts."""
    scene.desk.approving = False
    filed = scene.patients.ask(ERASE_ALL)
    wait_for(lambda: stage_of(scene, filed) is Stage.APPROVING, "the plan waits", 90)
    scene.desk.deciding = False
    scene.desk.approving = True
    wait_for(lambda: stage_of(scene, filed) is not Stage.APPROVING, "it was approved", 60)
    yield filed
    scene.desk.deciding = True


def _is_back(scene: Scene, filed: Filed) -> bool:
    return stage_of(scene, filed) in (Stage.REVIEWING, Stage.SEARCHING)


def _acted(scene: Scene, filed: Filed) -> bool:
    return any(one.acting_at is not None for one in batches_of(scene, filed))


def _approver(scene: Scene, filed: Filed) -> str:
    with scene.firm.house.reading() as session:
        row = subject_requests.by_reference(session, filed.reference)
        return str(row.items[0].approved_by)


@contextmanager
def _rights_taken(scene: Scene, staff_id: str) -> Iterator[None]:
    """A colleague who is no approver for as long as this lasts."""

    def become(change: Callable[[Staff], None]) -> None:
        with scene.firm.house.writing() as session:
            change(session.get_one(Staff, staff_id))

    def without(row: Staff) -> None:
        row.roles = ["officer"]

    def with_them(row: Staff) -> None:
        row.roles = ["officer", "approver"]

    become(without)
    try:
        yield
    finally:
        become(with_them)


@contextmanager
def _without_rights(scene: Scene, staff_id: str) -> Iterator[None]:
    """The same, and the checker hears of it: nothing that they approved may be done meanwhile."""
    with _rights_taken(scene, staff_id):
        begin = time.time()
        try:
            yield
        finally:
            scene.firm.note("unauthorised", begin=begin, end=time.time())


def _new_session(scene: Scene, filed: Filed) -> None:
    """The person uses the app once more."""
    path = Path(scene.systems.variables["DSR_APP_DB_URL"].removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path, timeout=20)) as connection, connection:
        connection.execute(
            "INSERT INTO app_session (account_id, began_at, seconds, device, ip) SELECT"
            " account_id, began_at, seconds, device, ip FROM app_session WHERE account_id = ?"
            " LIMIT 1",
            (account_id(filed.person),),
        )


def _refused(scene: Scene, filed: Filed, name: str, digest: str) -> bool:
    house, who = scene.firm.house, scene.desk.staff[name]
    try:
        with house.writing() as session:
            row = subject_requests.by_reference(session, filed.reference)
            plan = plans.current(session, row.items[0].id)
            digest = digest or agreed.digest(row.items[0], plan)
            resolve.approve(session, house.office, (row, row.items[0]), digest, who)
    except DsrError:
        return True
    return False
