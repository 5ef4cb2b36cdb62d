"""Places where a process of the fault build may be stopped; the product itself holds none.

A point is armed by a file. The process that reaches it renames the file to one with its own
number and waits for the gate; so exactly one thread of one process is held.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from faults.processes import NeverCameTrue

HELD_AT_MOST = 120.0


@dataclass(frozen=True)
class Barriers:
    """The side of the process that may be held."""

    folder: Path

    def reach(self, point: str) -> bool:
        """Stand still here if this point is armed; whether it was."""
        reached = self.folder / f"{point}.reached-{os.getpid()}"
        try:
            (self.folder / f"{point}.armed").rename(reached)
        except OSError:
            return False
        until = time.monotonic() + HELD_AT_MOST
        gate = self.folder / f"{point}.open"
        while not gate.exists() and time.monotonic() < until:
            time.sleep(0.005)
        return True


@dataclass(frozen=True)
class Armed:
    """The runner's side of one point."""

    folder: Path
    point: str

    def wait(self, seconds: float = 40.0) -> int:
        """Wait until a process stands here; its number."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for path in self.folder.glob(f"{self.point}.reached-*"):
                return int(path.name.rpartition("-")[2])
            time.sleep(0.005)
        raise NeverCameTrue(f"no process reached {self.point} (waited {seconds:.0f} s)")

    def open(self) -> None:
        """Let whoever stands here go on."""
        (self.folder / f"{self.point}.open").touch()
        with suppress(FileNotFoundError):
            (self.folder / f"{self.point}.armed").unlink()


def arm(folder: Path, point: str) -> Armed:
    """Arm a point for the next that comes by; what an earlier fault left there is forgotten."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{point}.*"):
        old.unlink(missing_ok=True)
    fresh = folder / f"{point}.new"
    fresh.touch()
    fresh.rename(folder / f"{point}.armed")
    return Armed(folder, point)
