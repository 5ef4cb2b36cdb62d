"""Where a worker makes answers: a few at once, because each takes a core and memory."""

from __future__ import annotations

import threading

from dsr.core.package import PdfMaker
from dsr.core.request import OFFICE
from dsr.db import steps
from dsr.jobs import pack
from dsr.services.house import House


class PackingBench:
    """Room for `places` answers at once; who finds no room leaves the step to those who have."""

    def __init__(self, house: House, places: int, pdf: PdfMaker) -> None:
        self._house = house
        self._pdf = pdf
        self._places = threading.Semaphore(places)

    def run(self, step_id: str) -> None:
        """Make this answer and then others that are due; nothing when there is no room."""
        following, tried = step_id, set[str]()
        while following and following not in tried and self._places.acquire(blocking=False):
            try:
                while following and following not in tried:
                    tried.add(following)
                    pack.run(self._house, following, self._pdf)
                    following = self._due()
            finally:
                self._places.release()
            # Somebody may have found no room just before this place became free.
            following = self._due()

    def _due(self) -> str:
        with self._house.reading() as session:
            now = self._house.office.now()
            return steps.next_due(session, now, OFFICE) or ""
