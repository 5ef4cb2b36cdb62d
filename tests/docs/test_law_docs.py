"""docs/law.md says what the rules say today, and a lawyer can follow every link in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.law_pages import COLUMNS, FURTHER, law_page
from dsr.law.articles import article
from dsr.law.decide import RULES, name_of
from dsr.law.limbs import LIMBS
from dsr.law.retention import own_rules
from dsr.law.rights import Basis, Right
from dsr.law.threshold import RULES as THRESHOLD

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "law.md"
ALL_RULES = [*THRESHOLD, *(rule for rules in RULES.values() for rule in rules)]


@pytest.fixture(scope="module")
def page() -> str:
    return law_page()


def test_the_page_in_the_tree_is_what_the_rules_say(page: str) -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == page, "the rules changed: run `make law-docs`"


def test_every_right_stands_against_every_basis(page: str) -> None:
    rows = [line for line in page.splitlines() if re.match(r"\| \[[a-z ]+\]\(#", line)]
    assert len(rows) == 2 * len(Right)
    assert {row.count("<br>[") for row in rows} == {2 * len(COLUMNS), 2 * len(FURTHER)}
    asked = {activity.basis for _name, activity in (*COLUMNS, *FURTHER)}
    assert asked == set(Basis) - {Basis.ANY}


def test_every_rule_is_listed_with_its_sentence_and_an_article(page: str) -> None:
    for rule in ALL_RULES:
        (line,) = [one for one in page.splitlines() if f'<a id="{name_of(rule)}"></a>' in one]
        assert re.match(r"\d+\. ", line)
        assert len(line.split(": ", 1)[1].split()) >= 5, line
        assert "no article of its own" not in line


def test_every_limb_says_which_rule_applies_it_or_who_judges(page: str) -> None:
    rows = [line for line in page.splitlines() if line.startswith("| [")]
    for limb in LIMBS:
        shown = f"| [{limb.code.replace(':', ' ', 1)}]"
        assert any(row.startswith(shown) and len(row.split("|")[2].strip()) > 10 for row in rows)


def test_every_retention_rule_of_the_law_is_there(page: str) -> None:
    assert all(f"| `{rule}` |" in page for rule in own_rules())
    assert "| `jans_a1_6m_then_purge_week` |" in page
    assert "1 January to 7 January or 1 July to 7 July" in page


def test_every_link_within_the_page_leads_somewhere(page: str) -> None:
    wanted = set(re.findall(r"\]\(#([^)]+)\)", page))
    given = re.findall(r'<a id="([^"]+)"></a>', page)
    assert len(given) == len(set(given))
    assert wanted <= set(given)


def test_every_article_leads_to_the_official_text(page: str) -> None:
    defined = dict(re.findall(r"^\[([^\]]+)\]: <(https://[^>]+)>$", page, re.MULTILINE))
    text = page.split("\n[")[0]
    used = set(re.findall(r"\[([A-Z]+ [^\]]+)\](?!\()", text))
    assert len(used) > 60
    assert used == set(defined)
    assert all(
        article(shown.replace(" ", ":", 1)).link("en") == url for shown, url in defined.items()
    )
