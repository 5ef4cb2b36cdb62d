"""What desk, terminal and documentation call the codes of the law, in Dutch and English.

The words stand in `data/words.yaml` and `data/fact_words.yaml`; letters do not use them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from dsr.law.articles import LANGUAGES
from dsr.law.errors import UnknownValue
from dsr.law.facts import Fact
from dsr.law.proposal import Asks, Outcome
from dsr.law.rights import Basis, Nature, Right

_DATA = Path(__file__).parent / "data"


def outcome(code: Outcome, language: str) -> str:
    """An outcome of the law, as a heading."""
    return _said("outcomes", code, language)


def asks(code: Asks, language: str) -> str:
    """Who has to judge."""
    return _said("asks", code, language)


def right(code: Right, language: str) -> str:
    """A right, as a noun."""
    return _said("rights", code, language)


def basis(code: Basis, language: str) -> str:
    """A basis of processing."""
    return _said("bases", code, language)


def nature(code: Nature, language: str) -> str:
    """What a processing is by nature."""
    return _said("natures", code, language)


def action(code: str, language: str) -> str:
    """What the officer does, in the imperative."""
    return _said("actions", code, language)


def question(code: str, language: str) -> str:
    """What the person that the law asks has to answer."""
    return _said("questions", code, language)


def standing(code: str, language: str) -> str:
    """Whether somebody may act for another."""
    return _said("standings", code, language)


def need(code: str, language: str) -> str:
    """What is still needed before somebody may act."""
    return _said("needs", code, language)


def role(code: str, language: str) -> str:
    """As what somebody comes to us."""
    return _said("roles", code, language)


def level(code: str, language: str) -> str:
    """How sure it is who asks."""
    return _said("levels", code, language)


def gate(code: str, language: str) -> str:
    """What an act needs beside that level."""
    return _said("gates", code, language)


def condition(code: str, language: str) -> str:
    """On what another level is enough."""
    return _said("conditions", code, language)


def ended(code: str, language: str) -> str:
    """Why somebody may no longer act for another."""
    return _said("ended", code, language)


def fact(name: str, language: str) -> str:
    """The name of a fact of `dsr.law.facts`."""
    return _in("fact", name, _facts(), language)


def value(name: str, given: Fact, language: str) -> str:
    """The value of a fact: yes, a number, or the words of its own list."""
    if isinstance(given, bool):
        return _said("yes_or_no", str(given).lower(), language)
    if isinstance(given, int):
        return str(given)
    fact(name, language)  # a fact that does not exist is refused by its own name
    return _in(name, given, _facts()[name].get("values", {}), language)


def codes(kind: str) -> frozenset[str]:
    """Every code that has words: of `actions`, `questions`, and so on."""
    return frozenset(_words()[kind])


def _said(kind: str, code: str, language: str) -> str:
    return _in(kind, code, _words()[kind], language)


def _in(kind: str, code: str, known: Mapping[str, Any], language: str) -> str:
    if code not in known:
        raise UnknownValue(kind, str(code), known)
    if language not in LANGUAGES:
        raise UnknownValue("language", language, LANGUAGES)
    return str(known[code][language])


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, Any]]:
    return _read("words.yaml")


@lru_cache(maxsize=1)
def _facts() -> Mapping[str, Any]:
    return _read("fact_words.yaml")


def _read(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((_DATA / name).read_text(encoding="utf-8")))
