"""The bench's own worker: the product's, but handed a letter that is made already.

It times the machine around the letter. Identity, review, decision and packing are the product's.
"""

from __future__ import annotations

import os

from dsr.bootstrap import make_serializer
from dsr.cli.house import open_house
from dsr.cli.tied import die_with_parent
from dsr.jobs import pack
from dsr.jobs.worker import work
from dsr.logs import set_up
from dsr.systems import load_systems

#: what a letter weighs
FIXED = b"%PDF-1.7\n" + b"0" * 60_000


def main() -> None:
    """Work until told to stop."""
    die_with_parent()
    house = open_house()
    set_up(house.settings)
    pack.letter_pdf = lambda _letter, _decision: FIXED
    systems = load_systems(house.office.register, house.settings.system_settings)
    work(house, systems, make_serializer(house.office.keys))


if __name__ == "__main__":
    main()
