"""The product's rotation of keys in small batches, with a barrier between two of them."""

from __future__ import annotations

import os
from pathlib import Path

from dsr.cli.house import open_house
from dsr.services import rotate
from faults import build
from faults.barriers import Barriers


def main() -> None:
    """Rotate; stops at `rotated` after the first batch when that point is armed."""
    rotate.BATCH = 2
    barriers = Barriers(Path(os.environ[build.FOLDER]) / "barriers")
    for _ in rotate.rotate(open_house()):
        barriers.reach("rotated")


if __name__ == "__main__":
    main()
