"""`python -m bench.due_dates`: what it takes to count the due date of every day of 1990 to 2100."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta

from dsr.law.deadlines import reply_due

FIRST, LAST, BAR = date(1990, 1, 1), date(2100, 12, 31), 2.0


def main() -> None:
    """Count them, without and with an extension and a pause, and print the time beside the bar."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    week = timedelta(days=7)
    plain = _timed(lambda: [reply_due(day) for day in days])
    full = _timed(
        lambda: [reply_due(day, extended=True, pauses=[(day, day + week)]) for day in days]
    )
    print(f"{len(days):,} due dates: {plain:.2f} s; extended and paused: {full:.2f} s; bar {BAR} s")


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
