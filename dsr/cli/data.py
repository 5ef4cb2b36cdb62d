"""`migrate`: the shape of the database."""

from __future__ import annotations

import click

from dsr.cli.house import open_house
from dsr.db.engine import check_database
from dsr.services.prepare import prepare


@click.command()
def migrate() -> None:
    """Bring the database to the newest shape and make what every house needs."""
    house = open_house()
    check_database(house.engine)
    prepare(house)
    click.echo("The database has the newest shape.")


COMMANDS = {"migrate": migrate}
