"""F20: the disk of the vault, of the database and of the log is full."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from faults.processes import wait_for
from faults.scene import NotHere, Scene, fault, must

BOTH = ("postgresql", "sqlite")
FULL = 6.0


@contextmanager
def filled(scene: Scene, part: str) -> Iterator[None]:
    """The small file system of this part, filled to the last byte."""
    folder = scene.firm.folder / part
    if folder not in scene.firm.mounted:
        raise NotHere("only root may mount a small file system; see vault (stand-in) instead")
    ballast = folder / "ballast"
    _fill(ballast)
    keeping = threading.Event()
    # What the house deletes meanwhile must not give it room again.
    thread = threading.Thread(target=_keep_full, args=(ballast, keeping))
    thread.start()
    try:
        yield
    finally:
        keeping.set()
        thread.join()
        ballast.unlink()


def _fill(ballast: Path) -> None:
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while os.write(descriptor, b"\0" * size):
                    pass
    finally:
        os.close(descriptor)


def _keep_full(ballast: Path, stopped: threading.Event) -> None:
    while not stopped.wait(0.2):
        _fill(ballast)


@fault("F20", "disk of the vault full", *BOTH)
def vault_full(scene: Scene) -> None:
    """Requests still come in; searches and answers wait and are done later."""
    with filled(scene, "vault"):
        scene.patients.file(3)
        time.sleep(FULL)
    scene.over()


@fault("F20", "vault refuses every write (stand-in for a full store elsewhere)")
def vault_refuses(scene: Scene) -> None:
    """The same without root: the fault build's store says that it is full."""
    mark = scene.firm.folder / "vault-is-full"
    mark.touch()
    scene.patients.file(2)
    time.sleep(FULL / 2)
    mark.unlink()
    scene.over()


@fault("F20", "disk of the log full", *BOTH)
def log_full(scene: Scene) -> None:
    """Work goes on without its log lines; the events are in the database."""
    with filled(scene, "log"):
        scene.patients.file(3)
        time.sleep(FULL / 2)
    scene.over()


@fault("F20", "disk of the database full", *BOTH)
def database_full(scene: Scene) -> None:
    """Callers get 503, nothing is acknowledged, and it mends itself when there is room."""
    answers: list[int] = []
    with filled(scene, "db"):
        until = time.monotonic() + FULL
        while time.monotonic() < until:
            answers += _tried(scene)
            time.sleep(0.2)
    scene.over()
    wait_for(scene.firm.serves, "the web process answers", 60)
    if scene.firm.postgres is not None:
        wait_for(scene.firm.postgres.answers, "PostgreSQL is back", 90)
    scene.patients.file(insist=120)
    odd = {code for code in answers if code not in (201, 0, 503)}
    scene.note(f"{answers.count(201)} taken, {len(answers) - answers.count(201)} put off")
    must(not odd, f"with a full disk callers got {sorted(odd)}")


def _tried(scene: Scene) -> list[int]:
    person, body = scene.patients.body()
    key = secrets.token_urlsafe(24)
    try:
        answer = scene.patients.call(body, key)
    except httpx.HTTPError:
        return [0]
    if answer.is_success:
        scene.patients.acknowledged(answer.json(), key, person)
    return [answer.status_code]
