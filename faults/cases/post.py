"""F10 and F33: mail servers that put off, refuse, and forget to say that they took it."""

from __future__ import annotations

import time

from faults.cases.kills import kill, kill_at
from faults.processes import wait_for
from faults.scene import Scene, fault, must
from faults.sink import Mood

BOTH = ("postgresql", "sqlite")


def _moved(scene: Scene, seconds: float) -> None:
    path = scene.firm.folder / "clock"
    before = float(path.read_text()) if path.exists() else 0.0
    scene.firm.shift(before + seconds)


@fault("F10", "worker killed while it sends: claimed, and taken but not recorded", *BOTH)
def sending(scene: Scene) -> None:
    """At most one copy too many."""
    kill_at(scene, "after-claimed-outbox")
    kill_at(scene, "before-result-outbox")


@fault("F10", "worker killed after DATA, before the server's answer")
def after_data(scene: Scene) -> None:
    """The server has the mail, nobody knows."""
    sink = scene.systems.sink
    sink.meet(Mood.HOLD)
    met = len(sink.met)
    armed = scene.firm.arm("after-claimed-outbox")
    scene.patients.file()
    pid = armed.wait()
    armed.open()
    wait_for(lambda: len(sink.met) > met, "the server was given the mail", 30)
    kill(scene, scene.firm.worker_of(pid))
    sink.released.set()


@fault("F33", "mail server says 451 (try later), then takes it (clock moved)", *BOTH)
def greylisted(scene: Scene) -> None:
    """Tried again by itself."""
    sink = scene.systems.sink
    sink.meet(Mood.LATER, 3)
    met = len(sink.met)
    scene.patients.file(3)
    wait_for(lambda: len(sink.met) >= met + 3, "three mails were put off", 60)
    time.sleep(0.5)
    _moved(scene, 120)
    scene.over()


@fault("F33", "mail server says 550 (no such mailbox)", *BOTH)
def bounced(scene: Scene) -> None:
    """The request goes on; the log tells of the mail that failed."""
    sink = scene.systems.sink
    sink.meet(Mood.NEVER)
    met = len(sink.met)
    scene.patients.file()
    wait_for(lambda: len(sink.met) > met, "a mail was refused", 60)
    scene.over()
    wait_for(lambda: _failed(scene) > 0, "the log tells of it", 30)


def _failed(scene: Scene) -> int:
    counted = "SELECT count(*) FROM events WHERE action = 'mail_failed'"
    return int(scene.firm.ask(counted)[0][0])


@fault(
    "F33",
    "mail server takes the mail and never answers (timeout after DATA; clock moved)",
    "sqlite",
)
def timed_out(scene: Scene) -> None:
    """One copy too many at most."""
    sink = scene.systems.sink
    sink.meet(Mood.HANG)
    met, gave_up = len(sink.met), scene.firm.logs().count("mail_not_sent")
    scene.patients.file()
    wait_for(lambda: len(sink.met) > met, "the server was given the mail", 60)
    wait_for(
        lambda: scene.firm.logs().count("mail_not_sent") > gave_up, "the sender gave up waiting", 60
    )
    time.sleep(0.5)
    sink.released.set()
    _moved(scene, 120)
    scene.over()
    must(sink.met[-1] is Mood.HANG, "the server did not hang")
