"""Counts of what was found and what leaves, remembered by the hash of exactly that."""

from __future__ import annotations

from collections import OrderedDict

from flask import current_app
from sqlalchemy.orm import Session

from dsr.db.subject_requests import SubjectRequest
from dsr.services import review
from dsr.services.census import Census, census
from dsr.web.current import house

MOST = 128


def counted(db: Session, row: SubjectRequest) -> tuple[str, Census]:
    """The review's hash and its tally.

    The hash covers all that was found and withheld, so a tally under it never goes stale; it
    holds counts only, no data. Without this, every page would read the whole archive.
    """
    kept: OrderedDict[str, Census] = current_app.extensions.setdefault(
        "desk_tallies", OrderedDict()
    )
    digest = review.review_digest(db, row)
    mark = f"{row.id}{digest}"
    if mark not in kept:
        kept[mark] = census(db, house().office, row)
        while len(kept) > MOST:
            kept.popitem(last=False)
    return digest, kept[mark]
