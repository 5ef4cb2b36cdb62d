"""The bench's own worker: the product's, but handed letters that are made already.

It times the machine around the letter. Identity, review, decision and packing are the product's:
a maker of PDFs is something that `dsr.jobs.pack.run` is given, never a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial

from dsr.cli.processes import worker
from dsr.core.letters import Letter
from dsr.jobs import pack

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


def main() -> None:
    """Work until told to stop; takes the options of `dsr worker`."""
    setattr(pack, "run", partial(pack.run, pdf=MadeAlready()))  # noqa: B010 (a worker of our own)
    worker()


if __name__ == "__main__":
    main()
