"""Reading a register's file: every mistake with the line that it stands on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dsr.core.errors import BrokenRegister
from dsr.core.register import Register
from dsr.core.register_mistakes import Mistake, RegisterMistakes
from dsr.core.register_mistakes import Path as Steps
from dsr.core.register_reading import parse

#: a node of the document at its place, with the line of its key, or its own in a list
Placed = tuple[Steps, yaml.Node, int]
_MERGE = "tag:yaml.org,2002:merge"
_DATES = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """Leaves dates as texts: one that is no date is a mistake of ours to name, not YAML's."""


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
    text = _text(path)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise BrokenRegister(f"{path}: the file is empty; write a register in it.")
        _refuse_rings(node, path)
        # Before the document is made: that writes what is merged into the nodes themselves.
        placed = list(_walk(node))
        doubled = list(_doubled(placed))
        return loader.construct_document(node), placed, doubled
    except (yaml.YAMLError, ValueError) as error:
        raise BrokenRegister(_not_yaml(path, text, error)) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BrokenRegister(f"There is no register at {path.name}; set DSR_REGISTER.") from error
    except (OSError, UnicodeDecodeError) as error:
        words = "it cannot be read as a text in UTF-8; mend the file or its rights."
        raise BrokenRegister(f"{path}: {words}") from error


def _not_yaml(path: Path, text: str, error: Exception) -> str:
    mark, position = getattr(error, "problem_mark", None), getattr(error, "position", 0)
    line = mark.line + 1 if mark else text.count("\n", 0, position) + 1
    problem = getattr(error, "problem", None) or "something that cannot be read as it is marked"
    return f"{path}:{line}: this is not valid YAML ({problem}); mend it there."


def _refuse_rings(node: yaml.Node, path: Path, above: tuple[yaml.Node, ...] = ()) -> None:
    """An alias inside its own anchor has no end."""
    if any(node is one for one in above):
        line = node.start_mark.line + 1
        raise BrokenRegister(f"{path}:{line}: an alias stands inside its own anchor; write it out.")
    for _step, below, _line in _below(node):
        _refuse_rings(below, path, (*above, node))


def _walk(node: yaml.Node, steps: Steps = (), line: int = 1) -> Iterator[Placed]:
    yield steps, node, line
    for step, below, line_of in _below(node):
        yield from _walk(below, (*steps, step), line_of)


def _below(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node, int]]:
    if isinstance(node, yaml.SequenceNode):
        for number, one in enumerate(node.value):
            yield number, one, one.start_mark.line + 1
    elif isinstance(node, yaml.MappingNode):
        yield from _merged(node)
        for key, value in node.value:
            if key.tag != _MERGE:
                yield str(key.value), value, key.start_mark.line + 1


def _merged(node: yaml.MappingNode) -> Iterator[tuple[str | int, yaml.Node, int]]:
    """What `<<: *other` brings, in the order in which a later one goes before an earlier one."""
    for key, value in node.value:
        if key.tag == _MERGE:
            others = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for other in reversed(others):
                yield from _below(other)


def _doubled(placed: list[Placed]) -> Iterator[Mistake]:
    """Keys that stand twice in one mapping: YAML takes the last and says nothing."""
    for steps, node, _line in placed:
        if not isinstance(node, yaml.MappingNode):
            continue
        seen: dict[str, int] = {}
        for key, _value in node.value:
            if key.tag == _MERGE:
                continue
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
        told.setdefault((id(node), mistake.words), (line, f"{path}:{line}: {mistake}"))
    return "\n".join(words for _line, words in sorted(told.values()))


def _nearest(places: dict[Steps, tuple[yaml.Node, int]], steps: Steps) -> tuple[yaml.Node, int]:
    """The place itself, or that of the mapping in which it is missing."""
    while steps not in places:
        steps = steps[:-1]
    return places[steps]
