"""The articles, judgments and guidance that a decision may rest on: citation, link, words.

What stands in `data/articles/`: one sentence a language for the patient, since when it applies, and
where nobody could read the text in force, that it has to be verified. A code names its source and
its number: `GDPR:17(3)(b)`, `BW:7:455(2)`, `CJEU:C-526/24`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from dsr.law.errors import UnknownValue
from dsr.law.number import place_of

LANGUAGES = ("nl", "en")
_DATA = Path(__file__).parent / "data" / "articles"
#: what stands between two citations
_AND: Mapping[str, str] = MappingProxyType({"nl": " en ", "en": " and "})


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """One thing that can be cited. `source` is the act or court (`GDPR`), `url` its Dutch link.

    `url` is empty where a source has no address of its own (a privacy statement). `verify` says
    that the text in force was not read; `note` says what is known and from where.
    """

    code: str
    source: str
    url: str
    applies_from: date
    place: Mapping[str, str]  #: the place in its source, as in "artikel 17 lid 3 onder b"
    form: Mapping[str, str]  #: how the source is cited, with {place}
    brief: Mapping[str, str]  #: the same, as short as a screen needs
    sentence: Mapping[str, str]
    links: Mapping[str, str]
    verify: bool = False
    note: str = ""

    def cited(self, language: str) -> str:
        """The citation as a term in a sentence: "artikel 17 lid 3 onder b van de AVG"."""
        return self.form[_known(language)].format(place=self.place[language])

    def short(self, language: str) -> str:
        """The citation as a label: "artikel 17 lid 3 onder b AVG"."""
        return self.brief[_known(language)].format(place=self.place[language])

    def words(self, language: str) -> str:
        """What the rule does, as a patient reads it in a letter; true on its own."""
        return self.sentence[_known(language)]

    def link(self, language: str) -> str:
        """The official text in that language, or else in Dutch."""
        return self.links.get(_known(language), self.url)


def article(code: str) -> Article:
    """The article of a code; `UnknownValue` where no such code is written down."""
    known = all_articles()
    if code not in known:
        raise UnknownValue("article", code, _neighbours(code, known))
    return known[code]


@lru_cache(maxsize=1)
def all_articles() -> Mapping[str, Article]:
    """Every article that can be cited, by code."""
    sources = _read(_DATA / "sources.yaml")
    return MappingProxyType({one.code: one for one in _written(sources)})


def cited_together(codes: Iterable[str], language: str) -> str:
    """Several citations as one term that names each source once, as in letters."""
    named: dict[str, list[str]] = {}
    for one in map(article, dict.fromkeys(codes)):
        named.setdefault(one.form[_known(language)], []).append(one.place[language])
    terms = (form.format(place=_listed(places, language)) for form, places in named.items())
    return _AND[language].join(terms)


def _listed(places: list[str], language: str) -> str:
    """One, two and three: "artikel 16, artikel 17 en artikel 18"."""
    return _AND[language].join([", ".join(places[:-1]), places[-1]] if places[1:] else places)


def _written(sources: Mapping[str, Any]) -> Iterator[Article]:
    for path in sorted(_DATA.glob("*.yaml")):
        if path.stem != "sources":
            for source, entries in _read(path).items():
                for number, entry in entries.items():
                    yield _made(source, number, {**sources[source], **entry})


def _made(source: str, number: str, entry: Mapping[str, Any]) -> Article:
    links = {
        language: url.format(number=number, article=_bare(number), celex=entry.get("celex", ""))
        for language, url in entry["url"].items()
    }
    named = {"nl": number, "en": number}
    place = entry.get("place") or place_of(number) or named
    return Article(
        code=f"{source}:{number}",
        source=source,
        url=links["nl"],
        applies_from=entry["applies_from"],
        place=place,
        form=_form(entry["cited"], number),
        brief=_form(entry.get("short", entry["cited"]), number),
        sentence={one: entry[one] for one in LANGUAGES},
        links=links,
        verify=entry.get("verify", False),
        note=entry.get("note", ""),
    )


def _form(form: Mapping[str, str], number: str) -> dict[str, str]:
    return {language: form[language].replace("{number}", number) for language in LANGUAGES}


def _bare(number: str) -> str:
    """The article without its book and its paragraphs: 455 of 7:455(2)."""
    return re.sub(r"\(.*", "", number).rpartition(":")[2]


def _neighbours(code: str, known: Iterable[str]) -> list[str]:
    """The codes of the same source, or of all sources when the source itself is unknown."""
    source = code.partition(":")[0]
    return [one for one in known if one.startswith(f"{source}:")] or list(known)


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise UnknownValue("language", language, LANGUAGES)
    return language


def _read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))
