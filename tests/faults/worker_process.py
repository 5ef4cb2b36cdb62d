"""A worker of the product with a short lease, which a test can stop at a chosen page.

Run as `python -m tests.faults.worker_process FILE`: FILE holds the settings and what to change.
Everything else is the product's own: queue, sweeper, connectors, rendering.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from dsr import logs
from dsr.bootstrap import build_house, build_systems, make_serializer
from dsr.core.connector import Connector, Located, NotKept, Page
from dsr.core.settings import Settings
from dsr.core.subject import Subject
from dsr.jobs import sweep, worker
from dsr.services import archive
from dsr.services.office import Terms


@dataclass
class Held:
    """A connector that waits before its `at`-th page while `gate` exists, and says so."""

    inner: Connector
    at: int
    gate: Path
    reached: Path
    pages: int = 0

    @property
    def datasets(self) -> Sequence[str]:
        return self.inner.datasets

    def locate(self, subject: Subject) -> Located:
        return self.inner.locate(subject)

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        self.pages += 1
        if self.pages == self.at:
            self.reached.touch()
            while self.gate.exists():
                time.sleep(0.02)
        return self.inner.find(subject_ref, dataset, after)


def settings_of(given: dict[str, Any]) -> Settings:
    """Settings as a test wrote them down."""
    kept = {**given, "folder": Path(given["folder"]), "register_path": Path(given["register_path"])}
    return Settings(**{**kept, "queues": tuple(given["queues"])})


def main(path: Path) -> None:
    """Work until told to stop."""
    given = json.loads(path.read_text())
    house = build_house(settings_of(given["settings"]))
    terms = Terms(lease=timedelta(seconds=given["lease"]))
    house = replace(house, office=replace(house.office, terms=terms))
    logs.set_up(house.settings)
    archive.PIECE, sweep.EVERY = given["piece"], 0.2
    systems: dict[str, Any] = dict(build_systems(house))
    for system, at in given["hold"].items():
        gate, reached = (path.parent / f"{path.stem}-{what}" for what in ("gate", "reached"))
        gate.touch()
        systems[system] = Held(inner=systems[system], at=at, gate=gate, reached=reached)
    worker.work(house, systems, make_serializer(house.office.keys))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
