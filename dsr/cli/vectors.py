"""`vectors DIR`: cases with expected results, through the product's own law and registers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from dsr.cli import vector_deadlines, vector_decisions, vector_retention
from dsr.cli.vector_shape import Difference, Malformed, Shape, Vector, cases_of
from dsr.core.printable import printable
from dsr.core.register import Register
from dsr.systems import load_register

Differences = Callable[[Vector, Sequence[Register]], list[Difference]]

FOLDER = Path(__file__).parents[2] / "registers"
REGISTERS = (FOLDER / "jansapp.yaml", FOLDER / "viplive.yaml")


@dataclass(frozen=True)
class Cases:
    """A list of cases in a file: its shape, and what judges one; an optional list may lack."""

    shape: Shape
    differences: Differences
    needed: bool = True


#: file -> its lists
FILES: Mapping[str, Mapping[str, Cases]] = {
    "deadlines.json": {
        "vectors": Cases(vector_deadlines.SHAPE, vector_deadlines.differences),
        "petition_vectors": Cases(
            vector_deadlines.PETITION, vector_deadlines.petition_differences, needed=False
        ),
    },
    "retention.json": {"vectors": Cases(vector_retention.SHAPE, vector_retention.differences)},
    "decisions.json": {"vectors": Cases(vector_decisions.SHAPE, vector_decisions.differences)},
}


@dataclass(frozen=True)
class Verdict:
    """A case by its id, and why it fails; empty when it passes."""

    id: str
    failure: str = ""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def vectors(folder: Path) -> None:
    """Run the cases of FOLDER: deadlines.json, retention.json and decisions.json.

    Prints a line for each case that fails and the count at last. Exit 0: all passed; 1: not.
    """
    registers = tuple(load_register(path) for path in REGISTERS)
    passed = failed = 0
    for verdict in judged(folder, registers):
        if verdict.failure:
            failed += 1
            click.echo(printable(f"{verdict.id}: {verdict.failure}"))
        else:
            passed += 1
    click.echo(f"{passed} passed, {failed} failed")
    sys.exit(0 if passed and not failed else 1)


def judged(folder: Path, registers: Sequence[Register]) -> Iterator[Verdict]:
    """A verdict on every case, and one on each file that is missing or broken."""
    for name, lists in FILES.items():
        seen: set[str] = set()
        try:
            for listed, case_id, content in cases_of(
                folder / name, {key: cases.needed for key, cases in lists.items()}
            ):
                again = "expected an id of its own; got one that stands here twice"
                failure = again if case_id in seen else _failure(lists[listed], content, registers)
                seen.add(case_id)
                yield Verdict(case_id, failure)
        except Malformed as error:
            yield Verdict(name, f"expected a file of vectors; got {error}")


def _failure(cases: Cases, content: object, registers: Sequence[Register]) -> str:
    """Why a case fails; one that raises fails alone, and the others are still judged."""
    try:
        found = cases.differences(cases.shape.of(content), registers)
    except Malformed as error:
        return f"expected a case of this shape; got {error}"
    except Exception as error:  # whatever a case brings about, it fails alone
        return f"expected an answer; got {type(error).__name__}: {' '.join(str(error).split())}"
    return _told(found) if found else ""


def _told(found: list[Difference]) -> str:
    expected = ", ".join(f"{one.field} {one.expected}" for one in found)
    got = ", ".join(f"{one.field} {one.got}" for one in found)
    return f"expected {expected}; got {got}"


COMMANDS = {"vectors": vectors}
