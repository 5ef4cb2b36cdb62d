"""`purge`: what is past its term in the systems, counted or erased."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.table import Table

from dsr.bootstrap import build_systems
from dsr.cli.house import open_house
from dsr.jobs.purge import DatasetPurged, run

_WHY = {
    "no_term": "nothing is over by its term",
    "judge": "a person has to decide",
    "holds": "waits for a hold of a new request",
    "not_offered": "the system purges itself, or by hand",
}


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count; change nothing.")
def purge(dry_run: bool) -> None:
    """Erase in the systems what is past the register's terms; needs DSR_SOURCE_PURGE=on.

    Holds, restrictions and what a pending request asked for are spared. Run it daily. Exit 1:
    a system did not answer; run it again.
    """
    house = open_house()
    done = run(house, build_systems(house), dry_run=dry_run)
    Console(width=140).print(_table(done, dry_run=dry_run))
    sys.exit(1 if any(one.again for one in done) else 0)


def _table(done: list[DatasetPurged], *, dry_run: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    heads = ("system", "dataset", "term began by", "would go" if dry_run else "gone", "spared", "")
    for head in heads:
        table.add_column(head, overflow="fold")
    for one in done:
        until = one.until.isoformat() if one.until else ""
        more = " or more" if one.more else ""
        counts = ("", "") if one.why else (f"{one.erased}{more}", str(one.spared))
        table.add_row(one.system, one.dataset, until, *counts, one.trouble or _WHY.get(one.why, ""))
    return table


COMMANDS = {"purge": purge}
