"""F17-F19: PostgreSQL stopped hard, connections cut at COMMIT, deadlocks and broken sessions."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import psycopg

from faults.driver import wait_for_rest
from faults.postgres import Postgres
from faults.processes import wait_for
from faults.proxy import Cut
from faults.scene import Scene, fault, must


def postgres_of(scene: Scene) -> Postgres:
    """The server of this house."""
    assert scene.firm.postgres is not None  # noqa: S101 (these faults run on PostgreSQL only)
    return scene.firm.postgres


def stop_hard(scene: Scene, away: float = 1.0) -> None:
    """Stop the server without a goodbye; the keeper starts it again after a while."""
    server = postgres_of(scene)
    server.process.kept = False
    server.stop_immediately()
    time.sleep(away)
    server.process.start()
    server.process.kept = True
    wait_for(server.answers, "PostgreSQL is back", 60)


@fault("F17", "PostgreSQL stopped in immediate mode under load, twice")
def stopped_hard(scene: Scene) -> None:
    """Calls in flight fail with 503; no half rows; everything goes on afterwards."""
    before = len(scene.patients.refused)
    threads = scene.patients.file_at_once(6)
    for _ in range(2):
        time.sleep(scene.dice.uniform(0.2, 1.0))
        stop_hard(scene)
    scene.over()
    for thread in threads:
        thread.join(120)
    odd = {code for code in scene.patients.refused[before:] if code not in (0, 503)}
    must(not odd, f"while the database was away callers got {sorted(odd)}")


@fault("F17", "PostgreSQL killed (-9) with all its processes")
def killed(scene: Scene) -> None:
    """As a power cut of the database's host."""
    threads = scene.patients.file_at_once(4)
    time.sleep(scene.dice.uniform(0.2, 1.0))
    postgres_of(scene).process.kill(tree=True)
    wait_for(postgres_of(scene).answers, "PostgreSQL is back", 60)
    scene.over()
    for thread in threads:
        thread.join(120)


def _cut(scene: Scene, what: Cut) -> None:
    proxy = scene.firm.proxy
    assert proxy is not None  # noqa: S101 (made with PostgreSQL)
    made = len(proxy.made)
    for _ in range(3):  # the filing itself, then the worker's commits
        proxy.cut(what)
        scene.patients.file(insist=30)
    for _ in range(6):
        proxy.cut(what)
        time.sleep(scene.dice.uniform(0.1, 0.4))
    scene.over()
    proxy.cuts.clear()
    scene.note(f"{len(proxy.made) - made} commits cut")


@fault("F18", "connection cut at COMMIT: done, and the answer lost")
def reply_lost(scene: Scene) -> None:
    """Whoever asks again finds what was done; nothing is done twice."""
    _cut(scene, Cut.REPLY)


@fault("F18", "connection cut at COMMIT: never heard")
def commit_lost(scene: Scene) -> None:
    """Nothing was done, and it is done later."""
    _cut(scene, Cut.COMMIT)


@fault("F18", "a worker's host vanishes with locks in its hands, and says no goodbye")
def vanished(scene: Scene) -> None:
    """The server gives up the session, and with it the locks, within seconds."""
    proxy = scene.firm.proxy
    assert proxy is not None  # noqa: S101 (made with PostgreSQL)
    armed = scene.firm.arm("before-result-steps")
    scene.patients.file(2)
    worker = scene.firm.worker_of(armed.wait())
    proxy.silent = True
    worker.kill(tree=True)
    scene.over()
    scene.firm.disarm()
    try:
        wait_for_rest(scene.firm, scene.desk)
    finally:
        proxy.silent = False


@fault("F19", "deadlocks forced, sessions cancelled and ended by the server")
def deadlocks(scene: Scene) -> None:
    """Whoever loses tries again."""
    stop = threading.Event()
    rivals = [
        threading.Thread(target=_rival, args=(postgres_of(scene), stop)),
        threading.Thread(target=_butcher, args=(postgres_of(scene), stop)),
    ]
    for rival in rivals:
        rival.start()
    scene.patients.file(5)
    time.sleep(5)
    stop.set()
    for rival in rivals:
        rival.join(20)
    scene.over()
    found = scene.firm.log("postgres").read_text(errors="replace")
    scene.note(f"{found.count('deadlock detected')} deadlocks so far in this house")


def _rival(server: Postgres, stop: threading.Event) -> None:
    """Locks rows in the order that nobody else uses: the step first, then its request."""
    with server.connect() as connection:
        connection.execute("SET deadlock_timeout = '20s'")  # so that the other one loses
        connection.execute("SET lock_timeout = '5s'")
        while not stop.is_set():
            with suppress(psycopg.Error), connection.transaction():
                connection.execute("SELECT id FROM steps WHERE outcome IS NULL FOR UPDATE")
                time.sleep(0.2)
                connection.execute("SELECT id FROM subject_requests FOR UPDATE")


def _butcher(server: Postgres, stop: threading.Event) -> None:
    others = "FROM pg_stat_activity WHERE datname = 'desk' AND pid <> pg_backend_pid()"
    busy = "AND state <> 'idle' ORDER BY random() LIMIT 1"
    turn = 0
    with server.connect("postgres") as connection:
        while not stop.wait(0.3):
            turn += 1
            what = "pg_terminate_backend" if turn % 3 == 0 else "pg_cancel_backend"
            with suppress(psycopg.Error):
                connection.execute(f"SELECT {what}(pid) {others} {busy}")
