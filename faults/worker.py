"""A worker of the fault build: the product's own command with a house that can be broken."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dsr.bootstrap import build_systems
from dsr.cli import processes
from dsr.jobs import sweep
from dsr.rendering.pdf import rendering_server
from dsr.services import archive
from dsr.services.house import House
from faults import build, planted
from faults.barriers import Barriers

#: megabytes of a rendering job that cannot succeed
TOO_SMALL = 40


def main() -> None:
    """Work as `python -m dsr worker` does."""
    folder = Path(os.environ[build.FOLDER])
    barriers = Barriers(folder / "barriers")
    archive.PIECE = 1  # every page is a checkpoint, so that small people have several
    sweep.TIDY_EVERY = 2  # what cooled off begins within seconds
    _bar_rendering(barriers, folder / "bombs")

    def systems(house: House) -> Mapping[str, Any]:
        made = {
            name: build.Barred(inner, name, barriers)
            for name, inner in build_systems(house).items()
        }
        return planted.systems(os.environ.get(build.PLANT, ""), made)

    processes.open_house = build.fault_house  # type: ignore[attr-defined]
    processes.build_systems = systems  # type: ignore[assignment,attr-defined]  # the same, wrapped
    planted.break_worker(os.environ.get(build.PLANT, ""))
    processes.worker.main(args=[], standalone_mode=False)


def _bar_rendering(barriers: Barriers, bombs: Path) -> None:
    server = rendering_server()
    inner = server.render

    def render(job: Any, **limits: Any) -> bytes:
        barriers.reach("rendering")
        for bomb in sorted(bombs.glob("*.armed")) if bombs.exists() else ():
            try:
                bomb.rename(bomb.with_suffix(".spent"))
            except FileNotFoundError:
                continue  # another thread took it
            limits["megabytes"] = TOO_SMALL
            break
        return inner(job, **limits)

    server.render = render  # type: ignore[method-assign]  # only in this process of the fault build


if __name__ == "__main__":
    main()
