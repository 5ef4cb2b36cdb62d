"""A rule of the law as a page shows it: its sentence, its articles, what it can come to."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from dsr.law import words
from dsr.law.articles import all_articles, article
from dsr.law.proposal import Outcome

_CODE = re.compile(r"[A-Z]+:\S+")
_ENGLISH = "en"


@dataclass(frozen=True)
class Told:
    """A rule by its name; `codes` are of articles, in the order in which its source names them."""

    name: str
    sentence: str
    codes: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def line(self) -> str:
        """One item of a list, in Markdown."""
        cited = ", ".join(linked(code) for code in self.codes) or "no article of its own"
        comes_to = " / ".join(words.outcome(one, _ENGLISH) for one in self.outcomes)
        comes_to = f" *{comes_to}.*" if comes_to else ""
        return f'<a id="{self.name}"></a>`{self.name}`: {self.sentence}{comes_to} {cited}.'


def told(rule: Callable[..., object], name: str) -> Told:
    """What a rule says of itself, read from its source and from what it calls beside it."""
    read = list(_read(rule, set()))
    codes = [one for one in read if _CODE.fullmatch(one) and one in all_articles()]
    outcomes = [Outcome[one] for one in read if one in Outcome.__members__]
    return Told(name, sentence_of(rule), _once(codes), tuple(dict.fromkeys(outcomes)))


def sentence_of(thing: object) -> str:
    """The first sentence of a docstring, on one line."""
    first = (inspect.getdoc(thing) or "").split("\n\n")[0]
    return " ".join(first.split())


def whole_of(thing: object) -> str:
    """A docstring on one line."""
    return " ".join((inspect.getdoc(thing) or "").split())


def linked(code: str) -> str:
    """An article as a link by reference, as in "[GDPR 17(1)(a)]"; `references` says where to."""
    found = article(code)
    mark = "\N{DAGGER}" if found.verify else ""
    shown = code.replace(":", " ", 1)
    return f"[{shown}]{mark}" if found.link(_ENGLISH) else f"{shown}{mark}"


def references(page: str) -> Iterator[str]:
    """Where the links of a page go, in the order of the codes."""
    for code, found in sorted(all_articles().items()):
        shown = code.replace(":", " ", 1)
        if f"[{shown}]" in page:
            yield f"[{shown}]: <{found.link(_ENGLISH)}>"


def _once(codes: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))


def _read(function: Callable[..., object], seen: set[str]) -> Iterator[str]:
    """Texts and members of `Outcome` in a function and in the helpers and tables of its file."""
    module = inspect.getmodule(function)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree.body[0]):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Outcome":
            yield node.attr
        elif isinstance(node, ast.Name) and node.id.lstrip("_") and node.id not in seen:
            seen.add(node.id)
            yield from _beside(module, node.id, seen)


def _beside(module: ModuleType | None, name: str, seen: set[str]) -> Iterator[str]:
    """What a name of the same file stands for, as far as it is a private helper or a table."""
    thing: Any = getattr(module, name, None)
    if inspect.isfunction(thing) and name.startswith("_"):
        yield from _read(thing, seen)
    elif isinstance(thing, tuple | Mapping):
        yield from _texts(thing)


def _texts(thing: object) -> Iterator[str]:
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, Mapping):
        yield from _texts(tuple(thing.values()))
    elif isinstance(thing, tuple | list | frozenset):
        for one in thing:
            yield from _texts(one)
