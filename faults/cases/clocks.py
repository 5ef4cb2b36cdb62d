"""F34: the clock of one host jumps a day; all clocks cross DST, leap day and year's end."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from faults.cases.kills import kill
from faults.scene import Scene, fault

DAY = 86400.0
#: the moments before something odd in the calendar
EDGES = (
    datetime(2027, 3, 28, 0, 59, 58, tzinfo=UTC), datetime(2027, 10, 31, 0, 59, 58, tzinfo=UTC),
    datetime(2027, 12, 31, 22, 59, 58, tzinfo=UTC), datetime(2028, 2, 29, 22, 59, 58, tzinfo=UTC),
    datetime(2028, 1, 31, 12, 0, 0, tzinfo=UTC), datetime(2028, 4, 30, 21, 59, 58, tzinfo=UTC),
)  # fmt: skip


@fault("F34", "one worker's clock a day ahead, then a day behind")
def one_host(scene: Scene) -> None:
    """No work is lost or stuck because one host of several is wrong for a while.

    With SQLite there is one host, whose processes have one clock: `edges` moves that.
    """
    for seconds in (DAY, -DAY):
        scene.firm.shift(seconds, "worker-1")
        scene.patients.file(2)
        time.sleep(3)
    scene.firm.shift(0, "worker-1")
    scene.over()


@fault("F34", "a worker a day ahead is killed with a lease in its hands")
def dies_ahead(scene: Scene) -> None:
    """Its lease ends in time for the others."""
    scene.firm.shift(DAY, "worker-1")
    scene.firm.shift(DAY, "worker-2")
    armed = scene.firm.arm("after-claimed-steps")
    scene.patients.file()
    worker = scene.firm.worker_of(armed.wait())
    scene.firm.shift(0, "worker-1")
    scene.firm.shift(0, "worker-2")
    kill(scene, worker)


@fault("F34", "all clocks cross summer time, winter time, year's end, leap day", "sqlite")
def edges(scene: Scene) -> None:
    """Every due date follows from the receipt; the checker reckons it anew."""
    for edge in EDGES:
        scene.firm.shift((edge - datetime.now(UTC)).total_seconds())
        scene.patients.file(2)
        time.sleep(2.2)
        scene.patients.file()
    scene.over()
