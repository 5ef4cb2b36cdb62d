"""A fact of the law as a field of a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from dsr.law import words
from dsr.law.errors import LawError, MissingFact
from dsr.law.facts import VOCABULARY, WHOLE, YES_OR_NO
from dsr.web.words import language


@dataclass(frozen=True, kw_only=True)
class FactField:
    """A fact as a field: a list to choose from, or a whole number where `options` is empty."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    typed: str


def fact_field(name: str, typed: str) -> FactField:
    """A fact with what was typed or said of it."""
    return FactField(
        name=name, label=words.fact(name, language()), options=tuple(_options(name)), typed=typed
    )


def _options(name: str) -> Sequence[tuple[str, str]]:
    known = VOCABULARY[name]
    if known == WHOLE:
        return ()
    if known == YES_OR_NO:
        return [(text, words.value(name, text == "true", language())) for text in ("true", "false")]
    return [(value, words.value(name, value, language())) for value in sorted(known)]


def words_of_fact(error: LawError) -> str:
    """What is wrong with a field, and how to mend it."""
    if error.name not in VOCABULARY:
        return str(_("Kies een recht en een doel uit de lijst."))
    label = words.fact(error.name, language())
    if isinstance(error, MissingFact):
        return str(_("%(fact)s: dit feit is hier nodig. Vul het in.", fact=label))
    if VOCABULARY[error.name] == WHOLE:
        return str(_("%(fact)s: schrijf een heel getal van 0 of meer.", fact=label))
    return str(_("%(fact)s: kies een antwoord uit de lijst.", fact=label))
