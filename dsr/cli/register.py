"""`register`: is the register of processing activities whole, and what does it say."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dsr.cli.register_docs import docs
from dsr.core.errors import BrokenRegister
from dsr.core.printable import printable, printable_lines
from dsr.core.purposes import Purpose
from dsr.core.register import Register
from dsr.systems import load_register, variables_of

FOLDER = Path(__file__).resolve().parents[2] / "registers"
_FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path))


@click.group()
def register() -> None:
    """The register of processing activities (Art. 30): check it, list it, write its record."""


register.add_command(docs)


@register.command()
@_FILES
def check(files: tuple[Path, ...]) -> None:
    """Name every mistake with its file, line and mend; without FILES, of both registers here."""
    bad = 0
    for path in files or _ours():
        try:
            click.echo(printable(f"good  {path}: {_counted(load_register(path))}"))
        except BrokenRegister as error:
            bad += 1
            click.echo(printable_lines(f"{error}"))
    sys.exit(1 if bad else 0)


@register.command()
@_FILES
def show(files: tuple[Path, ...]) -> None:
    """List purposes, settings that a practice makes, and open questions with who must answer."""
    for path in files or _ours():
        for line in _shown(load_register(path)):
            click.echo(printable(line))


def _ours() -> list[Path]:
    """The registers that ship with the product, as seen from where we stand."""
    here = Path.cwd()
    found = sorted(FOLDER.glob("*.yaml"))
    return [path.relative_to(here) if path.is_relative_to(here) else path for path in found]


def _counted(found: Register) -> str:
    names = {one.name for one in found.required_settings}
    return (
        f"{len(found.purposes)} purposes, {len(found.systems)} systems,"
        f" {len(found.retention_rules)} retention rules; {len(names)} settings for the practice,"
        f" {len(found.open_questions)} open questions."
    )


def _shown(found: Register) -> list[str]:
    lines = [f"{found.id} ({found.role}): {found.controller.name}", "", "Purposes"]
    lines += [line for purpose in found.purposes for line in _purpose(purpose)]
    lines += ["", "Settings that the practice makes"]
    lines += [f"  {name:34} {where}" for name, where in _settings(found).items()]
    lines += ["", "Open questions"]
    for one in found.open_questions:
        lines += [f"  {one.id} ({one.owner})", f"    {one.text.en}"]
    return lines


def _purpose(purpose: Purpose) -> list[str]:
    rules = ", ".join(entry.rule for entry in purpose.rules)
    told = f"  {purpose.id:24} {purpose.basis}, {purpose.nature}; {rules}"
    return [told, *(f"    {part.id:22} {part.basis}, {part.nature}" for part in purpose.parts)]


def _settings(found: Register) -> dict[str, str]:
    """Every variable with the places that wait for it, and those of the systems' connectors."""
    places: dict[str, list[str]] = {}
    for one in found.required_settings:
        places.setdefault(one.name, []).append(one.path)
    for system in found.systems:
        for name in variables_of(system.settings):
            places.setdefault(name, []).append(f"systems.{system.id}.settings")
    return {name: ", ".join(where) for name, where in sorted(places.items())}


COMMANDS = {"register": register}
