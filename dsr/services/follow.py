"""Following a request from the app: by the account that filed it, or the patient it is about."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from dsr.core.errors import NotFound
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import app_link, case, identify, visit
from dsr.services.identify import AppLogin
from dsr.services.office import Office

NO_SUCH = (
    "Wij vinden geen verzoek met deze gegevens. / We cannot find a request with these details."
)


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A request that an app login may follow, and the level at which it may fetch the answer."""

    subject_request: SubjectRequest = field(repr=False)
    level: Level


def by_app(session: Session, office: Office, reference: str, login: AppLogin) -> Followed:
    """The request with this reference, if it is this login's; otherwise the one `NotFound`.

    Having filed a request lets an account follow it. Only the practice's link to the patient
    whom the request was proved to be about lifts the level: a parent's account may have filed
    a request about somebody else.
    """
    row = _by_reference(session, reference)
    about_them = _is_about(session, office, row, login)
    filed = row.app_index == office.index("app account", account_of(login))
    if not about_them and not filed:
        raise NotFound(NO_SUCH)
    level = identify.app_login_level(session, office, login) if about_them else Level.IA0
    return Followed(subject_request=row, level=level)


def by_visit(session: Session, office: Office, reference: str, token: str) -> Followed:
    """The request that a visit has proved something for; otherwise the one `NotFound`."""
    row, found = _by_reference(session, reference), visit.find(session, office, token)
    if found is None or row.id not in found.proofs:
        raise NotFound(NO_SUCH)
    return Followed(subject_request=row, level=visit.level_for(office, found, row.id))


def account_of(login: AppLogin) -> str:
    """The account of an app login, as requests and links keep it."""
    return f"{login.issuer}|{login.sub}"


def _by_reference(session: Session, reference: str) -> SubjectRequest:
    try:
        return subject_requests.by_reference(session, reference)
    except NotFound:
        raise NotFound(NO_SUCH) from None


def _is_about(session: Session, office: Office, row: SubjectRequest, login: AppLogin) -> bool:
    link = app_link.living(session, office, login.issuer, login.sub)
    if link is None or link.practice != row.practice or not Level(row.level).reaches(Level.IA2):
        return False
    key = case.case_key(session, office, row)
    proved = case.verified_subject(key, row).patient_number
    return proved != "" and proved == link.patient_number
