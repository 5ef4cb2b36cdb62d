"""A whole house under measurement: Valkey, web over HTTP and workers, each a real process."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.postgres import Cluster
from bench.processes import family
from dsr.bootstrap import build_house
from dsr.services.house import House
from dsr.services.prepare import prepare
from dsr.settings import read_settings
from dsr.valkey import valkey_command
from dsr.vault.fresh import fresh_secrets

ROOT = Path(__file__).resolve().parents[1]
REGISTER = Path(__file__).with_name("register.yaml")
LONGEST = 600.0
#: the product's own worker, and the bench's that is handed a letter of fixed bytes
PRODUCT, PLAIN = ("-m", "dsr", "worker"), ("-m", "bench.worker")


@dataclass
class Running:
    """The processes of a house by name ("valkey", "web", "worker 1"), and how to reach it."""

    folder: Path
    environment: dict[str, str]
    house: House
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the web process answers."""
        return self.environment["DSR_PUBLIC_URL"]

    @property
    def database(self) -> str:
        """The name of its database."""
        return str(self.house.engine.url.database)

    def start(self, name: str, command: list[str]) -> None:
        """Start a process; what it says goes to a file of its name."""
        with (self.folder / f"{name.replace(' ', '-')}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )

    def start_web(self) -> None:
        """Valkey and the web process; back when it is ready."""
        self.start("valkey", valkey_command(self.folder))
        self.start("web", [sys.executable, "-m", "dsr", "web"])
        wait_ready(self.url)

    def start_workers(self, count: int, kind: tuple[str, ...] = PLAIN) -> None:
        """So many workers of a kind."""
        for number in range(1, count + 1):
            self.start(f"worker {number}", [sys.executable, *kind])

    def stop_workers(self) -> None:
        """End all workers, and wait until they have ended."""
        self.stop([name for name in self.processes if name.startswith("worker")])

    def stop(self, names: list[str] | None = None) -> None:
        """End processes; the last ones are killed after half a minute."""
        for name in names if names is not None else list(reversed(self.processes)):
            process = self.processes.pop(name)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def pids(self, begin: str = "") -> list[int]:
        """Our processes (whose name begins so) and their children."""
        roots = [p.pid for name, p in self.processes.items() if name.startswith(begin)]
        return [pid for root in roots for pid in family(root)]

    def close(self) -> None:
        """End everything."""
        self.stop()
        self.house.engine.dispose()


def make_running(
    folder: Path, ours: Cluster, register: Path = REGISTER, **variables: str
) -> Running:
    """A house with a fresh database and vault, prepared, with no process started yet."""
    folder.mkdir(parents=True, mode=0o700)
    database = f"house_{secrets.token_hex(4)}"
    ours.create(database)
    port = free_port()
    environment = {
        **os.environ,
        "DSR_ENVIRONMENT": "development",
        "DSR_FOLDER": str(folder),
        "DSR_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DSR_PORT": str(port),
        "DSR_DATABASE_URL": ours.url(database),
        "DSR_REGISTER": str(register),
        "DSR_SUPERVISED": "1",
        "PYTHONPATH": str(ROOT),
        **fresh_secrets(),
        **variables,
    }
    house = build_house(read_settings(environment))
    prepare(house)
    return Running(folder=folder, environment=environment, house=house)


def wait_ready(url: str) -> None:
    """Until the web process says that everything it needs answers; a minute at most.

    One address may ask 900 times a minute, so nobody asks more often than every 0.07 second.
    """
    until = time.monotonic() + 60
    while not is_ready(url):
        if time.monotonic() > until:
            raise SystemExit("The web process is not ready within a minute; see web.log.")
        time.sleep(0.07)


def is_ready(url: str) -> bool:
    """Whether /readyz answers 200."""
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(there: Callable[[], bool], every: float = 0.002) -> None:
    """Wait until something is so; gives up loudly."""
    until = time.monotonic() + LONGEST
    while not there():
        if time.monotonic() > until:
            raise SystemExit("The bench waited ten minutes in vain; see the logs in its folder.")
        time.sleep(every)
