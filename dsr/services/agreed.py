"""What a second person agrees with, as one hash: the page shows it, the approval names it (T76)."""

from __future__ import annotations

from hashlib import sha256

import orjson

from dsr.db.plans import Plan
from dsr.db.subject_requests import RequestItem


def digest(item: RequestItem, plan: Plan | None) -> str:
    """The hash of the plan; where nothing is planned, of the decision with its reasons as written.

    The reasons count as they are sealed: whoever writes them anew makes another refusal of it, were
    it in the same words.
    """
    if plan is not None:
        return plan.digest
    made_at = item.decided_at.isoformat() if item.decided_at else ""
    told = [item.id, item.decision, item.grounds, item.decided_by, made_at]
    return sha256(orjson.dumps(told) + (item.reasons_sealed or b"")).hexdigest()
