"""The stages of an item, and the only moves between them (design 4)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from dsr.core.errors import MoveRefused


class Stage(StrEnum):
    """Where an item stands, in the order of the work."""

    RECEIVED = "received"
    IDENTIFYING = "identifying"
    SEARCHING = "searching"
    REVIEWING = "reviewing"
    DECIDING = "deciding"
    APPROVING = "approving"
    COOLING_OFF = "cooling_off"
    EXECUTING = "executing"
    REPLYING = "replying"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


_S = Stage

#: from -> allowed next stages; a stage that is not here cannot be left
MOVES: dict[Stage, frozenset[Stage]] = {
    _S.RECEIVED: frozenset({_S.IDENTIFYING, _S.WITHDRAWN}),
    _S.IDENTIFYING: frozenset({_S.SEARCHING, _S.REPLYING, _S.WITHDRAWN}),
    _S.SEARCHING: frozenset({_S.REVIEWING, _S.WITHDRAWN}),
    _S.REVIEWING: frozenset({_S.DECIDING, _S.SEARCHING, _S.WITHDRAWN}),
    _S.DECIDING: frozenset({_S.APPROVING, _S.EXECUTING, _S.REVIEWING, _S.WITHDRAWN}),
    _S.APPROVING: frozenset({_S.COOLING_OFF, _S.EXECUTING, _S.REVIEWING, _S.WITHDRAWN}),
    _S.COOLING_OFF: frozenset({_S.EXECUTING, _S.REVIEWING, _S.WITHDRAWN}),
    _S.EXECUTING: frozenset({_S.REPLYING, _S.REVIEWING}),
    _S.WITHDRAWN: frozenset({_S.REPLYING}),
    _S.REPLYING: frozenset({_S.CLOSED}),
}

#: how far an item is, the least advanced first
ORDER = {stage: place for place, stage in enumerate(Stage)}


def advance(now: Stage, to: Stage) -> Stage:
    """`to`, if an item may go there from `now`; `MoveRefused` lists what is allowed."""
    allowed = MOVES.get(now, frozenset())
    if to not in allowed:
        choices = ", ".join(sorted(allowed)) or "nothing: it is finished"
        raise MoveRefused(f"An item that is {now} cannot become {to}; allowed: {choices}.")
    return to


def request_stage(items: Iterable[Stage]) -> Stage:
    """The stage of a whole request: that of its least advanced item."""
    return min(items, key=ORDER.__getitem__)
