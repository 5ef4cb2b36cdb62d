"""Row d: five systems of 200 ms latency each, many requests, two to eight workers."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import httpx

from bench.driver import Account, Driver
from bench.ground import Ground, Row, Spent, in_words
from bench.house import PLAIN, Running, free_port, wait
from bench.processes import resident
from bench.registers import SYSTEMS, slow_register
from dsr.core.stages import Stage

#: requests for each number of workers; `--full` asks all thousand of eight workers
REQUESTS = {2: 60, 4: 120, 8: 300}
ALL = 1000
#: what one worker does at once here; with more, two workers would use both cores already
HANDS = 2
#: when each request's last system was searched, by the database's own rows
ENDED = """
    SELECT extract(epoch FROM max(finished_at)) FROM steps WHERE verb = 'search'
    GROUP BY request_id HAVING bool_and(outcome IS NOT NULL) ORDER BY 1
"""


def fanout(ground: Ground) -> Iterator[Row]:
    """Minutes until all are searched, and what twice the workers give."""
    rates: dict[int, float] = {}
    for workers, requests in REQUESTS.items():
        with slow_house(ground) as running:
            count = ALL if ground.full and workers == max(REQUESTS) else requests
            took, rates[workers], told = searched(ground, running, workers, count)
    minutes = took / 60 if count == ALL else ALL / rates[max(REQUESTS)] / 60
    how = "measured" if count == ALL else f"from {count} requests"
    yield Row(
        what=f"five systems of 200 ms, {ALL} requests, 8 workers of {HANDS} hands, all searched",
        measured=f"{minutes:.1f} min ({how}; {rates[8]:.1f} requests a second)",
        bar="4 min",
        memory=told,
    )
    pairs = [(2, 4), (4, 8)]
    yield Row(
        what="twice the workers: 2 to 4, and 4 to 8",
        measured=", ".join(f"{rates[b] / rates[a]:.2f} x" for a, b in pairs),
        bar="1.8 x",
        memory=", ".join(f"{n} workers {rate:.1f} a second" for n, rate in rates.items()),
    )


def searched(
    ground: Ground, running: Running, workers: int, count: int
) -> tuple[float, float, str]:
    """Seconds until all are searched, requests a second in the middle, and memory and CPU."""
    driver = Driver(running)
    for number in range(count):
        driver.show_card(driver.file_at_desk(someone(number)))
    begun = time.time()
    running.start_workers(workers, (*PLAIN, "--hands", str(HANDS)))
    wait(lambda: len(driver.at(Stage.REVIEWING)) >= count // 5, 0.1)
    spent, done = Spent(lambda: ground.groups(running)), len(driver.at(Stage.REVIEWING))
    wait(lambda: len(driver.at(Stage.REVIEWING)) == count, 0.1)
    ended = [float(str(row[0])) for row in driver.looking.execute(ENDED).fetchall()]
    used = in_words(spent.since(count - done))
    memory = max(resident(pid, "VmHWM") for pid in running.pids("worker"))
    driver.close()
    first, last = ended[count // 5], ended[count * 4 // 5]
    rate = (count * 4 // 5 - count // 5) / (last - first)
    return ended[-1] - begun, rate, f"worker {memory:.0f} MB; {used}"


@contextmanager
def slow_house(ground: Ground) -> Iterator[Running]:
    """A house with the five slow systems; its workers are not started."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    register = slow_register(ground.folder / "fanout.yaml", url)
    with ground.running(register) as running:
        running.start("systems", [sys.executable, "-m", "bench.slow_systems", str(port)])
        wait(lambda: answers(url), 0.05)
        running.start_web()
        yield running


def answers(url: str) -> bool:
    """Whether the systems are there."""
    try:
        return httpx.get(f"{url}/{SYSTEMS[0]}/ping", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def someone(number: int) -> Account:
    """A person with a name of letters only."""
    letters = "".join(itertools.islice(_letters(number), 4))
    return Account(name=f"Sanne {letters}", birth_date=date(1980, 3, 31), email="")


def _letters(number: int) -> Iterator[str]:
    while True:
        number, rest = divmod(number, 26)
        yield chr(ord("a") + rest)
