"""Signing in and out at the desk."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from dsr.db import staff
from dsr.services import staff_login, tallies
from dsr.web.current import house
from dsr.web.desk.door import ALL_ROLES, enter, me, staff_only
from dsr.web.guards import guard
from dsr.web.words import LANGUAGES

#: tries from one address in a quarter of an hour, whatever the account (T60)
MOST_TRIES, WINDOW = 30, timedelta(minutes=15)


@guard("public")
def sign_in() -> ResponseReturnValue:
    """The page that asks who you are."""
    return _page(wrong="")


@guard("public")
def sign_in_now() -> ResponseReturnValue:
    """Check login, password and code; the answer is the same whatever was wrong."""
    office, login = house().office, request.form.get("login", "")
    with house().writing() as db:
        where = f"sign in {request.remote_addr}"
        if not tallies.allowed(db, office, where, MOST_TRIES, WINDOW):
            return _page(wrong="often"), 429
        known = staff.by_login(db, login)
        before = known.last_login_at if known else None
        typed = request.form.get("password", ""), request.form.get("code", "")
        entered = staff_login.sign_in(db, office, login, *typed)
        if entered is not None:
            tallies.forgive(db, office, where, WINDOW)
    if entered is None:
        return _page(wrong="wrong"), 422
    enter(*entered)
    session["before"] = before.isoformat() if before else ""
    return redirect(_ours(request.form.get("to", "")), 303)


@staff_only(*ALL_ROLES)
def sign_out() -> ResponseReturnValue:
    """End this login, here and in the database."""
    with house().writing() as db:
        staff_login.sign_out(db, house().office, me().token)
    logout_user()
    session.clear()
    return redirect(url_for("desk.sign_in", out=1), 303)


@staff_only(*ALL_ROLES)
def speak() -> ResponseReturnValue:
    """Choose the language of the desk for this login."""
    chosen = request.form.get("language", "")
    session["language"] = chosen if chosen in LANGUAGES else "nl"
    return redirect(_ours(request.form.get("to", "")), 303)


def _page(*, wrong: str) -> str:
    kept = request.values.get("to", "")
    return render_template(
        "desk/sign_in.html", wrong=wrong, to=kept, login=request.form.get("login", "")
    )


def _ours(to: str) -> str:
    """Only an address of the desk; anything else leads to my day (no open redirect)."""
    good = to.startswith("/desk/") and "//" not in to and "\\" not in to and to.isprintable()
    return to if good else url_for("desk.my_day")
