"""Row g: what one request costs when very many are stored already."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench.driver import Driver, accounts
from bench.ground import Ground, Row, median_and_p95
from bench.house import PLAIN, Running
from bench.person import Measured, measured
from bench.postgres import run_text
from bench.statements import by_shape, logged, short
from dsr.jobs.sweep import tidy

SIZES, ALL = (1_000, 100_000), 1_000_000
LOGGED = 20
#: a table of fewer rows may be read whole
LARGE = 5_000
#: seconds after which PostgreSQL has counted what was read
STATISTICS = 1.5
SCANNED = """
    SELECT relname, seq_scan FROM pg_stat_user_tables
    WHERE n_live_tup > %s AND seq_scan > 0
"""


def stored(ground: Ground) -> Iterator[Row]:
    """The median of row a and its CPU at each size, against the first; what reads whole tables."""
    sizes = (*SIZES, ALL) if ground.full else SIZES
    first: Measured | None = None
    shapes: dict[str, float] = {}
    with ground.running() as running:
        running.start_web()
        driver = Driver(running)
        for begin, size in zip((0, *sizes), sizes, strict=False):
            fill(ground, running, begin + 1, size)
            running.start_workers(1, PLAIN)
            people = iter(accounts(ground.target_url, range(2, 4 * (ground.runs + 40))).values())
            before = scans(driver)
            now = measured(ground, driver, people, ground.runs)
            time.sleep(STATISTICS)
            whole = sorted(name for name, n in scans(driver).items() if n > before.get(name, 0))
            with logged(ground.ours) as asked:
                for _ in range(LOGGED):
                    driver.whole(next(people))
            running.stop_workers()
            means = {shape: took / n for shape, (n, took) in by_shape(asked).items()}
            first = first or now
            yield Row(
                what=f"one request with {size:,} stored",
                measured=f"{median_and_p95([one.whole for one in now.moments])}: "
                f"{now.median / first.median:.2f} x; CPU {cpu(now):.0f} ms: "
                f"{cpu(now) / cpu(first):.2f} x",
                bar="0.9 to 1.1 x",
                memory="; ".join([*grown(shapes, means), f"read whole: {whole or 'none'}"]),
            )
            shapes = shapes or means
            yield tidied(running, driver, size)
        driver.close()


def tidied(running: Running, driver: Driver, size: int) -> Row:
    """What the sweeper clears every minute, beside all requests."""
    before = scans(driver)
    begun = time.perf_counter()
    tidy(running.house)
    took = time.perf_counter() - begun
    time.sleep(STATISTICS)
    whole = sorted(name for name, n in scans(driver).items() if n > before.get(name, 0))
    return Row(
        what=f"tidying once (every minute) with {size:,} stored",
        measured=f"{took * 1000:.0f} ms",
        memory=f"read whole: {whole or 'none'}",
    )


def fill(ground: Ground, running: Running, first: int, last: int) -> None:
    """Put requests in as they lie there after their answer."""
    text = Path(__file__).with_name("stored.sql").read_text(encoding="utf-8")
    text = text.replace("FIRST", str(first)).replace("LAST", str(last))
    run_text(ground.ours, running.database, text)


def scans(driver: Driver) -> dict[str, int]:
    """How often each large table was read whole so far."""
    rows = driver.looking.execute(SCANNED, (LARGE,)).fetchall()
    return {str(name): int(str(count)) for name, count in rows}


def grown(before: dict[str, float], now: dict[str, float]) -> list[str]:
    """Statements that take twice the time they took, and more than a tenth of a millisecond."""
    return [
        f"{before[shape]:.2f} to {took:.2f} ms: {short(shape)}"
        for shape, took in now.items()
        if shape in before and " pg_" not in shape and took > 0.1 and took > 2 * before[shape]
    ]


def cpu(one: Measured) -> float:
    """CPU milliseconds a request without the target's own."""
    return sum(ms for name, ms in one.spent.items() if name != "target PostgreSQL")
