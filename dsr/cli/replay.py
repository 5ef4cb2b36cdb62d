"""`replay-erasures`: after a restore, erase again what the ledger outside the backup names."""

from __future__ import annotations

import sys

import click

from dsr.bootstrap import build_systems
from dsr.cli.house import open_house
from dsr.jobs.replay import DatasetReplayed, replay


@click.command("replay-erasures")
@click.option("--dry-run", is_flag=True, help="Only count what is back; erase nothing.")
def replay_erasures(dry_run: bool) -> None:
    """Erase again what was erased after the backup that this database comes from.

    Exit 0: done, the house may open; 1: something did not answer, run it again.
    """
    house = open_house()
    done = replay(house, build_systems(house), dry_run=dry_run)
    verb = "would go" if dry_run else "gone again"
    click.echo(f"Our own: {done.keys} keys and {done.cases} cases {verb}.")
    for one in done.datasets:
        click.echo(_line(one))
    if done.moved:
        click.echo("The database knows the whole ledger now; the house may open.")
    elif not dry_run:
        click.echo("Not everything could be done: mend what is named above and run this again.")
        sys.exit(1)


def _line(one: DatasetReplayed) -> str:
    told = f"{one.system}.{one.dataset}: {one.listed} listed, {one.back} back, {one.erased} erased"
    hands = f"; look by hand for {one.by_hand}" if one.by_hand else ""
    return f"{told}{hands}{'; ' if one.trouble else ''}{one.trouble}"


COMMANDS = {"replay-erasures": replay_erasures}
