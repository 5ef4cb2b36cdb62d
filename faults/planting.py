"""Runs every planted bug, on SQLite, and demands that the checker catches each."""

from __future__ import annotations

import json
import random
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
from sqlalchemy import text

from faults.cases.approvals import approver_gone, before_erasing
from faults.cases.changing import COPY, ERASE_MESSAGES
from faults.cases.intake import rung
from faults.cases.keys import no_events
from faults.cases.restore import last_night
from faults.checker.report import check
from faults.driver import Desk, Patients, wait_for_rest
from faults.firm import Firm, Systems
from faults.planted import RUNNING
from faults.processes import Keeper, NeverCameTrue
from faults.scene import Broken, Scene
from faults.tampered import AT_REST

#: what is about erasing takes its time
CHANGES = frozenset({"I3", "I4", "I11"})
#: seconds for which a broken house is waited for; a mail that is sent again takes its time
PATIENCE, OF_A_MAIL, OF_AN_ERASURE = 6.0, 20.0, 40.0


@dataclass(frozen=True)
class Caught:
    """Whether the checker caught a planted bug, and by which invariants."""

    name: str
    wanted: frozenset[str]
    broken: tuple[str, ...]
    took: float

    @property
    def caught(self) -> bool:
        """Whether one of the invariants that it breaks was found broken."""
        return bool(self.wanted & set(self.broken))

    def __str__(self) -> str:
        word = "caught" if self.caught else "MISSED"
        by = " ".join(self.broken) or "nothing"
        means = "/".join(sorted(self.wanted))
        return f"{word} {self.name:18} breaks {means:8} found {by}  [{self.took:.1f} s]"


def plants(systems: Systems, keeper: Keeper, names: tuple[str, ...] = ()) -> list[Caught]:
    """All planted bugs, or those named."""
    found: list[Caught] = []

    def ran(name: str, wanted: frozenset[str], act: Callable[[], list[str]]) -> None:
        if names and name not in names:
            return
        begun = time.monotonic()
        found.append(Caught(name, wanted, tuple(act()), time.monotonic() - begun))
        print(found[-1], flush=True)

    for name, wanted in RUNNING.items():
        ran(name, wanted, partial(_running, name, systems, keeper))
    at_rest = {name: given for name, given in AT_REST.items() if not names or name in names}
    if at_rest:
        firm = _ended_house(systems, keeper)
        for name, (tamper, wanted) in at_rest.items():
            ran(name, wanted, partial(_tampered, firm, tamper))
        firm.remove()
    return found


def _broken(folder: Path) -> list[str]:
    return [line.name for line in check(folder) if line.broken]


def _running(name: str, systems: Systems, keeper: Keeper) -> list[str]:
    """A house with the bug in it, at work."""
    firm = Firm(kind="sqlite", systems=systems, keeper=keeper, plant=name)
    firm.start()
    scene = _scene(firm, systems)
    try:
        with suppress(NeverCameTrue, Broken):
            _WORK.get(name, _plain_work)(scene)
        with suppress(NeverCameTrue):
            wait_for_rest(firm, scene.desk, _patience(name))
        scene.desk.stopped.set()
        firm.close()
        systems.dump()
        return sorted({*_broken(firm.folder), *scene.found})
    finally:
        firm.remove()


def _patience(name: str) -> float:
    if RUNNING[name] & CHANGES or _WORK.get(name) is _erasing:
        return OF_AN_ERASURE
    return OF_A_MAIL if name == "sent-again" else PATIENCE


def _scene(firm: Firm, systems: Systems) -> Scene:
    dice = random.Random(f"plant {firm.plant}")
    desk = Desk(firm)
    desk.start()
    return Scene(firm, systems, Patients(firm, dice), desk, dice)


def _plain_work(scene: Scene) -> None:
    scene.patients.file(2)


def _same_key_twice(scene: Scene) -> None:
    person, body = scene.patients.body()
    key = secrets.token_urlsafe(24)
    for _ in range(2):
        with suppress(httpx.HTTPError):
            scene.patients.acknowledged(scene.patients.call(body, key).json(), key, person)


def _changed_plan(scene: Scene) -> None:
    """Somebody with the rights of an administrator changes what was approved."""
    with before_erasing(scene) as filed:
        statement = (
            "UPDATE batches SET number = number + 7 WHERE verb = 'erase' AND request_id ="
            " (SELECT id FROM subject_requests WHERE reference = :reference)"
        )
        with scene.firm.house.writing() as session:
            session.execute(text(statement), {"reference": filed.reference})


def _erasing(scene: Scene) -> None:
    scene.patients.ask(COPY, ERASE_MESSAGES)


def _several_erasings(scene: Scene) -> None:
    """Of some people the CRM has nothing to erase, and so nothing to erase too much of."""
    for _ in range(4):
        _erasing(scene)


_WORK: dict[str, Callable[[Scene], None]] = {
    "approval-ignored": approver_gone,
    "digest-ignored": _changed_plan,
    "no-receipt": _erasing,
    "not-read-back": _erasing,
    "kept-erased": _several_erasings,
    "ref-logged": _erasing,
    "ledger-ignored": last_night,
    "keys-forgotten": _same_key_twice,
    "no-fence": rung,
    "silent-log": no_events,
}


def _ended_house(systems: Systems, keeper: Keeper) -> Firm:
    """A house that did its work well, and was ended."""
    firm = Firm(kind="sqlite", systems=systems, keeper=keeper)
    firm.start()
    scene = _scene(firm, systems)
    scene.patients.file(3)
    scene.patients.ask(COPY, ERASE_MESSAGES)
    wait_for_rest(firm, scene.desk, 120)
    scene.desk.stopped.set()
    firm.close()
    systems.dump()
    broken = _broken(firm.folder)
    if broken:
        raise Broken(f"the house without a bug broke {broken}")
    return firm


def _tampered(firm: Firm, tamper: Callable[[Path], None]) -> list[str]:
    """The same house again, with this bug in it."""
    copy = firm.folder.with_name(f"{firm.folder.name}-copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(firm.folder, copy, ignore=shutil.ignore_patterns("*.sock", "ballast"))
    mail, systems = copy / "mail", copy / "systems"
    shutil.copytree(firm.systems.sink.folder, mail)
    shutil.copytree(firm.systems.folder, systems)
    told = json.loads((copy / "faults.json").read_text())
    told = {k: v.replace(str(firm.folder), str(copy)) for k, v in told.items()}
    (copy / "faults.json").write_text(
        json.dumps({**told, "mail": str(mail), "systems": str(systems)})
    )
    try:
        tamper(copy)
        return _broken(copy)
    finally:
        shutil.rmtree(copy, ignore_errors=True)
