"""The door of the desk: who is signed in, what they may open, and proving it afresh."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, cast

from flask import Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user

from dsr.core.errors import NotAllowed
from dsr.db.staff import Staff, StaffLogin
from dsr.services import staff_login
from dsr.services.case import Who
from dsr.web import guards
from dsr.web.current import house
from dsr.web.desk import naming
from dsr.web.guards import Guard, guard

#: who may see requests at all; an administrator runs the machine and sees no patient (T23)
CASE_ROLES = ("officer", "approver", "clinician")
ALL_ROLES = (*CASE_ROLES, "administrator")

View = Callable[..., ResponseReturnValue]


class Fresh(StrEnum):
    """How fresh the proof of who acts has to be (T61)."""

    LOGIN = "login"  #: the login itself is enough
    RECENT = "recent"  #: proved within the last five minutes
    NOW = "now"  #: proved in this very post


class Me(UserMixin):  # type: ignore[misc]
    """The staff member of this login, as flask-login carries them; the id is the login's token."""

    def __init__(self, token: str, who: Who, name: str, login: StaffLogin) -> None:
        self.token = token
        self.who = who
        self.name = name
        self.login = login

    def get_id(self) -> str:
        """What the cookie holds: the token of the login and nothing else."""
        return self.token

    @property
    def initials(self) -> str:
        """Two letters for the round mark."""
        return naming.initials(self.name)

    def has(self, *roles: str) -> bool:
        """Whether this person has one of the roles."""
        return any(self.who.has(role) for role in roles)


def install(app: Flask) -> None:
    """Let flask-login find the signed-in person by the token in the cookie."""
    manager = LoginManager()
    manager.session_protection = "strong"
    manager.user_loader(_load)
    manager.init_app(app)
    guards.check_with(app, "desk", _check)


def me() -> Me:
    """Who is signed in; only behind `staff_only`."""
    return cast(Me, current_user)


def enter(row: Staff, token: str) -> None:
    """Begin a login in this browser; whatever the cookie held before is gone (T28)."""
    kept = session.get("language")
    session.clear()
    if kept:
        session["language"] = kept
    with house().reading() as db:
        login = staff_login.current(db, house().office, token)
        name = staff_login.name_of(db, house().office, row)
    assert login is not None  # noqa: S101 (it was made a moment ago)
    login_user(Me(token, staff_login.who_is(row), name, login[1]))


def staff_only(*roles: str, fresh: Fresh = Fresh.LOGIN) -> Callable[[View], View]:
    """Guard a view: signed in, with one of these roles, and freshly proved where that is asked."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            asked = _step_up(fresh)
            return view(*args, **kwargs) if asked is None else asked

        return guard("desk", roles=roles)(guarded)

    return wrap


def _check(found: Guard) -> ResponseReturnValue | None:
    if not current_user.is_authenticated:
        return _to_sign_in()
    if not me().has(*found.roles):
        raise NotAllowed("Uw account heeft hiervoor geen rol. / Your account has no role for this.")
    _touch()
    return None


def _load(token: str) -> Me | None:
    with house().reading() as db:
        found = staff_login.current(db, house().office, token)
        if found is None:
            return None
        row, login = found
        return Me(
            token, staff_login.who_is(row), staff_login.name_of(db, house().office, row), login
        )


def _touch() -> None:
    idle = house().office.now() - me().login.seen_at
    if idle.total_seconds() > 60:
        with house().writing() as db:
            staff_login.touch(db, house().office, me().token)


def _to_sign_in() -> ResponseReturnValue:
    here = request.path if request.method == "GET" else ""
    return redirect(url_for("desk.sign_in", to=here or None), 303)


def _step_up(fresh: Fresh) -> ResponseReturnValue | None:
    """None when the proof is fresh enough; otherwise the page that asks, with the form kept."""
    recent = staff_login.stepped_up(house().office, me().login)
    if fresh is Fresh.LOGIN or (fresh is Fresh.RECENT and recent):
        return None
    if "step_password" not in request.form:
        return _ask_again(wrong=False)
    with house().writing() as db:
        typed = request.form["step_password"], request.form.get("step_code", "")
        good = staff_login.step_up(db, house().office, me().token, *typed)
        token = staff_login.renew(db, me().token) if good else ""
    if not good:
        return _ask_again(wrong=True)
    me().token = token
    login_user(cast(Any, me())._get_current_object())
    return None


def _ask_again(*, wrong: bool) -> ResponseReturnValue:
    hidden = ("csrf_token", "step_password", "step_code")
    kept = [(k, v) for k, v in request.form.items(multi=True) if k not in hidden]
    page = render_template("desk/step_up.html", kept=kept, wrong=wrong)
    return page, 401
