"""Nothing real in what we ship: no number of the demo or the tests can be somebody's BSN."""

from __future__ import annotations

import re
from pathlib import Path

from demo.population import passes_eleven_test

ROOT = Path(__file__).parents[2]
READ = {".py", ".json", ".yaml", ".yml", ".md", ".txt", ".sql", ".xml", ".html", ".eml", ".csv"}
#: Nine digits on their own: no part of a word, a path, a phone number or a fraction.
NINE = re.compile(r"(?<![\w.+/-])\d{9}(?![\w/-]|\.\d)")
#: A code of a code system (SNOMED CT has such numbers) is no person's number.
CODE = re.compile(r"code[\"']?\s*[:=]\s*[\"']\Z")
#: Test numbers of Nictiz's public examples: named where a test finds them, or shows them gone.
PUBLIC_EXAMPLES = {"111222333", "999911120", "999911132"}


def possible_bsns(text: str) -> list[str]:
    """Every number of nine digits that passes the eleven-test and is not a code."""
    return [
        match[0]
        for match in NINE.finditer(text)
        if passes_eleven_test(match[0])
        and match[0] not in PUBLIC_EXAMPLES
        and not CODE.search(text[: match.start()][-30:])
    ]


def test_no_fixture_holds_a_number_that_could_be_a_bsn() -> None:
    files = [
        path
        for folder in ("demo", "tests", "registers", "bench")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in READ
    ]
    assert len(files) > 20
    wrong = {
        str(path.relative_to(ROOT)): found
        for path in files
        if (found := possible_bsns(path.read_text("utf-8", "replace")))
    }
    assert wrong == {}, "use numbers that fail the eleven-test in fixtures"


def test_the_lint_sees_a_possible_bsn_and_lets_a_code_pass() -> None:
    number = "1234" + "56782"
    assert possible_bsns(f'bsn = "{number}"') == [number]
    assert possible_bsns(f'{{"code": "{number}"}}') == []
