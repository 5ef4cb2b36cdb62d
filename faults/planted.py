"""Bugs planted on purpose, one at least for each invariant: the checker must catch every one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsr.services.house import House


def systems(plant: str, made: Mapping[str, Any]) -> Mapping[str, Any]:
    """The connectors of a worker, broken by this plant."""
    return made


def break_worker(plant: str) -> None:
    """Break a worker process."""


def break_web(plant: str) -> None:
    """Break a web process."""


def house(plant: str, made: House) -> House:
    """The house of a web process, broken by this plant."""
    return made
