"""Staff: accounts, signing in with password and second factor, stepping up, signing out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from hmac import compare_digest

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, NotAllowed
from dsr.db import staff
from dsr.db.columns import new_id
from dsr.db.staff import Staff, StaffLogin
from dsr.services import case
from dsr.services.case import SYSTEM, Told, Who
from dsr.services.office import Office, new_token, token_hash
from dsr.vault.fields import seal_text, unseal_text

ROLES = ("officer", "approver", "clinician", "administrator")
#: nobody may both run the machine and approve what it does
NEVER_TOGETHER = {"administrator", "approver"}
TRIES, LOCKED_FOR = 5, timedelta(minutes=15)
SHORTEST = 12

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_NOBODY = _hasher.hash("a password that nobody has")


@dataclass(frozen=True, kw_only=True)
class NewStaff:
    """An account to be. `person_key` is one per human being: a second account has the same."""

    login: str
    name: str = field(repr=False)
    password: str = field(repr=False)
    roles: tuple[str, ...]
    practices: tuple[str, ...]
    person_key: str = field(repr=False)
    totp_secret: str = field(default="", repr=False)


def make(session: Session, office: Office, new: NewStaff) -> tuple[Staff, str]:
    """Make an account; returns it with its TOTP secret (base32), which is shown once."""
    _check_new(office, new)
    if staff.by_login(session, new.login) is not None:
        raise BadInput("login", "There is an account with this login already.")
    key = case.house_key(session, office)
    secret, row_id = new.totp_secret or pyotp.random_base32(32), new_id()
    row = Staff(
        id=row_id,
        login=new.login.strip().casefold(),
        person_key=office.hash("person key", new.person_key),
        name_sealed=seal_text(key, ("staff", "name_sealed", row_id), new.name),
        roles=list(new.roles),
        practices=list(new.practices),
        password_hash=_hasher.hash(new.password),
        totp_sealed=seal_text(key, ("staff", "totp_sealed", row_id), secret),
    )
    session.add(row)
    body = {"staff": row.id, "roles": list(new.roles)}
    for practice in new.practices:
        case.tell_house(
            session, office, practice, Told(who=SYSTEM, action=Action.STAFF_MADE, body=body)
        )
    return row, secret


def sign_in(
    session: Session, office: Office, login: str, password: str, code: str
) -> tuple[Staff, str] | None:
    """Sign in with password and one-time code: the account and a new login token, or None.

    The caller commits either way, so that failures count. Unknown logins cost the same time.
    """
    row = staff.by_login(session, login, lock=True)
    now = office.now()
    good = _password_fits(row.password_hash if row else _NOBODY, password)
    if row is None or row.disabled_at is not None:
        return None
    if row.locked_until is not None and row.locked_until > now:
        return None
    if not (good and _code_fits(session, office, row, code)):
        _count_failure(session, office, row)
        return None
    row.failures, row.locked_until, row.last_login_at = 0, None, now
    _tell(session, office, row, Action.SIGNED_IN)
    return row, _new_login(session, office, row)


def step_up(session: Session, office: Office, token: str, password: str, code: str) -> bool:
    """Sign in afresh within a login, before something weighty (T61). The caller commits."""
    login = session.get(StaffLogin, token_hash(token))
    row = session.get(Staff, login.staff_id, with_for_update=True) if login else None
    if login is None or row is None or login.ended_at or row.disabled_at:
        return False
    if row.locked_until is not None and row.locked_until > office.now():
        return False
    if not (_password_fits(row.password_hash, password) and _code_fits(session, office, row, code)):
        _count_failure(session, office, row)
        return False
    row.failures, login.stepped_up_at = 0, office.now()
    _tell(session, office, row, Action.STEPPED_UP)
    return True


def renew(session: Session, token: str) -> str:
    """The same login under a new token, after a step-up; the old token is dead (T28)."""
    login, fresh = session.get_one(StaffLogin, token_hash(token)), new_token()
    login.token_hash = token_hash(fresh)
    return fresh


def current(session: Session, office: Office, token: str) -> tuple[Staff, StaffLogin] | None:
    """Who holds this login token, if it is still good; touches its last-seen time."""
    login = session.get(StaffLogin, token_hash(token))
    if login is None or login.ended_at is not None:
        return None
    now, row = office.now(), session.get(Staff, login.staff_id)
    idle = now - login.seen_at > office.terms.staff_idle
    old = now - login.made_at > office.terms.staff_longest
    if row is None or row.disabled_at is not None or idle or old:
        return None
    return row, login


def touch(session: Session, office: Office, token: str) -> None:
    """Note that a login was used; at most once a minute, to spare the database."""
    now = office.now()
    session.execute(
        update(StaffLogin)
        .where(
            StaffLogin.token_hash == token_hash(token),
            StaffLogin.seen_at < now - timedelta(minutes=1),
        )
        .values(seen_at=now)
    )


def sign_out(session: Session, office: Office, token: str) -> None:
    """End a login."""
    login = session.get(StaffLogin, token_hash(token))
    if login is not None and login.ended_at is None:
        login.ended_at = office.now()
        row = session.get_one(Staff, login.staff_id)
        _tell(session, office, row, Action.SIGNED_OUT)


def disable(session: Session, office: Office, staff_id: str, who: Who = SYSTEM) -> None:
    """Close an account; its logins are dead at once (T62)."""
    row = session.get_one(Staff, staff_id)
    row.disabled_at = office.now()
    for practice in row.practices:
        told = Told(who=who, action=Action.STAFF_DISABLED, body={"staff": row.id})
        case.tell_house(session, office, practice, told)
    session.execute(
        update(StaffLogin).where(StaffLogin.staff_id == staff_id).values(ended_at=office.now())
    )


def stepped_up(office: Office, login: StaffLogin) -> bool:
    """Whether this login was proved afresh within the last five minutes."""
    return office.now() - login.stepped_up_at <= office.terms.step_up


def who_is(row: Staff, via_key: str = "") -> Who:
    """The actor of an event for a staff member."""
    return Who(
        code=f"staff:{row.id}",
        staff_id=row.id,
        roles=tuple(row.roles),
        practices=tuple(row.practices),
        person_key=row.person_key,
        via_key=via_key,
    )


def name_of(session: Session, office: Office, row: Staff) -> str:
    """The name of a staff member, opened."""
    key = case.house_key(session, office)
    return unseal_text(key, ("staff", "name_sealed", row.id), row.name_sealed)


def everybody(session: Session) -> list[Staff]:
    """All accounts, by login."""
    return list(session.scalars(select(Staff).order_by(Staff.login)))


def _new_login(session: Session, office: Office, row: Staff) -> str:
    token, now = new_token(), office.now()
    session.add(
        StaffLogin(
            token_hash=token_hash(token),
            staff_id=row.id,
            made_at=now,
            seen_at=now,
            stepped_up_at=now,
        )
    )
    return token


def _password_fits(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _code_fits(session: Session, office: Office, row: Staff, typed: str) -> bool:
    key = case.house_key(session, office)
    totp = pyotp.TOTP(unseal_text(key, ("staff", "totp_sealed", row.id), row.totp_sealed))
    step = int(office.now().timestamp()) // 30
    tidy = "".join(c for c in typed if c.isdigit())
    for place in (step, step - 1, step + 1):
        # A code that was used is dead, also within its thirty seconds (replay, T60).
        if place > row.totp_step and compare_digest(totp.at(place * 30), tidy):
            row.totp_step = place
            return True
    return False


def _count_failure(session: Session, office: Office, row: Staff) -> None:
    row.failures += 1
    if row.failures >= TRIES:
        row.failures, row.locked_until = 0, office.now() + LOCKED_FOR
    _tell(session, office, row, Action.SIGN_IN_REFUSED)


def _tell(session: Session, office: Office, row: Staff, action: Action) -> None:
    for practice in row.practices[:1]:
        case.tell_house(session, office, practice, Told(who=who_is(row), action=action))


def _check_new(office: Office, new: NewStaff) -> None:
    unknown = sorted(set(new.roles) - set(ROLES))
    if unknown or not new.roles:
        raise BadInput("roles", f"Choose roles from: {', '.join(ROLES)}.")
    if set(new.roles) >= NEVER_TOGETHER:
        raise NotAllowed("Nobody is administrator and approver at once.")
    known = {practice.id for practice in office.register.practices}
    if not new.practices or not set(new.practices) <= known:
        raise BadInput("practices", f"Choose practices from: {', '.join(sorted(known))}.")
    if len(new.password) < SHORTEST:
        raise BadInput("password", f"A password has at least {SHORTEST} characters.")
