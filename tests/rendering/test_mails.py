"""Mails: neutral words in both languages, a title line that says nothing, no word on health."""

from __future__ import annotations

import re

import pytest

from dsr.rendering.html import TEMPLATES
from dsr.rendering.mail import mail_text
from dsr.services.notify import Mail
from tests.rendering.samples import facts

LANGUAGES = ("nl", "en")
#: mails to the person about a change, and what each has to say in Dutch and in English
CHANGES = {
    "planned": ("niet terugdraaien", "cannot undo"),
    "cancelled": ("Was u dit niet", "Was this not you"),
    "lifting": ("vóór die dag", "before that day"),
    "contact": ("adres dat wij al hadden", "address that we already had"),
}
TITLE = {
    "nl": "Bericht over uw verzoek AVG-7F3K-9QX2",
    "en": "Message about your request AVG-7F3K-9QX2",
}
#: what a mailbox that others read may not tell: which right, which data, anything about care
TELLING = (
    r"verwijder|vernietig|wissen|dossier|gegevens|inzage|bezwaar|toestemming|beperk|medisch|"
    r"gezondheid|erase|erasure|delet|destroy|medical|health|file|consent|objection|restrict|data"
)


def mail(kind: str, language: str) -> tuple[str, str]:
    one = Mail(
        id="m", request_id="r", kind=kind, practice="kralingen", language=language,
        reference="AVG-7F3K-9QX2", address="anouk@voorbeeld.example",
    )  # fmt: skip
    return mail_text(one, facts(language).practice, "https://verzoek.voorbeeld.example")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", CHANGES)
def test_a_mail_about_a_change_tells_no_right_and_nothing_about_care(
    kind: str, language: str
) -> None:
    title, text = mail(kind, language)
    assert title == TITLE[language]
    assert not re.search(TELLING, text, re.IGNORECASE)
    assert CHANGES[kind][LANGUAGES.index(language)] in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", CHANGES)
def test_a_mail_about_a_change_names_the_number_and_the_practice_to_call(
    kind: str, language: str
) -> None:
    _title, text = mail(kind, language)
    for words in ("AVG-7F3K-9QX2", "010 000 00 56", "Huisartsen Voorbeeld Kralingen"):
        assert words in text


def test_every_mail_is_there_in_both_languages() -> None:
    names = {path.name.partition(".")[0] for path in (TEMPLATES / "email").glob("*.txt")}
    there = {path.name for path in (TEMPLATES / "email").glob("*.txt")}
    assert there == {f"{name}.{language}.txt" for name in names for language in LANGUAGES}
