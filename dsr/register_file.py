"""Reading a register's file: every mistake with the line that it stands on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dsr.core.errors import BrokenRegister
from dsr.core.printable import printable
from dsr.core.register import Register
from dsr.core.register_mistakes import Mistake, RegisterMistakes
from dsr.core.register_mistakes import Path as Steps
from dsr.core.register_reading import parse

#: a node of the document at its place, with the line of its key, or its own in a list
Placed = tuple[Steps, yaml.Node, int]
_MERGE = "tag:yaml.org,2002:merge"
_DATES = "tag:yaml.org,2002:timestamp"
#: a register has some thousands of values, about ten deep, in some hundreds of kilobytes
_DEEPEST, _MOST, _LARGEST = 50, 50_000, 4_000_000
_HIGHEST = 10**15
_MARKED = "this cannot be read as what it is marked or written as"


class _Refused(Exception):
    """A file that is no register at all: the line, and what to do there."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line


class _Loader(yaml.SafeLoader):
    """Leaves dates as texts: one that is no date is a mistake of ours to name, not YAML's.

    Refuses what is too deep or too much while it reads, before that can exhaust the process.
    """

    _deep = 0
    _many = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """A node with all below it."""
        self._deep += 1
        self._many += 1
        event = self.peek_event()  # type: ignore[no-untyped-call]
        _refuse_excess(self._deep, self._many, event.start_mark.line + 1)
        node = super().compose_node(parent, index)
        self._deep -= 1
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value of a node; Any, because a document may hold anything."""
        line = node.start_mark.line + 1
        try:
            value = super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
            raise _Refused(line, f"{_MARKED}; write a plain value.") from error
        if isinstance(value, int | float) and not abs(value) < _HIGHEST:
            raise _Refused(line, f"{_MARKED}; write a smaller number.")
        return value


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in found if tag != _DATES]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_register(
    path: Path, environment: Mapping[str, str] | None, connectors: Collection[str]
) -> Register:
    """The register of a file; `BrokenRegister` has a line for each mistake: file, line, mend."""
    document, placed, doubled = _composed(path)
    try:
        register = parse(document, environment, connectors=connectors)
    except RegisterMistakes as refused:
        raise BrokenRegister(_told(path, placed, [*doubled, *refused.mistakes])) from refused
    if doubled:
        raise BrokenRegister(_told(path, placed, doubled))
    return register


def _composed(path: Path) -> tuple[object, list[Placed], list[Mistake]]:
    """The document, where everything in it stands, and the keys that stand twice."""
    try:
        return _document(_text(path))
    except _Refused as refused:
        raise BrokenRegister(f"{_named(path)}:{refused.line}: {refused}") from refused


def _document(text: str) -> tuple[object, list[Placed], list[Mistake]]:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise _Refused(1, "the file is empty; write a register in it.")
        # Before the document is made: that writes what is merged into the nodes themselves.
        placed = list(_Walk().over(node))
        doubled = list(_doubled(placed))
        return loader.construct_document(node), placed, doubled
    except yaml.YAMLError as error:
        raise _not_yaml(text, error) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        words = "there is no such file; name a register's file (without one: DSR_REGISTER)."
        raise _Refused(1, words) from error
    except OSError as error:
        raise _Refused(1, f"it cannot be read ({error.strerror}); name a file.") from error
    if len(content) > _LARGEST:
        raise _Refused(1, f"the file is larger than {_LARGEST} bytes; a register is not.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _Refused(line, "it cannot be read as a text in UTF-8; mend that byte.") from error


def _not_yaml(text: str, error: yaml.YAMLError) -> _Refused:
    mark, position = getattr(error, "problem_mark", None), getattr(error, "position", 0)
    line = mark.line + 1 if mark else text.count("\n", 0, position) + 1
    problem = printable(getattr(error, "problem", None) or "a character that no text has")
    return _Refused(line, f"this is not valid YAML ({problem}); mend it there.")


def _refuse_excess(deep: int, many: int, line: int) -> None:
    if deep > _DEEPEST:
        raise _Refused(line, f"this is nested deeper than {_DEEPEST} levels; write it flatter.")
    if many > _MOST:
        words = f"with this the file has more than {_MOST} values, counting each alias in full"
        raise _Refused(line, f"{words}; write fewer.")


class _Walk:
    """One walk over a document as it reads with every alias and merge written out."""

    def __init__(self) -> None:
        self._many = 0
        self._top = 1

    def over(self, node: yaml.Node) -> Iterator[Placed]:
        """Every node at its place, from the top; an alias at each place where it stands."""
        yield from self._placed(node, (), 1, ())

    def _placed(
        self, node: yaml.Node, steps: Steps, line: int, above: tuple[yaml.Node, ...]
    ) -> Iterator[Placed]:
        if len(steps) == 1:
            self._top = line
        self._enter(node, above)
        yield steps, node, line
        for step, below, line_of in self._below(node, above):
            yield from self._placed(below, (*steps, step), line_of, (*above, node))

    def _enter(self, node: yaml.Node, above: tuple[yaml.Node, ...]) -> None:
        """Aliases may make much of little, and one inside its own anchor has no end."""
        line = node.start_mark.line + 1
        if any(node is one for one in above):
            raise _Refused(line, "an alias stands inside its own anchor; write it out.")
        self._many += 1
        _refuse_excess(len(above) + 1, self._many, self._top)

    def _below(
        self, node: yaml.Node, above: tuple[yaml.Node, ...]
    ) -> Iterator[tuple[str | int, yaml.Node, int]]:
        if isinstance(node, yaml.SequenceNode):
            for number, one in enumerate(node.value):
                yield number, one, one.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            yield from self._merged(node, (*above, node))
            for key, value in _entries(node):
                yield str(key.value), value, key.start_mark.line + 1

    def _merged(
        self, node: yaml.MappingNode, above: tuple[yaml.Node, ...]
    ) -> Iterator[tuple[str | int, yaml.Node, int]]:
        """What `<<: *other` brings, in the order in which a later one goes before an earlier."""
        for key, value in node.value:
            if key.tag == _MERGE:
                others = value.value if isinstance(value, yaml.SequenceNode) else [value]
                for other in reversed(others):
                    self._enter(other, above)
                    yield from self._below(other, above)


def _entries(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """The keys and values that stand in a mapping itself, not merged into it."""
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _Refused(key.start_mark.line + 1, "a key is a single word; write it as one.")
        if key.tag != _MERGE:
            yield key, value


def _doubled(placed: list[Placed]) -> Iterator[Mistake]:
    """Keys that stand twice in one mapping: YAML takes the last and says nothing."""
    for steps, node, _line in placed:
        if not isinstance(node, yaml.MappingNode):
            continue
        seen: dict[str, int] = {}
        for key, _value in _entries(node):
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                words = f"the key {name!r} stands on line {seen[name]} too; keep one of them."
                yield Mistake((*steps, name), words)
            seen.setdefault(name, line)


def _told(path: Path, placed: list[Placed], mistakes: list[Mistake]) -> str:
    """A line for each mistake, in the order of the file; one that aliases repeat is told once."""
    places = {steps: (node, line) for steps, node, line in placed}
    told: dict[Any, tuple[int, str]] = {}
    for mistake in mistakes:
        node, line = _nearest(places, mistake.path)
        told.setdefault(
            (id(node), mistake.words),
            (line, f"{_named(path)}:{line}: {printable(str(mistake))}"),
        )
    return "\n".join(words for _line, words in sorted(told.values()))


def _nearest(places: dict[Steps, tuple[yaml.Node, int]], steps: Steps) -> tuple[yaml.Node, int]:
    """The place itself, or that of the mapping in which it is missing."""
    while steps not in places:
        steps = steps[:-1]
    return places[steps]


def _named(path: Path) -> str:
    return printable(str(path))
