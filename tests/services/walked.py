"""What became of a walked request: what went, what stayed, what was written down."""

from __future__ import annotations

from dsr.db import events
from tests.makers import Clock
from tests.planned import (
    Walk,
)


def erased(walk: Walk, clock: Clock) -> None:
    """Approved, cooled off, done."""
    walk.resolve()
    walk.approve()
    clock.move(days=7, seconds=1)
    assert walk.begin() == 1
    walk.work()


def held(walk: Walk, system: str, dataset: str) -> set[str]:
    """What a system still holds."""
    return set(walk.systems[system]._held(dataset))


def told(walk: Walk, action: str) -> list[events.Event]:
    """The events of one kind."""
    with walk.house.reading() as session:
        found = events.of_request(session, walk.row.practice, walk.row.id)
        return [one for one in found if one.action == action]
