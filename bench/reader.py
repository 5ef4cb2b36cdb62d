"""`python -m bench.reader <address>`: an application that reads people's messages.

It goes on until its input ends, and then prints its latencies (milliseconds) as one line of JSON.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from dataclasses import dataclass

import psycopg

PERSON = "SELECT id, sent_at, body FROM message WHERE account_id = %s ORDER BY id"
PEOPLE, EVERY = range(2, 9502), 0.005


def read(address: str) -> list[float]:
    """Milliseconds of each read, one after the other, until the input ends."""
    took: list[float] = []
    with psycopg.connect(address, autocommit=True) as connection:
        while not select.select([sys.stdin], [], [], EVERY)[0]:
            number = PEOPLE[len(took) * 7919 % len(PEOPLE)]
            begun = time.perf_counter()
            connection.execute(PERSON, (number,)).fetchall()
            took.append((time.perf_counter() - begun) * 1000)
    return took


@dataclass(frozen=True)
class Latency:
    """How long reads took, in milliseconds."""

    reads: int
    median: float
    late: float
    longest: float

    @classmethod
    def of(cls, took: list[float]) -> Latency:
        """Median, 99th percentile and the longest."""
        ordered = sorted(took)
        late = ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))]
        return cls(len(ordered), ordered[len(ordered) // 2], late, ordered[-1])

    def __str__(self) -> str:
        return f"{self.median:.1f} ms (p99 {self.late:.0f} ms, longest {self.longest:.0f} ms)"


class Reader:
    """Reads in a process of its own while a block runs."""

    def __init__(self, address: str) -> None:
        command = [sys.executable, "-m", "bench.reader", address]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ended(self) -> Latency:
        """Stop reading; what it took."""
        told, _ = self._process.communicate(timeout=60)
        return Latency.of(json.loads(told))


if __name__ == "__main__":
    json.dump(read(sys.argv[1]), sys.stdout)
