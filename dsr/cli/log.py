"""`export-log` and `verify-log`: proof that nothing was changed, cut or slipped in."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from dsr.cli.house import open_house
from dsr.db import events
from dsr.services.verify_log import json_lines, verify

T = TypeVar("T")


@click.command("export-log")
@click.option("--practice", help="Only this practice's chain.")
@click.option("--out", type=click.Path(path_type=Path), help="A file; default: standard output.")
def export_log(practice: str | None, out: Path | None) -> None:
    """Write the log as JSON lines: ids, codes and keyed hashes, nobody's words."""
    house = open_house()
    target = out.open("w", encoding="utf-8") if out else sys.stdout
    with house.reading() as session:
        for row in told(events.export(session, practice), "Writing events"):
            target.write(json.dumps(row) + "\n")
    if out:
        target.close()


@click.command("verify-log")
@click.option("--heads", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--public-key", required=True, help="Hex, as `python -m dsr keys public` prints it.")
@click.option("--export", "exported", type=click.Path(exists=True, path_type=Path))
def verify_log(heads: Path, public_key: str, exported: Path | None) -> None:
    """Check an export (standard input, or --export FILE) against signed heads.

    Needs nothing of the running house. Exit 0: whole; 1: something was changed, with the place.
    """
    with heads.open("rb") as head_lines, _opened(exported) as rows:
        lines = told(json_lines(rows), "Checking events")
        verdict = verify(lines, json_lines(head_lines), bytes.fromhex(public_key))
    for problem in verdict.problems:
        click.echo(f"{problem.practice} {problem.seq}: {problem.words}")
    whole = "whole" if verdict.good else "NOT whole"
    click.echo(f"{verdict.checked} rows checked, the log is {whole}.")
    sys.exit(0 if verdict.good else 1)


def told(rows: Iterable[T], words: str) -> Iterator[T]:
    """The rows, with a moving count on a terminal; quiet everywhere else."""
    columns = (TextColumn("{task.description}"), SpinnerColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(words, total=None)
        for row in rows:
            yield row
            bar.advance(task)


def _opened(exported: Path | None) -> BinaryIO:
    return exported.open("rb") if exported else sys.stdin.buffer


COMMANDS = {"export-log": export_log, "verify-log": verify_log}
