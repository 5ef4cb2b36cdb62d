"""What an erasure leaves alone because somebody asked that it is kept (Art. 18(1)-(2)).

What a system itself shows as switched off tells nothing of that: an account may be closed, or a
use stopped. Only our own restrictions count.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.register import System
from dsr.core.request import Decision, Verb
from dsr.core.wishes import Wish
from dsr.db import plans
from dsr.db.holds import Restriction
from dsr.db.plans import Batch
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import case, plan, planning, wishes
from dsr.services.office import Office
from dsr.services.planning import About

#: grounds of a restriction that say: do not erase (Art. 18(1)(b)-(c))
OPPOSES = ("unlawful_opposes_erasure", "needed_for_claim")
_NO_RESTRICTION = (Decision.REFUSED, Decision.WITHDRAWN, Decision.NOTHING_HELD)


def items(session: Session, office: Office, about: About, system: System) -> frozenset[str]:
    """The item keys in a system that a restriction of another request still covers."""
    wanted = select(Restriction).where(
        Restriction.lifted_at.is_(None), Restriction.request_id != about.row.id
    )
    found: set[str] = set()
    for restriction in session.scalars(wanted).all():
        row = session.get_one(SubjectRequest, restriction.request_id)
        key = case.case_key(session, office, row)
        for batch in plans.batches(session, restriction.plan_id):
            if batch.system == system.id and batch.verb == Verb.RESTRICT:
                found |= {item for _ref, item, _content in planning.refs_of(key, batch)}
    return frozenset(found)


def in_batches(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], look: Batch
) -> int:
    """How many items that a plan erases a restriction covers by now that was put after it."""
    row, item = what
    about = About(row=row, item=item, wish=wishes.of(session, office, row, item))
    kept = items(session, office, about, office.register.system(look.system))
    if not kept:
        return 0
    key = case.case_key(session, office, row)
    erasing = [
        one
        for one in plans.batches(session, look.plan_id)
        if (one.system, one.dataset, one.verb) == (look.system, look.dataset, Verb.ERASE)
    ]
    return sum(k in kept for one in erasing for _ref, k, _hash in planning.refs_of(key, one))


def opposing(session: Session, office: Office, about: About) -> tuple[Wish, ...]:
    """What the same request asks not to erase, as far as that was not refused.

    Which of the two is meant only the person can say; until then nothing goes for good.
    """
    asked = (
        wishes.of(session, office, about.row, one)
        for one in about.row.items
        if one.right == Right.RESTRICTION and one.decision not in _NO_RESTRICTION
    )
    return tuple(wish for wish in asked if wish.data.get("ground") in OPPOSES)


def is_about(wish: Wish, system: System, dataset_id: str) -> bool:
    """Whether a wish is about a dataset."""
    dataset = system.dataset(dataset_id)
    return wishes.about(wish, dataset, plan.group_of(dataset))
