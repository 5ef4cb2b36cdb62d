"""The language of a page, and its words: source Dutch, English beside it.

One catalogue a side (`patient.po`, `desk.po`, `processor.po`), merged: `_` knows them all.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flask import Flask, g, request, session
from flask_babel import Babel

from dsr.law.calendar import civil_date
from dsr.rendering import wording

LANGUAGES = ("nl", "en")
FOLDER = Path(__file__).parent / "translations"
_SIDES = ("patient", "desk", "processor")


def init(app: Flask) -> None:
    """Bind the catalogues, and the filters for dates and numbers."""
    Babel(
        app,
        default_locale="nl",
        default_timezone="Europe/Amsterdam",
        default_domain=";".join(_SIDES),
        default_translation_directories=";".join(str(FOLDER) for _ in _SIDES),
        locale_selector=language,
    )
    app.jinja_env.filters |= {
        "day": wording.day,
        "weekday": wording.weekday,
        "moment": wording.moment,
        "number": wording.number,
        "midway": wording.midway,
        "size": size,
        "day_of": lambda text, language: wording.day(date.fromisoformat(text), language),
        "moment_day": lambda when, language: wording.day(civil_date(when), language),
    }
    app.context_processor(lambda: {"language": language()})


def language() -> str:
    """`nl` or `en`: by the address on the patient side, by the login at the desk."""
    sources = ((request.view_args or {}).get("language"), _of_path(), g.get("language"))
    named = next((one for one in sources if one in LANGUAGES), session.get("language"))
    return named if named in LANGUAGES else "nl"


def of_two(text: str) -> str:
    """One half of a message that is written as `Nederlands / English`."""
    dutch, slash, english = text.partition(" / ")
    return english if slash and language() == "en" else dutch


def size(count: int, language: str) -> str:
    """A number of bytes as people read it: `4,2 MB`."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= step:
            text = f"{count / step:.1f} {unit}"
            return text.replace(".", ",") if language == "nl" else text
    return f"{count} bytes"


def _of_path() -> str:
    # An address that does not exist has no view, but it may say its language.
    return request.path.split("/")[1]
