"""A process that may not outlive the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """End when the supervisor ends, however it ends; only where a supervisor asked for it."""
    if os.environ.get("DSR_SUPERVISED"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
