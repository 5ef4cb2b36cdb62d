"""Of which datasets something was found, from the counts that each piece of the archive carries."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.request import UNSEARCHED
from dsr.db import steps
from dsr.db.subject_requests import SubjectRequest
from dsr.services import archive, case, plan
from dsr.services.office import Office


def of(session: Session, office: Office, row: SubjectRequest) -> frozenset[tuple[str, str]]:
    """(system, dataset) of all that was found, and of all that was not searched to its end."""
    key = case.case_key(session, office, row)
    found: set[tuple[str, str]] = set()
    for step in plan.searches_of(session, row):
        if step.outcome in UNSEARCHED:
            datasets = plan.in_scope(office.register.system(step.system), row.scope)
            found |= {(step.system, dataset.id) for dataset in datasets}
            continue
        for piece in steps.segments_of(session, step.id):
            tally = archive.tally_of(office.vault, key, piece)
            found |= {(step.system, dataset) for dataset, _kind, _about in tally}
    return frozenset(found)
