"""Looking every few seconds whether the database still fits the erasure ledger."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dsr.services import erasure_ledger
from dsr.services.erasure_ledger import Disagreement, LedgerDisagrees
from dsr.services.house import House

log = structlog.get_logger()
EVERY = 3.0


@dataclass(kw_only=True)
class LedgerWatch:
    """What was found at the last look, at most `EVERY` seconds old. Thread-safe."""

    house: House
    _found: Disagreement | None = None
    _looked: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def found(self) -> Disagreement | None:
        """What is wrong between the database and the ledger; None while they fit."""
        with self._lock:
            if time.monotonic() - self._looked >= EVERY:
                self._look()
        return self._found

    def refuse(self) -> None:
        """Raise `LedgerDisagrees` while they do not fit: then nothing is done."""
        if (found := self.found()) is not None:
            raise LedgerDisagrees(found.words)

    def _look(self) -> None:
        try:
            found = erasure_ledger.check(self.house)
        except SQLAlchemyError:
            return  # a database that does not answer serves nobody, and the next call looks again
        if found is not None and self._found is None:
            log.error("the ledger and the database disagree", why=found.why, behind=found.behind)
        self._found, self._looked = found, time.monotonic()
