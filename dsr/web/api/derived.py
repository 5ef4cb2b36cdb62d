"""A due date as the API tells it: the day, its derivation in words, and the same as data."""

from __future__ import annotations

from datetime import date
from typing import Any

from dsr.db.subject_requests import SubjectRequest
from dsr.law.deadlines import DeadlineFacts, Kind, deadline
from dsr.law.derivation import Derivation
from dsr.services import due


def told(row: SubjectRequest) -> dict[str, Any]:
    """For the person who asked: what the law counts, in the language of the request."""
    derived = due.of(row)
    return {
        "due": derived.date.isoformat(),
        "due_because": list(due.because(row, row.language)),
        "due_derivation": _data(derived.derivation, row.language),
    }


def for_desk(row: SubjectRequest, *, medical_file: bool) -> dict[str, Any]:
    """For the desk: the days of its own work on the way to the due date.

    `service_target` goes before `safe_target`; it is None where no medical file was found.
    """
    how = due.of(row).derivation
    return {
        "service_target": _service_target(how.received) if medical_file else None,
        "safe_target": how.target.isoformat(),
        "notice_until": how.notice_until.isoformat(),
    }


def _service_target(received: date) -> str | None:
    """Our own reading of "as soon as possible" for the medical file (BW 7:456)."""
    facts = DeadlineFacts(kind=Kind.WGBO_ACCESS, received=received)
    target = deadline(facts, today=received).service_target
    return target.isoformat() if target else None


def _data(how: Derivation, language: str) -> dict[str, Any]:
    return {
        "received": how.received.isoformat(),
        "months": how.months,
        "month_end": how.month_end.isoformat(),
        "pauses": [
            {
                "asked": pause.asked.isoformat(),
                "answered": pause.answered.isoformat(),
                "days": pause.days,
            }
            for pause in how.pauses
            if pause.answered is not None
        ],
        "paused_days": how.paused_days,
        "raw_end": how.raw_end.isoformat(),
        "free_days": [
            {"day": free.day.isoformat(), "code": free.code, "name": free.name(language)}
            for free in how.skipped
        ],
        "last_day": how.final.isoformat(),
    }
