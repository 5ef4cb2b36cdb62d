"""Mails as plain text: neutral words, the same in kind for everybody, no HTML, no images."""

from __future__ import annotations

import functools
from datetime import date

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dsr.core.register import Practice
from dsr.rendering import wording
from dsr.rendering.html import TEMPLATES
from dsr.services.notify import Mail


@functools.cache
def _environment() -> Environment:
    # Plain text: nothing to escape; values are data, never templates.
    return Environment(
        loader=FileSystemLoader(TEMPLATES / "email"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 (text/plain)
        auto_reload=False,
    )


def mail_text(mail: Mail, practice: Practice, url: str) -> tuple[str, str]:
    """The title line and the text of a mail."""
    due = mail.words.get("due")
    words = _environment().get_template(f"{mail.kind}.{mail.language}.txt")
    whole = words.render(
        mail=mail,
        practice=practice,
        url=url,
        due=wording.day(date.fromisoformat(due), mail.language) if due else "",
        minutes=10,
    )
    title_line, _, text = whole.partition("\n\n")
    return title_line.strip(), text
