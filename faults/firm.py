"""The house under test: database, Valkey, systems, mail sink, web and workers, all kept running."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from dsr.bootstrap import build_house
from dsr.cli.seed import seed
from dsr.logs import set_up
from dsr.services.house import House
from dsr.settings import read_settings
from dsr.valkey import valkey_command
from dsr.vault.fresh import fresh_secrets
from faults import barriers, build
from faults.barriers import Armed
from faults.postgres import Postgres, free_port
from faults.processes import ROOT, Keeper, NeverCameTrue, Process, wait_for
from faults.proxy import Proxy
from faults.sink import Sink

#: seconds of a lease in the fault build; the product's own is a minute
LEASE = 3.0
#: the tables of one house are made at a time: their tool keeps what it works on in one place
_MIGRATING = threading.Lock()
#: seconds between an approval and an erasure in the fault build; the product's own is a week
COOL_OFF = 3.0
WORKERS = 2
#: small file systems that a fault can fill, with their sizes in megabytes
SMALL = {"vault": 300, "log": 48, "db": 600}


@dataclass(kw_only=True)
class Systems:
    """The stand-ins and the sink: they may serve one house after another."""

    folder: Path
    keeper: Keeper
    sink: Sink
    url: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    #: people who asked for a change here, and will not ask for one again
    spent: set[int] = field(default_factory=set)

    def start(self) -> None:
        """Start the stand-ins' process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "faults.systems", "--folder", str(self.folder)]
        told = self.folder / "variables.json"
        environment = {**_bare(), "PYTHONPATH": str(ROOT)}
        self.keeper.add(Process("systems", command, environment, self.folder / "systems.log"))
        wait_for(told.exists, "the stand-ins are ready", 180)
        read = json.loads(told.read_text())
        self.url, self.variables = read["url"], read["variables"]

    def order(
        self, system: str, kind: str, calls: int = 1, seconds: float = 0.0, *, after: int = -1
    ) -> None:
        """Break the next calls of a system; `heal` mends it.

        With `after` only calls that change something, and so many of those go through first.
        """
        asked = {"system": system, "kind": kind, "calls": calls, "seconds": seconds}
        self._tell({**asked, "after": after})

    def asked(self, number: int, house: str) -> None:
        """Remember who asks which house for a change; nobody does so twice."""
        self.spent.add(number)
        with (self.folder / "asked.jsonl").open("a") as out:
            out.write(json.dumps({"number": number, "house": house}) + "\n")

    def dump(self) -> None:
        """Let the systems write down what they hold of those who asked for a change."""
        self._tell({"system": "all", "kind": "dump", "people": sorted(self.spent)})

    def _tell(self, asked: dict[str, Any]) -> None:
        httpx.post(f"{self.url}/control", json=asked, timeout=30).raise_for_status()

    def heal(self) -> None:
        """Mend every system."""
        for system in ("his", "crm", "cognito", "sendbird"):
            self.order(system, "heal")

    def calls(self, system: str) -> list[dict[str, Any]]:
        """What reached a system so far."""
        path = self.folder / "journal" / f"{system}.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]


@dataclass(kw_only=True)
class Firm:
    """One house. `kind` is `postgresql` or `sqlite`; `plant` breaks the product on purpose."""

    kind: str
    systems: Systems
    keeper: Keeper
    plant: str = ""
    lease: float = LEASE
    cool_off: float = COOL_OFF
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="flt-")))
    port: int = field(default_factory=free_port)
    postgres: Postgres | None = None
    proxy: Proxy | None = None
    mounted: list[Path] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    direct: str = ""
    web: Process = field(init=False)
    valkey: Process = field(init=False)
    workers: list[Process] = field(default_factory=list)
    house: House = field(init=False)

    def start(self) -> None:
        """Start all of it, and wait until it serves."""
        for name in ("house", "journal", "bodies", "tmp", "barriers", "bombs", *SMALL):
            (self.folder / name).mkdir(mode=0o755, exist_ok=True)
        self.folder.chmod(0o755)
        self._mount()
        url, self.direct = self._database()
        self._write_environment(url)
        self.house = self._own_house()
        set_up(self.house.settings, self.log("runner").open("a"))
        command = valkey_command(self.folder)
        self.valkey = self.keeper.add(Process("valkey", command, _bare(), self.log("valkey")))
        wait_for(self.valkey_answers, "Valkey answers", 60)
        with _MIGRATING:
            seed(self.house)
        self.web = self.keeper.add(self._process("web", "faults.web"))
        self.workers = [self.start_worker(f"worker-{n}") for n in range(1, WORKERS + 1)]
        try:
            wait_for(self.serves, "the web process answers", 180)
        except NeverCameTrue:
            print(self.logs()[-4000:])
            raise
        self._tell_checker()

    def start_worker(self, name: str, **more: str) -> Process:
        """Start a worker and keep it running; `more` are variables of its own."""
        return self.keeper.add(self._process(name, "faults.worker", **more))

    def log(self, name: str) -> Path:
        """Where a process of this house writes its log."""
        return self.folder / "log" / f"{name}.log"

    def logs(self) -> str:
        """All that was logged."""
        return "".join(p.read_text(errors="replace") for p in (self.folder / "log").glob("*.log"))

    @property
    def url(self) -> str:
        """Where the web process serves."""
        return f"http://127.0.0.1:{self.port}"

    def serves(self) -> bool:
        """Whether the web process answers."""
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Rows of the database, read without waiting for anybody who writes."""
        with self.house.reading() as session:
            return [tuple(row) for row in session.execute(text(question))]

    def redis(self) -> Redis:
        """A connection to its Valkey."""
        return Redis.from_url(f"unix://{self.folder}/valkey.sock", socket_timeout=2)

    def valkey_answers(self) -> bool:
        """Whether Valkey answers."""
        with self.redis() as redis, suppress(RedisError):
            return bool(redis.ping())
        return False

    def arm(self, point: str) -> Armed:
        """Arm a barrier of this house."""
        return barriers.arm(self.folder / "barriers", point)

    def disarm(self) -> None:
        """Open every gate and forget every armed point."""
        for path in (self.folder / "barriers").glob("*.reached-*"):
            path.with_name(f"{path.name.partition('.')[0]}.open").touch()
        for path in (self.folder / "barriers").glob("*.armed"):
            path.unlink(missing_ok=True)

    def shift(self, seconds: float, name: str = "") -> None:
        """Move the clock of one process, or of all hosts, by this much."""
        self.note("shifts", seconds=seconds, name=name)
        path = self.folder / (f"clock-{name}" if name else "clock")
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(str(seconds))
        fresh.replace(path)

    def worker_of(self, pid: int) -> Process:
        """The worker with this process id."""
        return next(worker for worker in self.workers if worker.pid == pid)

    def note(self, journal: str, **told: object) -> None:
        """Write one line down for the checker."""
        line = json.dumps({"at": time.time(), **told}, default=str)
        with (self.folder / "journal" / f"{journal}.jsonl").open("a") as out:
            out.write(line + "\n")

    def change_keys(self, keys: str) -> None:
        """From now on these are the keys of this house; its processes are to be started again."""
        self.environment["DSR_KEYS"] = keys
        self.house.engine.dispose()
        self.house = self._own_house()
        self._tell_checker()

    def close(self) -> None:
        """End everything of this house, without a goodbye; what the checker needs stays."""
        self.disarm()
        ours = [self.web, *self.workers, self.valkey]
        if self.postgres is not None:
            ours.append(self.postgres.process)
        for process in ours:
            process.kept = False
            process.kill(tree=True)
            self.keeper.drop(process)
        self.house.engine.dispose()
        if self.proxy is not None:
            self.proxy.close()

    def remove(self) -> None:
        """Remove its folder."""
        for path in reversed(self.mounted):
            subprocess.run(["umount", "-l", str(path)], check=False)
        if self.postgres is not None:
            self.postgres.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _mount(self) -> None:
        if os.geteuid() != 0:
            return
        for name, size in SMALL.items():
            path = self.folder / name
            command = ["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=755", "faults", str(path)]
            if subprocess.run(command, check=False, capture_output=True).returncode:
                return
            self.mounted.append(path)

    def _database(self) -> tuple[str, str]:
        if self.kind == "sqlite":
            url = f"sqlite:///{self.folder}/db/desk.db"
            return url, url
        self.postgres = Postgres(self.folder / "db", self.log("postgres"))
        self.keeper.add(self.postgres.process)
        self.postgres.make_database()
        self.proxy = Proxy(self.postgres.port)
        return self.postgres.url_at(self.proxy.port), self.postgres.url

    def _write_environment(self, url: str) -> None:
        self.environment = {
            **_bare(), **fresh_secrets(), **self.systems.variables,
            "PYTHONPATH": str(ROOT), "TMPDIR": str(self.folder / "tmp"),
            "DSR_ENVIRONMENT": "demo", "DSR_FOLDER": str(self.folder / "house"),
            "DSR_PORT": str(self.port), "DSR_PUBLIC_URL": self.url, "DSR_SUPERVISED": "1",
            "DSR_REGISTER": str(ROOT / "registers" / "jansapp.yaml"), "DSR_DATABASE_URL": url,
            "DSR_REDIS_URL": f"unix://{self.folder}/valkey.sock", "DSR_MAIL_MODE": "smtp",
            "DSR_VAULT_URL": f"file://{self.folder}/vault", "DSR_SMTP_URL": self.systems.sink.url,
            build.FOLDER: str(self.folder), build.LEASE: str(self.lease), build.PLANT: self.plant,
            build.COOL_OFF: str(self.cool_off),
        }  # fmt: skip

    def _own_house(self) -> House:
        settings = read_settings({**self.environment, "DSR_DATABASE_URL": self.direct})
        house = build.on_its_clock(build_house(settings), self.folder, "runner")
        return build.on_terms(house, 0, self.cool_off)

    def _process(self, name: str, module: str, **more: str) -> Process:
        environment = {**self.environment, build.NAME: name, **more}
        return Process(name, [sys.executable, "-m", module], environment, self.log(name))

    def _tell_checker(self) -> None:
        told = {
            "database": self.direct, "vault": str(self.folder / "vault"),
            "keys": self.environment["DSR_KEYS"], "root": self.environment["DSR_ROOT"],
            "mail": str(self.systems.sink.folder), "systems": str(self.systems.folder),
            "signing": self.environment["DSR_SIGNING_KEY"],
            "heads": str(self.folder / "house" / "heads" / "heads.jsonl"),
            "house": self.folder.name,
            "ledger": str(self.folder / "house" / "ledger"),
        }  # fmt: skip
        (self.folder / "faults.json").write_text(json.dumps(told, indent=1))


def _bare() -> dict[str, str]:
    """The environment of our processes: nothing of ours but where programs lie."""
    kept = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


__all__ = ["Firm", "NeverCameTrue", "Systems"]
