"""What every stand-in does around its answers: the key, planted faults, and the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, request

from demo.journal import Journal
from demo.standins.faults import OF_ANY_CALL, Fault, Faults


@dataclass(frozen=True)
class Words:
    """How a system says it: whether this call has the key, that it has not, and "later"."""

    has_key: Callable[[], bool]
    refused: Callable[[], Response]
    busy: Callable[[int], Response]


def guard(app: Flask, journal: Journal, faults: Faults, words: Words) -> None:
    """Stand before and behind every answer of the app."""

    def before() -> Response | None:
        fault = faults.take(*OF_ANY_CALL - {Fault.HALF_JSON})
        if fault in (Fault.TOO_MANY, Fault.UNAVAILABLE):
            response = words.busy(int(fault))
            response.headers["Retry-After"] = str(faults.retry_after)
            return response
        return words.refused() if fault or not words.has_key() else None

    def after(response: Response) -> Response:
        if response.status_code == 200 and faults.take(Fault.HALF_JSON):
            body = response.get_data()
            response.set_data(body[: len(body) // 2])
        journal.record(
            request.endpoint or request.method,
            ref="/".join(request.path.split("/")[2:4]),
            outcome=str(response.status_code),
            path=request.full_path,
        )
        return response

    app.before_request(before)
    app.after_request(after)
