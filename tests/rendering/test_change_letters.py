"""Letters about changes: what each holds by law, and the letters that cannot be made."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from typing import Any

import pytest

from dsr.core.errors import BadInput
from dsr.core.letters import LANGUAGES
from dsr.core.letters_changes import (
    ChangeAnswer,
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
from dsr.core.letters_parts import Done, NotDone, Telling, ToldTo, Unfinished, Wait, Work
from dsr.core.request import Decision
from dsr.core.wishes import FIELDS
from dsr.law.articles import article
from dsr.law.errors import UnknownValue
from dsr.law.restriction import GROUNDS
from dsr.law.rights import Right
from dsr.rendering import wording
from dsr.rendering.html import letter_html
from tests.rendering.demanded import ALWAYS, COMPLAINTS
from tests.rendering.golden import plain
from tests.rendering.samples import all_samples, sample

SAMPLES = dict(all_samples())
ANSWERS = [name for name, one in SAMPLES.items() if isinstance(one, ChangeAnswer)]
DAY = date(2026, 11, 25)


def text_of(letter: Any) -> str:
    return plain(letter_html(letter))


@pytest.mark.parametrize("name", [*ANSWERS, *(n for n in SAMPLES if n.startswith("restriction_l"))])
def test_every_answer_carries_every_way_to_complain(name: str) -> None:
    text = text_of(SAMPLES[name])
    for words in (*ALWAYS, *COMPLAINTS[name[-2:]]):
        assert words in text


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_not_done_has_its_reason_its_article_and_what_was_done_instead(name: str) -> None:
    """Art. 12(4)."""
    letter, language = SAMPLES[name], name[-2:]
    text = text_of(letter)
    for one in (*letter.not_done, *getattr(letter, "outside", ())):
        for words in (one.what, *one.why(language), one.words, one.cited(language)):
            assert words in text
        assert one.until is None or wording.day(one.until, language) in text
        assert wording.midway(one.as_long_as) in text
    for words in (*letter.instead, letter.words):
        assert words in text


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_done_says_where_and_when_and_on_which_articles(name: str) -> None:
    letter, language = SAMPLES[name], name[-2:]
    text = text_of(letter)
    for one in letter.done:
        for words in (one.system, one.dataset, wording.day(one.day, language)):
            assert words in text
        assert not one.by_hand or {"nl": "met de hand", "en": "by hand"}[language] in text
    for code in letter.grounds if letter.done else ():
        assert article(code).place[language] in text


@pytest.mark.parametrize("name", ANSWERS)
def test_whoever_has_the_data_is_named_with_whether_they_know(name: str) -> None:
    """Art. 19; a use that stops is an instruction to those who work for us (Art. 28(3)(a))."""
    letter, language = SAMPLES[name], name[-2:]
    text = text_of(letter)
    assert all(one.name in text for one in letter.told)
    stops = letter.facts.right in (Right.OBJECTION, Right.WITHDRAWAL)
    code = "GDPR:28(3)(a)" if stops else "GDPR:19"
    assert not letter.told or article(code).cited(language) in text


@pytest.mark.parametrize("name", ANSWERS)
def test_what_was_searched_without_a_find_is_named(name: str) -> None:
    letter = SAMPLES[name]
    assert all(one.name in text_of(letter) for one in letter.searched)


_DONE_WORDS = {
    "nl": ("96 verwijderd", "verwijderden wij", "Wij verwijderden", "terugkrijgen"),
    "en": ("96 erased", "we erased", "We erased", "get it back"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wait", Wait)
def test_a_letter_never_says_erased_of_what_is_not_finished(wait: Wait, language: str) -> None:
    waiting = Unfinished(system="CRM", dataset="Notes", wait=wait, count=96)
    letter = sample(
        ErasureAnswer, "granted", language, done=(), told=(), backups=None, unfinished=(waiting,)
    )
    text = text_of(letter)
    assert {"nl": "nog niet klaar", "en": "not finished yet"}[language] in text
    assert "Notes (CRM), 96" in text
    assert [words for words in _DONE_WORDS[language] if words in text] == []


@pytest.mark.parametrize("name", ANSWERS)
def test_an_unfinished_answer_does_not_claim_the_whole_in_its_title(name: str) -> None:
    letter, language = SAMPLES[name], name[-2:]
    if not letter.done or letter.decision is not Decision.GRANTED:
        return
    waiting = Unfinished(system="CRM", dataset="Notes", wait=Wait.FAILED)
    half = text_of(dataclasses.replace(letter, unfinished=(waiting,)))
    whole = text_of(dataclasses.replace(letter, unfinished=()))
    same = isinstance(letter, PortabilityAnswer)
    assert (half.splitlines()[0] == whole.splitlines()[0]) == same
    assert {"nl": "ons antwoord niet compleet", "en": "our answer is not complete"}[
        language
    ] in half


_RECTIFIED = Done(system="App", dataset="Account", work=Work.CORRECTED, day=DAY)
_KEPT = NotDone(what="Uw account", articles=("GDPR:17(1)(a)",))

#: letters that miss what the law demands: the kind, the sample, what is missing, and its name
_MISSING: list[tuple[type[Any], str, dict[str, Any], str]] = [
    (ErasureAnswer, "granted", {"grounds": ()}, "grounds"),
    (ErasureAnswer, "granted", {"done": ()}, "done"),
    (ErasureAnswer, "granted", {"backups": None}, "backups"),
    (ErasureAnswer, "granted", {"not_done": (_KEPT,)}, "decision"),
    (ErasureAnswer, "partly", {"grounds": ()}, "grounds"),
    (ErasureAnswer, "partly", {"not_done": ()}, "not_done"),
    (ErasureAnswer, "partly", {"done": (), "instead": ()}, "instead"),
    (ErasureAnswer, "partly", {"not_done": (_KEPT,)}, "until"),
    (ErasureAnswer, "refused", {"not_done": ()}, "not_done"),
    (ErasureAnswer, "refused", {"instead": ()}, "instead"),
    (ErasureAnswer, "refused", {"done": (_RECTIFIED,)}, "decision"),
    (ErasureAnswer, "nothing_held", {"searched": ()}, "searched"),
    (ErasureAnswer, "nothing_held", {"done": (_RECTIFIED,)}, "decision"),
    (ErasureAnswer, "granted", {"decision": Decision.NOT_PROVED}, "decision"),
    (DestructionAnswer, "granted", {"warned": None}, "warned"),
    (DestructionAnswer, "partly", {"words": ""}, "words"),
    (DestructionAnswer, "refused", {"words": ""}, "words"),
    (RectificationAnswer, "granted", {"about": "shoe size"}, "about"),
    (RectificationAnswer, "refused", {"instead": ()}, "instead"),
    (RectificationAnswer, "refused", {"not_done": ()}, "not_done"),
    (RectificationAnswer, "statement", {"done": (_RECTIFIED,)}, "decision"),
    (RestrictionAnswer, "granted", {"ground": ""}, "ground"),
    (RestrictionLifting, "notice", {"ground": "none"}, "ground"),
    (RestrictionLifting, "notice", {"why": ""}, "why"),
    (RestrictionLifting, "notice", {"where": ()}, "where"),
    (RestrictionLifting, "notice", {"ends_on": date(2026, 11, 27)}, "ends_on"),
    (ObjectionAnswer, "dismissed", {"words": ""}, "words"),
    (ObjectionAnswer, "dismissed", {"heard": False}, "heard"),
    (WithdrawalAnswer, "granted", {"consequences": ()}, "consequences"),
    (PortabilityAnswer, "granted", {"download_until": None}, "download_until"),
    (PortabilityAnswer, "partly", {"outside": ()}, "outside"),
    (PortabilityAnswer, "partly", {"done": ()}, "done"),
    (DestructionWarning, "confirm", {"confirm_url": ""}, "confirm_url"),
    (Withdrawn, "request", {"kind": "access"}, "kind"),
]


@pytest.mark.parametrize(("kind", "name", "missing", "named"), _MISSING)
def test_a_letter_without_what_the_law_demands_cannot_be_made(
    kind: type[Any], name: str, missing: dict[str, Any], named: str
) -> None:
    letter = sample(kind, name, "nl")
    with pytest.raises(BadInput) as refused:
        dataclasses.replace(letter, **missing)
    assert refused.value.field == named


def test_an_article_that_nobody_wrote_down_cannot_be_cited() -> None:
    with pytest.raises(UnknownValue):
        NotDone(what="Uw account", articles=("GDPR:999",))
    with pytest.raises(UnknownValue):
        sample(ErasureAnswer, "granted", "nl", grounds=("GDPR:999",))


@pytest.mark.parametrize("missing", [{"what": ""}, {"articles": ()}])
def test_what_is_not_done_has_a_name_and_an_article(missing: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        dataclasses.replace(_KEPT, **missing)


def test_who_was_told_was_told_on_a_day() -> None:
    with pytest.raises(BadInput, match="day"):
        ToldTo(name="OneAssist BV", how=Telling.TOLD)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("work", Work)
def test_no_work_is_left_without_words(work: Work, language: str) -> None:
    done = Done(system="CRM", dataset="Notes", work=work, day=DAY)
    assert "Notes | CRM |" in text_of(sample(ErasureAnswer, "granted", language, done=(done,)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", Telling)
def test_nobody_who_has_the_data_is_left_out(how: Telling, language: str) -> None:
    told = ToldTo(name="Voorbeeld BV", how=how, day=DAY)
    assert "Voorbeeld BV" in text_of(sample(ErasureAnswer, "granted", language, told=(told,)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("about", FIELDS)
def test_every_field_that_can_be_corrected_has_words(about: str, language: str) -> None:
    text = text_of(sample(RectificationAnswer, "granted", language, about=about, now_says=""))
    assert {"nl": "te verbeteren", "en": "to correct your"}[language] in text or about == "message"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_a_restriction_says_which_case_it_is_what_it_means_and_that_one_hears_its_end(
    ground: str, language: str
) -> None:
    """Art. 18(1)-(3)."""
    grounds = (GROUNDS[ground],)
    text = text_of(sample(RestrictionAnswer, "granted", language, ground=ground, grounds=grounds))
    for code in (GROUNDS[ground], "GDPR:18(2)", "GDPR:18(3)"):
        assert article(code).place[language] in text
    assert article(GROUNDS[ground]).words(language) in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_erasure_says_what_happens_in_backups_and_which_code_stays(language: str) -> None:
    text = text_of(sample(ErasureAnswer, "partly", language))
    assert {"nl": "reservekopieën (back-ups)", "en": "We make backups"}[language] in text
    for words in {
        "nl": ("verwijderen wij uw gegevens meteen weer", "een code van uw e-mailadres"),
        "en": ("we erase your data again at once", "a code of your e-mail address"),
    }[language]:
        assert words in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_term_of_backups_is_named_that_nobody_set(language: str) -> None:
    told, untold = (
        sample(ErasureAnswer, "granted", language),
        sample(ErasureAnswer, "partly", language),
    )
    within = {"nl": r"Binnen \d+ dagen", "en": r"Within \d+ days"}[language]
    assert re.search(within, text_of(told))
    assert not re.search(within, text_of(untold))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_destruction_names_the_warning_and_the_note_that_stays(language: str) -> None:
    """BW 7:455."""
    text = text_of(sample(DestructionAnswer, "granted", language))
    for words in {
        "nl": ("10 november 2026", "artikel 7:455", "niets in over uw gezondheid", "artikel 52"),
        "en": ("10 November 2026", "Article 7:455", "nothing about your health", "Article 52"),
    }[language]:
        assert words in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_warning_names_the_consequences_the_other_ways_and_how_to_confirm(language: str) -> None:
    letter = sample(DestructionWarning, "confirm", language)
    text = text_of(letter)
    for words in {
        "nl": ("komt niet terug", "andere huisarts", "klacht", "kopie", "maar een deel"),
        "en": ("does not come back", "another GP", "complaint", "copy", "only a part"),
    }[language]:
        assert words in text
    assert letter.confirm_url in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_correction_keeps_an_opinion_and_puts_the_statement_beside_it(language: str) -> None:
    """BW 7:454(2)."""
    letter = sample(RectificationAnswer, "statement", language)
    assert letter.statement_added
    text = text_of(letter)
    assert article("BW:7:454(2)").place[language] in text
    assert {"nl": "Uw verklaring staat erbij", "en": "Your statement stands beside it"}[
        language
    ] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dismissed_objection_says_that_the_officer_was_heard(language: str) -> None:
    """Art. 21(1); hearing the data protection officer is a choice of this product."""
    letter = sample(ObjectionAnswer, "dismissed", language)
    assert letter.dismissed
    heard = {"nl": "functionaris gegevensbescherming keek mee", "en": "officer was consulted"}
    assert heard[language] in text_of(letter)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_basis_knows_no_objection_another_way_is_offered(language: str) -> None:
    letter = sample(ObjectionAnswer, "not_available", language)
    assert not letter.dismissed
    assert {"nl": "uw account sluiten", "en": "close your account"}[language] in text_of(letter)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_withdrawal_leaves_the_past_lawful_and_the_file_where_it_is(language: str) -> None:
    """Art. 7(3); BW 7:454."""
    text = text_of(sample(WithdrawalAnswer, "granted", language))
    for words in {
        "nl": ("blijft geldig", "artikel 7 lid 3", "medisch dossier bij de huisarts blijft",
               "4 december 2026"),
        "en": ("remains valid", "Article 7(3)", "medical file at the GP stays", "4 December 2026"),
    }[language]:  # fmt: skip
        assert words in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_data_to_take_along_come_in_a_form_that_machines_read_and_nothing_is_erased(
    language: str,
) -> None:
    """Art. 20(1), 20(3)."""
    text = text_of(sample(PortabilityAnswer, "partly", language))
    for words in (
        "JSON",
        "CSV",
        "FHIR",
        {"nl": "verwijderen niets", "en": "erase nothing"}[language],
    ):
        assert words in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_data_that_went_straight_to_another_are_not_promised_as_a_download(language: str) -> None:
    """Art. 20(2)."""
    letter = sample(
        PortabilityAnswer, "granted", language, sent_to="PGO Voorbeeld", download_until=None
    )
    text = text_of(letter)
    assert "PGO Voorbeeld" in text
    assert "download" not in text


@pytest.mark.parametrize("kind", ["", "erasure", "destruction"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_did_not_withdraw_is_told_to_call(kind: str, language: str) -> None:
    text = text_of(dataclasses.replace(sample(Withdrawn, "request", language), kind=kind))
    assert {"nl": "Bel ons dan meteen", "en": "call us at once"}[language] in text
    assert {"nl": "20 november 2026", "en": "20 November 2026"}[language] in text
