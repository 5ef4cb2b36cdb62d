"""Starting real peers: each a process of its own, installed by package name, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

PEERS = Path(__file__).parents[2] / "peers"
#: the first start installs packages
LONGEST_START = 600


@dataclass(frozen=True)
class Peer:
    """A peer that answers. `url` is what its script printed, `folder` its work folder."""

    name: str
    url: str
    port: int
    folder: Path


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(name: str, work: Path, **environment: str) -> Peer:
    """Run `peers/<name>/start.sh` until it says that it is ready."""
    port = int(environment.get("PORT", free_port()))
    settings = {**os.environ, "PEERS": str(work), "PORT": str(port), **environment}
    done = subprocess.run(
        ["bash", str(PEERS / name / "start.sh")],
        env=settings,
        capture_output=True,
        text=True,
        timeout=LONGEST_START,
        check=False,
    )
    ready = [line for line in done.stdout.splitlines() if line.startswith(f"ready {name}")]
    if not ready:
        said = (done.stdout + done.stderr)[-800:]
        raise AssertionError(f"The peer {name} did not start (code {done.returncode}): {said}")
    words = ready[0].split()
    return Peer(name, words[2] if len(words) > 2 else "", port, work / name)


def stop(name: str, work: Path) -> None:
    """End the process that `start` began."""
    subprocess.run(
        ["bash", str(PEERS / "stop.sh"), name],
        env={**os.environ, "PEERS": str(work)},
        timeout=30,
        check=False,
    )
