"""Row c: one person with 50,000 messages, and one with 500,000."""

from __future__ import annotations

from collections.abc import Iterator

from bench.driver import Driver, accounts
from bench.ground import Ground, Row, ratio
from bench.house import PLAIN, Running
from bench.memory import Peaks
from bench.postgres import big_database

HEAVY, HEAVIER = 1, 9502
RUNS = 3


def heavy(ground: Ground) -> Iterator[Row]:
    """Seconds and the peak memory of any process of the house."""
    took, peaks = of_one(ground, ground.target_url, HEAVY)
    yield Row(
        what="person with 50,000 messages (18 MB)",
        measured=f"{took:.2f} s",
        bar="2 s, 130 MB",
        field=f"9.7 s: {ratio(9.7, took)}; 650 MB: {ratio(650, highest(peaks))}",
        memory=peaks.in_words(),
    )
    took, more = of_one(ground, big_database(ground.target), HEAVIER)
    yield Row(
        what="person with 500,000 messages",
        measured=f"{took:.2f} s",
        bar="no more memory than for 50,000",
        memory=f"{more.in_words()}; {highest(more) - highest(peaks):+.0f} MB",
    )


def of_one(ground: Ground, url: str, number: int) -> tuple[float, Peaks]:
    """The median of a few runs for one person, and the peaks over all of them."""
    people = accounts(url, range(number, number + 1))
    warm = accounts(url, range(9000, 9004))
    with ground.running(DSR_TARGET_DB_URL=url) as running:
        running.start_web()
        running.start_workers(1, PLAIN)
        driver = Driver(running)
        for account in warm.values():
            driver.whole(account)
        peaks = Peaks(lambda: house_only(running))
        with peaks:
            times = sorted(driver.whole(people[number]).whole for _ in range(RUNS))
        driver.close()
    return times[RUNS // 2], peaks


def house_only(running: Running) -> dict[str, list[int]]:
    """Our own processes; a database's memory is mostly what its processes share."""
    kinds = {"web": "web", "worker": "worker", "Valkey": "valkey"}
    return {name: running.pids(begin) for name, begin in kinds.items()}


def highest(peaks: Peaks) -> float:
    """MB of the largest process."""
    return max(peaks.highest.values())
