"""All addresses of the patient side, in Dutch and in English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for

from dsr.web import guards
from dsr.web.patient import (
    app_login,
    asking,
    counts,
    downloads,
    following,
    proofs,
    proving,
    sending,
    stopping,
    visiting,
)
from dsr.web.patient.wish_pages import page_of

blueprint = Blueprint("patient", __name__)

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
_PURPOSE = "<any(identify, download, collect, stop):purpose>"

#: name, address in Dutch and in English, view, methods
PAGES: tuple[tuple[str, str, str, Callable[..., Any], tuple[str, ...]], ...] = (
    ("start", "", "", asking.start, GET),
    ("begin", "begin", "begin", asking.begin, POST),
    ("practice", "praktijk", "practice", asking.practice, BOTH),
    ("wants", "wat", "what", asking.wants, BOTH),
    ("help", "help-mij-kiezen", "help-me-choose", asking.help_me, BOTH),
    ("access", "gegevens", "data", page_of("access"), BOTH),
    ("rectification", "verbeteren", "correct", page_of("rectification"), BOTH),
    ("erasure", "verwijderen", "delete", page_of("erasure"), BOTH),
    ("destruction", "vernietigen", "destroy", page_of("destruction"), BOTH),
    ("restriction", "gebruik-stoppen", "stop-use", page_of("restriction"), BOTH),
    ("portability", "meenemen", "take-along", page_of("portability"), BOTH),
    ("objection", "bezwaar", "object", page_of("objection"), BOTH),
    ("withdrawal", "toestemming", "consent", page_of("withdrawal"), BOTH),
    ("identity", "wie-bent-u", "who-are-you", asking.identity, BOTH),
    ("details", "over-u", "about-you", asking.details, BOTH),
    ("form", "vorm", "form", asking.form, BOTH),
    ("check", "controleren", "check", sending.check, GET),
    ("send", "versturen", "send", sending.send, POST),
    ("sent", "verstuurd", "sent", sending.sent, GET),
    ("save", "bewaren", "save", sending.save, POST),
    ("code", f"code/{_PURPOSE}", f"code/{_PURPOSE}", proving.code, BOTH),
    ("new_code", f"code/{_PURPOSE}/nieuw", f"code/{_PURPOSE}/new", proving.new_code, POST),
    ("follow", "volgen", "follow", following.follow, GET),
    ("find", "zoeken", "find", following.find, POST),
    ("log_in", "inloggen", "log-in", app_login.log_in, POST),
    ("cancel", "verwijderen-stoppen", "stop-deletion", stopping.cancel, BOTH),
    ("withdraw", "verzoek-stoppen", "stop-request", stopping.withdraw, BOTH),
    ("proof", "volgen/bewijs", "follow/proof", proofs.proof, BOTH),
    ("receipt", "volgen/ontvangst.pdf", "follow/receipt.pdf", downloads.receipt, GET),
    ("answer", "antwoord", "answer", following.answer, GET),
    ("letter", "antwoord/brief.pdf", "answer/letter.pdf", downloads.letter, GET),
    ("package", "antwoord/gegevens.zip", "answer/data.zip", downloads.package, GET),
    ("leave", "afsluiten", "leave", asking.leave, POST),
    ("privacy", "privacy", "privacy", asking.privacy, GET),
)

#: an address that is only sent to, and the page that its mistakes are shown on
SHOWN_BY = {
    "patient.find": "patient.follow",
    "patient.new_code": "patient.code",
    "patient.send": "patient.check",
}

for _name, _nl, _en, _view, _methods in PAGES:
    for _language, _slug in (("nl", _nl), ("en", _en)):
        blueprint.add_url_rule(
            f"/{_language}/{_slug}",
            _name,
            _view,
            methods=list(_methods),
            defaults={"language": _language},
        )

blueprint.add_url_rule("/", "front", asking.front)
blueprint.add_url_rule(app_login.BACK, "came_back", app_login.came_back)
# The address that stands in mails and letters, whatever their language.
blueprint.add_url_rule("/en/volgen", "mailed", following.mailed)
# A practice's own site links here.
blueprint.add_url_rule(
    "/nl/praktijk/<praktijk>", "start", asking.start, defaults={"language": "nl"}
)
blueprint.add_url_rule(
    "/en/practice/<praktijk>", "start", asking.start, defaults={"language": "en"}
)


@blueprint.record_once
def _set_up(setup: Any) -> None:
    guards.check_with(setup.app, "visit", visiting.check)
    counts.init(setup.app)
    setup.app.jinja_env.globals["in_language"] = in_language


def in_language(code: str) -> str:
    """The address of this very page in another language; the start page where there is none."""
    rule, values = request.url_rule, request.view_args or {}
    endpoint = SHOWN_BY.get(str(request.endpoint), str(request.endpoint))
    only_sent = rule is None or (endpoint == rule.endpoint and "GET" not in (rule.methods or ()))
    if only_sent or "language" not in values:
        return url_for("patient.start", language=code)
    here = {**values, "language": code}
    if "praktijk" in request.args:
        here["praktijk"] = request.args["praktijk"]
    return url_for(endpoint, **here)
