"""Row b: 200 people at once, two workers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bench.driver import Account, Driver, accounts
from bench.ground import Ground, Row, Spent, in_words
from bench.house import LONGEST, PLAIN, Running, wait
from bench.processes import resident
from dsr.core.stages import Stage

AT_ONCE, ROUNDS, WARM, FILERS = 200, 3, 20, 4


def crowd(ground: Ground) -> Iterator[Row]:
    """Rate from the first POST to the last sealed package, and CPU a request."""
    wanted = range(400, 400 + WARM + AT_ONCE * ROUNDS)
    people = list(accounts(ground.target_url, wanted).values())
    with ground.running() as running:
        running.start_web()
        running.start_workers(2, PLAIN)
        driver = Driver(running)
        for account in people[:WARM]:
            driver.whole(account)
        rounds = [people[n : n + AT_ONCE] for n in range(WARM, len(people), AT_ONCE)]
        measured = sorted(one_round(ground, running, driver, part) for part in rounds)
        memory = max(resident(pid, "VmHWM") for pid in running.pids("worker"))
        driver.close()
    took, cost = measured[len(measured) // 2]
    ours = sum(ms for name, ms in cost if name != "driver")
    rate = AT_ONCE / took
    yield Row(
        what=f"{AT_ONCE} at once, two workers",
        measured=f"{rate:.1f} a second",
        bar="25 a second",
        field=f"2.5 a second: {rate / 2.5:.1f} x; 0.64 CPU s: {640 / ours:.1f} x less",
        memory=f"worker {memory:.0f} MB; {in_words(dict(cost))}",
    )


def one_round(
    ground: Ground, running: Running, driver: Driver, people: list[Account]
) -> tuple[float, tuple[tuple[str, float], ...]]:
    """Seconds for all of them, and CPU milliseconds a request by process."""
    spent = Spent(lambda: {**ground.groups(running), "driver": [os.getpid()]})
    took = at_once(driver, people)
    return took, tuple(spent.since(len(people)).items())


def at_once(driver: Driver, people: list[Account]) -> float:
    """Everybody files at the same moment; the bench staff member keeps up. Seconds for all."""
    before = driver.at(Stage.REPLYING)
    begun = time.perf_counter()
    decided: set[str] = set()
    with ThreadPoolExecutor(FILERS) as filers:
        for account in people:
            filers.submit(lambda who: driver.show_card(driver.file(who)), account)
        while len(decided) < len(people):
            for request_id in driver.at(Stage.REVIEWING) - decided:
                driver.decide(request_id)
                decided.add(request_id)
            if time.perf_counter() - begun > LONGEST:
                raise SystemExit("Not all of the crowd was searched; see the workers' logs.")
            time.sleep(0.01)
    wait(lambda: len(driver.at(Stage.REPLYING) - before) == len(people), 0.01)
    return time.perf_counter() - begun
