"""The table of docs/fhir-completeness.md, held against what was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "fhir-completeness.md"
_HEAD = ("file", "in the source", "by $everything", "by walk", "about the patient")


@dataclass(frozen=True)
class Row:
    """Counts of one patient's file."""

    name: str
    source: int
    streamed: int
    walked: int
    about: int


def as_table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, with their sums below."""
    ordered = sorted(rows, key=lambda row: row.name)
    counts = [(row.source, row.streamed, row.walked, row.about) for row in ordered]
    lines = [_line(_HEAD), _line(("---", *["---:"] * 4))]
    lines += [_line((row.name, *count)) for row, count in zip(ordered, counts, strict=True)]
    lines.append(_line((f"{len(rows)} files", *map(sum, zip(*counts, strict=True)))))
    return "\n".join(lines)


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def written() -> str:
    """The table that the document holds."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.startswith("|"))
