"""Keys for the desk's API: of one staff member, for one practice, scoped, expiring, ended.

A key is shown once. The table holds its SHA-256, so a copy of the database opens nothing (T64).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, NotAllowed, NotFound
from dsr.db import staff
from dsr.db.columns import new_id
from dsr.db.staff import ApiKey, Staff, StaffLogin
from dsr.services import case
from dsr.services.case import SYSTEM, Told, Who
from dsr.services.office import Office, new_token, token_hash
from dsr.services.staff_login import who_is

#: how every key begins, so that a leaked one can be recognised in text
PREFIX = "dsr_"
SCOPES = ("read", "work", "identity", "decide", "suppression")
#: never given unless asked for, and in production only beside that person's own fresh sign-in
WEIGHTY = frozenset({"identity", "decide"})
DEFAULT_SCOPES = ("read", "work")
LONGEST_DAYS = 366


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key to be: whose (their login name), for which practice, what it may, for how many days."""

    login: str
    practice: str
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    days: int = 90


@dataclass(frozen=True, kw_only=True)
class Held:
    """A good key in somebody's hands: who acts, and what the key may."""

    who: Who = field(repr=False)
    key_id: str
    practice: str
    scopes: frozenset[str]
    used_at: datetime | None


def make(session: Session, office: Office, new: NewKey, who: Who = SYSTEM) -> tuple[ApiKey, str]:
    """Make a key; returns its row and the key itself, which cannot be shown again."""
    person = _check_new(session, office, new)
    plain, now = PREFIX + new_token(), office.now()
    row = ApiKey(
        id=new_id(),
        key_hash=token_hash(plain),
        staff_id=person.id,
        practice=new.practice,
        scopes=sorted(set(new.scopes)),
        made_at=now,
        expires_at=now + timedelta(days=new.days),
    )
    session.add(row)
    body = {"key": row.id, "staff": person.id, "scopes": row.scopes, "days": new.days}
    told = Told(who=who, action=Action.KEY_MADE, body=body)
    case.tell_house(session, office, new.practice, told)
    return row, plain


def held(session: Session, office: Office, plain: str) -> Held | None:
    """What this key gives at this moment; None when it is unknown, ended, expired or orphaned.

    The actor has the person's roles, only the key's practice, and the key's id in every event.
    """
    if not plain.startswith(PREFIX):
        return None
    wanted = select(ApiKey).where(ApiKey.key_hash == token_hash(plain))
    row = session.scalars(wanted).one_or_none()
    if row is None or row.ended_at is not None or row.expires_at <= office.now():
        return None
    person = session.get(Staff, row.staff_id)
    if person is None or person.disabled_at is not None or row.practice not in person.practices:
        return None
    full = who_is(person, via_key=row.id)
    who = Who(
        code=full.code,
        staff_id=full.staff_id,
        roles=full.roles,
        practices=(row.practice,),
        person_key=full.person_key,
        via_key=row.id,
    )
    return Held(
        who=who,
        key_id=row.id,
        practice=row.practice,
        scopes=frozenset(row.scopes),
        used_at=row.used_at,
    )


def is_worth_noting(office: Office, key: Held) -> bool:
    """Whether its use should be noted: at most once a minute, to spare the database."""
    return key.used_at is None or office.now() - key.used_at > timedelta(minutes=1)


def touch(session: Session, office: Office, key_id: str) -> None:
    """Note that a key was used."""
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(used_at=office.now()))


def check_scope(session: Session, office: Office, key: Held, scope: str, *, fresh: bool) -> None:
    """Refuse what the key may not do. With `fresh` (production) a weighty scope needs the person
    behind the key to have signed in again at the desk within the last five minutes."""
    if scope not in key.scopes:
        raise NotAllowed(f"This key may not do this: it has no scope `{scope}`. Make one that has.")
    if fresh and scope in WEIGHTY and not _stepped_up(session, office, key):
        raise NotAllowed(
            "Sign in again at the desk with password and code; for five minutes after that this"
            " key may state who somebody is, or decide."
        )


def end(session: Session, office: Office, key_id: str, who: Who = SYSTEM) -> None:
    """End a key at once."""
    row = session.get(ApiKey, key_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no key with this id.")
    if row.ended_at is None:
        row.ended_at = office.now()
        told = Told(who=who, action=Action.KEY_ENDED, body={"key": row.id})
        case.tell_house(session, office, row.practice, told)


def living(session: Session, office: Office) -> list[ApiKey]:
    """All keys that still open something, oldest first."""
    wanted = select(ApiKey).where(ApiKey.ended_at.is_(None), ApiKey.expires_at > office.now())
    return list(session.scalars(wanted.order_by(ApiKey.made_at)))


def _check_new(session: Session, office: Office, new: NewKey) -> Staff:
    person = staff.by_login(session, new.login)
    if person is None or person.disabled_at is not None:
        raise BadInput("login", "There is nobody at the desk with this login.")
    if new.practice not in person.practices:
        raise BadInput("practice", f"Choose one of: {', '.join(sorted(person.practices))}.")
    if not new.scopes or not set(new.scopes) <= set(SCOPES):
        raise BadInput("scopes", f"Choose from: {', '.join(SCOPES)}.")
    if not 1 <= new.days <= LONGEST_DAYS:
        raise BadInput("days", f"A key lives 1 to {LONGEST_DAYS} days.")
    return person


def _stepped_up(session: Session, office: Office, key: Held) -> bool:
    now = office.now()
    wanted = select(StaffLogin.stepped_up_at).where(
        StaffLogin.staff_id == key.who.staff_id,
        StaffLogin.ended_at.is_(None),
        StaffLogin.stepped_up_at >= now - office.terms.step_up,
        StaffLogin.made_at >= now - office.terms.staff_longest,
    )
    return session.scalars(wanted.limit(1)).first() is not None
