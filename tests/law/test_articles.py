"""Every article that the product can cite exists, is linked, and reads as a patient reads."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from dsr.law.articles import all_articles, article, cited_together
from dsr.law.errors import UnknownValue

LANGUAGES = ("nl", "en")
CODES = sorted(all_articles())
OFFICIAL = {
    "autoriteitpersoonsgegevens.nl",
    "deeplink.rechtspraak.nl",
    "ec.europa.eu",
    "eur-lex.europa.eu",
    "wetten.overheid.nl",
    "www.autoriteitpersoonsgegevens.nl",
    "www.avghelpdeskzorg.nl",
    "www.edpb.europa.eu",
    "www.knmg.nl",
    "www.medischcontact.nl",  # the physicians' federation KNMG publishes there
    "zoek.officielebekendmakingen.nl",
}
SOURCES = {code.partition(":")[0] for code in CODES}
VECTORS = Path("tests/law/vectors/README.md").read_text(encoding="utf-8")
#: a code in a file of rules or of data, in quotes or bare in a list
CITED = re.compile(rf"\b(?:{'|'.join(sorted(SOURCES))}):[A-Za-z0-9][\w:/().-]*[\w)]")
LAW = [
    *(path for path in Path("dsr/law").rglob("*") if path.suffix in {".py", ".yaml"}),
    *Path("registers").glob("*.yaml"),
]


def sentences(text: str) -> list[str]:
    return [one for one in re.split(r"(?<=[.?!]) ", text) if one]


def expected_codes() -> list[str]:
    listed = VECTORS.split("## Grounds that can be expected")[1].split("## Actions")[0]
    return re.findall(r"`([^`]+)`", listed)


def test_every_ground_of_the_vectors_is_an_article() -> None:
    assert len(expected_codes()) > 80
    assert [code for code in expected_codes() if code not in all_articles()] == []


def test_a_rule_never_cites_an_article_that_is_not_written_down() -> None:
    cited = {
        (path.name, code)
        for path in LAW
        for code in CITED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(cited) > 50
    unknown = sorted(f"{name}: {code}" for name, code in cited if code not in all_articles())
    assert unknown == [], "write these in dsr/law/data/articles/"


@pytest.mark.parametrize(
    ("code", "dutch", "english"),
    [
        ("GDPR:17(3)(b)", "artikel 17 lid 3 onder b van de AVG", "Article 17(3)(b) of the GDPR"),
        ("GDPR:16", "artikel 16 van de AVG", "Article 16 of the GDPR"),
        ("GDPR:4(1)", "artikel 4 punt 1 van de AVG", "Article 4(1) of the GDPR"),
        ("GDPR:recital26", "overweging 26 van de AVG", "Recital 26 of the GDPR"),
        (
            "BW:7:455(2)",
            "artikel 7:455 lid 2 van het Burgerlijk Wetboek",
            "Article 7:455(2) of the Dutch Civil Code",
        ),
        (
            "BW:7:458a(1)(c)",
            "artikel 7:458a lid 1 onder c van het Burgerlijk Wetboek",
            "Article 7:458a(1)(c) of the Dutch Civil Code",
        ),
        (
            "UAVG:5(4)(a)",
            "artikel 5 lid 4 onder a van de Uitvoeringswet AVG",
            "Article 5(4)(a) of the Dutch GDPR Implementation Act",
        ),
        (
            "CJEU:C-526/24",
            "zaak C-526/24 van het Hof van Justitie van de Europese Unie",
            "case C-526/24 of the Court of Justice of the European Union",
        ),
        ("STCRT:2019-38007", "Staatscourant 2019, 38007", "Dutch Government Gazette 2019, 38007"),
        ("SEED:JansApp-VII", "onze privacyverklaring", "our privacy statement"),
    ],
)
def test_a_citation_says_source_article_paragraph_and_limb(
    code: str, dutch: str, english: str
) -> None:
    assert (article(code).cited("nl"), article(code).cited("en")) == (dutch, english)


@pytest.mark.parametrize(
    ("code", "dutch", "english"),
    [
        ("GDPR:15(4)", "artikel 15 lid 4 AVG", "Article 15(4) GDPR"),
        ("BW:7:456", "artikel 7:456 BW", "Article 7:456 Dutch Civil Code"),
        ("CJEU:C-154/21", "HvJ EU C-154/21", "CJEU C-154/21"),
        ("SEED:JansApp-VII", "onze privacyverklaring", "our privacy statement"),
    ],
)
def test_a_label_is_the_citation_in_short(code: str, dutch: str, english: str) -> None:
    assert (article(code).short("nl"), article(code).short("en")) == (dutch, english)


@pytest.mark.parametrize("code", CODES)
def test_a_citation_holds_every_number_and_limb_of_its_code(code: str) -> None:
    if article(code).source in {"SEED", "KNMG", "AP", "AVGHELPDESK"}:
        return  # what has no articles is cited by its name
    parts = re.findall(r"[A-Z]*\d+[a-z]?|(?<=\()[a-z](?=\))", code.partition(":")[2])
    for language in LANGUAGES:
        for part in parts:
            assert re.search(rf"(?<![\w]){part}(?![\w])", article(code).cited(language)), part


@pytest.mark.parametrize(
    ("code", "dutch", "english"),
    [
        ("GDPR:7(3)", "Gaf u toestemming?", "Did you give consent?"),
        ("GDPR:12(6)", "een goede reden om te twijfelen", "a good reason to doubt"),
        ("GDPR:17(3)(b)", "geldt het recht op verwijderen daarvoor niet", "does not cover them"),
        ("GDPR:18(1)(a)", "in de regel", "as a rule"),
        ("UAVG:5(1)", "de ouder met gezag of de voogd", "parent with custody or the guardian"),
        ("UAVG:5(3)(a)", "ouder met gezag of de voogd", "parent with custody or the guardian"),
        ("UAVG:5(4)(a)", "de ouder met gezag of de voogd", "parent with custody or the guardian"),
        ("UAVG:5(4)(b)", "de ouder met gezag of de voogd", "parent with custody or the guardian"),
        ("UAVG:5(4)(b)", "Vanaf 16 jaar doet een kind dat zelf.", "From 16 on a child"),
        ("BW:7:454(3)", "of langer als goede zorg dat vraagt", "or longer if good care needs that"),
        ("BW:7:454(3)", "te laten vernietigen", "to have it destroyed"),
        ("BW:7:455(1)", "De patiënt mag zelf vragen", "The patient may personally ask"),
        ("BW:7:457", "anderen buiten uw behandeling", "others outside your treatment"),
        ("BW:7:457(1)", "anderen buiten de behandeling", "others outside the treatment"),
        ("BW:7:458a(2)", "niet past bij goede zorg", "does not fit good care"),
        ("WABVPZ:15d", "als u er niet te vaak om vraagt", "if you do not ask too often"),
        ("KNMG:both_parents", "een kind tot 12 jaar", "a child under 12"),
    ],
)
def test_a_sentence_keeps_the_conditions_of_its_article(
    code: str, dutch: str, english: str
) -> None:
    assert dutch in article(code).words("nl")
    assert english in article(code).words("en")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_patient_reads_is_short(code: str, language: str) -> None:
    said = sentences(article(code).words(language))
    lengths = [len(one.split()) for one in said]
    assert said
    assert max(lengths) <= 30, said
    assert sum(lengths) / len(lengths) <= 20, said
    for one in said:
        assert one[0].isupper(), one
        assert one[-1] in ".?", one


def test_what_a_patient_reads_is_short_on_average() -> None:
    for language in LANGUAGES:
        said = [one for code in CODES for one in sentences(article(code).words(language))]
        assert sum(len(one.split()) for one in said) / len(said) <= 14


@pytest.mark.parametrize("code", CODES)
def test_a_patient_is_addressed_as_u_and_spared_the_jargon(code: str) -> None:
    words = article(code).words("nl").lower()
    assert not re.search(r"\b(je|jij|jouw|jullie)\b", words)
    jargon = r"betrokkene|verwerkingsverantwoordelijke|rectificatie|overdraagbaarheid|grondslag"
    assert not re.search(jargon, words)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_leads_to_an_official_host(code: str, language: str) -> None:
    link = article(code).link(language)
    if article(code).source == "SEED":
        assert link == ""  # a privacy statement has its address in the register
        return
    assert urlsplit(link).scheme == "https"
    assert urlsplit(link).hostname in OFFICIAL
    assert "{" not in link


@pytest.mark.parametrize("code", CODES)
def test_since_when_it_applies_is_known(code: str) -> None:
    assert date(1962, 1, 1) < article(code).applies_from <= date(2026, 11, 22)


def test_the_text_on_children_is_the_one_of_september_2026() -> None:
    of_five = [code for code in CODES if code.startswith("UAVG:5(")]
    assert of_five
    assert {article(code).applies_from for code in of_five} == {date(2026, 9, 1)}


@pytest.mark.parametrize(
    ("code", "since"),
    [
        ("GDPR:15(1)", date(2018, 5, 25)),
        ("UAVG:41(1)(i)", date(2018, 5, 25)),
        ("BW:7:454(3)", date(2020, 1, 1)),
        ("WABVPZ:15d", date(2020, 7, 1)),
        ("STCRT:2019-38007", date(2019, 7, 10)),
        ("CJEU:C-526/24", date(2026, 3, 19)),
    ],
)
def test_an_article_applies_from_its_own_day(code: str, since: date) -> None:
    assert article(code).applies_from == since


def test_what_nobody_could_read_says_so_with_its_reason() -> None:
    unread = [one for one in all_articles().values() if one.verify]
    assert {"BW:7:454(3)", "BW:7:455(2)", "BW:7:456", "BW:7:458a"} <= {one.code for one in unread}
    assert [one.code for one in unread if not one.note] == []


def test_citations_of_one_source_name_it_once() -> None:
    codes = ("GDPR:11(2)", "GDPR:12(2)", "UAVG:41")
    assert cited_together(codes, "nl") == (
        "artikel 11 lid 2 en artikel 12 lid 2 van de AVG en artikel 41 van de Uitvoeringswet AVG"
    )
    assert cited_together(codes[:2], "en") == "Article 11(2) and Article 12(2) of the GDPR"


@pytest.mark.parametrize("code", ["GDPR:17(3)(z)", "BW:7:999", "WHIM:1", "GDPR", ""])
def test_an_article_that_is_not_written_down_is_refused_by_name(code: str) -> None:
    with pytest.raises(UnknownValue) as refused:
        article(code)
    assert refused.value.name == "article"
    assert repr(code) in str(refused.value)


def test_a_refused_code_is_answered_with_its_neighbours() -> None:
    with pytest.raises(UnknownValue, match=r"WABVPZ:15e"):
        article("WABVPZ:15x")


def test_a_language_that_letters_do_not_have_is_refused() -> None:
    for ask in (article("GDPR:16").cited, article("GDPR:16").words, article("GDPR:16").link):
        with pytest.raises(UnknownValue, match="language"):
            ask("fr")


def test_no_code_is_written_down_twice() -> None:
    written = [
        f"{source}:{number}"
        for path in sorted(Path("dsr/law/data/articles").glob("*.yaml"))
        if path.stem != "sources"
        for source, numbers in keys(path).items()
        for number in numbers
    ]
    assert sorted(written) == CODES


def keys(path: Path) -> dict[str, list[str]]:
    """The keys as they stand in the file: a YAML reader would hide one that stands twice."""
    tree = yaml.compose(path.read_text(encoding="utf-8"))
    return {
        source.value: [number.value for number, _ in entries.value]
        for source, entries in tree.value
    }
