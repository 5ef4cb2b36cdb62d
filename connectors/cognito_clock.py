"""A bound in time around a call of botocore, which by itself bounds only each wait for bytes.

An address that is looked up slowly, or an answer that drips in byte by byte, can keep botocore busy
for hours; a deadline of our own ends the waiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_Told = TypeVar("_Told")
#: calls of one pool that may be under way at once, those given up included
MOST_AT_ONCE = 32


class Hands:
    """Threads that wait for botocore. Thread-safe."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._places = threading.BoundedSemaphore(most)

    def within(self, seconds: float, work: Callable[[], _Told]) -> _Told:
        """What `work` gives, in at most so many seconds; `TimeoutError` when it takes longer.

        Work that is given up goes on by itself until its own time limits end it; as long as too
        much of it is left, new work gets no place and times out as well.
        """
        if not self._places.acquire(timeout=seconds):
            raise TimeoutError
        done: Future[_Told] = Future()

        def run() -> None:
            try:
                done.set_result(work())
            except BaseException as fault:
                done.set_exception(fault)
            finally:
                self._places.release()

        threading.Thread(target=run, name="cognito-call", daemon=True).start()
        return done.result(timeout=seconds)
