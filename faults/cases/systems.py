"""F26-F31: systems that fail, throttle, break off, lie, drip, and come back hours later."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from sqlalchemy import select

from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from faults.driver import Filed, wait_for_rest
from faults.processes import NeverCameTrue, wait_for
from faults.scene import Scene, fault, must

BOTH = ("postgresql", "sqlite")
REMOTE = ("his", "crm", "cognito", "sendbird")
#: what the clock is moved by after a system recovered: well within what work may take
ROUNDS = 2
FIVE_MINUTES = 290.0


def _moved(scene: Scene, seconds: float) -> None:
    """Let time pass for the whole house at once."""
    path = scene.firm.folder / "clock"
    before = float(path.read_text()) if path.exists() else 0.0
    scene.firm.shift(before + seconds)


def search_steps(scene: Scene, filed: Filed) -> dict[str, Step]:
    """The search steps of a request by system."""
    with scene.firm.house.reading() as session:
        wanted = (
            select(Step)
            .join(SubjectRequest, SubjectRequest.id == Step.request_id)
            .where(SubjectRequest.reference == filed.reference, Step.verb == "search")
        )
        return {step.system: step for step in session.scalars(wanted)}


def _brief(scene: Scene, kinds: tuple[str, ...], calls: int, seconds: float = 0.0) -> None:
    """Break every system for a few calls in each of these ways, with requests under way."""
    for kind in kinds:
        for system in REMOTE:
            scene.systems.order(system, kind, calls, seconds)
        scene.patients.file(2)
        time.sleep(0.5)
    time.sleep(2)


@fault("F26", "systems answer 500, 429 with Retry-After, 503, 401, 403", *BOTH)
def refusals(scene: Scene) -> None:
    """Tried again after the pause that was asked for; a refused key waits for a person."""
    _brief(scene, ("500", "429", "503"), 2, 1.0)
    _brief(scene, ("401", "403"), 1)
    scene.over()


@fault("F27", "systems act, and their answer is lost; systems hang past our patience", "sqlite")
def lost(scene: Scene) -> None:
    """Reading again does no harm."""
    _brief(scene, ("lost",), 3)
    scene.systems.order("crm", "delay", 1, 35)
    filed = scene.patients.file()[0]
    wait_for(lambda: _begun(scene, filed), "the hanging system was called", 40)
    time.sleep(1)
    scene.over()


def _begun(scene: Scene, filed: Filed) -> bool:
    step = search_steps(scene, filed).get("crm")
    return step is not None and step.attempts > 0


@fault(
    "F28", "half answers: cut, not JSON, wrong charset, short list, page twice, endless list", *BOTH
)
def halves(scene: Scene) -> None:
    """Never complete: read again, and in the package once."""
    for kind in ("cut", "half", "html", "charset"):
        for system in REMOTE:
            scene.systems.order(system, kind, 1)
        scene.patients.file()
    for kind, system in (("short", "sendbird"), ("repeated", "sendbird"), ("repeated", "crm"),
                         ("off-host", "crm"), ("no-everything", "his")):  # fmt: skip
        scene.systems.order(system, kind, 1)
        scene.patients.file()
    time.sleep(3)
    scene.over()


@fault("F29", "systems lie: another patient's record in a page", *BOTH)
def lies(scene: Scene) -> None:
    """The search stops and a person is asked; nothing of the other ever leaves."""
    scene.desk.paused = True
    filed = []
    for system in ("his", "crm", "sendbird"):
        scene.systems.order(system, "foreign", 1)
    scene.desk.paused = False
    filed = scene.patients.file(2)
    wait_for(lambda: _foreign(scene) > 0, "a foreign record was noticed", 40)
    scene.over()
    must(filed, "nothing was filed")
    scene.note(f"{_foreign(scene)} foreign records noticed so far in this house")


def _foreign(scene: Scene) -> int:
    counted = "SELECT count(*) FROM events WHERE action = 'foreign_record'"
    return int(scene.firm.ask(counted)[0][0])


@fault("F28", "a system stays broken: accepted by name, and the answer says so")
def accepted(scene: Scene) -> None:
    """What was not searched is `failed` in the package, never `complete`."""
    scene.desk.accepting = True
    scene.systems.order("crm", "403", -1)
    filed = scene.patients.file()[0]
    wait_for(lambda: _outcome(scene, filed) is not None, "the CRM was given up by name", 60)
    must(_outcome(scene, filed) == "failed", f"the CRM counts as {_outcome(scene, filed)}")
    scene.over()


def _outcome(scene: Scene, filed: Filed) -> str | None:
    step = search_steps(scene, filed).get("crm")
    return step.outcome if step else None


@fault("F30", "one system answers a byte a second while others have work")
def dripping(scene: Scene) -> None:
    """The other systems keep at least 80 % of their rate."""
    calm, slow = [], []
    for _ in range(ROUNDS):  # in turn, and the best of each: the machine has other work too
        calm.append(_others_done(scene))
        scene.systems.order("crm", "drip", -1, 20)
        slow.append(_others_done(scene))
        scene.systems.order("crm", "heal")
        scene.over()
    rate = min(calm) / min(slow)
    scene.note(f"the others kept {rate:.0%} of their rate ({min(calm):.1f} s, {min(slow):.1f} s)")
    must(rate >= 0.8, f"the others kept {rate:.0%} of their rate")


def _others_done(scene: Scene, count: int = 12) -> float:
    """Seconds until every system but the CRM has searched for so many people."""
    begun = time.monotonic()
    filed = scene.patients.file(count)
    wait_for(
        lambda: all(_ended(scene, one) for one in filed), "the other systems were searched", 180
    )
    return time.monotonic() - begun


def _ended(scene: Scene, filed: Filed) -> bool:
    found = search_steps(scene, filed)
    others = [found[name] for name in ("app", "his", "cognito", "sendbird") if name in found]
    return len(others) == 4 and all(step.outcome for step in others)


@fault("F31", "a system comes back after six hours (clock moved)", "sqlite")
def back_after_hours(scene: Scene) -> None:
    """It is searched again within five minutes of its return, by nobody's hand."""
    scene.systems.order("crm", "500", -1)
    filed = scene.patients.file()
    for turn in range(9):
        before = _tries(scene, filed)
        if turn:
            _moved(scene, 2400)
        _wait_for_another_try(scene, filed, before)
    scene.systems.order("crm", "heal")
    scene.note(f"tried {_tries(scene, filed)} times meanwhile")
    _moved(scene, FIVE_MINUTES)
    scene.over()
    try:
        wait_for_rest(scene.firm, scene.desk, 45)
    except NeverCameTrue:
        _moved(scene, 2400)  # so that no other fault waits for it
        raise


def _wait_for_another_try(scene: Scene, filed: list[Filed], before: int) -> None:
    """A try; the clock may have been moved just before a rest of a minute was reckoned by it."""
    wait_for(lambda: _tries(scene, filed) > before, "the CRM was tried again", 90)


def _tries(scene: Scene, filed: list[Filed]) -> int:
    """How often the CRM was tried for these requests, when nobody is at it."""
    found = [search_steps(scene, one).get("crm") for one in filed]
    return sum(step.attempts for step in found if step is not None and step.lease_until is None)


@fault("F28", "the app's own database is locked for a while")
def locked(scene: Scene) -> None:
    """A real lock of another program on the real file."""
    path = Path(scene.systems.variables["DSR_APP_DB_URL"].removeprefix("sqlite:///"))
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        scene.patients.file(2)
        time.sleep(8)
        connection.execute("ROLLBACK")
    connection.close()
    scene.over()
