"""The time of the database, by which every host of a house reckons (T75)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import DateTime, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

_log = logging.getLogger(__name__)
#: seconds after which the database is asked again; in between this process counts on
ASKED_EVERY = 60.0
#: seconds that a host's own clock may differ before it is said
_TOLERATED = 60.0


class DatabaseClock:
    """What time it is: with PostgreSQL as the database says, with SQLite by this host's clock.

    Where several hosts work, one whose clock is wrong would end days of cooling off too early, or
    leave work for another day. In between two questions a count goes on that no setting of a clock
    moves. A database that does not answer leaves the count as it is. Thread-safe.
    """

    def __init__(
        self,
        engine: Engine,
        host: Callable[[], datetime] = lambda: datetime.now(UTC),
        count: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._host, self._count = engine, host, count
        self._shared = engine.dialect.name != "sqlite"
        self._asking = threading.Lock()
        self._asked_at = -ASKED_EVERY
        #: the moment at which the count stood at zero, by the database; None until it said so
        self._began: datetime | None = None

    def __call__(self) -> datetime:
        """This moment, in UTC."""
        if not self._shared:
            return self._host()
        if self._count() - self._asked_at >= ASKED_EVERY and self._asking.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._asking.release()
        if self._began is None:
            return self._host()
        return self._began + timedelta(seconds=self._count())

    @property
    def difference(self) -> float:
        """Seconds by which this host's own clock is ahead of the database; 0 while unknown."""
        if self._began is None:
            return 0.0
        return (self._host() - self._began).total_seconds() - self._count()

    def _ask(self) -> None:
        self._asked_at = before = self._count()
        try:
            with self._engine.connect() as connection:
                told = connection.execute(select(func.clock_timestamp(type_=DateTime(True))))
                moment: datetime = told.scalar_one()
        except SQLAlchemyError as error:
            _log.warning("clock_not_asked", extra={"error": type(error).__name__})
            return
        # The answer was true somewhere between the question and now.
        halfway = (before + self._count()) / 2
        self._began = moment.astimezone(UTC) - timedelta(seconds=halfway)
        if abs(self.difference) > _TOLERATED:
            _log.warning("clock_differs", extra={"seconds": round(self.difference)})
