"""The peak memory of processes that come and go, sampled while something runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from bench.processes import forget_peak, resident

EVERY = 0.02


class Peaks:
    """The highest resident memory (MB) of each named group of processes during a block."""

    def __init__(self, groups: Callable[[], dict[str, list[int]]]) -> None:
        self._groups = groups
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.before: dict[str, float] = {}
        self.highest: dict[str, float] = {}

    def __enter__(self) -> Self:
        for name, pids in self._groups().items():
            for pid in pids:
                forget_peak(pid)
            self.before[name] = max((resident(pid) for pid in pids), default=0.0)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()
        self._look()

    def of(self, name: str) -> str:
        """The highest of one group, in words."""
        return f"{name} {self.highest.get(name, 0.0):.0f} MB"

    def in_words(self) -> str:
        """The highest of each group."""
        return ", ".join(self.of(name) for name in self.highest)

    def _sample(self) -> None:
        while not self._done.wait(EVERY):
            self._look()

    def _look(self) -> None:
        for name, pids in self._groups().items():
            peak = max((resident(pid, "VmHWM") for pid in pids), default=0.0)
            self.highest[name] = max(self.highest.get(name, 0.0), peak)
