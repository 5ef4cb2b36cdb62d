"""App accounts that the practice itself has linked to a patient (IA3 rests on this)."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from dsr.core.errors import NotFound
from dsr.core.register import Practice
from dsr.services import app_link
from dsr.services.app_link import LinkFacts
from dsr.web.current import house, practice_of
from dsr.web.desk.acting import Fault, act
from dsr.web.desk.door import Fresh, me, staff_only


@staff_only("officer")
def links_page() -> ResponseReturnValue:
    """The living links of one practice."""
    return _page(None)


@staff_only("officer", fresh=Fresh.RECENT)
def make_link() -> ResponseReturnValue:
    """Link an account to a patient; the issuer is the settings' own, never typed."""
    made = LinkFacts(
        id="",
        practice=_practice().id,
        issuer=_issuer(),
        sub=request.form.get("sub", "").strip()[:200],
        patient_number=request.form.get("patient_number", "").strip()[:40],
    )
    return act(
        lambda db: _made(app_link.make(db, house().office, made, me().who)),
        _page,
        url_for("desk.links_page", practice=_practice().id),
    )


@staff_only("officer", fresh=Fresh.RECENT)
def end_link(link_id: str) -> ResponseReturnValue:
    """End a link of this practice."""
    with house().reading() as db:
        known = {link.id for link in app_link.of_practice(db, house().office, _practice().id)}
    if link_id not in known:
        raise NotFound("There is no such link here.")
    return act(
        lambda db: app_link.end(db, house().office, link_id, me().who),
        _page,
        url_for("desk.links_page", practice=_practice().id),
    )


def _page(fault: Fault | None) -> str:
    with house().reading() as db:
        links = app_link.of_practice(db, house().office, _practice().id)
    return render_template(
        "desk/links.html", links=links, chosen=_practice(), issuer=_issuer(), fault=fault
    )


def _practice() -> Practice:
    wanted = request.values.get("practice") or me().who.practices[0]
    found = practice_of(wanted)
    if found is None or found.id not in me().who.practices:
        raise NotFound("There is no such practice here.")
    return found


def _issuer() -> str:
    cognito = house().settings.cognito
    if cognito is None:
        raise NotFound("The app's login is not set up; ask the administrator.")
    return cognito.issuer


def _made(_row: object) -> None:
    return None
