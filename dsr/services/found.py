"""What a review, a census and a package rest on, read together in three queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.subject import Level
from dsr.db import answers
from dsr.db.answers import Withholding
from dsr.db.steps import Segment, Step
from dsr.db.subject_requests import SubjectRequest
from dsr.services import plan


@dataclass(frozen=True, kw_only=True)
class Found:
    """The searches of a request with their pieces (by step id) and all that is withheld.

    `withheld` is by item key, each in the order it was decided. It is as it was when it was read:
    whoever decides on it compares `digest` under the request's lock.
    """

    level: Level
    searches: tuple[Step, ...]
    pieces: Mapping[str, tuple[Segment, ...]]
    withheld: Mapping[str, tuple[Withholding, ...]] = field(repr=False)
    digest: str

    @property
    def marked(self) -> frozenset[str]:
        """The systems of which something is withheld by name."""
        return frozenset(row.system for rows in self.withheld.values() for row in rows)

    def search_of(self, system: str) -> Step | None:
        """The search of one system; None when it was not asked."""
        return next((step for step in self.searches if step.system == system), None)


def load(session: Session, row: SubjectRequest) -> Found:
    """All of it, as this transaction sees it."""
    searches = tuple(plan.searches_of(session, row))
    pieces = _pieces(session, searches)
    withheld = answers.withholdings(session, row.id)
    by_item: dict[str, tuple[Withholding, ...]] = {}
    for one in withheld:
        by_item[one.item_key] = (*by_item.get(one.item_key, ()), one)
    return Found(
        level=Level(row.level),
        searches=searches,
        pieces=pieces,
        withheld=by_item,
        digest=_digest(searches, pieces, (row.level, withheld)),
    )


def _pieces(session: Session, searches: tuple[Step, ...]) -> dict[str, tuple[Segment, ...]]:
    pieces: dict[str, list[Segment]] = {step.id: [] for step in searches}
    wanted = select(Segment).where(Segment.step_id.in_(pieces)).order_by(Segment.number)
    for piece in session.scalars(wanted):
        pieces[piece.step_id].append(piece)
    return {step_id: tuple(found) for step_id, found in pieces.items()}


def _digest(
    searches: tuple[Step, ...],
    pieces: Mapping[str, tuple[Segment, ...]],
    rest: tuple[str, list[Withholding]],
) -> str:
    """A hash over all found and withheld, so that a sign-off or a decision binds it (T76)."""
    found = sha256()
    for step in searches:
        found.update(f"{step.id}|{step.outcome}|".encode())
        for piece in pieces[step.id]:
            found.update(piece.sha256.encode())
    level, withheld = rest
    # As JSON: run together, a cut from 1 to 112 would read like one from 11 to 12.
    kept = [(row.item_key, row.path, row.start, row.end, row.reason) for row in withheld]
    return sha256(orjson.dumps([found.hexdigest(), level, kept])).hexdigest()
