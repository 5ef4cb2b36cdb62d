"""Keeping the pace of each system over all workers: turns, rest, and a breaker (security F30).

The truth is in the database; a worker takes turns in small handfuls, so that a call seldom costs
a transaction. A system that fails three times in a row is left alone for a while, and then
tried by one search at a time until it answers.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dsr.core.errors import TryAgain
from dsr.core.pace import PaceLimits
from dsr.core.register import System
from dsr.db import paces, steps
from dsr.db.paces import SystemPace
from dsr.services.house import House
from dsr.services.office import Office

#: seconds that a call waits for its turn; longer waits give the worker's hand back
LONGEST_WAIT = 5.0
#: seconds of turns that a worker takes at once, and how old its knowledge of a rest may be
HANDFUL = 0.25
LOOK_EVERY = 1.0
#: failures in a row after which a system rests, and its rests in seconds (the last one repeats)
BROKEN = 3
RESTS = (5, 10, 20, 40, 60)
LONGEST_REST = 3600.0


@dataclass(kw_only=True)
class KeptPace:
    """The pace of one system in this process. Thread-safe."""

    house: House
    system: str
    limits: PaceLimits
    sleep: Callable[[float], None] = time.sleep
    _turns: deque[datetime] = field(default_factory=deque)
    _looked: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def turn(self) -> None:
        """Wait for a turn; `TryAgain` when the system rests or the turn is far away."""
        begins = self._next()
        if begins is not None and (wait := self._wait_for(begins)) > 0:
            self.sleep(wait)

    def hold(self, seconds: float) -> None:
        """Let nobody call this system for so long."""
        until = self.house.office.now() + timedelta(seconds=min(seconds, LONGEST_REST))
        with self._lock:
            self._turns.clear()
            self._looked = float("-inf")
        with self.house.writing() as session:
            row = paces.locked(session, self.system)
            row.rest_until = max(row.rest_until or until, until)

    def _next(self) -> datetime | None:
        with self._lock:
            if self._turns:
                return self._turns.popleft()
            if self.limits.per_second is None:
                return self._resting()
            with self.house.writing() as session:
                turns = self._reserved(paces.locked(session, self.system))
                self._wait_for(turns[0])  # a turn that nobody will wait for is not taken
                self._turns.extend(turns)
            return self._turns.popleft()

    def _wait_for(self, begins: datetime) -> float:
        """Seconds until a turn; `TryAgain` when it is so far away that the hand is needed."""
        wait = (begins - self.house.office.now()).total_seconds()
        if wait > LONGEST_WAIT:
            raise TryAgain("This system bears no more calls at this moment.", after=wait)
        return wait

    def _resting(self) -> datetime | None:
        if time.monotonic() - self._looked < LOOK_EVERY:
            return None
        with self.house.reading() as session:
            row = paces.of(session, self.system)
            until = row.rest_until if row else None
        if until is None or until <= self.house.office.now():
            self._looked = time.monotonic()
            return None
        return until

    def _reserved(self, row: SystemPace) -> list[datetime]:
        """Turns by the generic cell rate algorithm, a handful at a time."""
        now, rate = self.house.office.now(), self.limits.per_second or 1.0
        apart = timedelta(seconds=1 / rate)
        saved = apart * (self.limits.burst - 1)
        begins = max(now, row.rest_until or now, row.free_at or now)
        count = max(1, int(rate * HANDFUL))
        row.free_at = begins + apart * count
        earliest = max(now, row.rest_until or now)
        return [max(earliest, begins + apart * n - saved) for n in range(count)]


def keeper(house: House) -> Callable[[System], KeptPace]:
    """What gives each system its pace in this process, by its limits in the register."""
    return lambda system: KeptPace(house=house, system=system.id, limits=system.pace)


def may_begin(session: Session, office: Office, step_id: str) -> bool:
    """Whether this search may begin now; if not, it is put off or stays due.

    Holds the system's row until the commit, so that no two workers count themselves in.
    """
    now, row = office.now(), paces.locked_for(session, step_id)
    if row is None:
        return False  # the step went, or the ring was for another house
    if row.rest_until is not None and row.rest_until > now:
        steps.put_off(session, step_id, row.rest_until)
        return False
    most = 1 if row.failures >= BROKEN else office.register.system(row.system).pace.at_once
    if steps.in_hand(session, row.system, now) < most:
        return True
    row.crowded = True
    return False


def after_search(house: House, system: str, *, failed: bool) -> str | None:
    """Note how a search went; the id of a search of this system that was sent away, if any.

    Costs one look when all is well: only failures, their end and a crowd are written.
    """
    if not failed:
        with house.reading() as session:
            row = paces.of(session, system)
            if row is None or not (row.failures or row.crowded):
                return None
    with house.writing() as session:
        row = paces.locked(session, system)
        now = house.office.now()
        if row.failures and not failed:
            steps.wake(session, system, now)  # it answers again: nobody waits out a pause
        row.failures = row.failures + 1 if failed else 0
        if row.failures >= BROKEN:
            rest = RESTS[min(row.failures - BROKEN, len(RESTS) - 1)]
            row.rest_until = max(row.rest_until or now, now + timedelta(seconds=rest))
        if not row.crowded:
            return None
        following = steps.next_due(session, now, system)
        row.crowded = following is not None
        return following
