"""The bench's own worker: the product's, but handed letters that are made already.

It times the machine around the letter. Identity, review, decision and packing are the product's:
a maker of PDFs is something that a worker's crew is given, never a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import click

from dsr.cli.processes import work_as
from dsr.core.letters import Letter
from dsr.jobs.worker import CREW, Crew

#: what a letter weighs
FIXED = b"%PDF-1.7\n" + b"0" * 60_000


class MadeAlready:
    """The same bytes for every letter and every part (`dsr.core.package.PdfMaker`)."""

    def letter(self, letter: Letter, decision: Mapping[str, object]) -> bytes:
        """A letter's bytes."""
        return FIXED

    def part(self, book: bytes, day: date) -> bytes:
        """A part's bytes."""
        return FIXED


@click.command()
@click.option("--hands", default=CREW.hands)
@click.option("--packs", default=CREW.packs)
def main(hands: int, packs: int) -> None:
    """Work until told to stop."""
    work_as(Crew(hands=hands, packs=packs, pdf=MadeAlready()))


if __name__ == "__main__":
    main()
