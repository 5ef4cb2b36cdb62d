"""T18: does the time of the intake tell whether somebody is a patient here?"""

from __future__ import annotations

import random
import secrets
import statistics
import time
from collections.abc import Iterator

import httpx

from bench.driver import Account, accounts
from bench.ground import Ground, Row
from bench.house import PLAIN

PAIRS = 150


def alike(ground: Ground) -> Iterator[Row]:
    """The line of the table."""
    known = accounts(ground.target_url, range(2, 3))[2]
    with ground.running() as running:
        running.start_web()
        running.start_workers(1, PLAIN)
        ours, theirs, p = sameness(running.url, known)
    yield Row(
        what=f"filing by the API: a known and an unknown person ({PAIRS} pairs)",
        measured=f"{ours:.1f} and {theirs:.1f} ms (p = {p:.2f})",
        bar="no difference",
    )


def sameness(url: str, known: Account) -> tuple[float, float, float]:
    """Medians of filing for a known and an unknown person (ms), and the rank-sum test's p."""
    times: dict[bool, list[float]] = {True: [], False: []}
    order = [True, False] * PAIRS
    random.shuffle(order)
    with httpx.Client(timeout=20) as client:
        for is_known in order:
            body = {
                "practice": "noord",
                "name": known.name if is_known else "Quirina van der Nergens",
                "birth_date": known.birth_date.isoformat(),
                "email": f"{secrets.token_hex(6)}@example.nl",
            }
            headers = {"Idempotency-Key": secrets.token_urlsafe(24)}
            begun = time.perf_counter()
            client.post(f"{url}/api/v1/requests", json=body, headers=headers).raise_for_status()
            times[is_known].append((time.perf_counter() - begun) * 1000)
    medians = [statistics.median(times[is_known]) for is_known in (True, False)]
    return medians[0], medians[1], rank_sum(times[True], times[False])


def rank_sum(one: list[float], other: list[float]) -> float:
    """The two-sided p of the Mann-Whitney test, by the normal approximation."""
    n, m = len(one), len(other)
    ranked = sorted((value, k) for k, values in enumerate((one, other)) for value in values)
    ranks = sum(rank for rank, (_value, k) in enumerate(ranked, 1) if k == 0)
    u = ranks - n * (n + 1) / 2
    spread = (n * m * (n + m + 1) / 12) ** 0.5
    return 2 * statistics.NormalDist().cdf(-abs(u - n * m / 2) / spread)
