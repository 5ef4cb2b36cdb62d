"""Accounts of the desk, for administrators: who may sign in, and closing an account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import MoveRefused, NotFound
from dsr.services import staff_login
from dsr.web.current import house
from dsr.web.desk.acting import Fault, act
from dsr.web.desk.door import Fresh, me, staff_only


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account as the list shows it."""

    id: str
    login: str
    name: str = field(repr=False)
    roles: tuple[str, ...]
    practices: tuple[str, ...]
    last: datetime | None
    disabled: datetime | None


@staff_only("administrator")
def staff_page() -> ResponseReturnValue:
    """All accounts of my practices."""
    return _page(None)


@staff_only("administrator", fresh=Fresh.RECENT)
def disable(staff_id: str) -> ResponseReturnValue:
    """Close an account; whoever is signed in with it is out at once (T62)."""
    if staff_id not in {account.id for account in _accounts()}:
        raise NotFound("There is no such account here.")
    return act(
        lambda db: _disable_other(db, staff_id),
        _page,
        url_for("desk.staff_page"),
    )


def _disable_other(db: Session, staff_id: str) -> None:
    if staff_id == me().who.staff_id:
        raise MoveRefused("Somebody else closes your account.")
    staff_login.disable(db, house().office, staff_id, me().who)


def _page(fault: Fault | None) -> str:
    return render_template("desk/staff.html", accounts=_accounts(), fault=fault)


def _accounts() -> list[Account]:
    mine = set(me().who.practices)
    with house().reading() as db:
        return [
            Account(
                id=row.id,
                login=row.login,
                name=staff_login.name_of(db, house().office, row),
                roles=tuple(row.roles),
                practices=tuple(row.practices),
                last=row.last_login_at,
                disabled=row.disabled_at,
            )
            for row in staff_login.everybody(db)
            if mine & set(row.practices)
        ]
