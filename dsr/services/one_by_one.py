"""Rounds over many rows, in which one that fails does not hold up the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from dsr.core.errors import DsrError

log = structlog.get_logger()
T = TypeVar("T")


def each(session: Session, what: str, rows: Iterable[T], do: Callable[[T], bool]) -> int:
    """Do it for each row behind a savepoint; for how many it came to something.

    A system that left the register, or a key whose share is lost, is a fault of one request.
    """
    done = 0
    for row in rows:
        try:
            with session.begin_nested():
                done += do(row)
        except DsrError as error:
            log.warning("round_left_one_out", what=what, error=type(error).__name__)
    return done
