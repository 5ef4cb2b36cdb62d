"""All addresses of the processor's side, in Dutch and in English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from dsr.web import guards
from dsr.web.processor import door, form, visiting

blueprint = Blueprint("processor", __name__)

#: name, address in Dutch and in English, view, methods
PAGES: tuple[tuple[str, str, str, Callable[..., Any], tuple[str, ...]], ...] = (
    ("enter", "verwerker", "processor", door.enter, ("GET",)),
    ("send_code", "verwerker/stuur-code", "processor/send-code", door.send_code, ("POST",)),
    ("code", "verwerker/code", "processor/code", door.code, ("GET", "POST")),
    ("task", "verwerker/taak", "processor/task", form.task, ("GET", "POST")),
    ("done", "verwerker/klaar", "processor/done", form.done, ("GET",)),
)

for _name, _nl, _en, _view, _methods in PAGES:
    for _language, _slug in (("nl", _nl), ("en", _en)):
        blueprint.add_url_rule(
            f"/{_language}/{_slug}",
            _name,
            _view,
            methods=list(_methods),
            defaults={"language": _language},
        )

# The address that stands in mails, whatever their language.
blueprint.add_url_rule("/verwerker/<token>", "arrive", door.arrive)


@blueprint.record_once
def _set_up(setup: Any) -> None:
    guards.check_with(setup.app, "processor", visiting.check)
