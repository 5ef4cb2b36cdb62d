"""Letters as HTML: one environment, strict about missing values, everything escaped."""

from __future__ import annotations

import functools
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dsr.core.letters import AccessAnswer, Letter, NotProved, Receipt, Refusal
from dsr.core.letters_changes import (
    DestructionAnswer,
    DestructionWarning,
    ErasureAnswer,
    ObjectionAnswer,
    PortabilityAnswer,
    RectificationAnswer,
    RestrictionAnswer,
    RestrictionLifting,
    WithdrawalAnswer,
    Withdrawn,
)
from dsr.law.articles import article, cited_together
from dsr.rendering import wording

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

#: one folder of templates per letter
FOLDERS: MappingProxyType[type[Letter], str] = MappingProxyType(
    {
        Receipt: "receipt",
        AccessAnswer: "access_answer",
        Refusal: "refusal",
        NotProved: "not_proved",
        ErasureAnswer: "erasure_answer",
        DestructionAnswer: "destruction_answer",
        DestructionWarning: "destruction_warning",
        RectificationAnswer: "rectification_answer",
        RestrictionAnswer: "restriction_answer",
        RestrictionLifting: "restriction_lifting",
        ObjectionAnswer: "objection_answer",
        WithdrawalAnswer: "withdrawal_answer",
        PortabilityAnswer: "portability_answer",
        Withdrawn: "withdrawn",
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
        "cited": cited_together,
        "says": _says,
    }
    return made


def letter_html(letter: Letter) -> str:
    """The whole letter as one HTML document with its own styles; refers only to our fonts."""
    template = f"letters/{FOLDERS[type(letter)]}/{letter.facts.language}.html"
    return environment().get_template(template).render(letter=letter, facts=letter.facts)


def _says(code: str, language: str) -> str:
    """What an article says to the patient."""
    return article(code).words(language)
