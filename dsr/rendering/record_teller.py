"""What a value of the register reads like in the record: told, open, or still to be filled in."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import cast

import yaml

from dsr.core.recipients import Processor, Recipient
from dsr.core.register import Register
from dsr.core.register_place import slug
from dsr.core.register_terms import OpenQuestion, SafeguardKind
from dsr.core.words import STILL_OPEN, Words
from dsr.law.retention_rule import RetentionRule, own_rules
from dsr.law.transfers import in_the_area
from dsr.rendering.html import TEMPLATES
from dsr.rendering.readable import text_in_words
from dsr.rendering.record_document import Cell, Line
from dsr.rendering.record_terms import term_in_words

_FOLDER = TEMPLATES / "register"
_EXCEPTION = re.compile(r"9\(2\)\((\w)\)")
_MONTH = re.compile(r"\d{4}-\d{2}")
_UNSET = re.compile(r"\{env: (\w+)\}")


@functools.cache
def _wording(language: str) -> Mapping[str, object]:
    path = _FOLDER / "words" / f"{language}.yaml"
    return cast(Mapping[str, object], yaml.safe_load(path.read_text(encoding="utf-8")))


@functools.cache
def _countries() -> Mapping[str, Mapping[str, str]]:
    text = (_FOLDER / "countries.yaml").read_text(encoding="utf-8")
    return cast(Mapping[str, Mapping[str, str]], yaml.safe_load(text))


class Teller:
    """Reads one register in one language; questions are numbered in the register's order."""

    def __init__(self, register: Register, language: str) -> None:
        self.register = register
        self.language = language
        self.words = _wording(language)
        self._rules = {**own_rules(), **register.retention_rules}
        self._numbers = {
            path: number
            for number, question in enumerate(register.open_questions, 1)
            for path in question.paths
        }

    def word(self, key: str) -> str:
        """A word of the wording."""
        return str(self.words[key])

    def group(self, key: str) -> Mapping[str, str]:
        """A group of the wording: `basis`, `nature` ..."""
        return cast(Mapping[str, str], self.words[key])

    def limb(self, letter: str) -> str:
        """The limb of Art. 30 that asks for something: (1) of a controller, (2) of a processor."""
        both = cast(Mapping[str, Mapping[str, str]], self.words["limb"])
        return both[self.register.role][letter]

    def line(self, value: str | Words, path: str = "", instead: str = "") -> Line:
        """A value with the question that stands open at its path; `instead` if it is empty.

        What we work with until a question is answered is said to be provisional.
        """
        text = value if isinstance(value, str) else value.in_(self.language)
        unset = _UNSET.fullmatch(text)
        if unset:
            return Line(self.word("to_fill"), to_fill=unset[1])
        question = self._numbers.get(path, 0)
        text = self.settled(text)
        if question:
            text = f"{self.word('provisional')}: {text}" if text else self.word("not_known")
        return Line(text or instead, question=question)

    def settled(self, text: str) -> str:
        """A text without the sentence that tells a patient that it is open; a link says so here."""
        return text.removesuffix(STILL_OPEN.in_(self.language)).strip()

    def cell(self, value: str | Words, path: str = "", instead: str = "") -> Cell:
        """The same as a cell."""
        return (self.line(value, path, instead),)

    def term(self, rule_id: str) -> str:
        """A retention rule in words, from its numbers."""
        words = cast(Mapping[str, object], self.words["term"])
        return term_in_words(self.rule(rule_id), words, self.language)

    def short_term(self, rule_id: str) -> str:
        """The length alone, without what moves the end."""
        return self.term(rule_id).split(". ")[0].rstrip(".")

    def rule(self, rule_id: str) -> RetentionRule:
        """A rule of the register, or of the law."""
        return self._rules[rule_id]

    def country(self, code: str) -> str:
        """A country in words."""
        names = _countries()
        if not code:
            return self.word("unknown_country")
        return names[code][self.language] if code in names else code

    def is_transfer(self, recipient: Recipient | Processor, question: int) -> bool:
        """Whether data leave the European Economic Area, or nobody knows that they do not."""
        return question > 0 or not in_the_area(recipient.country)

    def question_at(self, *paths: str) -> int:
        """The number of the question at the first of these paths that has one; 0 for none."""
        return next((self._numbers[path] for path in paths if path in self._numbers), 0)

    def paths(self, holder: str, name: str, number: int, key: str) -> tuple[str, ...]:
        """Where a value of a recipient stands: by its name, or by its number in the list."""
        return tuple(f"{holder}.{one}.{key}" for one in (slug(name), str(number)))

    def safeguard(self, recipient: Recipient | Processor, question: int) -> Cell:
        """Kind, words and source of a safeguard; the words of an open one claim nothing."""
        safeguard = recipient.safeguard
        kind = SafeguardKind.NOT_KNOWN if question else safeguard.kind
        parts = [self.group("safeguard")[kind], self.settled(safeguard.words.in_(self.language))]
        source = ", ".join(
            filter(None, (safeguard.source, date_in_words(safeguard.date, self.language)))
        )
        lines = [Line(text) for text in (*parts, source) if text]
        return (Line(lines[0].text, question=question), *lines[1:])

    def reading(self, question: OpenQuestion) -> str:
        """What we work with until a question is answered."""
        found = question.reading
        if isinstance(found, Mapping):
            told = found.get("words", found)
            return str(told[self.language])
        if found is None:
            return self.word("no_reading")
        named = {**self.group("basis"), **self.group("subject")}
        return named.get(str(found)) or self.exceptions(str(found)) or str(found)

    def exceptions(self, article9: str) -> str:
        """`9(2)(h)` as `artikel 9 lid 2 onder h`; empty where no exception stands."""
        letters = _EXCEPTION.findall(article9)
        return ", ".join(self.word("exception").format(letter) for letter in letters)

    def places(self, paths: Iterable[str]) -> str:
        """Where something stands, for a person: purposes by id, systems by name."""
        return ", ".join(dict.fromkeys(self._place(path) for path in paths))

    def _place(self, path: str) -> str:
        holders = [p.id for p in self.register.purposes if path.startswith(f"{p.id}.")]
        if holders:
            return max(holders, key=len)
        head, _, rest = path.partition(".")
        if head == "systems":
            return self.register.system(rest.split(".")[0]).name.in_(self.language)
        return self.group("places").get(head, head)


def date_in_words(text: str, language: str) -> str:
    """`2023-06` as `juni 2023`, a whole day as a day, anything else as it is."""
    if _MONTH.fullmatch(text):
        return text_in_words(f"{text}-01", language).removeprefix("1 ")
    return text_in_words(text, language)
