"""F1, F2, F12, F14-F16: web and queue."""

from __future__ import annotations

import os
import secrets
import signal
import statistics
import threading
import time
from contextlib import suppress

import httpx
from sqlalchemy import select

from dsr.bootstrap import make_bell, make_keys
from dsr.db.outbox import OutboxMail
from dsr.db.steps import Step
from dsr.jobs.bell import MAIL, STEP
from faults.processes import wait_for
from faults.scene import Scene, fault, must

BOTH = ("postgresql", "sqlite")
#: so many rings in one fault are enough; each costs a worker a look at the row
MOST_RINGS = 1000
#: seconds that Valkey is away
AWAY = 60.0


def _kill_web_at(scene: Scene, point: str) -> str:
    """Kill the web process that holds a filing call; file it again, and give both references."""
    armed = scene.firm.arm(point)
    person, body = scene.patients.body()
    key = secrets.token_urlsafe(24)
    call = threading.Thread(target=_call_in_vain, args=(scene, body, key))
    call.start()
    pid = armed.wait()
    stored = _stored(scene)
    os.kill(pid, signal.SIGKILL)
    call.join(30)
    scene.over()
    scene.firm.disarm()
    wait_for(scene.firm.serves, "the web process is back")
    again = _insist(scene, body, key)
    scene.patients.acknowledged(again, key, person)
    third = _insist(scene, body, key)
    must(third == again, "the third call got another answer than the second")
    made = _stored(scene) - stored
    must(len(made) == (point == "inserted"), f"{len(made)} requests were made by the second call")
    return again["reference"]


def _call_in_vain(scene: Scene, body: dict[str, object], key: str) -> None:
    with suppress(httpx.HTTPError):
        scene.patients.call(body, key)


def _insist(scene: Scene, body: dict[str, object], key: str) -> dict[str, str]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(httpx.HTTPError):
            answer = scene.patients.call(body, key)
            if answer.is_success:
                told: dict[str, str] = answer.json()
                return told
        time.sleep(0.2)
    must(holds=False, words="the same call was not answered within a minute")
    return {}


def _stored(scene: Scene) -> set[str]:
    from_table = "SELECT reference FROM subject_requests"
    return {str(row[0]) for row in scene.firm.ask(from_table)}


@fault("F1", "web killed after the commit, before the answer; filed again with its key", *BOTH)
def web_after_commit(scene: Scene) -> None:
    """The request is there once, and the second call is told its reference."""
    reference = _kill_web_at(scene, "after-request")
    must(reference in _stored(scene), "the reference given is of no request")


@fault("F2", "web killed between the request's insert and its commit", *BOTH)
def web_in_transaction(scene: Scene) -> None:
    """Nothing is there until the second call, and then once."""
    _kill_web_at(scene, "inserted")


@fault("F1", "all of web killed (-9) under load")
def web_tree(scene: Scene) -> None:
    """Callers repeat, the service manager starts it again."""
    threads = scene.patients.file_at_once(4)
    time.sleep(scene.dice.uniform(0.05, 0.5))
    scene.firm.web.kill(tree=True)
    scene.over()
    for thread in threads:
        thread.join(120)


@fault("F12", "worker stopped past its lease, then let go on", *BOTH)
def zombie(scene: Scene) -> None:
    """Another finishes; the sleeper's write is refused by the fence."""
    system = scene.dice.choice(("his", "crm", "sendbird"))
    armed = scene.firm.arm(f"answered-{system}")
    scene.patients.file()
    worker = scene.firm.worker_of(armed.wait())
    worker.signal(signal.SIGSTOP)
    refused = scene.firm.logs().count("ChangedMeanwhile")
    wait_for(lambda: _taken_over(scene, system), "another worker took over", 60)
    armed.open()
    worker.signal(signal.SIGCONT)
    scene.over()
    wait_for(lambda: scene.firm.logs().count("ChangedMeanwhile") > refused, "the fence refused", 30)


def _taken_over(scene: Scene, system: str) -> bool:
    with scene.firm.house.reading() as session:
        wanted = select(Step).where(Step.system == system, Step.verb == "search")
        newest = session.scalars(wanted.order_by(Step.id.desc())).first()
        return newest is not None and newest.outcome is not None and newest.fence > 1


@fault("F14", "Valkey emptied (FLUSHALL) again and again under load", *BOTH)
def flushed(scene: Scene) -> None:
    """The sweeper rings again for all that is due."""
    threads = scene.patients.file_at_once(5)
    with scene.firm.redis() as redis:
        for _ in range(20):
            redis.flushall()
            time.sleep(scene.dice.uniform(0.02, 0.2))
    scene.over()
    for thread in threads:
        thread.join(120)


@fault("F15", "Valkey killed and started again empty", *BOTH)
def restarted_empty(scene: Scene) -> None:
    """What it held is rung again."""
    threads = scene.patients.file_at_once(4)
    time.sleep(0.2)
    scene.firm.valkey.kill()
    for path in (scene.firm.folder / "valkey").rglob("*"):
        if path.is_file():
            path.unlink()
    wait_for(scene.firm.valkey_answers, "Valkey is back")
    scene.over()
    for thread in threads:
        thread.join(120)


@fault("F15", f"Valkey down for {AWAY:.0f} s at intake")
def away(scene: Scene) -> None:
    """Intake goes on as fast as before."""
    before = _times(scene, 8)
    scene.firm.valkey.kept = False
    scene.firm.valkey.kill()
    until, during = time.monotonic() + AWAY, []
    while time.monotonic() < until:
        during += _times(scene, 1)
        time.sleep(3.0)
    scene.firm.valkey.start()
    scene.firm.valkey.kept = True
    scene.over()
    calm, away = statistics.median(before), statistics.median(during)
    scene.note(f"filing took {calm * 1000:.0f} ms, without Valkey {away * 1000:.0f} ms (medians)")
    must(max(during) < 5, f"a filing without Valkey took {max(during):.1f} s")


def _times(scene: Scene, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        begun = time.monotonic()
        scene.patients.file(insist=20)
        taken.append(time.monotonic() - begun)
    return taken


@fault("F15", "Valkey full (noeviction) under load")
def full(scene: Scene) -> None:
    """Rings are refused; nothing is lost."""
    with scene.firm.redis() as redis:
        redis.config_set("maxmemory", "1")
        scene.patients.file(3)
        time.sleep(1)
        redis.config_set("maxmemory", "0")
    scene.over()


@fault("F16", "every job rung 100 times", *BOTH)
def rung(scene: Scene) -> None:
    """One effect each."""
    scene.patients.file(2)
    settings = scene.firm.house.settings
    bell = make_bell(settings, make_keys(settings))
    rings = 0
    for _ in range(4):
        with scene.firm.house.reading() as session:
            due = list(session.scalars(select(Step.id).where(Step.outcome.is_(None))))
            mails = list(session.scalars(select(OutboxMail.id).where(OutboxMail.outcome.is_(None))))
        for _ in range(100 if rings < MOST_RINGS else 0):
            rings += bell.ring(STEP, due) + bell.ring(MAIL, mails)
        time.sleep(0.3)
    scene.over()
    scene.note(f"{rings} rings")
