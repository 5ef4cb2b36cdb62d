"""What all tests share: databases of both kinds, a real Valkey, compiled words, a house."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from dsr.db import migrate
from dsr.db.engine import make_engine
from dsr.services.house import House
from tests import makers
from tests.servers import Valkey, run_in, start_postgres, stop_postgres, with_database

WORDS = Path("dsr/web/translations")
#: narrow with DSR_TEST_PROFILES=sqlite while working on something
_URLS = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}
PROFILES = os.environ.get("DSR_TEST_PROFILES", "sqlite postgresql").split()


@pytest.fixture(scope="session", autouse=True)
def _compiled_words(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Screens have their words, also where nobody ran the make target."""
    lock = tmp_path_factory.getbasetemp().parent / "words.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for source in WORDS.rglob("*.po"):
            made = source.with_suffix(".mo")
            if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
                _compile(source, made)


def _compile(source: Path, made: Path) -> None:
    with source.open("rb") as text:
        catalog = read_po(text)
    part = made.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as out:
        write_mo(out, catalog)
    part.replace(made)


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """Log lines without pictures of every variable, which take seconds to draw."""
    plain = structlog.processors.KeyValueRenderer()
    structlog.configure(processors=[structlog.processors.format_exc_info, plain])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL of this test process."""
    server, url = start_postgres()
    yield url
    stop_postgres(server)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The address of a server whose database `migrated` has our tables."""
    run_in(postgres_server, "CREATE DATABASE migrated")
    engine = make_engine(with_database(postgres_server, "migrated"))
    migrate.upgrade(engine)
    engine.dispose()
    return postgres_server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with our tables."""
    path = tmp_path_factory.mktemp("template") / "dsr.db"
    engine = make_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def postgres_url(postgres_template: str) -> Iterator[str]:
    """The address of a migrated PostgreSQL database of this test."""
    name = f"t{secrets.token_hex(6)}"
    run_in(postgres_template, f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY file_copy")
    yield with_database(postgres_template, name)
    run_in(postgres_template, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite database of this test."""
    shutil.copy(sqlite_template, tmp_path / "dsr.db")
    return f"sqlite:///{tmp_path / 'dsr.db'}"


@pytest.fixture(params=PROFILES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of both kinds: what holds for one holds for the other."""
    return str(request.getfixturevalue(_URLS[request.param]))


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Valkey]:
    """A Valkey of this test process."""
    server = Valkey()
    server.start()
    yield server
    server.close()


@pytest.fixture
def valkey(valkey_server: Valkey) -> Valkey:
    """That Valkey, empty; a test that kills one starts its own."""
    with valkey_server.redis() as redis:
        redis.flushall()
    return valkey_server


@pytest.fixture
def clock() -> makers.Clock:
    """A clock that stands still until a test moves it."""
    return makers.Clock()


@pytest.fixture
def house(tmp_path: Path, database_url: str, clock: makers.Clock) -> Iterator[House]:
    """A whole house, once on each kind of database."""
    made = makers.make_house(tmp_path, clock=clock, database_url=database_url)
    yield made
    made.engine.dispose()
