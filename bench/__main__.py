"""`make bench`: medians and peak memory of the main job, as a table; bounded, on loopback only."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from bench.driver import Driver, wait
from bench.sameness import sameness
from demo.person import Person
from demo.population import Cast, people, played_by
from dsr.bootstrap import build_house
from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.rendering.pdf import letter_pdf
from dsr.services import facts
from dsr.services.house import House
from dsr.settings import read_settings

RUNS = 7
#: what the command line of each process of the house holds
MARKS = (("web", "gunicorn app:app"), ("worker", "dsr worker"), ("valkey", "unixsocket:"))
AT_ONCE = 200


def main() -> None:
    """Start a house of its own, measure, print."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with running(folder) as (started, pids):
            house = build_house(read_settings(environment(folder)))
            rows = list(measure(house, pids, started))
        print_table(rows)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(folder: Path) -> Iterator[tuple[float, dict[str, int]]]:
    """A whole house; gives how long it took to serve, and the process ids by name."""
    port, demo_port = free_port(), free_port()
    command = [sys.executable, "-m", "dsr", "run", "--folder", str(folder), "--port", str(port)]
    command += ["--demo-port", str(demo_port), "--workers", "2"]
    with (folder / "log").open("wb") as log:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait(lambda: answers(port), 0.02)
            started = time.perf_counter() - begun
            wait(lambda: "Ctrl-C stops" in (folder / "log").read_text(errors="replace"), 0.05)
            yield started, children(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def measure(house: House, pids: dict[str, int], started: float) -> Iterator[tuple[str, str, str]]:
    """One row a figure: what, the median, the peak memory."""
    driver, everybody = Driver(house), people()
    yield "start to serving (valkey, demo systems, web, 2 workers)", f"{started:.2f} s", ""
    idle = [rss(pid, "VmRSS") for name, pid in pids.items() if name != "worker 2"]
    yield "idle: web + 1 worker + Valkey", "", f"{sum(idle):.0f} MB"
    person = played_by(everybody, Cast.APP)
    driver.whole(person)  # warm
    took = median(lambda: driver.whole(person))
    yield "one access request, five systems, receipt to sealed package", f"{took:.2f} s", peak(pids)
    yield from crowd(driver, everybody, pids)
    heavy = played_by(everybody, Cast.HEAVY)
    took = statistics.median(driver.whole(heavy) for _ in range(3))
    yield "patient with 20,000 messages and a 20-year file", f"{took:.2f} s", peak(pids)
    yield from letters(house, driver, person)
    url = house.settings.public_url
    mine, theirs, p = sameness(url, person.name, person.birth_date.isoformat())
    same = f"{mine:.1f} and {theirs:.1f} ms (p = {p:.2f})"
    yield "filing by the API: a known and an unknown person", same, ""


def crowd(
    driver: Driver, everybody: tuple[Person, ...], pids: dict[str, int]
) -> Iterator[tuple[str, str, str]]:
    """200 requests at once, two workers."""
    chosen = [p for p in everybody[25:] if p.messages < 200][:AT_ONCE]
    begun = time.perf_counter()
    asked = [driver.ask(person) for person in chosen]
    open_ones = list(asked)
    while open_ones:
        for request_id in list(open_ones):
            driver.settle_by_hand(request_id)
            if driver.stage(request_id) is Stage.REVIEWING:
                driver.decide(request_id)
                open_ones.remove(request_id)
    for request_id in asked:
        wait(lambda request_id=request_id: driver.stage(request_id) is Stage.REPLYING, 0.02)
    took = time.perf_counter() - begun
    rate = f"{took:.1f} s ({len(chosen) / took:.1f} a second)"
    yield f"{len(chosen)} requests at once, 2 workers", rate, peak(pids)


def letters(house: House, driver: Driver, person: Person) -> Iterator[tuple[str, str, str]]:
    """The letter alone: first in a fresh rendering process, then warm."""
    request_id = driver.ask(person)
    with house.reading() as session:
        row = subject_requests.by_id(session, request_id)
        letter = facts.receipt(session, house.office, row)
    decision: dict[str, object] = {"day": date(2026, 1, 1).isoformat()}
    begun = time.perf_counter()
    letter_pdf(letter, decision)
    yield "letter PDF, cold", f"{time.perf_counter() - begun:.2f} s", ""
    warm = median(lambda: letter_pdf(letter, decision))
    yield "letter PDF, warm", f"{warm * 1000:.0f} ms", ""


def median(run: Callable[[], object]) -> float:
    """The median of several runs, in seconds; what a run returns counts when it is a time."""
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        result = run()
        times.append(result if isinstance(result, float) else time.perf_counter() - begun)
    return statistics.median(times)


def environment(folder: Path) -> dict[str, str]:
    """The variables of the running house, read from one of its processes."""
    pid = children(os.getpid())["web 1"]
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def children(pid: int) -> dict[str, int]:
    """The house's processes by name."""
    found: dict[str, int] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        for name, mark in MARKS:
            if mark in " ".join(words) and is_below(int(path.name), pid):
                count = sum(key.startswith(name) for key in found) + 1
                found[f"{name} {count}"] = int(path.name)
    return found


def is_below(pid: int, ancestor: int) -> bool:
    """Whether a process descends from another."""
    while pid > 1:
        if pid == ancestor:
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            return False
    return False


def rss(pid: int, what: str) -> float:
    """Memory of a process in MB: VmRSS now, VmHWM at its peak."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    return 0.0


def peak(pids: dict[str, int]) -> str:
    """The highest peak of any worker so far."""
    workers = [pid for name, pid in pids.items() if name.startswith("worker")]
    return f"{max(rss(pid, 'VmHWM') for pid in workers):.0f} MB peak a worker"


def answers(port: int) -> bool:
    """Whether the web process answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def print_table(rows: list[tuple[str, str, str]]) -> None:
    """The table, as it stands in README.md of this folder."""
    print(f"{platform.python_version()}, {os.cpu_count()} cores, embedded profile\n")
    print("| what | median | memory |\n|---|---|---|")
    for what, took, memory in rows:
        print(f"| {what} | {took} | {memory} |")


if __name__ == "__main__":
    main()
