"""Every letter in every language: its golden text, and what the law demands of it."""

from __future__ import annotations

import dataclasses
import re

import jinja2
import pytest

from dsr.core.errors import BadInput
from dsr.core.letters import GROUNDS, LANGUAGES, AccessAnswer, NotProved, Receipt, Refusal
from dsr.core.request import Decision, Outcome, WithholdReason
from dsr.law.rights import Right
from dsr.rendering.html import FOLDERS, TEMPLATES, environment, letter_html
from tests.rendering.demanded import ALWAYS, COMPLAINTS
from tests.rendering.golden import GOLDEN, plain
from tests.rendering.samples import all_samples, facts, sample

SAMPLES = dict(all_samples())


@pytest.mark.parametrize("name", SAMPLES)
def test_a_letter_reads_as_its_golden_text(name: str) -> None:
    """A changed text is reviewed: `python -m tests.rendering.golden`, then `git diff`."""
    text = plain(letter_html(SAMPLES[name]))
    assert text == (GOLDEN / f"{name}.txt").read_text(), "run `python -m tests.rendering.golden`"


def test_no_golden_text_is_left_without_its_letter() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(SAMPLES)


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_a_letter_is_one_folder_with_both_languages_a_sample_and_notes(folder: str) -> None:
    here = {path.name for path in (TEMPLATES / "letters" / folder).iterdir()}
    assert here == {"nl.html", "en.html", "sample.yaml", "notes.md"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_holds_all_that_article_12_4_demands(language: str) -> None:
    letter = sample(Refusal, "refused", language)
    text = plain(letter_html(letter))
    demanded = (letter.what, *letter.why, *letter.articles, *letter.instead)
    for words in (*demanded, *ALWAYS, *COMPLAINTS[language]):
        assert words in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("field", ["what", "why", "articles", "instead"])
def test_a_refusal_without_one_of_its_parts_cannot_be_made(field: str, language: str) -> None:
    letter = sample(Refusal, "refused", language)
    empty = "" if field == "what" else ()
    with pytest.raises(BadInput, match=field):
        dataclasses.replace(letter, **{field: empty})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["granted", "partly", "nothing_held"])
def test_an_access_answer_names_every_source_and_every_way_to_complain(
    name: str, language: str
) -> None:
    letter = sample(AccessAnswer, name, language)
    text = plain(letter_html(letter))
    for words in (*ALWAYS, *COMPLAINTS[language], *(s.name for s in letter.sources)):
        assert words in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_access_answer_says_of_each_withheld_thing_the_reason_and_the_article(
    language: str,
) -> None:
    letter = sample(AccessAnswer, "partly", language)
    text = plain(letter_html(letter))
    for part in letter.withheld:
        assert part.ground.why.in_(language) in text
        assert part.ground.article.in_(language) in text
        assert part.words in text
    for period in letter.periods:
        assert period.words in text


def test_an_answer_with_an_unfinished_source_says_that_it_is_not_complete() -> None:
    letter = sample(AccessAnswer, "partly", "nl")
    assert [source.name for source in letter.open_sources] == ["OneAssist"]
    assert "is ons antwoord niet compleet" in plain(letter_html(letter))


@pytest.mark.parametrize("name", ["receipt-identify", "not_proved-not_proved"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_below_ia2_hold_no_name_and_no_word_on_what_is_kept(
    name: str, language: str
) -> None:
    text = plain(letter_html(SAMPLES[f"{name}-{language}"]))
    betraying = r"\b(patiënt|patient|dossier|medical file|Velde|account bij ons)\b"
    assert not re.search(betraying, text, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_not_proved_letter_carries_the_ways_to_complain_and_to_ask_again(language: str) -> None:
    text = plain(letter_html(sample(NotProved, "not_proved", language)))
    again = {"nl": "U kunt het opnieuw vragen", "en": "You can ask again"}[language]
    for words in (*ALWAYS, *COMPLAINTS[language], again):
        assert words in text


_FIRST_TO_US = {
    "nl": (
        "Voor de Autoriteit Persoonsgegevens en de rechter hoeft u niet eerst bij ons te klagen.",
        "Voor de geschillencommissie meestal wel.",
    ),
    "en": (
        "Before you go to the Autoriteit Persoonsgegevens or to court, you do not have to complain",
        "Before you go to the disputes committee, you usually do.",
    ),
}


#: letters that answer nothing: there is nothing to disagree with
_NO_ANSWER = ("receipt", "withdrawn", "destruction_warning")


@pytest.mark.parametrize("name", [name for name in SAMPLES if not name.startswith(_NO_ANSWER)])
def test_only_the_disputes_committee_wants_a_complaint_to_us_first(name: str) -> None:
    text = plain(letter_html(SAMPLES[name]))
    assert all(words in text for words in _FIRST_TO_US[name[-2:]])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["granted", "partly", "nothing_held"])
def test_no_right_is_promised_without_its_conditions(name: str, language: str) -> None:
    """Art. 17 to 21: which right there is depends on the purpose, as the explanation says."""
    letter = sample(AccessAnswer, name, language)
    text = plain(letter_html(letter))
    assert {"nl": "Soms kunt u bezwaar maken", "en": "Sometimes you can object"}[language] in text
    not_always = {"nl": "Niet alles kan altijd", "en": "Not everything is always possible"}
    assert (not_always[language] in text) == (letter.download_until is not None)


def test_partly_without_anything_withheld_or_unfinished_cannot_be_said() -> None:
    letter = sample(AccessAnswer, "granted", "nl")
    with pytest.raises(BadInput):
        dataclasses.replace(letter, decision=Decision.PARTLY)


def test_granted_while_something_is_withheld_cannot_be_said() -> None:
    letter = sample(AccessAnswer, "partly", "nl")
    with pytest.raises(BadInput):
        dataclasses.replace(letter, decision=Decision.GRANTED)


def test_an_answer_cannot_hold_a_decision_that_has_another_letter() -> None:
    with pytest.raises(BadInput):
        sample(AccessAnswer, "granted", "nl", decision=Decision.REFUSED)


@pytest.mark.parametrize("name", ["granted", "nothing_held"])
def test_no_answer_claims_to_be_whole_while_a_source_is_unfinished(name: str) -> None:
    letter = sample(AccessAnswer, name, "nl")
    by_hand = dataclasses.replace(letter.sources[0], outcome=Outcome.BY_HAND, note="Met de hand.")
    text = plain(letter_html(dataclasses.replace(letter, sources=(*letter.sources, by_hand))))
    assert "al uw gegevens" not in text
    assert "al onze systemen" not in text


def test_a_language_we_do_not_have_is_refused() -> None:
    with pytest.raises(BadInput, match="nl, en"):
        dataclasses.replace(facts(), language="fr")


def test_a_missing_value_is_an_error_and_not_an_empty_place() -> None:
    template = environment().get_template("letters/receipt/nl.html")
    with pytest.raises(jinja2.UndefinedError):
        template.render(letter=sample(Receipt, "identify", "nl"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_not_proved_letter_is_about_all_that_was_asked(language: str) -> None:
    kinds = ("access", "destruction")
    text = plain(letter_html(sample(NotProved, "not_proved", language, kinds=kinds)))
    asked = {"nl": ("te zien", "te vernietigen"), "en": ("to see your data", "to destroy")}
    assert all(words in text for words in asked[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receipt_names_everything_that_was_asked_in_one_message(language: str) -> None:
    text = plain(letter_html(sample(Receipt, "several", language)))
    for words in {
        "nl": ("te zien", "te verbeteren", "te verwijderen"),
        "en": ("to see your data", "to correct your data", "to erase data"),
    }[language]:
        assert words in text


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receipt_can_be_written_for_every_right(right: Right, language: str) -> None:
    letter = sample(Receipt, "identify", language, facts=facts(language, right=right))
    assert letter.facts.reference in letter_html(letter)


def test_hostile_words_stay_words() -> None:
    hostile = '</p><script>alert(1)</script><img src="http://canary.example/x">{{ 7*7 }}'
    letter = sample(Receipt, "identify", "nl", facts=facts(recipient=hostile))
    html = letter_html(letter)
    assert "<script" not in html
    assert "<img" not in html
    assert "{{ 7*7 }}" in html


@pytest.mark.parametrize("reason", WithholdReason)
def test_every_reason_has_its_article_in_both_languages(reason: WithholdReason) -> None:
    ground = GROUNDS[reason]
    assert re.search(r"artikel \d", ground.article.nl)
    assert re.search(r"Article \d", ground.article.en)


@pytest.mark.parametrize("outcome", Outcome)
def test_no_outcome_of_a_source_is_left_without_words(outcome: Outcome) -> None:
    letter = sample(AccessAnswer, "nothing_held", "nl")
    source = dataclasses.replace(letter.sources[0], outcome=outcome, note="Uitleg.")
    text = plain(letter_html(dataclasses.replace(letter, sources=(source,))))
    assert "niets" in text or "nog niet klaar" in text


def _sentences(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if not line.startswith(("#", "|"))]
    ends = re.compile(r"(?<=[.?!:;])\s+")
    return [part.split() for line in lines for part in ends.split(line) if len(part.split()) > 2]


def _syllables(word: str) -> int:
    return max(1, len(re.findall(r"[aeiouyéèëïöü]+", word.lower())))


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.endswith("-nl")])
def test_dutch_letters_are_easy_to_read(name: str) -> None:
    """At most 15 words a sentence on average, and 55 or more on the scale of Flesch-Douma."""
    sentences = _sentences(plain(letter_html(SAMPLES[name])))
    words = [word for sentence in sentences for word in sentence if word.isalpha()]
    mean = sum(map(len, sentences)) / len(sentences)
    syllables = sum(map(_syllables, words)) / len(words)
    assert mean <= 15
    assert 206.84 - 0.93 * mean - 77 * syllables >= 55
