"""Every sentence of the processor's pages has its English twin."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

SOURCES = ("dsr/web/processor", "templates/processor")
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
FOLDER = Path("dsr/web/translations/en/LC_MESSAGES")


def sentences() -> set[str]:
    return {str(one[2]) for folder in SOURCES for one in extract_from_dir(folder, METHODS)}


def english(side: str) -> dict[str, str]:
    with (FOLDER / f"{side}.po").open("rb") as text:
        return {str(one.id): str(one.string) for one in read_po(text) if one.id}


def test_every_sentence_is_translated_here_or_on_the_patient_side() -> None:
    known = english("processor") | english("patient")
    assert sorted(one for one in sentences() if not known.get(one)) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(set(english("processor")) - sentences()) == []


def test_translations_hold_the_same_values_and_are_short() -> None:
    for dutch, twin in english("processor").items():
        assert sorted(re.findall(r"%\(\w+\)\w", dutch)) == sorted(re.findall(r"%\(\w+\)\w", twin))
        for sentence in re.split(r"(?<=[.?!])\s+", f"{dutch} {twin}"):
            assert len(sentence.split()) <= 22, sentence
