"""Letters made from the `sample.yaml` beside their templates."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from dsr.core.letters import LANGUAGES, Facts, Letter
from dsr.rendering.html import FOLDERS, TEMPLATES

_LETTERS = TEMPLATES / "letters"


def all_samples() -> Iterator[tuple[str, Letter]]:
    """Every sample of every letter in every language, with a name for its golden file."""
    for kind, folder in FOLDERS.items():
        for name, language in _names(_LETTERS / folder / "sample.yaml"):
            yield f"{folder}-{name}-{language}", sample(kind, name, language)


def sample(kind: type[Any], name: str, language: str, **changed: object) -> Any:
    """One sample letter; `changed` replaces fields."""
    values = _merged(_read(_LETTERS / FOLDERS[kind] / "sample.yaml")[name], language)
    shared = _merged(_read(_LETTERS / "sample_facts.yaml"), language)
    facts = {**shared, **values.pop("facts", {}), "language": language}
    values["facts"] = facts
    return dataclasses.replace(_build(kind, values), **changed)


def facts(language: str = "nl", **changed: object) -> Facts:
    """The facts that the samples share."""
    shared = _merged(_read(_LETTERS / "sample_facts.yaml"), language)
    made: Facts = _build(Facts, {**shared, "language": language})
    return dataclasses.replace(made, **changed)  # type: ignore[arg-type]


def _read(path: Path) -> dict[str, Any]:
    return typing.cast(dict[str, Any], yaml.safe_load(path.read_text()))


def _names(path: Path) -> list[tuple[str, str]]:
    return [(name, language) for name in _read(path) for language in LANGUAGES]


def _merged(document: dict[str, Any], language: str) -> dict[str, Any]:
    return {**document.get("both", {}), **document.get(language, {})}


def _build(kind: Any, value: Any) -> Any:
    if _is_facts(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _build(hints[name], one) for name, one in value.items()})
    if typing.get_origin(kind) is tuple:
        return tuple(_build(typing.get_args(kind)[0], one) for one in value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if isinstance(kind, types.UnionType) and isinstance(value, dict):
        return _build(next(one for one in typing.get_args(kind) if _is_facts(one)), value)
    expected = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    assert isinstance(value, expected), f"{value!r} is no {kind}"
    assert not isinstance(value, date) or date in expected
    return value


def _is_facts(kind: Any) -> bool:
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)
