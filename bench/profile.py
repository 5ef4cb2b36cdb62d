"""`python -m bench.profile`: where the time of one person's request goes.

By phase: milliseconds, statements, commits and their time on our database and on the target;
then CPU by process, commands of Valkey, and the statements that cost most.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from redis import Redis

from bench.driver import Driver, Moments, accounts
from bench.ground import Ground, Spent, in_words
from bench.house import PLAIN
from bench.person import PHASES
from bench.postgres import start_cluster
from bench.statements import Asked, by_shape, logged, short

WARM, RUNS, MOST = 20, 30, 25


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.profile")
    parser.add_argument("--folder", type=Path, help="keep the databases here for the next time")
    folder = Path(parser.parse_args().folder or tempfile.mkdtemp(prefix="bench-")).absolute()
    ours, target = start_cluster(folder / "ours"), start_cluster(folder / "target")
    try:
        for line in profile(Ground(folder=folder, ours=ours, target=target)):
            print(line, flush=True)
    finally:
        ours.stop(keep=True)
        target.stop(keep=True)


def profile(ground: Ground) -> Iterator[str]:
    """The lines of the report."""
    people = iter(accounts(ground.target_url, range(2, 3 + WARM + 2 * RUNS)).values())
    with ground.running() as running:
        running.start_web()
        running.start_workers(1, PLAIN)
        driver = Driver(running)
        for _ in range(WARM):
            driver.whole(next(people))
        redis = Redis.from_url(running.house.settings.redis_url)
        spent = Spent(lambda: {**ground.groups(running), "driver": [os.getpid()]})
        rings = int(redis.info("stats")["total_commands_processed"])
        plain = [driver.whole(next(people)) for _ in range(RUNS)]
        rings = int(redis.info("stats")["total_commands_processed"]) - rings
        yield in_words(spent.since(RUNS)) + f"; {rings / RUNS:.0f} Valkey commands a request"
        with logged(ground.ours) as on_ours, logged(ground.target) as on_target:
            offset = time.time() - time.perf_counter()
            watched = [driver.whole(next(people)) for _ in range(RUNS)]
        driver.close()
    yield from phases(plain, watched, offset, {"our database": on_ours, "target": on_target})
    for name, found in {"our database": on_ours, "target": on_target}.items():
        yield from costly(name, found)


def phases(
    plain: list[Moments], watched: list[Moments], offset: float, logs: dict[str, list[Asked]]
) -> Iterator[str]:
    """One line a phase: time without the log, and a request's statements with it."""
    for name, begin, end in (*PHASES, ("whole", "begun", "ready")):
        times = [(getattr(one, end) - getattr(one, begin)) * 1000 for one in plain]
        told = f"{name:8}{statistics.median(times):7.1f} ms"
        for where, found in logs.items():
            spans = [(getattr(m, begin) + offset, getattr(m, end) + offset) for m in watched]
            inside = [one for one in found if any(a <= one.at < b for a, b in spans)]
            told += f" | {where}: {_counted(inside, len(watched))}"
        yield told


def _counted(found: list[Asked], requests: int) -> str:
    runs = [one for one in found if one.runs]
    commits = [one for one in runs if one.text.startswith("COMMIT")]
    total, waited = sum(one.took for one in found), sum(one.took for one in commits)
    return (
        f"{len(runs) / requests:.0f} statements {total / requests:.1f} ms,"
        f" {len(commits) / requests:.1f} commits {waited / requests:.1f} ms"
    )


def costly(name: str, found: list[Asked]) -> Iterator[str]:
    """The statements that cost most on a server."""
    yield f"\n{name}: times a request, ms a request, statement"
    ordered = sorted(by_shape(found).items(), key=lambda pair: -pair[1][1])
    for shape, (count, took) in ordered[:MOST]:
        yield f"{count / RUNS:6.1f} {took / RUNS:7.2f}  {short(shape)}"


if __name__ == "__main__":
    main()
