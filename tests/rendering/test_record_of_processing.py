"""The record of processing has every limb of Art. 30, in both languages, and is never stale."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from demo.practice import PRACTICE
from dsr.cli.register_docs import records
from dsr.core.register import Register, Words
from dsr.law.retention_rule import RetentionRule, own_rules, rule_from
from dsr.rendering.record_document import Document, Facts, Line, Table
from dsr.rendering.record_of_processing import (
    LANGUAGES,
    record_html,
    record_markdown,
    record_of,
)
from dsr.rendering.record_teller import Teller, date_in_words
from dsr.rendering.record_terms import term_in_words
from dsr.systems import load_register
from tests.rendering import contents

ROOT = Path(__file__).parents[2]
REGISTERS = {path.stem: path for path in sorted((ROOT / "registers").glob("*.yaml"))}
PAGES = {name: text for path in REGISTERS.values() for name, text in records(path)}
JANSAPP = load_register(REGISTERS["jansapp"])
VIPLIVE = load_register(REGISTERS["viplive"])
EACH = pytest.mark.parametrize("register", [JANSAPP, VIPLIVE], ids=["jansapp", "viplive"])
IN_EACH = pytest.mark.parametrize("language", LANGUAGES)
#: elements that have no end tag
VOID = {"meta", "br", "img", "link", "input", "hr"}


def lines_of(document: Document) -> list[Line]:
    """Every line of every cell."""
    found: list[Line] = []
    for section in document.sections:
        for block in section.blocks:
            rows = block.rows if isinstance(block, Facts | Table) else ()
            for row in rows:
                cells = (row.cell,) if hasattr(row, "cell") else row.cells
                found += [line for cell in cells for line in cell]
    return found


def limbs_of(document: Document) -> set[str]:
    """Every limb of Art. 30 that the document names somewhere."""
    found = {section.limb for section in document.sections}
    for section in document.sections:
        for block in section.blocks:
            found |= {getattr(block, "limb", "")}
            if isinstance(block, Facts):
                found |= {row.limb for row in block.rows}
    return found - {""}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_pages_in_docs_say_what_the_registers_say(name: str) -> None:
    kept = (ROOT / "docs" / "registers" / name).read_text(encoding="utf-8")
    assert kept == PAGES[name], "run `make register-docs` and commit docs/registers"


def test_docs_hold_no_page_that_no_register_makes() -> None:
    found = {path.name for path in (ROOT / "docs" / "registers").iterdir()}
    assert found == set(PAGES)


def test_the_record_of_a_controller_has_every_limb_of_article_30_1() -> None:
    wanted = {f"artikel 30 lid 1 onder {letter}" for letter in "abcdefg"}
    assert wanted <= limbs_of(record_of(JANSAPP, "nl"))


def test_the_record_of_a_processor_has_every_limb_of_article_30_2() -> None:
    wanted = {f"artikel 30 lid 2 onder {letter}" for letter in "abcd"}
    assert wanted <= limbs_of(record_of(VIPLIVE, "nl"))
    assert {f"Article 30(2)({letter})" for letter in "abcd"} <= limbs_of(record_of(VIPLIVE, "en"))


@EACH
@IN_EACH
def test_every_purpose_part_and_system_stands_in_the_record(
    register: Register, language: str
) -> None:
    page = record_html(register, language)
    text = plain(page)
    for purpose in register.purposes:
        assert f"{purpose.id} · {purpose.name.in_(language)}" in text
        assert all(part.name.in_(language) in text for part in purpose.parts)
        assert all(plain(one.name) in text for one in purpose.recipients)
        assert all(one.words.in_(language)[1:] in text for one in purpose.held)
    assert all(system.name.in_(language) in text for system in register.systems)


@pytest.mark.parametrize(
    ("language", "wanted"),
    [("nl", "voor haar eigen medisch dossier"), ("en", "of its own medical file")],
)
def test_joint_controllers_and_who_is_the_controller_of_a_file_stand_under_a(
    language: str, wanted: str
) -> None:
    document = record_of(JANSAPP, language)
    rows = [
        row for s in document.sections for b in s.blocks if isinstance(b, Facts) for row in b.rows
    ]
    under_a = [row for row in rows if row.limb == Teller(JANSAPP, language).limb("a")]
    told = [line.text for row in under_a for line in row.cell]
    for name in ("Centrum", "Zuidplein"):
        assert any(f"Jans Huisartsen Rotterdam {name} BV" in text for text in told)
    assert any(wanted in text for text in told)
    assert sum(wanted in line.text for line in lines_of(document)) == 2  # A.3 and its access log


@EACH
@IN_EACH
def test_every_open_question_stands_once_at_the_end_with_its_owner(
    register: Register, language: str
) -> None:
    page, document = record_html(register, language), record_of(register, language)
    section = next(one for one in document.sections if one.anchor == "open")
    table = section.blocks[0]
    assert isinstance(table, Table)
    assert len(table.rows) == len(register.open_questions)
    for number, question in enumerate(register.open_questions, 1):
        assert page.count(f'id="question-{number}"') == 1
        row = [line.text for cell in table.rows[number - 1].cells for line in cell]
        assert question.text.in_(language) in row
        assert question.owner in row


@EACH
@IN_EACH
def test_every_place_that_waits_for_an_answer_points_to_its_question(
    register: Register, language: str
) -> None:
    asked = {line.question for line in lines_of(record_of(register, language))} - {0}
    shown = {
        number
        for number, question in enumerate(register.open_questions, 1)
        if any(not path.startswith("statement.") for path in question.paths)
    }
    assert asked == shown


@EACH
@IN_EACH
def test_every_reading_stands_in_the_record_with_its_number(
    register: Register, language: str
) -> None:
    page = plain(record_html(register, language))
    for holder in (register, *register.purposes):
        for choice in holder.readings:
            number = choice.law.rpartition("-")[2]
            assert f"{number}: {choice.text.in_(language)}" in page


def test_what_nobody_has_set_reads_to_be_filled_in_and_is_listed() -> None:
    page = record_markdown(JANSAPP, "nl")
    assert "**nog in te vullen** (`DSR_CONTROLLER_OFFICER`)" in page
    assert "**to be filled in** (`DSR_CONTROLLER_OFFICER`)" in record_markdown(JANSAPP, "en")
    listed = page[page.index("## Nog in te vullen") :]
    assert all(f"`{setting.name}`" in listed for setting in JANSAPP.required_settings)


def test_with_its_settings_the_record_is_filled_in() -> None:
    filled = load_register(REGISTERS["jansapp"], PRACTICE)
    page = record_html(filled, "nl")
    assert PRACTICE["DSR_CONTROLLER_OFFICER"] in page
    assert "nog in te vullen" not in page.lower().split("</style>")[1]


@IN_EACH
@pytest.mark.parametrize("name", ["Amazon (Cognito, Lambda)", "SendBird Inc.", "SendBird Korea"])
def test_every_transfer_stands_with_its_country_and_safeguard(name: str, language: str) -> None:
    document = record_of(JANSAPP, language)
    section = next(one for one in document.sections if one.anchor == "transfers")
    table = section.blocks[0]
    assert isinstance(table, Table)
    row = next(row for row in table.rows if row.cells[0][0].text == name)
    safeguard = row.cells[3][0]
    assert row.cells[1][0].text
    assert bool(safeguard.question) == (name != "SendBird Korea")
    known = {"nl": "adequaatheidsbesluit", "en": "adequacy decision"}[language]
    assert (known in safeguard.text) == (name == "SendBird Korea")


def test_a_recipient_inside_the_area_is_no_transfer() -> None:
    page = record_of(JANSAPP, "nl")
    section = next(one for one in page.sections if one.anchor == "transfers")
    assert "Huisartsen van Jans Huisartsen" not in str(section)


def test_a_basis_that_was_inferred_is_said_to_be_provisional() -> None:
    assert "voorlopig: wettelijke plicht" in record_markdown(VIPLIVE, "nl")
    assert "provisionally: legal obligation" in record_markdown(VIPLIVE, "en")


def rule(**keys: object) -> RetentionRule:
    """A rule with these keys beside those that every rule has."""
    source = {"text": {"nl": "bron", "en": "source"}, "date": "2023"}
    return rule_from({"id": "r", "purpose": "p", "source": source, **keys})


TERMS: list[tuple[dict[str, object], str, str]] = [
    (
        {"counts_from": "sent", "months": 1},
        "1 maand, geteld vanaf het versturen van het bericht.",
        "1 month, counted from sending the message.",
    ),
    (
        {"counts_from": ["deregistered", "account_closed"], "months": 6},
        "6 maanden, geteld vanaf de uitschrijving bij de praktijk of het sluiten van het account,"
        " wat het eerst komt.",
        "6 months, counted from leaving the practice or closing the account, whichever comes"
        " first.",
    ),
    (
        {"counts_from": "obtained", "years": 2, "from_end_of_calendar_year": True},
        "2 jaar na het einde van het kalenderjaar waarin de gegevens zijn verkregen.",
        "2 years after the end of the calendar year in which the data were obtained.",
    ),
    (
        {"counts_from": "written", "years": 5, "minimum": True},
        "Ten minste 5 jaar, geteld vanaf het schrijven van de regel.",
        "At least 5 years, counted from writing the line.",
    ),
    (
        {"counts_from": "verified", "days": 0},
        "Weg op de dag zelf, geteld vanaf de controle van de identiteit.",
        "Gone on the day itself, counted from the check of identity.",
    ),
    ({"stored": False}, "Wordt niet opgeslagen.", "Is not stored."),
    (
        {"while_relevant": True, "ends_early_at": "no_longer_relevant"},
        "Zolang het nodig en nuttig is. Er is geen vaste termijn. Eerder als het niet meer nodig"
        " is.",
        "As long as it is relevant and useful. There is no fixed period. Earlier when it is no"
        " longer needed.",
    ),
    (
        {"counts_from": "sent", "days": 31, "windows": [{"from": "01-01", "to": "01-07"}]},
        "31 dagen, geteld vanaf het versturen van het bericht. Wissen in de eerstvolgende wisweek:"
        " 1 januari tot en met 7 januari. Tot dan zijn de gegevens dicht.",
        "31 days, counted from sending the message. Deleted in the next purge week: 1 January to"
        " 7 January. Until then the data are closed.",
    ),
]


@pytest.mark.parametrize(("keys", "nl", "en"), TERMS)
def test_a_term_is_put_in_words_from_the_numbers_of_its_rule(
    keys: dict[str, object], nl: str, en: str
) -> None:
    for language, expected in (("nl", nl), ("en", en)):
        words = Teller(JANSAPP, language).words["term"]
        assert term_in_words(rule(**keys), words, language) == expected  # type: ignore[arg-type]


@EACH
@IN_EACH
def test_every_rule_of_a_register_and_of_the_law_can_be_put_in_words(
    register: Register, language: str
) -> None:
    tell = Teller(register, language)
    for name in (*register.retention_rules, *own_rules()):
        assert tell.term(name).endswith(".")
        assert "{" not in tell.term(name)


def test_the_two_wordings_have_the_same_words() -> None:
    folder = ROOT / "templates" / "register" / "words"
    dutch, english = (
        yaml.safe_load((folder / f"{language}.yaml").read_text(encoding="utf-8"))
        for language in LANGUAGES
    )
    assert set(paths_of(dutch)) == set(paths_of(english))


def paths_of(value: object, path: str = "") -> list[str]:
    if not isinstance(value, dict):
        return [path]
    return [found for key, below in value.items() for found in paths_of(below, f"{path}.{key}")]


class _Checked(HTMLParser):
    """Notes ids, inner links, and elements that are not closed in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links += [href for href in [told.get("href") or ""] if href.startswith("#")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", sorted(name for name in PAGES if name.endswith(".html")))
def test_a_page_is_whole_and_needs_nothing_from_elsewhere(name: str) -> None:
    page, seen = PAGES[name], _Checked()
    seen.feed(page)
    assert seen.open == []
    assert len(seen.ids) == len(set(seen.ids))
    assert {link[1:] for link in seen.links} <= set(seen.ids)
    assert re.findall(r"<(?:script|link|img)\b|\bsrc=|url\(", page) == []
    assert page.count("<h1>") == 1


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_names_no_machine_and_nobody(name: str) -> None:
    assert re.findall(r"/home/|/work/|/tmp/|[\w.]+@[\w.]+\.\w+|\{env:|\.example", PAGES[name]) == []


@IN_EACH
def test_no_open_question_reaches_the_explanation_in_a_patients_package(language: str) -> None:
    made = contents.contents(language=language)
    files = contents.unpacked(contents.package_bytes(made))
    told = " ".join(plain(data.decode()) for name, data in files.items() if "toelichting" in name)
    assert made.register.purpose("A.2").name.in_(language) in told
    for question in made.register.open_questions:
        assert plain(question.text.in_(language)) not in told
        assert question.owner not in told


@IN_EACH
def test_the_patient_reads_that_an_open_safeguard_is_being_checked(language: str) -> None:
    told = {"nl": "zoekt", "en": "still checking"}[language]
    for purpose in contents.the_register().purposes:
        for one in purpose.recipients:
            if one.country not in ("NL", "KR"):
                assert told in one.safeguard.in_(language)


def plain(html: str) -> str:
    """A page as its text, with the five entities read and spaces as single ones."""
    text = re.sub(r"<[^>]+>", "", html)
    for entity, sign in (
        ("&#39;", "'"),
        ("&#34;", '"'),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ):
        text = text.replace(entity, sign)
    return " ".join(text.split())


def test_a_bar_in_a_text_does_not_split_a_cell_of_a_table() -> None:
    page = record_markdown(JANSAPP, "nl")
    tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    for table in tables:
        counts = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(counts) == 1, table.splitlines()[0]


def test_words_of_the_register_are_escaped_in_the_page() -> None:
    odd = Words("<b>niet vet</b>", "<b>not bold</b>")
    document = load_register(REGISTERS["jansapp"])
    changed = type(document)(**{**vars(document), "security": (odd,)})
    assert "&lt;b&gt;niet vet" in record_html(changed, "nl")


@pytest.mark.parametrize(
    ("text", "nl", "en"),
    [
        ("2023-06", "juni 2023", "June 2023"),
        ("2021-12-17", "17 december 2021", "17 December 2021"),
        ("2023", "2023", "2023"),
        ("undated", "undated", "undated"),
    ],
)
def test_a_date_is_told_as_exactly_as_it_is_known(text: str, nl: str, en: str) -> None:
    assert (date_in_words(text, "nl"), date_in_words(text, "en")) == (nl, en)


def test_the_record_says_of_which_date_its_statement_is() -> None:
    filled = load_register(REGISTERS["jansapp"], PRACTICE)
    assert record_of(filled, "nl").lead[1].endswith("Privacy Statement JansApp, juni 2023.")
    assert record_of(JANSAPP, "nl").lead[1].endswith("Privacy Statement JansApp, nog in te vullen.")
    assert record_of(VIPLIVE, "en").lead[1].endswith("(VIPLive Support), undated.")
