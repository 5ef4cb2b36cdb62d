"""Row k: purging a million messages whose term is over, while the application goes on reading."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from bench.ground import Ground, Row
from bench.house import Running
from bench.memory import Peaks
from bench.postgres import erasing_database
from bench.processes import cpu_seconds, family
from bench.reader import Reader
from bench.registers import changing_register
from dsr.bootstrap import build_systems
from dsr.jobs import purge

ALONE = 5.0
#: what docs/connectors-sql.md asks for
INDEX = b"CREATE INDEX message_sent ON message (sent_at, id)"


def purging(ground: Ground) -> Iterator[Row]:
    """Rows a second, and a reader's latency before and beside it."""
    url = erasing_database(ground.target)
    with ground.target.connect("appdb_erasing") as connection:
        connection.execute(INDEX)
    register = changing_register(ground.folder / "purging.yaml")
    with ground.running(register, DSR_TARGET_DB_URL=url, DSR_SOURCE_PURGE="on") as running:
        yield measured(ground, running, url.replace("postgresql+psycopg://", "postgresql://"))


def measured(ground: Ground, running: Running, address: str) -> Row:
    """One purge of all messages, by the job that `python -m dsr purge` runs."""
    os.environ["DSR_TARGET_DB_URL"] = running.environment["DSR_TARGET_DB_URL"]
    systems = build_systems(running.house)
    alone = Reader(address)
    time.sleep(ALONE)
    before = alone.ended()
    reader, peaks = Reader(address), Peaks(lambda: {"purge": [os.getpid()]})
    ours, theirs = cpu_seconds([os.getpid()]), cpu_seconds(family(ground.target.postmaster()))
    begun = time.perf_counter()
    with peaks:
        told = purge.run(running.house, systems)
    took, beside = time.perf_counter() - begun, reader.ended()
    erased = sum(one.erased for one in told)
    ours = cpu_seconds([os.getpid()]) - ours
    theirs = cpu_seconds(family(ground.target.postmaster())) - theirs
    return Row(
        what=f"purge of {erased:,} messages whose term is over, in rounds of {purge.ROUND:,}"
        f" (a reader alone {before}; beside it {beside})",
        measured=f"{erased / took:,.0f} rows a second ({took:.0f} s)",
        bar="5,000 rows a second",
        memory=f"{peaks.in_words()}, +{peaks.highest['purge'] - peaks.before['purge']:.0f} MB;"
        f" {erased / ours:,.0f} rows a CPU second; target PostgreSQL with the reads {theirs:.0f} s",
    )
