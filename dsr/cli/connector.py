"""`connector check`: does a connected system answer, and if not, what is wrong."""

from __future__ import annotations

import sys

import click

from dsr.settings import read_settings
from dsr.systems import build, load_register


@click.group()
def connector() -> None:
    """The connected systems of the register."""


@connector.command()
@click.argument("systems", nargs=-1)
def check(systems: tuple[str, ...]) -> None:
    """Try the configuration of SYSTEMS (all when none is named); reads nobody's data."""
    settings = read_settings()
    register = load_register(settings.register_path)
    failed = 0
    for system in register.systems:
        if system.searched_by_hand or (systems and system.id not in systems):
            continue
        health = build(system, settings.system_settings).check()
        failed += not health.usable
        click.echo(f"{'good' if health.usable else 'NOT usable'}  {system.id}: {health.words}")
    sys.exit(1 if failed else 0)


COMMANDS = {"connector": connector}
