"""Waiting for what another process does: look again until it is there or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LONGEST = 60.0


def until(look: Callable[[], T | None], what: str) -> T:
    """What `look` finds, once it finds something; fails with words after a minute."""
    deadline = time.monotonic() + LONGEST
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {LONGEST:.0f} s in vain for {what}"
        time.sleep(0.1)
    return found
