"""Which found items of a request are restricted now (Art. 18(2)): kept, and not looked at."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.request import Verb
from dsr.db import plans
from dsr.db.holds import Restriction
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, lifting, planning
from dsr.services.case import Who
from dsr.services.office import Office


def hidden(session: Session, office: Office, row: SubjectRequest, who: Who) -> frozenset[str]:
    """The item keys that this person may not see; none for a doctor in an emergency."""
    wanted = select(Restriction.plan_id).where(
        Restriction.request_id == row.id, Restriction.lifted_at.is_(None)
    )
    made = list(session.scalars(wanted))
    if not made or lifting.is_overridden(session, office, row, who):
        return frozenset()
    key = case.case_key(session, office, row)
    batches = [one for plan in made for one in plans.batches(session, plan)]
    marked = [one for one in batches if one.verb == Verb.RESTRICT]
    return frozenset(item for one in marked for _ref, item, _hash in planning.refs_of(key, one))
