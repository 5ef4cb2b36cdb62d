"""`make bench`: the table of bench/README.md; bounded, on loopback only.

`python -m bench a c --runs 5` measures parts of it, `--folder` keeps the target database for the
next time, `--full` adds what takes longer (a million stored requests, all of the fan-out).
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.crowd import crowd
from bench.erasing import erasing
from bench.fanout import fanout
from bench.ground import Ground, Row
from bench.heavy import heavy
from bench.items import item_decisions
from bench.package import package
from bench.person import person
from bench.postgres import start_cluster
from bench.purging import purging
from bench.sameness import alike
from bench.start import start
from bench.stored import stored

#: what stands around the table in README.md
BEGIN, END = "<!-- measured -->", "<!-- end -->"
PARTS: dict[str, tuple[str, Callable[[Ground], Iterator[Row]]]] = {
    "a": ("one person with 100 messages; the letter; the floor", person),
    "b": ("200 at once, two workers", crowd),
    "c": ("50,000 and 500,000 messages", heavy),
    "d": ("five systems of 200 ms, 2 to 8 workers", fanout),
    "e": ("start to serving, idle memory", start),
    "f": ("a package of 1 GB, a medical file of 500 pages", package),
    "g": ("one request when very many are stored", stored),
    "h": ("filing for a known and an unknown person", alike),
    "i": ("a million items of an erasure, every due date to 2100", item_decisions),
    "j": ("erasure of a person with 100 and with 50,000 messages; the plan", erasing),
    "k": ("purge of a million messages beside a reader", purging),
}


def main() -> None:
    """Measure the parts that were asked for, and print each row as it comes."""
    asked = options()
    lines = []
    with prepared(asked) as ground:
        for line in table(ground, asked.parts or list(PARTS)):
            print(line, flush=True)
            lines.append(line)
    if asked.write:
        write(lines)


def table(ground: Ground, parts: list[str]) -> Iterator[str]:
    """The lines of the table, each as soon as it is known."""
    begun = time.monotonic()
    yield "| | what | measured | bar | strongest open tool | memory and CPU |"
    yield "|---|---|---|---|---|---|"
    for part in parts:
        for row in PARTS[part][1](ground):
            cells = (part, row.what, row.measured, row.bar, row.field, row.memory)
            yield "| " + " | ".join(cells) + " |"
    minutes = (time.monotonic() - begun) / 60
    yield ""
    yield (
        f"{datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" parts {' '.join(parts)}, {ground.runs} runs, {minutes:.0f} minutes."
    )


def write(lines: list[str]) -> None:
    """Put the table into README.md of this folder."""
    path = Path(__file__).with_name("README.md")
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text("\n".join([before + BEGIN, *lines, END + after]), encoding="utf-8")


def options() -> argparse.Namespace:
    """What was asked for on the command line."""
    told = "; ".join(f"{name}: {words}" for name, (words, _measure) in PARTS.items())
    parser = argparse.ArgumentParser(prog="bench", description=told)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="part")
    parser.add_argument("--runs", type=int, default=40, help="runs of one person (row a)")
    parser.add_argument("--full", action="store_true", help="also what takes longer")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    parser.add_argument("--folder", type=Path, help="keep the databases here for the next time")
    return parser.parse_args()


@contextmanager
def prepared(asked: argparse.Namespace) -> Iterator[Ground]:
    """Two database servers in a folder, ended at the end."""
    folder = Path(asked.folder or tempfile.mkdtemp(prefix="bench-")).absolute()
    ours, target = start_cluster(folder / "ours"), start_cluster(folder / "target")
    try:
        yield Ground(folder=folder, ours=ours, target=target, runs=asked.runs, full=asked.full)
    finally:
        for cluster in (ours, target):
            cluster.stop(keep=asked.folder is not None)
        if asked.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
