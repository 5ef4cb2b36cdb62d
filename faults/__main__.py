"""`python -m faults`: break a house on purpose; `check <folder>` only judges one."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import time
from pathlib import Path

from faults.checker.report import print_report
from faults.runner import Runner

CASES = (
    "intake", "kills", "changing", "approvals", "restore", "people", "systems", "post", "database",
    "disk", "keys", "versions", "clocks", "soak",
)  # fmt: skip


def main() -> int:
    """Run what was asked; 1 when anything did not hold."""
    if sys.argv[1:2] == ["check"]:
        return print_report(Path(sys.argv[2]))
    asked = _arguments()
    for name in CASES:
        importlib.import_module(f"faults.cases.{name}")
    seed = asked.seed if asked.seed is not None else int(time.time())
    print(
        f"seed {seed} (again: python -m faults --seed {seed} --minutes {asked.minutes:g})",
        flush=True,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    planted = ("all",) if asked.planted else tuple(filter(None, [asked.plant]))
    runner = Runner(
        seed=seed,
        minutes=asked.minutes,
        only=tuple(asked.only),
        planted=planted,
    )
    return runner.all()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--minutes", type=float, default=10, help="for all of it, at most")
    parser.add_argument("--only", nargs="*", default=[], metavar="F", help="these numbers or names")
    parser.add_argument("--plant", metavar="BUG", default="", help="one planted bug, no faults")
    parser.add_argument("--planted", action="store_true", help="every planted bug, no faults")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
