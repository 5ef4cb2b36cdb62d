"""Every sentence of the patient pages has its English twin."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

SOURCES = ("dsr/web/patient", "templates/patient", "templates/shared")
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
CATALOGUE = Path("dsr/web/translations/en/LC_MESSAGES/patient.po")


def sentences() -> set[str]:
    found = {str(one[2]) for folder in SOURCES for one in extract_from_dir(folder, METHODS)}
    errors = extract_from_dir("dsr/web", [("errors.py", "python")])
    return found | {str(one[2]) for one in errors}


def english() -> dict[str, str]:
    with CATALOGUE.open("rb") as text:
        return {str(one.id): str(one.string) for one in read_po(text) if one.id}


def test_every_sentence_is_translated() -> None:
    known = english()
    assert sorted(one for one in sentences() if not known.get(one)) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(set(english()) - sentences()) == []


def test_translations_hold_the_same_values() -> None:
    for dutch, twin in english().items():
        assert sorted(re.findall(r"%\(\w+\)\w", dutch)) == sorted(re.findall(r"%\(\w+\)\w", twin))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_sentences_are_short(language: str) -> None:
    texts = english()
    said = texts.keys() if language == "nl" else texts.values()
    split = [s for text in said for s in re.split(r"(?<=[.?!])\s+", re.sub("<[^>]+>", "", text))]
    long = [sentence for sentence in split if len(sentence.split()) > 22]
    words = [len(sentence.split()) for sentence in split if sentence.endswith((".", "?"))]
    assert long == []
    assert sum(words) / len(words) <= 15
