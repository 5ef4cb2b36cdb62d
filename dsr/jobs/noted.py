"""Writing down why work on a system failed, before whoever gave the work hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from dsr.core.errors import BadAnswer, ChangedMeanwhile, DsrError

NOT_UNDERSTOOD = "This system's answer was not understood; the worker's log says where."


@contextmanager
def noted(note: Callable[[DsrError], None]) -> Iterator[None]:
    """Give `note` the failure of a system, by its name; every failure is raised on.

    What is no fault of the system is not laid on it: another worker that took the row over says
    itself how it went, and where our own database fails the lease ends and somebody goes on.
    """
    try:
        yield
    except (ChangedMeanwhile, SQLAlchemyError):
        raise
    except DsrError as error:
        note(error)
        raise
    except Exception:
        note(BadAnswer(NOT_UNDERSTOOD))
        raise
