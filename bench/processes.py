"""What a process costs, read from /proc: memory now and at its peak, and CPU time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def resident(pid: int, what: str = "VmRSS") -> float:
    """MB in memory: `VmRSS` now, `VmHWM` at the peak; 0 for a process that is gone."""
    return _line(Path(f"/proc/{pid}/status"), what)


def proportional(pid: int) -> float:
    """MB in memory, pages shared with others counted by their share (PSS)."""
    return _line(Path(f"/proc/{pid}/smaps_rollup"), "Pss")


def forget_peak(pid: int) -> None:
    """Let the peak begin anew from what is in memory now."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time used so far by these processes, ended children included."""
    return sum(_ticks(pid) for pid in pids) / TICK


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        children.setdefault(_parent(int(path.name)), []).append(int(path.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def _line(path: Path, begin: str) -> float:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(x.split()[1]) / 1024 for x in lines if x.startswith(f"{begin}:")), 0.0)


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[1]) if fields else 0


def _ticks(pid: int) -> int:
    fields = _fields(pid)
    return sum(int(value) for value in fields[11:15]) if fields else 0
