"""Waiting for what others do in the demo, and saying in vain for what."""

from __future__ import annotations

import time
from collections.abc import Callable

from dsr.core.errors import DsrError

LONGEST = 120.0


class WalkFailed(DsrError):
    """The walk did not go as it should; the line above says at which step."""


def until(there: Callable[[], object], what: str) -> None:
    """Wait until something is there; `WalkFailed` after two minutes."""
    end = time.monotonic() + LONGEST
    while not there():
        if time.monotonic() > end:
            raise WalkFailed(f"Waited two minutes in vain for: {what}.")
        time.sleep(0.1)
