"""Row e: from exec to the first good answer of /readyz, and what an idle house weighs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.ground import Ground, Row
from bench.house import REGISTER, ROOT, free_port, wait_ready
from bench.processes import family, proportional, resident

STARTS = 5
#: how long a house stands still before it is weighed
QUIET = 6.0
#: what the command line of each process of the house holds
MARKS = {"web": "gunicorn app:app", "worker": "dsr worker", "Valkey": "unixsocket"}


def start(ground: Ground) -> Iterator[Row]:
    """`dsr run` without the demo: the first start makes the tables, later ones do not."""
    folder = ground.folder / "start"
    folder.mkdir(exist_ok=True)
    ground.ours.create("started")
    url = ground.ours.url("started")
    first = one_start(ground, folder, url)
    again = [one_start(ground, folder, url) for _ in range(STARTS)]
    took = statistics.median(again)
    yield Row(
        what="start to serving (`dsr run --no-demo`: Valkey, migration, web, worker)",
        measured=f"{took:.2f} s (first start, which makes the tables: {first:.2f} s)",
        bar="3 s",
        field=f"11 s: {11 / took:.1f} x",
    )
    shared, whole = weigh(ground, folder, url)
    yield Row(
        what="idle: web + worker + Valkey",
        measured=f"{sum(shared.values()):.0f} MB (PSS); {sum(whole.values()):.0f} MB (RSS)",
        bar="250 MB",
        field=f"370 + 400 MB: {770 / sum(whole.values()):.1f} x",
        memory="PSS: " + ", ".join(f"{name} {mb:.0f} MB" for name, mb in shared.items()),
    )


def one_start(ground: Ground, folder: Path, url: str) -> float:
    """Seconds from exec to ready."""
    begun = time.perf_counter()
    process, web = launch(ground, folder, url)
    try:
        wait_ready(web)
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(60)


def weigh(ground: Ground, folder: Path, url: str) -> tuple[dict[str, float], dict[str, float]]:
    """MB of each kind of process: shared pages by their share, and counted whole."""
    process, web = launch(ground, folder, url)
    try:
        wait_ready(web)
        time.sleep(QUIET)
        kinds = {name: of_kind(process.pid, mark) for name, mark in MARKS.items()}
    finally:
        process.terminate()
        process.wait(60)
    return (
        {name: found[0] for name, found in kinds.items()},
        {name: found[1] for name, found in kinds.items()},
    )


def of_kind(root: int, mark: str) -> tuple[float, float]:
    """PSS and RSS of the processes below `root` whose command line holds the mark."""
    pids = [pid for pid in family(root) if mark in command_line(pid)]
    return sum(map(proportional, pids)), sum(map(resident, pids))


def command_line(pid: int) -> str:
    """The words of a process's command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        return ""


def launch(ground: Ground, folder: Path, url: str) -> tuple[subprocess.Popen[bytes], str]:
    """`dsr run --no-demo` in the full profile, and where it will answer."""
    port = free_port()
    command = [sys.executable, "-m", "dsr", "run", "--no-demo", "--folder", str(folder)]
    environment = {
        **os.environ,
        "DSR_ENVIRONMENT": "development",
        "DSR_DATABASE_URL": url,
        "DSR_REGISTER": str(REGISTER),
        "DSR_TARGET_DB_URL": ground.target_url,
    }
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=environment, cwd=ROOT, stdout=log, stderr=log
        )
    return process, f"http://127.0.0.1:{port}"
