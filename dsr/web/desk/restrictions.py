"""Restrictions in force (Art. 18): which are to be looked at, ending one, a doctor's emergency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.db import holds
from dsr.db.holds import Restriction
from dsr.db.plans import Plan
from dsr.services import lifting
from dsr.services.case import Who
from dsr.services.lifting import Opened
from dsr.services.office import Office
from dsr.web.current import house
from dsr.web.desk import plan_rows, running
from dsr.web.desk.acting import Fault, act
from dsr.web.desk.door import CASE_ROLES, Fresh, me, staff_only
from dsr.web.desk.on_item import fields_called
from dsr.web.desk.plan_rows import Branch
from dsr.web.desk.running import BatchRow
from dsr.web.words import language

Act = Callable[[Session, Office, Opened, str, Who], object]


@dataclass(frozen=True, kw_only=True)
class InForce:
    """A restriction with the number of its request; `due` when it is to be looked at by now."""

    one: Restriction
    reference: str
    due: bool


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One restriction on its page. `liftable` is when it may end at the earliest."""

    one: Restriction
    reference: str
    branches: tuple[Branch, ...]
    batches: tuple[BatchRow, ...]
    liftable: datetime | None
    ready: bool
    overridden: bool
    notice_days: int
    lifting: bool


@staff_only(*CASE_ROLES)
def restrictions_page() -> ResponseReturnValue:
    """All of my practices, first those that are to be looked at."""
    practices, office = list(me().who.practices), house().office
    with house().reading() as db:
        due = {one.id for one in lifting.waiting(db, office, practices)}
        found = [
            InForce(one=one, reference=_opened(db, one.id).row.reference, due=one.id in due)
            for one in holds.in_force(db, practices)
        ]
    return render_template("desk/restrictions.html", found=found)


@staff_only(*CASE_ROLES)
def restriction_page(restriction_id: str) -> ResponseReturnValue:
    """One restriction: on what, why, since when, and what may be done."""
    return _page(restriction_id, None)


@staff_only("officer")
def keep_restriction(restriction_id: str) -> ResponseReturnValue:
    """Somebody looked: it is still needed."""
    return _act(restriction_id, lifting.still_needed)


@staff_only("officer", fresh=Fresh.RECENT)
def announce_lifting(restriction_id: str) -> ResponseReturnValue:
    """Tell the person that it will end, and why (Art. 18(3))."""
    return _act(restriction_id, lifting.announce)


@staff_only("officer", fresh=Fresh.RECENT)
def lift_restriction(restriction_id: str) -> ResponseReturnValue:
    """Take the marks away, once the person heard of it long enough ago."""
    return _act(restriction_id, lifting.lift)


@staff_only("clinician", fresh=Fresh.RECENT)
def override_restriction(restriction_id: str) -> ResponseReturnValue:
    """A doctor has to see restricted data in an emergency."""
    return _act(restriction_id, lifting.override)


def _act(restriction_id: str, do: Act) -> ResponseReturnValue:
    why = request.form.get("because", "")

    def done(db: Session) -> None:
        with fields_called({"why": "because"}):
            do(db, house().office, _opened(db, restriction_id), why, me().who)

    return act(
        done,
        lambda fault: _page(restriction_id, fault),
        url_for("desk.restriction_page", restriction_id=restriction_id),
    )


def _opened(db: Session, restriction_id: str) -> Opened:
    return lifting.opened(db, restriction_id, me().who.practices)


def _page(restriction_id: str, fault: Fault | None) -> str:
    with house().reading() as db:
        shown = _gather(db, _opened(db, restriction_id))
    return render_template("desk/restriction.html", shown=shown, one=shown.one, fault=fault)


def _gather(db: Session, found: Opened) -> Shown:
    office, one = house().office, found.restriction
    made = db.get_one(Plan, one.plan_id)
    lifting_plan = db.get(Plan, one.lifting_plan_id) if one.lifting_plan_id else None
    notice = one.told_at + office.terms.lifting_notice if one.told_at else None
    lines, runs = plan_rows.lines_of(made), lifting.is_being_lifted(db, one)
    return Shown(
        one=one,
        reference=found.row.reference,
        branches=plan_rows.tree(office.register, lines, language()),
        batches=running.rows(db, office, lifting_plan) if lifting_plan else (),
        liftable=notice,
        ready=notice is not None and notice <= office.now() and not runs,
        lifting=runs,
        notice_days=office.terms.lifting_notice.days,
        overridden=lifting.is_overridden(db, office, found.row, me().who),
    )
