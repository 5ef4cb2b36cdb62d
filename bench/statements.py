"""What a server was asked: its own log of statements, switched on for a while and read back."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.postgres import Cluster

LINE = re.compile(
    r"^(\d+\.\d+)\|(\d+)\|LOG:  duration: ([\d.]+) ms  "
    r"(parse|bind|execute|statement)(?: [^:]*)?: (.*)$"
)
#: the bench's own looking
OURS = "SELECT stage FROM request_items", "SELECT request_id FROM request_items WHERE stage"
LONGEST_TEXT = 110


@dataclass
class Asked:
    """One message of a client: `kind` is parse, bind, execute or statement; times in ms."""

    at: float
    backend: str
    took: float
    kind: str
    text: str

    @property
    def runs(self) -> bool:
        """Whether it runs something rather than prepares it."""
        return self.kind in ("execute", "statement")

    @property
    def shape(self) -> str:
        """The statement without its values."""
        bare = re.sub(r"'[^']*'", "?", re.sub(r"\$\d+(::[A-Z ]+)?", "?", self.text))
        return re.sub(r"\s+", " ", bare).strip()


@contextmanager
def logged(cluster: Cluster) -> Iterator[list[Asked]]:
    """All that the server was asked in this block; the list is filled at its end."""
    found: list[Asked] = []
    _switch(cluster, log=True)
    path = cluster.folder / "data" / "log"
    begin = path.stat().st_size
    try:
        yield found
    finally:
        time.sleep(0.3)  # the last lines are on their way
        _switch(cluster, log=False)
        with path.open("rb") as lines:
            lines.seek(begin)
            found += _read(lines.read().decode(errors="replace"))


def by_shape(found: list[Asked]) -> dict[str, tuple[int, float]]:
    """How often each statement ran, and its milliseconds in all (preparing included)."""
    counts: dict[str, int] = defaultdict(int)
    times: dict[str, float] = defaultdict(float)
    for one in found:
        counts[one.shape] += one.runs
        times[one.shape] += one.took
    return {shape: (counts[shape], times[shape]) for shape in times if counts[shape]}


def short(shape: str) -> str:
    """A statement in a line: what is selected is left out."""
    return re.sub(r"^SELECT .*? FROM ", "SELECT .. FROM ", shape)[:LONGEST_TEXT]


def _read(text: str) -> Iterator[Asked]:
    last: Asked | None = None
    for line in text.splitlines():
        match = LINE.match(line)
        if match:
            if last and not last.text.startswith(OURS):
                yield last
            last = Asked(float(match[1]), match[2], float(match[3]), match[4], match[5])
        elif last and line.startswith(("\t", " ")):
            last.text += " " + line.strip()
    if last and not last.text.startswith(OURS):
        yield last


def _switch(cluster: Cluster, *, log: bool) -> None:
    with cluster.connect() as connection:
        wanted = "0" if log else "-1"
        connection.execute(b"ALTER SYSTEM SET log_line_prefix = '%n|%p|'")
        connection.execute(f"ALTER SYSTEM SET log_min_duration_statement = {wanted}".encode())
        connection.execute(b"SELECT pg_reload_conf()")
    time.sleep(0.3)  # every server process reads it when it is next asked something
