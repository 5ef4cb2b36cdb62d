"""What all rows stand on: the two database servers, a house at a time, and the rows' shape."""

from __future__ import annotations

import itertools
import shutil
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.house import REGISTER, Running, make_running
from bench.postgres import Cluster, target_database
from bench.processes import cpu_seconds, family


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table. `bar` is the issue's, `field` the strongest open tool's figure."""

    what: str
    measured: str
    bar: str = ""
    field: str = ""
    memory: str = ""


@dataclass
class Ground:
    """The servers, the options, and where a house may stand."""

    folder: Path
    ours: Cluster
    target: Cluster
    runs: int = 40
    full: bool = False
    houses: Iterator[int] = field(default_factory=itertools.count)

    @property
    def target_url(self) -> str:
        """The address of the target database of a million messages."""
        return target_database(self.target)

    @contextmanager
    def running(self, register: Path = REGISTER, **variables: str) -> Iterator[Running]:
        """A fresh house that is ended and cleared at the end."""
        variables.setdefault("DSR_TARGET_DB_URL", self.target_url)
        folder = self.folder / f"house-{next(self.houses)}"
        shutil.rmtree(folder, ignore_errors=True)
        running = make_running(folder, self.ours, register, **variables)
        try:
            yield running
        finally:
            running.close()
            self.ours.drop(running.database)
            shutil.rmtree(folder, ignore_errors=True)

    def groups(self, running: Running) -> dict[str, list[int]]:
        """The process ids of everything that works for a request, by what they are."""
        return {
            "web": running.pids("web"),
            "workers": running.pids("worker"),
            "Valkey": running.pids("valkey"),
            "our PostgreSQL": family(self.ours.postmaster()),
            "target PostgreSQL": family(self.target.postmaster()),
        }


class Spent:
    """CPU seconds that groups of processes used since it was made."""

    def __init__(self, groups: Callable[[], dict[str, list[int]]]) -> None:
        self._groups = groups
        self._begun = self._now()

    def since(self, requests: int) -> dict[str, float]:
        """CPU milliseconds a request, by group."""
        now = self._now()
        return {n: (now[n] - self._begun.get(n, 0.0)) / requests * 1000 for n in now}

    def _now(self) -> dict[str, float]:
        return {name: cpu_seconds(pids) for name, pids in self._groups().items()}


def in_words(spent: dict[str, float]) -> str:
    """CPU a request: the sum, and its parts."""
    parts = ", ".join(f"{name} {ms:.0f}" for name, ms in spent.items() if ms >= 0.5)
    return f"{sum(spent.values()):.0f} ms CPU a request ({parts})"


def median_and_p95(seconds: list[float]) -> str:
    """Both in milliseconds."""
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    return f"{statistics.median(ordered) * 1000:.0f} ms (p95 {late * 1000:.0f} ms)"


def ratio(theirs: float, ours: float) -> str:
    """How many times better than the other figure, where less is better."""
    return f"{theirs / ours:.1f} x"
