"""A refusal of a whole request rests on articles, and says what they say."""

from __future__ import annotations

import pytest

from dsr.law.articles import article
from dsr.law.errors import UnknownValue
from dsr.law.grounds import REFUSALS, articles_of, cited, ground

LANGUAGES = ("nl", "en")


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ground_says_why_in_the_words_of_its_first_article(code: str, language: str) -> None:
    found = ground(code)
    assert found.code == code
    assert found.words(language) == found.articles[0].words(language)
    assert all(one.place[language] in found.article(language) for one in found.articles)
    assert all(one.link(language) for one in found.articles)


@pytest.mark.parametrize(
    ("code", "term"),
    [
        ("excessive", "artikel 12 lid 5 onder b van de AVG"),
        ("not_identifiable", "artikel 11 lid 2 en artikel 12 lid 2 van de AVG"),
        ("crime", "artikel 41 lid 1 onder d en artikel 41 lid 2 van de Uitvoeringswet AVG"),
        ("misconduct", "artikel 41 lid 1 onder g en artikel 41 lid 2 van de Uitvoeringswet AVG"),
        ("protection", "artikel 41 lid 1 onder i en artikel 41 lid 2 van de Uitvoeringswet AVG"),
        ("civil_claim", "artikel 41 lid 1 onder j en artikel 41 lid 2 van de Uitvoeringswet AVG"),
    ],
)
def test_a_ground_cites_its_articles_as_one_term(code: str, term: str) -> None:
    assert REFUSALS[code].article("nl") == term


def test_the_rights_of_others_never_refuse_the_whole() -> None:
    """Art. 15(4) limits the copy: what is about others is blacked out or kept back by itself."""
    assert "GDPR:15(4)" not in {code for one in REFUSALS.values() for code in one.rests_on}


def test_an_exception_of_article_41_names_its_limb_and_the_weighing() -> None:
    exceptions = [one.rests_on for one in REFUSALS.values() if one.articles[0].source == "UAVG"]
    assert len(exceptions) == 4
    for limb, *more in exceptions:
        assert limb.startswith("UAVG:41(1)(")
        assert more == ["UAVG:41(2)"]


@pytest.mark.parametrize(
    ("code", "term"),
    [
        ("rights_of_others", "artikel 15 lid 4 van de AVG"),
        ("important_interest", "artikel 41 van de Uitvoeringswet AVG en artikel 23 van de AVG"),
    ],
)
def test_a_ground_of_former_decisions_is_read_and_never_offered(code: str, term: str) -> None:
    assert code not in REFUSALS
    assert ground(code).article("nl") == cited((code,), "nl") == term
    assert ground(code).words("nl")


def test_grounds_of_both_kinds_lead_to_articles_each_once() -> None:
    found = articles_of(("excessive", "GDPR:15(4)", "rights_of_others"))
    assert found == (article("GDPR:12(5)(b)"), article("GDPR:15(4)"))


def test_all_grounds_together_name_each_act_once() -> None:
    assert cited(("excessive", "not_identifiable", "protection"), "nl") == (
        "artikel 12 lid 5 onder b, artikel 11 lid 2 en artikel 12 lid 2 van de AVG"
        " en artikel 41 lid 1 onder i en artikel 41 lid 2 van de Uitvoeringswet AVG"
    )
    assert cited(("crime",), "en") == (
        "Article 41(1)(d) and Article 41(2) of the Dutch GDPR Implementation Act"
    )


def test_a_ground_that_is_neither_is_refused() -> None:
    with pytest.raises(UnknownValue):
        articles_of(("too_much_work",))
    with pytest.raises(UnknownValue, match="excessive"):
        ground("too_much_work")
