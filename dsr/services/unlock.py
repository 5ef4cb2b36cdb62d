"""What an app login opens of a request that exists already: only the person's own."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db.subject_requests import SubjectRequest
from dsr.services import app_link, case, identify, stages
from dsr.services.app_link import LinkFacts
from dsr.services.identify import AppLogin
from dsr.services.office import Office

#: until then a proof also sets the search in motion, or lets more be released
_OPEN = (Stage.IDENTIFYING, Stage.SEARCHING, Stage.REVIEWING)


def by_app(
    session: Session, office: Office, subject_request: SubjectRequest, login: AppLogin
) -> Level:
    """The level that this login gives for this request; IA0 when the two are not one person.

    The request's own secret does not make somebody else's account good enough (T16).
    """
    link = app_link.living(session, office, login.issuer, login.sub)
    if link is None or not _same_person(session, office, subject_request, link):
        return Level.IA0
    if stages.lead(subject_request).stage in _OPEN:
        return identify.by_app(session, office, subject_request, login)
    return identify.app_login_level(session, office, login)


def _same_person(
    session: Session, office: Office, subject_request: SubjectRequest, link: LinkFacts
) -> bool:
    if link.practice != subject_request.practice:
        return False
    if stages.lead(subject_request).stage == Stage.IDENTIFYING:
        return True  # nobody is proved yet: this login says who it is
    key = case.case_key(session, office, subject_request)
    known = case.verified_subject(key, subject_request).patient_number
    return known != "" and known == link.patient_number
