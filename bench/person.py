"""Row a: one person with 100 messages, from POST to a sealed package."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from bench.driver import Account, Driver, Moments, accounts
from bench.floor import floor
from bench.ground import Ground, Row, Spent, in_words, median_and_p95, ratio
from bench.house import PLAIN, PRODUCT
from bench.memory import Peaks
from bench.processes import resident

WARM, COLD = 20, 3
PHASES = (
    ("POST", "begun", "filed"),
    ("card", "filed", "identified"),
    ("search", "identified", "searched"),
    ("decide", "searched", "decided"),
    ("pack", "decided", "ready"),
)


def person(ground: Ground) -> Iterator[Row]:
    """Without the making of the PDF, with it (warm, cold), and the floor of the same rows."""
    people = accounts(ground.target_url, range(2, 2 + 3 * (WARM + ground.runs)))
    with ground.running() as running:
        running.start_web()
        running.start_workers(1, PLAIN)
        driver, queue = Driver(running), iter(people.values())
        plain = measured(ground, driver, queue, ground.runs)
        low = floor(ground.target_url, list(people)[: ground.runs])
        yield plain.row(low)
        running.stop_workers()
        cold = statistics.median(first_letter(driver, next(queue)) for _ in range(COLD))
        running.start_workers(1, PRODUCT)
        yield from with_letter(ground, driver, queue, plain)
        yield Row(
            what="decision to sealed package, the first letter of a worker (cold)",
            measured=f"{cold * 1000:.0f} ms",
        )
        driver.close()


class Measured:
    """Many runs of one person after another."""

    def __init__(self, moments: list[Moments], spent: dict[str, float], memory: str) -> None:
        self.moments = moments
        self.spent = spent
        self.memory = memory

    @property
    def median(self) -> float:
        """Seconds from POST to sealed."""
        return statistics.median(one.whole for one in self.moments)

    @property
    def phases(self) -> str:
        """Where the time goes: the median of each phase."""
        told = []
        for name, begin, end in PHASES:
            times = [getattr(one, end) - getattr(one, begin) for one in self.moments]
            told.append(f"{name} {statistics.median(times) * 1000:.0f}")
        return ", ".join(told)

    def row(self, low: float) -> Row:
        """The line of the table, with its distance from the floor."""
        whole = median_and_p95([one.whole for one in self.moments])
        far = f"floor {low * 1000:.1f} ms, {self.median / low:.0f} x"
        return Row(
            what=f"person with 100 messages, POST to package sealed ({self.phases}; {far})",
            measured=whole,
            bar="60 ms",
            field=f"0.52 s: {ratio(0.52, self.median)}",
            memory=f"{self.memory}; {in_words(self.spent)}",
        )


def measured(ground: Ground, driver: Driver, queue: Iterator[Account], runs: int) -> Measured:
    """So many runs, after some that do not count."""
    for _ in range(WARM):
        driver.whole(next(queue))
    running = driver.running
    spent = Spent(lambda: ground.groups(running))
    moments = [driver.whole(next(queue)) for _ in range(runs)]
    used = spent.since(runs)
    kinds = {name: running.pids(name) for name in ("web", "worker")}
    told = (
        f"{name} {max(resident(pid, 'VmHWM') for pid in pids):.0f} MB"
        for name, pids in kinds.items()
    )
    return Measured(moments, used, ", ".join(told))


def first_letter(driver: Driver, account: Account) -> float:
    """Decision to sealed package where the worker made no letter before; ends that worker."""
    driver.running.start_workers(1, PRODUCT)
    request_id = driver.show_card(driver.file(account))
    driver.wait_searched(request_id)
    took = driver.finish(request_id)
    driver.running.stop_workers()
    return took


def with_letter(
    ground: Ground, driver: Driver, queue: Iterator[Account], plain: Measured
) -> Iterator[Row]:
    """The same with the product's own worker, which makes the letter."""
    running = driver.running
    peaks = Peaks(lambda: {"worker and rendering children": running.pids("worker")})
    with peaks:
        whole = measured(ground, driver, queue, max(5, ground.runs // 2))
    extra = whole.median - plain.median
    yield Row(
        what=f"the same with the letter's PDF, warm ({whole.phases})",
        measured=f"{whole.median * 1000:.0f} ms: {extra * 1000:.0f} ms extra",
        bar="250 ms extra",
        memory=peaks.in_words(),
    )
