"""`connector check`: does a connected system answer, and if not, how is that mended."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import click

from dsr.core.connector import Connector, Health
from dsr.core.errors import DsrError
from dsr.core.register import Register, System
from dsr.settings import read_connected
from dsr.systems import build, load_register


@click.group()
def connector() -> None:
    """The connected systems of the register."""


@connector.command()
@click.argument("systems", nargs=-1)
def check(systems: tuple[str, ...]) -> None:
    """Try the configuration of SYSTEMS (all when none is named); reads nobody's data.

    Ends with 0 when all are good and with 1 when one is not.
    """
    settings = read_connected()
    register = load_register(settings.register_path)
    failed = 0
    for system in _wanted(register, systems):
        health = tried(system, settings.system_settings)
        failed += not health.usable
        click.echo(f"{'good' if health.usable else 'NOT usable'}  {system.id}: {health.words}")
    sys.exit(1 if failed else 0)


def _wanted(register: Register, named: tuple[str, ...]) -> Iterator[System]:
    """The systems that are named, else all that have a connector."""
    known = {system.id: system for system in register.systems}
    if unknown := [name for name in named if name not in known]:
        click.echo(f"There is no system {unknown[0]!r} in the register; it has {', '.join(known)}.")
        sys.exit(1)
    for name in named or known:
        if named or not known[name].searched_by_hand:
            yield known[name]


def tried(system: System, environment: Mapping[str, str]) -> Health:
    """What is found when a system is asked, or why it cannot be asked at all."""
    if system.searched_by_hand:
        return Health(True, "A person searches this system; there is nothing to try.")
    try:
        made = build(system, environment)
        return _unmapped(system, made) or made.check()
    except DsrError as fault:
        return Health(False, str(fault))


def _unmapped(system: System, made: Connector) -> Health | None:
    """What is wrong with a register that promises datasets which the connector does not read."""
    missing = [one.id for one in system.datasets if one.id not in made.datasets]
    if not missing:
        return None
    return Health(
        False,
        f"The register names the dataset {missing[0]!r}, which is not read here, only"
        f" {', '.join(made.datasets)}; correct its id, or map it under `datasets` of the settings.",
    )


COMMANDS = {"connector": connector}
