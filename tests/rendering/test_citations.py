"""What letters, packages and pages cite by hand is an article that the law's data knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsr.law.articles import all_articles

FILES = sorted(
    path
    for folder, kinds in (("templates", {".html", ".yaml"}), ("dsr/web/translations", {".po"}))
    for path in Path(folder).rglob("*")
    if path.suffix in kinds
)
DUTCH = re.compile(
    r"[Aa]rtikel (\d+(?::\d+)?[a-z]?(?: lid \d+)?(?: onder [a-z])?)"
    r"(?: van (de AVG|het Burgerlijk Wetboek|de Uitvoeringswet AVG|de Wet aanvullende))?"
)
ENGLISH = re.compile(
    r"Article (\d+(?::\d+)?[a-z]?(?:\(\w+\))*)"
    r"(?: of the (GDPR|Dutch Civil Code|Dutch GDPR Implementation Act|Dutch act on personal data))?"
)
HOUSES = {
    "de AVG": "GDPR",
    "het Burgerlijk Wetboek": "BW",
    "de Uitvoeringswet AVG": "UAVG",
    "de Wet aanvullende": "WABVPZ",
    "GDPR": "GDPR",
    "Dutch Civil Code": "BW",
    "Dutch GDPR Implementation Act": "UAVG",
    "Dutch act on personal data": "WABVPZ",
}


def cited(text: str) -> Iterator[tuple[str, str, str]]:
    """The language, the place and the source (empty where none is named) of each citation."""
    for place, house in DUTCH.findall(text):
        yield "nl", f"artikel {place}", HOUSES.get(house, "")
    for place, house in ENGLISH.findall(text):
        yield "en", f"Article {place}", HOUSES.get(house, "")


def is_known(language: str, place: str, source: str) -> bool:
    return any(
        one.place[language] == place and source in ("", one.source)
        for one in all_articles().values()
    )


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_citation_by_hand_is_an_article_of_the_law(path: Path) -> None:
    found = list(cited(path.read_text(encoding="utf-8")))
    assert [one for one in found if not is_known(*one)] == []


def test_citations_by_hand_are_found_at_all() -> None:
    found = {one for path in FILES for one in cited(path.read_text(encoding="utf-8"))}
    assert ("nl", "artikel 77", "GDPR") in found
    assert ("nl", "artikel 12 lid 3", "GDPR") in found
    assert ("nl", "artikel 36", "UAVG") in found
    assert ("en", "Article 15e", "WABVPZ") in found
