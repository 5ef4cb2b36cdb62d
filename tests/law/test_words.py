"""Every code of the law has a name at the desk, in Dutch and English."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

import pytest
import yaml

from dsr.law import words
from dsr.law.authority import Need, Role, Standing
from dsr.law.errors import UnknownValue
from dsr.law.facts import VOCABULARY, WHOLE, YES_OR_NO
from dsr.law.identity import Assurance, Condition, Gate
from dsr.law.proposal import Asks, Outcome
from dsr.law.rights import Basis, Nature, Right
from dsr.law.windows import Ended

LANGUAGES = ("nl", "en")
DATA = Path("dsr/law/data")
VECTORS = Path("tests/law/vectors/README.md").read_text(encoding="utf-8")
TREES = [
    ast.parse(path.read_text(encoding="utf-8")) for path in sorted(Path("dsr/law").glob("*.py"))
]

CODE = re.compile(r"[a-z0-9_]+")
Name = Callable[[str, str], str]


def listed_actions() -> list[str]:
    listed = VECTORS.split("## Actions that can be expected")[1].split("## Purpose")[0]
    return re.findall(r"`([^`]+)`", listed)


def said_by_rules(name: str) -> set[str]:
    """The codes that rules name: `name="..."`, a table of that name, `_ask("...")`."""
    found: set[str] = set()
    for tree in TREES:
        constants = constants_of(tree)
        named = [one for node in ast.walk(tree) for one in values_of(node, name)]
        found |= {code for one in named for code in strings_of(one, constants)}
    return {code for code in found if CODE.fullmatch(code)}


def values_of(node: ast.AST, name: str) -> list[ast.expr]:
    if isinstance(node, ast.keyword) and node.arg == name:
        return [node.value]
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        return [node.value] if getattr(target, "id", "") in (name, f"_{name.upper()}") else []
    asked = name == "question" and isinstance(node, ast.Call)
    if asked and getattr(node.func, "id", "") == "_ask" and node.args:
        return node.args[:1]
    return []


def constants_of(tree: ast.Module) -> dict[str, ast.expr]:
    """What a file says once at its top, as in `_TELL = ("notify_processors", ...)`."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def strings_of(node: ast.AST, constants: dict[str, ast.expr]) -> Iterator[str]:
    """The codes in an expression; what a condition compares with is no code."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
        return
    if isinstance(node, ast.Name) and node.id in constants:
        yield from strings_of(constants[node.id], {})
    inner = [node.body, node.orelse] if isinstance(node, ast.IfExp) else ast.iter_child_nodes(node)
    for child in inner:
        yield from strings_of(child, constants)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("values", "name"),
    [
        (Outcome, words.outcome),
        (Asks, words.asks),
        (Right, words.right),
        (Basis, words.basis),
        (Nature, words.nature),
        (Standing, words.standing),
        (Need, words.need),
        (Role, words.role),
        (Assurance, words.level),
        (Gate, words.gate),
        (Condition, words.condition),
    ],
)
def test_every_value_of_the_law_has_a_name(
    values: type[StrEnum], name: Name, language: str
) -> None:
    assert all(name(one, language) for one in values)


def test_every_action_of_the_vectors_has_words() -> None:
    assert len(listed_actions()) > 60
    assert [code for code in listed_actions() if code not in words.codes("actions")] == []


def test_every_action_that_a_rule_names_has_words() -> None:
    assert len(said_by_rules("actions")) > 30
    missing = sorted(said_by_rules("actions") - words.codes("actions"))
    assert missing == [], "write these in dsr/law/data/words.yaml"


def test_every_question_that_a_rule_asks_has_words() -> None:
    assert len(said_by_rules("question")) > 20
    missing = sorted(said_by_rules("question") - words.codes("questions"))
    assert missing == [], "write these in dsr/law/data/words.yaml"


def test_no_question_is_kept_that_no_rule_asks() -> None:
    assert sorted(words.codes("questions") - said_by_rules("question")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_action_is_a_short_sentence(language: str) -> None:
    for code in words.codes("actions"):
        said = words.action(code, language)
        assert said[0].isupper(), said
        assert said.endswith("."), said
        assert len(said.split()) <= 15, said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_is_a_question(language: str) -> None:
    for code in words.codes("questions"):
        said = words.question(code, language)
        assert said.endswith("?"), said
        assert len(said.split()) <= 20, said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(VOCABULARY))
def test_every_fact_and_each_of_its_values_has_words(name: str, language: str) -> None:
    assert words.fact(name, language)
    kind = VOCABULARY[name]
    if kind is YES_OR_NO:
        assert words.value(name, True, language) != words.value(name, False, language)
    elif kind is WHOLE:
        assert words.value(name, 16, language) == "16"
    else:
        assert len({words.value(name, one, language) for one in kind}) == len(kind)


def test_no_fact_has_words_that_the_vocabulary_does_not_have() -> None:
    written = yaml.safe_load((DATA / "fact_words.yaml").read_text(encoding="utf-8"))
    assert sorted(written) == sorted(VOCABULARY)
    for name, said in written.items():
        assert set(said.get("values", {})) <= VOCABULARY[name], name


@pytest.mark.parametrize("file", ["words.yaml", "fact_words.yaml"])
def test_no_key_stands_twice(file: str) -> None:
    def look(node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), keys
            for _, child in node.value:
                look(child)

    look(yaml.compose((DATA / file).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: words.action("burn_it", "nl"),
        lambda: words.question("why_not", "nl"),
        lambda: words.fact("shoe_size", "nl"),
        lambda: words.value("shoe_size", "big", "nl"),
        lambda: words.value("identity", "perhaps", "nl"),
        lambda: words.value("age", "old", "nl"),
        lambda: words.action("redact", "fr"),
    ],
)
def test_a_code_without_words_is_refused_by_name(ask: Callable[[], str]) -> None:
    with pytest.raises(UnknownValue):
        ask()


def test_every_end_of_an_authority_has_words() -> None:
    assert words.codes("ended") == frozenset(Ended) - {Ended.NOTHING}
    assert words.ended(Ended.AGE_16, "en").startswith("the young person")
