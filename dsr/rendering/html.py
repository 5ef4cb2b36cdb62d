"""Letters as HTML: one environment, strict about missing values, everything escaped."""

from __future__ import annotations

import functools
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dsr.core.letters import AccessAnswer, Letter, NotProved, Receipt, Refusal
from dsr.rendering import wording

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

#: one folder of templates per letter
FOLDERS: MappingProxyType[type[Letter], str] = MappingProxyType(
    {
        Receipt: "receipt",
        AccessAnswer: "access_answer",
        Refusal: "refusal",
        NotProved: "not_proved",
    }
)


@functools.cache
def environment() -> Environment:
    """The one environment of letters and packages."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "day": wording.day,
        "weekday": wording.weekday,
        "moment": wording.moment,
        "number": wording.number,
        "midway": wording.midway,
    }
    return made


def letter_html(letter: Letter) -> str:
    """The whole letter as one HTML document with its own styles; refers only to our fonts."""
    template = f"letters/{FOLDERS[type(letter)]}/{letter.facts.language}.html"
    return environment().get_template(template).render(letter=letter, facts=letter.facts)
