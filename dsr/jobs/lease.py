"""Keeping a lease while work is under way: a worker that hangs or dies loses it by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dsr.services.house import House

log = structlog.get_logger()
Write = Any  # (session, row id, fence, values) -> bool, of dsr.db.steps or dsr.db.outbox


@contextmanager
def kept(house: House, write: Write, row_id: str, fence: int) -> Iterator[threading.Event]:
    """Renew the lease of a row every third of its length until the block ends.

    The event it gives is set when the lease was lost: then somebody else works on the row, and
    whatever this worker still writes is refused by the fence.
    """
    with several_kept(house, write) as leases:
        leases.rows = ((row_id, fence),)
        yield leases.lost


@dataclass
class Leases:
    """The rows (id, fence) that a worker has now; `lost` is set when one was taken over."""

    rows: Sequence[tuple[str, int]] = ()
    lost: threading.Event = field(default_factory=threading.Event)


@contextmanager
def several_kept(house: House, write: Write) -> Iterator[Leases]:
    """The same for rows that follow on each other: whoever works sets which they are now."""
    leases, done = Leases(), threading.Event()

    def renew() -> None:
        while not done.wait(house.office.terms.lease.total_seconds() / 3):
            for row_id, fence in leases.rows:
                try:
                    with house.writing() as session:
                        mine = _renewed(session, house, write, row_id, fence)
                except SQLAlchemyError as error:
                    log.warning("lease_not_renewed", error=type(error).__name__)
                    continue
                if not mine:
                    leases.lost.set()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield leases
    finally:
        done.set()
        thread.join(timeout=5)


def _renewed(session: Session, house: House, write: Write, row_id: str, fence: int) -> bool:
    until = house.office.now() + house.office.terms.lease
    return bool(write(session, row_id, fence, {"lease_until": until}))
