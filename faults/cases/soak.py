"""F38-F40: load during faults, a seeded mix of everything, and power cuts at random moments."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from redis.exceptions import RedisError

from faults.cases.changing import COPY, ERASE_ALL, ERASE_MESSAGES, RESTRICT, WITHDRAW
from faults.cases.database import stop_hard
from faults.processes import descendants, wait_for
from faults.proxy import Cut
from faults.scene import Scene, fault
from faults.sink import Mood

BOTH = ("postgresql", "sqlite")
AT_ONCE = 40
CUTS = 4
#: so many of the turns of a soak somebody asks for what changes systems
CHANGES = 0.15
#: ways to break a system for a few calls
KINDS = ("500", "429", "503", "cut", "half", "html", "lost", "short", "repeated", "foreign")


@fault("F38", f"{AT_ONCE} requests at once while the database stops and Valkey is emptied")
def load(scene: Scene) -> None:
    """Some are told to come back later; whoever was told yes is answered."""
    threads = scene.patients.file_at_once(AT_ONCE)
    time.sleep(0.5)
    for system in ("his", "crm", "sendbird"):
        scene.systems.order(system, "lost", 3)
    stop_hard(scene)
    with scene.firm.redis() as redis:
        redis.flushall()
    scene.over()
    for thread in threads:
        thread.join(180)


@fault("F40", f"power cut: everything killed (-9) at a random moment, {CUTS} times", *BOTH)
def power_cut(scene: Scene) -> None:
    """What was acknowledged is there when the lights come back."""
    for _ in range(CUTS):
        threads = scene.patients.file_at_once(1) + scene.patients.ask_at_once(ERASE_ALL)
        time.sleep(scene.dice.uniform(0.1, 2.5))
        _cut_power(scene)
        wait_for(scene.firm.serves, "the web process is back", 90)
        for thread in threads:
            thread.join(120)
    scene.over()


def _cut_power(scene: Scene) -> None:
    firm = scene.firm
    ours = [firm.web, *firm.workers, firm.valkey]
    if firm.postgres is not None:
        ours.append(firm.postgres.process)
    with firm.keeper.lock:
        below = [pid for process in ours for pid in descendants(process.pid)]
        for process in ours:
            process.signal(signal.SIGKILL)
        for pid in below:
            _kill(pid)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@fault("F39", "soak: a seeded mix of all of it under load", *BOTH)
def soak(scene: Scene) -> None:
    """All invariants, and everybody answered."""
    acts, done = _acts(scene), Counter[str]()
    dice = random.Random(scene.dice.random())
    until, threads = time.monotonic() + scene.soak, list[threading.Thread]()
    while time.monotonic() < until:
        if dice.random() < CHANGES:
            wishes = dice.choice(((ERASE_ALL,), (COPY, ERASE_MESSAGES), (RESTRICT,), (WITHDRAW,)))
            threads += scene.patients.ask_at_once(*wishes)
        threads += scene.patients.file_at_once(1)
        if dice.random() < 0.6:
            name = dice.choice(sorted(acts))
            acts[name](dice)
            done[name] += 1
        time.sleep(dice.uniform(0.2, 1.2))
    scene.firm.shift(0, "worker-1")
    scene.over()
    for thread in threads:
        thread.join(180)
    scene.note(
        f"{len(threads)} requests, {sum(done.values())} faults: {dict(sorted(done.items()))}"
    )


def _acts(scene: Scene) -> dict[str, Callable[[random.Random], None]]:
    firm, sink, systems = scene.firm, scene.systems.sink, scene.systems
    acts: dict[str, Callable[[random.Random], None]] = {
        "worker": lambda dice: dice.choice(firm.workers).kill(),
        "worker and children": lambda dice: dice.choice(firm.workers).kill(tree=True),
        "children": lambda dice: _kill_children(scene, dice),
        "stopped worker": lambda dice: _stop(scene, dice),
        "web": lambda dice: firm.web.kill(tree=True),
        "flushed": lambda dice: _flush(scene),
        "valkey": lambda dice: firm.valkey.kill(),
        "system": lambda dice: systems.order(
            dice.choice(("his", "crm", "cognito", "sendbird")), dice.choice(KINDS), 2, 1
        ),
        "mail": lambda dice: sink.meet(dice.choice((Mood.NEVER, Mood.HOLD))),
        "clock": lambda dice: firm.shift(dice.choice((0, -30, 45)), "worker-1"),
        "full vault": lambda dice: _full(scene, dice),
    }
    if firm.postgres is not None:
        acts["database"] = lambda dice: stop_hard(scene, 0.5)
    if (proxy := firm.proxy) is not None:
        acts["commit"] = lambda dice: proxy.cut(dice.choice(list(Cut)))
    return acts


def _kill_children(scene: Scene, dice: random.Random) -> None:
    for pid in descendants(dice.choice(scene.firm.workers).pid):
        _kill(pid)


def _stop(scene: Scene, dice: random.Random) -> None:
    worker = dice.choice(scene.firm.workers)
    worker.signal(signal.SIGSTOP)
    threading.Timer(dice.uniform(0.5, 6), worker.signal, (signal.SIGCONT,)).start()


def _flush(scene: Scene) -> None:
    with scene.firm.redis() as redis, suppress(RedisError):
        redis.flushall()


def _full(scene: Scene, dice: random.Random) -> None:
    mark = scene.firm.folder / "vault-is-full"
    mark.touch()
    threading.Timer(dice.uniform(0.2, 2), mark.unlink, (True,)).start()
