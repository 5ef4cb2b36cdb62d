"""From the link in the mail to the task: the link, a code by a second mail, and then the form."""

from __future__ import annotations

from flask import Response, request
from flask_babel import gettext as _

from dsr.services import processor_door
from dsr.services.codes import Checked
from dsr.web.current import house
from dsr.web.guards import guard
from dsr.web.patient.fields import Mistake
from dsr.web.processor import visiting


@guard("public")
def arrive(token: str) -> Response:
    """The link of a mail: its token is exchanged for a cookie at once, and leaves the address.

    Nothing is used up here, so a scanner that follows links in mails does no harm.
    """
    with house().writing() as session:
        task = processor_door.by_token(session, house().office, token)
        visit = None if task is None else visiting.begin(session, task)
    return visiting.dead() if visit is None else visiting.on_to("enter", visit)


@guard("processor")
def enter(language: str) -> Response:
    """What this is, and the button that mails a code."""
    return visiting.shown("enter")


@guard("processor")
def send_code(language: str) -> Response:
    """Mail a code to the mailbox on file."""
    with house().writing() as session:
        sent = processor_door.send_code(session, house().office, visiting.current().task_id)
    return visiting.on_to("code") if sent else _page(429, refused=True)


@guard("processor")
def code(language: str) -> Response:
    """Fill in the code."""
    if request.method == "GET":
        return _page()
    office, visit = house().office, None
    with house().writing() as session:
        typed = request.form.get("code", "")
        checked = processor_door.check_code(session, office, visiting.current().task_id, typed)
        if checked.good:
            visit = visiting.opened(session)
    if visit is None:
        return _page(422, mistakes=(_mistake(checked),))
    return visiting.on_to("task", visit)


def _mistake(checked: Checked) -> Mistake:
    if checked.expired:
        words = _("De code werkt niet meer. Vraag een nieuwe code.")
    elif checked.tries_left:
        words = _("De code klopt niet. Kijk in de nieuwste e-mail.")
    else:
        words = _("U vulde te vaak een verkeerde code in. Vraag een nieuwe code.")
    return Mistake("code", "code", words)


def _page(
    code: int = 200, *, mistakes: tuple[Mistake, ...] = (), refused: bool = False
) -> Response:
    minutes = house().office.terms.code_minutes
    return visiting.shown("code", code, mistakes=mistakes, refused=refused, minutes=minutes)
