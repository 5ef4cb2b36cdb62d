"""The letter as it would go out now, shown in a frame of its own with a policy of its own."""

from __future__ import annotations

import base64
import re
from hashlib import sha256

from flask import make_response, render_template, url_for
from flask.wrappers import Response
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.core.letters import Letter
from dsr.core.request import Decision
from dsr.db.subject_requests import SubjectRequest
from dsr.rendering.html import letter_html
from dsr.services import case, facts, stages
from dsr.services.census import census
from dsr.services.decide import Decided
from dsr.vault.fields import seal_json
from dsr.web.current import house
from dsr.web.desk.acting import fault_of

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
#: a letter has one file a weight; a browser has one file for all weights
_FONT = re.compile(r'"asset:([a-z-]+?)-(?:regular|bold)\.ttf"\) format\("truetype"\)')


def letter_as_if(db: Session, row: SubjectRequest, what: Decided) -> Letter:
    """The facts of the letter as if this were decided; nothing of it reaches the database."""
    office, item = house().office, stages.access_item(row)
    with db.no_autoflush:
        key = case.case_key(db, office, row)
        words = {"facts": what.facts.strip(), "instead": what.instead.strip()}
        item.decision, item.grounds = what.decision, list(what.grounds)
        item.reasons_sealed = seal_json(key, ("request_items", "reasons_sealed", item.id), words)
        letter = facts.answer(db, office, row, census(db, office, row))
        db.rollback()
    return letter


def framed(db: Session, row: SubjectRequest, what: Decided | None) -> Response:
    """The letter in a frame: its own style by hash, our fonts, no script, no form."""
    if what is None:
        return _blank("")
    if what.decision is Decision.REFUSED and not (what.grounds and what.facts.strip()):
        return _blank("refusal")
    try:
        return _with_policy(letter_html(letter_as_if(db, row, what)))
    except BadInput as error:
        return _blank(fault_of(error).words)


def _with_policy(html: str) -> Response:
    html = _FONT.sub(_served_font, html)
    hashes = " ".join(f"'sha256-{_hash(style)}'" for style in _STYLE.findall(html))
    html = html.replace("</head>", f'<link rel="stylesheet" href="{_screen()}"></head>', 1)
    response = make_response(html)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self' {hashes}; font-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _served_font(found: re.Match[str]) -> str:
    address = url_for("static", filename=f"fonts/{found[1]}.woff2")
    return f'"{address}") format("woff2")'


def _blank(why: str) -> Response:
    return _with_policy(render_template("desk/no_preview.html", why=why))


def _screen() -> str:
    return url_for("static", filename="desk-letter.css")


def _hash(style: str) -> str:
    return base64.b64encode(sha256(style.encode()).digest()).decode()
