"""The practice's own statement that an app account belongs to a patient (IA3 rests on it)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, NotAllowed
from dsr.db import visits
from dsr.db.columns import new_id
from dsr.db.visits import AppLink
from dsr.services import case
from dsr.services.case import Told, Who
from dsr.services.office import Office
from dsr.vault.fields import seal_json, unseal_json


@dataclass(frozen=True, kw_only=True)
class LinkFacts:
    """A living link, opened."""

    id: str
    practice: str
    issuer: str
    sub: str = field(repr=False)
    patient_number: str = field(repr=False)


def make(session: Session, office: Office, facts: LinkFacts, who: Who) -> AppLink:
    """Link (issuer, sub) to a patient of the practice; ends an older link of that account."""
    if who.staff_id is None or facts.practice not in who.practices:
        raise NotAllowed("Only staff of this practice may link an app account to a patient.")
    if not facts.sub.strip() or not facts.patient_number.strip():
        raise BadInput("sub", "Fill in the account number of the app and the patient number.")
    account = _account(office, facts.issuer, facts.sub)
    if (older := visits.link_of(session, account)) is not None:
        older.ended_at = office.now()
    row = AppLink(
        id=new_id(),
        practice=facts.practice,
        account_index=account,
        patient_index=office.index("patient", facts.patient_number),
        sealed=b"",
        made_by=who.staff_id,
        made_at=office.now(),
    )
    body = {"issuer": facts.issuer, "sub": facts.sub, "patient_number": facts.patient_number}
    key = case.house_key(session, office)
    row.sealed = seal_json(key, ("app_links", "sealed", row.id), body)
    session.add(row)
    told = Told(who=who, action=Action.LINK_MADE, body={"link": row.id})
    case.tell_house(session, office, facts.practice, told)
    return row


def end(session: Session, office: Office, link_id: str, who: Who) -> None:
    """End a link; from now on that account proves nothing."""
    row = session.get(AppLink, link_id)
    if row is None or row.practice not in who.practices:
        raise NotAllowed("Only staff of this practice may end this link.")
    row.ended_at = office.now()
    told = Told(who=who, action=Action.LINK_ENDED, body={"link": row.id})
    case.tell_house(session, office, row.practice, told)


def living(session: Session, office: Office, issuer: str, sub: str) -> LinkFacts | None:
    """The living link of an account, opened, or None."""
    row = visits.link_of(session, _account(office, issuer, sub))
    return None if row is None else _opened(session, office, row)


def of_practice(session: Session, office: Office, practice: str) -> list[LinkFacts]:
    """All living links of a practice, for the desk's page."""
    wanted = select(AppLink).where(AppLink.practice == practice, AppLink.ended_at.is_(None))
    return [_opened(session, office, row) for row in session.scalars(wanted)]


def _opened(session: Session, office: Office, row: AppLink) -> LinkFacts:
    body = unseal_json(case.house_key(session, office), ("app_links", "sealed", row.id), row.sealed)
    return LinkFacts(id=row.id, practice=row.practice, **body)


def _account(office: Office, issuer: str, sub: str) -> bytes:
    return office.index("app account", f"{issuer}|{sub}")
