"""A refusal of a whole request rests on articles, and says what they say."""

from __future__ import annotations

import pytest

from dsr.law.articles import article
from dsr.law.errors import UnknownValue
from dsr.law.grounds import REFUSALS, articles_of, cited

LANGUAGES = ("nl", "en")


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ground_says_why_in_the_words_of_its_first_article(code: str, language: str) -> None:
    ground = REFUSALS[code]
    assert ground.code == code
    assert ground.words(language) == ground.articles[0].words(language)
    assert all(one.place[language] in ground.article(language) for one in ground.articles)
    assert all(one.link(language) for one in ground.articles)


@pytest.mark.parametrize(
    ("code", "term"),
    [
        ("excessive", "artikel 12 lid 5 onder b van de AVG"),
        ("not_identifiable", "artikel 11 lid 2 en artikel 12 lid 2 van de AVG"),
        ("rights_of_others", "artikel 15 lid 4 van de AVG"),
        ("important_interest", "artikel 41 van de Uitvoeringswet AVG en artikel 23 van de AVG"),
    ],
)
def test_a_ground_cites_its_articles_as_one_term(code: str, term: str) -> None:
    assert REFUSALS[code].article("nl") == term


def test_grounds_of_both_kinds_lead_to_articles_each_once() -> None:
    found = articles_of(("excessive", "GDPR:15(4)", "rights_of_others"))
    assert found == (article("GDPR:12(5)(b)"), article("GDPR:15(4)"))


def test_all_grounds_together_name_each_act_once() -> None:
    assert cited(REFUSALS, "nl") == (
        "artikel 12 lid 5 onder b, artikel 11 lid 2, artikel 12 lid 2, artikel 15 lid 4"
        " en artikel 23 van de AVG en artikel 41 van de Uitvoeringswet AVG"
    )
    assert cited(("rights_of_others",), "en") == "Article 15(4) of the GDPR"


def test_a_ground_that_is_neither_is_refused() -> None:
    with pytest.raises(UnknownValue):
        articles_of(("too_much_work",))
