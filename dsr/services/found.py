"""What a review, a census and a package rest on, read together in three queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.request import Verb
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


def load(session: Session, row: SubjectRequest, run: int | None = None) -> Found:
    """All of it, as this transaction sees it; of another run than the current one, if given."""
    searches = tuple(plan.searches_of(session, row, run))
    pieces: dict[str, list[Segment]] = {step.id: [] for step in searches}
    wanted = select(Segment).where(Segment.step_id.in_(pieces)).order_by(Segment.number)
    for piece in session.scalars(wanted):
        pieces[piece.step_id].append(piece)
    withheld = answers.withholdings(session, row.id)
    by_item: dict[str, tuple[Withholding, ...]] = {}
    for one in withheld:
        by_item[one.item_key] = (*by_item.get(one.item_key, ()), one)
    return Found(
        level=Level(row.level),
        searches=searches,
        pieces={step_id: tuple(found) for step_id, found in pieces.items()},
        withheld=by_item,
        digest=_digest(
            [(s.id, s.outcome, [piece.sha256 for piece in pieces[s.id]]) for s in searches],
            row.level,
            [(w.item_key, w.path, w.start, w.end, w.reason) for w in withheld],
        ),
    )


def digest(session: Session, row: SubjectRequest, run: int | None = None) -> str:
    """`Found.digest` alone, in two queries for columns: what is there at this moment."""
    searched = (
        select(Step.id, Step.outcome, Segment.sha256)
        .join(Segment, Segment.step_id == Step.id, isouter=True)
        .where(Step.request_id == row.id, Step.run == (run or row.run), Step.verb == Verb.SEARCH)
        .order_by(Step.id, Segment.number)
    )
    searches: dict[str, tuple[str, str | None, list[str]]] = {}
    for step_id, outcome, sha256_of_piece in session.execute(searched):
        _id, _outcome, pieces = searches.setdefault(step_id, (step_id, outcome, []))
        if sha256_of_piece is not None:
            pieces.append(sha256_of_piece)
    kept = (
        select(
            Withholding.item_key,
            Withholding.path,
            Withholding.start,
            Withholding.end,
            Withholding.reason,
        )
        .where(Withholding.request_id == row.id, Withholding.lifted_at.is_(None))
        .order_by(Withholding.id)
    )
    withheld = [tuple(one) for one in session.execute(kept)]
    return _digest(list(searches.values()), row.level, withheld)


def _digest(
    searches: Sequence[tuple[str, str | None, list[str]]],
    level: str,
    withheld: Sequence[tuple[object, ...]],
) -> str:
    """A hash over all found and withheld, so that a sign-off or a decision binds it (T76)."""
    found = sha256()
    for step_id, outcome, pieces in searches:
        found.update(f"{step_id}|{outcome}|".encode())
        for piece in pieces:
            found.update(piece.encode())
    # As JSON: run together, a cut from 1 to 112 would read like one from 11 to 12.
    return sha256(orjson.dumps([found.hexdigest(), level, withheld])).hexdigest()
