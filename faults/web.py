"""The web process of the fault build: gunicorn as the product starts it, with another app."""

from __future__ import annotations

import os
import sys

from flask import Flask

from dsr.cli import processes
from dsr.logs import set_up
from dsr.web.app import create_app
from faults import build, planted

APP = "faults.web:make()"


def make() -> Flask:
    """The product's app over a house of the fault build."""
    plant = os.environ.get(build.PLANT, "")
    planted.break_web(plant)
    house = planted.house(plant, build.fault_house())
    set_up(house.settings)
    return create_app(house)


def main() -> None:
    """Become gunicorn, with the options of `python -m dsr web` and our app instead of its own."""
    become = os.execv

    def with_our_app(path: str, command: list[str]) -> None:
        become(path, [APP if word == "app:app" else word for word in command])

    os.execv = with_our_app  # type: ignore[assignment]  # this process is gunicorn from here on
    processes.web.main(args=[], standalone_mode=False)
    sys.exit(1)


if __name__ == "__main__":
    main()
