"""The hands of a worker: threads that do tasks side by side while one loop hears the bell.

Most of a search is waiting for another system, and most of a commit is waiting for the disk; a
worker with one hand would only wait. What RQ runs is the handing over.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

Task = Callable[[str], None]


class Hands:
    """A fixed number of threads. `take` waits until a hand is free, so no ring piles up here."""

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)
        self._count = count
        self._lock = threading.Lock()
        self._at: set[str] = set()
        self._given: queue.SimpleQueue[tuple[Task, str]] = queue.SimpleQueue()
        for number in range(count):
            threading.Thread(target=self._work, name=f"hand-{number}", daemon=True).start()

    def take(self, task: Task, row_id: str) -> None:
        """Give a task to a free hand; waits for one. The task must not raise.

        A row that a hand of this process has already is left to it: on a machine that stalls for
        longer than a lease two hands would do it beside each other. What is due after that is
        rung for again.
        """
        self._free.acquire()
        with self._lock:
            is_new = row_id not in self._at
            self._at.add(row_id)
        if is_new:
            self._given.put((task, row_id))
        else:
            self._free.release()

    def rest(self, seconds: float) -> bool:
        """Wait until every hand is free, at most so long; whether they are. For good."""
        until = time.monotonic() + seconds
        return all(
            self._free.acquire(timeout=max(0.0, until - time.monotonic()))
            for _ in range(self._count)
        )

    def _work(self) -> None:
        while True:
            task, row_id = self._given.get()
            try:
                task(row_id)
            finally:
                with self._lock:
                    self._at.discard(row_id)
                self._free.release()
