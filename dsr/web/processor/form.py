"""The form of a task: whom it is about, what to do, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from flask import Response, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from dsr.core.errors import BadInput
from dsr.core.request import Verb
from dsr.services import by_hand, processor_answer, processor_door, processor_view
from dsr.services.processor_answer import OF_CHANGE, OF_SEARCH, Given, Made
from dsr.web.current import house
from dsr.web.guards import guard
from dsr.web.patient.fields import Mistake
from dsr.web.processor import visiting
from dsr.web.words import of_two

_TYPED = ("outcome", "found", "kept", "by")
_DAYS = ("on", "until")
_OTHER_TASK = (
    "U vulde een andere taak in. Open de link van die taak nog een keer. Hieronder staat de taak"
    " die u als laatste opende. / You filled in another task. Open the link of that task once more."
    " Below is the task that you opened last."
)


@guard("processor", roles=("opened",))
def task(language: str) -> Response:
    """The task, and its answer."""
    if request.method == "GET":
        return _page({"outcome": "", "on": _as_typed(house().office.today())})
    if request.form.get("task", "") != visiting.current().task_id:
        # In another tab another link was opened since: this answer is not about that person.
        return _page({"outcome": ""}, 422, (Mistake("outcome", "outcome-0", of_two(_OTHER_TASK)),))
    mistakes = _answered()
    if mistakes:
        typed = {name: request.form.get(name, "") for name in (*_TYPED, *_DAYS)}
        return _page(typed, 422, mistakes)
    return visiting.on_to("done")


@guard("public")
def done(language: str) -> Response:
    """Thanks; the task is closed for everybody."""
    return visiting.shown("done")


def _answered() -> tuple[Mistake, ...]:
    """Settle the task with what was filled in; else all that has to be mended, field by field."""
    office, wrong = house().office, dict[str, BadInput]()
    on, until = _read(wrong, "on", _day), _read(wrong, "until", _day)
    said = request.form.get("outcome", "")
    given = Given(
        outcome=Made(said) if said in set(Made) else None,
        on=on,
        by=request.form.get("by", ""),
        found=_read(wrong, "found", _found) or "",
        kept=request.form.get("kept", ""),
        until=until,
    )
    with house().writing() as session:
        task_id = visiting.current().task_id
        row = processor_door.open_task(session, office, task_id, lock=True)
        for mistake in processor_answer.mistakes_in(office, row, given):
            wrong.setdefault(mistake.field, mistake)
        if not wrong:
            processor_answer.answer(session, office, task_id, given)
            visiting.end(session)
    order = ("outcome", "found", "kept", "until", "on", "by")
    return tuple(
        Mistake(field, _input_of(field), of_two(str(wrong[field])))
        for field in order
        if field in wrong
    )


T = TypeVar("T")


def _read(wrong: dict[str, BadInput], field: str, read: Callable[[str], T]) -> T | None:
    """What stands in a field; None, and a mistake kept, when it cannot be read."""
    try:
        return read(field)
    except BadInput as mistake:
        wrong[field] = mistake
        return None


def _found(name: str) -> str:
    """What was pasted, or a file of plain text; other files do not come in here."""
    pasted, sent = request.form.get(name, ""), request.files.get("file")
    if sent is None or not sent.filename:
        return pasted
    if pasted.strip():
        words = "Plak tekst of kies een bestand, niet allebei. / Paste text or choose a file."
        raise BadInput(name, words)
    return _text_of(sent)


def _text_of(sent: FileStorage) -> str:
    try:
        text = sent.stream.read(4 * by_hand.LONGEST + 1).decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadInput(
            "found",
            "Dit is geen tekstbestand. Plak de tekst, of bel ons."
            " / This is no text file. Paste the text, or call us.",
        )
    return text


def _day(name: str) -> date | None:
    """A day as `<input type=date>` sends it, or as people write it."""
    typed = request.form.get(name, "").strip()
    if not typed:
        return None
    try:
        parts = [int(part) for part in typed.replace("/", "-").split("-")]
        year_first = parts[0] > 31
        return date(*parts) if year_first else date(*reversed(parts))
    except (ValueError, TypeError, IndexError):
        words = "Schrijf een dag zoals 31-3-2026. / Write a day like 31-3-2026."
        raise BadInput(name, words) from None


def _as_typed(day: date) -> str:
    return f"{day.day}-{day.month}-{day.year}"


def _input_of(field: str) -> str:
    return "outcome-0" if field == "outcome" else field


def _page(
    typed: Mapping[str, str], code: int = 200, mistakes: tuple[Mistake, ...] = ()
) -> Response:
    office = house().office
    with house().reading() as session:
        row = processor_door.open_task(session, office, visiting.current().task_id)
        asked = processor_view.asked(session, office, row)
        until = row.expires_at
    choices = OF_SEARCH if asked.verb is Verb.SEARCH else OF_CHANGE
    names = _names()
    return visiting.shown(
        "task",
        code,
        asked=asked,
        typed={name: typed.get(name, "") for name in (*_TYPED, *_DAYS)},
        choices=[(str(one), names[one]) for one in choices],
        mistakes=mistakes,
        until=until,
        task=row.id,
        title=_titles()[asked.verb],
    )


def _names() -> Mapping[Made, str]:
    return {
        Made.FOUND: _("Wij vonden gegevens van deze persoon"),
        Made.NONE: _("Wij vonden niets"),
        Made.DONE: _("Het is gedaan"),
        Made.NOT_HELD: _("Wij hadden deze gegevens niet"),
        Made.KEPT: _("Wij bewaren de gegevens nog"),
    }


def _titles() -> Mapping[Verb, str]:
    return {
        Verb.SEARCH: _("Zoek wat u van deze persoon bewaart"),
        Verb.ERASE: _("Verwijder de gegevens van deze persoon"),
        Verb.RECTIFY: _("Verbeter de gegevens van deze persoon"),
        Verb.ANNOTATE: _("Voeg een verklaring van deze persoon toe"),
        Verb.RESTRICT: _("Gebruik de gegevens van deze persoon even niet"),
        Verb.LIFT: _("U mag de gegevens van deze persoon weer gebruiken"),
        Verb.STOP: _("Stop dit gebruik van de gegevens"),
        Verb.RESUME: _("U mag de gegevens hier weer voor gebruiken"),
    }
