"""Faults that a test plants in a stand-in: the next calls fail in a chosen way."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What goes wrong with a call."""

    TOO_MANY = "429"  #: 429 with Retry-After
    UNAVAILABLE = "503"  #: 503 with Retry-After
    REFUSED_KEY = "401"  #: our key is refused
    HALF_JSON = "half"  #: a 200 whose body breaks off
    FOREIGN_RECORD = "foreign"  #: somebody else's record in a page
    REPEATED_PAGE = "repeated"  #: a page that names itself as the next
    NO_EVERYTHING = "no-everything"  #: `$everything` answers 404
    NOT_SUPPORTED = "not-supported"  #: `$everything` answers 400, not supported
    ONLY_PATIENTS = "only-patients"  #: `$everything` is taken for a search and answers patients
    NOTHING_AT_ALL = "nothing"  #: `$everything` answers an empty list
    SHORT_LIST = "short"  #: a list that ends early and says nothing of it
    OFF_HOST = "off-host"  #: the next link points to another host
    BROKEN = "500"  #: 500 with a page of HTML
    NOT_JSON = "html"  #: 200 with a page of HTML
    LIES = "lies"  #: "done" to a change that is not made
    OVERTAKEN = "overtaken"  #: somebody else writes the record just before a change of it
    LATE = "late"  #: a change that is made and answered with 503
    SLOW = "slow"  #: no answer before `Faults.release`


#: faults of any call; the others wait for a call that answers a page
OF_ANY_CALL = frozenset({Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.REFUSED_KEY, Fault.HALF_JSON})


@dataclass
class Faults:
    """Faults to come, in order. Thread-safe. `retry_after` is in seconds."""

    retry_after: int = 1
    _coming: deque[Fault] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _released: threading.Event = field(default_factory=threading.Event, repr=False)

    def inject(self, fault: Fault, calls: int = 1) -> None:
        """The next `calls` calls that this fault fits get it."""
        with self._lock:
            self._coming.extend([fault] * calls)

    def hang(self) -> None:
        """Keep a slow call waiting until `release`, half a minute at most."""
        self._released.wait(30)

    def release(self) -> None:
        """Let the slow calls answer."""
        self._released.set()

    def take(self, *fitting: Fault) -> Fault | None:
        """The next fault if it is one of `fitting`; it is then used up."""
        with self._lock:
            if self._coming and self._coming[0] in fitting:
                return self._coming.popleft()
            return None
