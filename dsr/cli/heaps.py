"""Few heaps for many threads: glibc gives each thread one, and what one frees no other uses."""

from __future__ import annotations

import ctypes

#: M_ARENA_MAX of <malloc.h>
_ARENA_MAX = -8


def share_heaps(most: int = 2) -> None:
    """Let all threads of this process share so many heaps; does nothing without glibc."""
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(_ARENA_MAX, most)
