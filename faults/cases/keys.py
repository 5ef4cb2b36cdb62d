"""F21, F22: the log cannot be written, the keys are wrong, a rotation dies half-way."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dsr.core.errors import DsrError, VaultError
from dsr.db import subject_requests
from dsr.services import case, identify
from dsr.services.office import Office
from dsr.vault.keys import KeyRing, new_keyring_text
from faults.driver import wait_for_rest
from faults.processes import ROOT, wait_for
from faults.scene import Scene, fault, must

BOTH = ("postgresql", "sqlite")
REFUSED = {
    "postgresql": (
        "CREATE FUNCTION no_events() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no room for events' USING ERRCODE = '53100'; END $$",
        "CREATE TRIGGER no_events BEFORE INSERT ON events EXECUTE FUNCTION no_events()",
    ),
    "sqlite": (
        "CREATE TRIGGER no_events BEFORE INSERT ON events"
        " BEGIN SELECT RAISE(ABORT, 'no room for events'); END",
    ),
}
ALLOWED = {
    "postgresql": ("DROP TRIGGER no_events ON events", "DROP FUNCTION no_events"),
    "sqlite": ("DROP TRIGGER no_events",),
}


@contextmanager
def forbidden(scene: Scene, why: str) -> Iterator[None]:
    """A time in which nothing may change; the checker looks at it afterwards."""
    begin = time.time()
    yield
    scene.firm.note("windows", why=why, begin=begin, end=time.time())


def _run(scene: Scene, statements: tuple[str, ...]) -> None:
    with scene.firm.house.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _file_in_vain(scene: Scene, seconds: float) -> list[int]:
    codes, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        _person, body = scene.patients.body()
        try:
            codes.append(scene.patients.call(body, secrets.token_urlsafe(24)).status_code)
        except httpx.HTTPError:
            codes.append(0)
        time.sleep(0.1)
    return codes


@fault("F21", "events cannot be written: every change is refused", *BOTH)
def no_events(scene: Scene) -> None:
    """No event, no change: neither a filing nor a desk act nor a worker's result."""
    scene.desk.paused = True
    filed = scene.patients.file(2)
    _run(scene, REFUSED[scene.firm.kind])
    try:
        time.sleep(0.5)
        with forbidden(scene, "events cannot be written"):
            codes = _file_in_vain(scene, 2.0)
            _identified_in_vain(scene, filed[0].reference)
    finally:
        _run(scene, ALLOWED[scene.firm.kind])
    scene.over()
    scene.note(f"answers meanwhile: {sorted(set(codes))}")


def _identified_in_vain(scene: Scene, reference: str) -> None:
    house, refused = scene.firm.house, False
    try:
        with house.writing() as session:
            row = subject_requests.by_reference(session, reference)
            anna = scene.desk.staff["anna"]
            identify.at_desk(session, house.office, row, "passport", anna)
    except (SQLAlchemyError, DsrError):
        refused = True
    scene.firm.note(
        "refused", why="an identity seen while events cannot be written", refused=refused
    )


@fault("F22", "house started with a wrong key: everything is refused", *BOTH)
def wrong_key(scene: Scene) -> None:
    """Nothing changes under a key that opens nothing; with the right one all goes on."""
    scene.patients.file(2)
    scene.desk.paused = True
    right = scene.firm.environment["DSR_KEYS"]
    _restart(scene, _same_id(right))
    with forbidden(scene, "the key is wrong"):
        codes = _file_in_vain(scene, 6.0)
        scene.note(f"answers meanwhile: {sorted(set(codes))}")
        with scene.firm.house.reading() as session:
            key_id = subject_requests.by_reference(
                session, scene.patients.filed[0].reference
            ).data_key_id
            wrong = replace(
                scene.firm.house.office,
                keys=KeyRing.from_text(_same_id(right), root=scene.firm.environment["DSR_ROOT"]),
            )
            refused = _opens_nothing(wrong, session, key_id)
            scene.firm.note("refused", why="reading under a wrong key", refused=refused)
    _restart(scene, right)
    wait_for(scene.firm.serves, "the web process answers", 60)
    scene.over()


def _opens_nothing(office: Office, session: Session, key_id: str) -> bool:
    try:
        case.open_key(session, office, key_id)
    except VaultError:
        return True
    return False


def _same_id(right: str) -> str:
    """Another key under the same id: the mistake that hurts most."""
    return f"{right.partition(':')[0]}:{new_keyring_text().partition(':')[2]}"


def _restart(scene: Scene, keys: str) -> None:
    for process in (scene.firm.web, *scene.firm.workers):
        process.environment = {**process.environment, "DSR_KEYS": keys}
        process.kill(tree=True)


@fault("F22", "rotation of the keys killed (-9) half-way, then run again", *BOTH)
def rotation(scene: Scene) -> None:
    """Everything opens during, after the kill, and after the second run; none under the old key."""
    scene.patients.file(4)
    wait_for_rest(scene.firm, scene.desk)
    old = scene.firm.environment["DSR_KEYS"]
    new = new_keyring_text(old)
    environment = {**scene.firm.environment, "DSR_KEYS": new}
    armed = scene.firm.arm("rotated")
    command = [sys.executable, "-m", "faults.rotation"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    os.kill(armed.wait(), signal.SIGKILL)
    process.wait(10)
    half = _under(scene, KeyRing.from_text(new).current_id)
    scene.firm.disarm()
    subprocess.run(
        [sys.executable, "-m", "dsr", "keys", "rotate"], cwd=ROOT, env=environment, check=True,
        capture_output=True,
    )  # fmt: skip
    whole = _under(scene, KeyRing.from_text(new).current_id)
    scene.note(f"{half[0]} of {half[1]} keys were wrapped anew when it died")
    must(0 < half[0] < half[1], "the rotation did not die half-way")
    must(whole[0] == whole[1], f"{whole[1] - whole[0]} keys are still under the old key")
    scene.firm.change_keys(new.partition(",")[0])
    _restart(scene, new.partition(",")[0])
    wait_for(scene.firm.serves, "the web process answers", 60)
    scene.over()
    scene.patients.file()


def _under(scene: Scene, kek_id: str) -> tuple[int, int]:
    counted = (
        "SELECT sum(CASE WHEN kek_id = '%s' THEN 1 ELSE 0 END), count(*) FROM data_keys"
        " WHERE wrapped IS NOT NULL"  # what was destroyed is under no key any more
    )
    done, whole = scene.firm.ask(counted % kek_id)[0]
    return int(done), int(whole)
