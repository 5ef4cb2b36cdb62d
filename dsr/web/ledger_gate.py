"""Nobody is served from a database that is older than the erasure ledger (T73)."""

from __future__ import annotations

from flask import Flask, Response, request

from dsr.services.house import House
from dsr.services.ledger_watch import LedgerWatch
from dsr.web import errors
from dsr.web.ops import may_see

#: what an operator asks about the process, and files that are the same for everybody
_OPEN = ("ops.", "static")


def init(app: Flask, house: House) -> None:
    """Look before every view; the first of all that look."""
    watch = LedgerWatch(house=house)

    def refuse() -> Response | None:
        if (request.endpoint or "").startswith(_OPEN):
            return None
        found = watch.found()
        if found is None:
            return None
        # The command is for whoever runs the machine; a patient reads to come back later.
        return errors.page(503, message=found.words if may_see() else "")

    app.before_request(refuse)
