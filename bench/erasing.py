"""Row j: an approved erasure from its beginning to receipts that were read back, and its plan."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from bench.driver import Account, Driver, accounts
from bench.ground import Ground, Row, Spent, in_words, median_and_p95, ratio
from bench.heavy import house_only
from bench.house import PLAIN
from bench.memory import Peaks
from bench.planned import Erasing
from bench.postgres import erasing_database
from bench.processes import resident
from bench.registers import changing_register

WARM = 10
HEAVY = range(20001, 20005)


def erasing(ground: Ground) -> Iterator[Row]:
    """One person with 100 messages, again and again; then people with 50,000."""
    url = erasing_database(ground.target)
    register = changing_register(ground.folder / "changing.yaml")
    people = iter(accounts(url, range(2, 3 + WARM + ground.runs)).values())
    with ground.running(register, DSR_TARGET_DB_URL=url) as running:
        running.start_web()
        running.start_workers(1, PLAIN)
        driver = Driver(running)
        through = Erasing(driver)
        for _ in range(WARM):
            through.run(through.approved(next(people)))
        yield light(ground, through, [next(people) for _ in range(ground.runs)])
        heavy = [measured(ground, through, one) for one in accounts(url, HEAVY).values()]
        driver.close()
    yield planned(heavy)
    yield weighty(heavy)


def light(ground: Ground, through: Erasing, people: list[Account]) -> Row:
    """A person with 100 messages, 20 visits, 2 reviews and an account: all of it."""
    waiting = [through.approved(account) for account in people]
    running = through.driver.running
    spent = Spent(lambda: ground.groups(running))
    times = [alone(through, request_id) for request_id in waiting]
    used = spent.since(len(waiting))
    rows = through.proved(waiting[-1])["done"]
    return Row(
        what=f"erasure of a person with 100 messages ({rows} rows of 4 tables), from its"
        " beginning to receipts read back",
        measured=median_and_p95(times),
        bar="150 ms",
        field=f"1.5 s: {ratio(1.5, statistics.median(times))}",
        memory=in_words(used),
    )


def alone(through: Erasing, request_id: str) -> float:
    """Seconds of one erasure; the letter that follows on it is waited for and not counted."""
    took = timed(partial(through.run, request_id)).wall
    through.wait_answered(request_id)
    return took


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and of this process alone."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Heavy:
    """One person with 50,000 messages; `worker` is MB before and at the peak."""

    items: int
    shown: Took
    frozen: Took
    run: Took
    worker: tuple[float, float]
    spent: dict[str, float] = field(repr=False)


def measured(ground: Ground, through: Erasing, account: Account) -> Heavy:
    """The plan shown, decided on, approved, carried out."""
    running, request_id = through.driver.running, through.searched(account)
    shown = timed(lambda: through.preview(request_id))
    items = through.preview(request_id)
    frozen = timed(lambda: through.resolve(request_id))
    through.approve(request_id)
    peaks, spent = Peaks(lambda: house_only(running)), Spent(lambda: ground.groups(running))
    before = max(resident(pid) for pid in running.pids("worker"))
    with peaks:
        run = timed(lambda: through.run(request_id))
    through.proved(request_id)
    worker = (before, peaks.highest["worker"])
    return Heavy(items, shown, frozen, run, worker, spent.since(1))


def planned(heavy: list[Heavy]) -> Row:
    """The plan of one of them, as the page shows it, and decided on and frozen."""
    shown, frozen = (middle([getattr(one, name) for one in heavy]) for name in ("shown", "frozen"))
    return Row(
        what=f"plan of {heavy[0].items:,} items: shown, and decided on and frozen",
        measured=f"{shown.wall:.2f} s and {frozen.wall:.2f} s",
        bar="1 s",
        memory=f"CPU {shown.cpu:.2f} s and {frozen.cpu:.2f} s",
    )


def weighty(heavy: list[Heavy]) -> Row:
    """The erasure of one of them."""
    run, half = middle([one.run for one in heavy]), heavy[len(heavy) // 2]
    return Row(
        what="erasure of a person with 50,000 messages",
        measured=f"{run.wall:.2f} s",
        bar="5 s",
        memory=f"worker {half.worker[0]:.0f} MB before, {half.worker[1]:.0f} MB at its peak;"
        f" {in_words(half.spent)}",
    )


def middle(times: list[Took]) -> Took:
    """The median of each."""
    return Took(
        statistics.median(one.wall for one in times), statistics.median(one.cpu for one in times)
    )


def timed(work: Callable[[], object]) -> Took:
    """How long it takes."""
    begun, used = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - begun, time.process_time() - used)
