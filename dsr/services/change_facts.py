"""The facts of a letter about a change, from its plan and batches."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.errors import NotReady
from dsr.core.letters import Letter
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services.office import Office


def letter(session: Session, office: Office, row: SubjectRequest, item: RequestItem) -> Letter:
    """The letter that an item calls for."""
    raise NotReady("This letter cannot be made yet.")
