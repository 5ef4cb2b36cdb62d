"""Loading what the register names: its own file, and a connector for every system."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import connectors
from dsr.core.connector import Connector
from dsr.core.errors import BrokenRegister
from dsr.core.pace import UNHURRIED, Pace
from dsr.core.register import Register, System
from dsr.core.register_terms import OpenQuestion, RequiredSetting
from dsr.register_file import read_register

_BUILD = re.compile(r"^def build\(", re.MULTILINE)


def known() -> tuple[str, ...]:
    """The connectors that a register may name: every file in `connectors/` that has a `build`."""
    files = sorted(Path(connectors.__path__[0]).glob("*.py"))
    return tuple(file.stem for file in files if _BUILD.search(file.read_text(encoding="utf-8")))


def load_register(
    path: Path,
    environment: Mapping[str, str] | None = None,
    *,
    accepted: Collection[str] | None = None,
) -> Register:
    """The register in a YAML file; `BrokenRegister` lists every mistake with its line and mend.

    With the `environment` of a process its required settings are filled, and those that are not
    set are refused; without it the register is only read. With `accepted`, open questions are
    refused whose ids it does not name.
    """
    register = read_register(path, environment, known())
    unset = () if environment is None else register.required_settings
    wrong = [
        *_unset([setting for setting in unset if not setting.is_set]),
        *_unanswered(register.open_questions, accepted),
    ]
    if wrong:
        raise BrokenRegister("\n".join([f"{path.name} cannot be used yet:", *wrong]))
    return register


def _unset(settings: Sequence[RequiredSetting]) -> list[str]:
    """Every variable once, with the places that wait for it."""
    places: dict[str, list[str]] = {}
    for setting in settings:
        places.setdefault(setting.name, []).append(setting.path)
    return [
        f"- {name} is not set: the practice gives it as {', '.join(where)}; set the variable."
        for name, where in places.items()
    ]


def _unanswered(asked: Sequence[OpenQuestion], accepted: Collection[str] | None) -> list[str]:
    """Every question that is open and that nobody decided on, with who has to."""
    if accepted is None:
        return []
    return [
        f"- {one.id} is open; {one.owner} has to answer: {one.text.en} Write the answer in the"
        " register, or name this id in DSR_OPEN_QUESTIONS_ACCEPTED to work"
        f" {_meanwhile(one)}."
        for one in asked
        if one.id not in accepted
    ]


def _meanwhile(question: OpenQuestion) -> str:
    if question.reading is None:
        return "without an answer"
    return f"with {question.reading}" if isinstance(question.reading, str) else "with its reading"


def load_systems(
    register: Register,
    environment: Mapping[str, str],
    pace_of: Callable[[System], Pace] = lambda _system: UNHURRIED,
) -> dict[str, Connector]:
    """A connector for every system that has one, at its pace; those searched by hand have none."""
    connected = [system for system in register.systems if not system.searched_by_hand]
    unset = [
        f"system {system.id}: set the environment variable {name}."
        for system in connected
        for name in sorted(variables_of(system.settings) - environment.keys())
    ]
    if unset:
        raise BrokenRegister("\n".join(unset))
    return {system.id: build(system, environment, pace_of(system)) for system in connected}


def variables_of(value: object) -> set[str]:
    """The names of all variables that settings of a connector ask for."""
    if isinstance(value, Mapping):
        if set(value) == {"env"}:
            return {str(value["env"])}
        return set().union(*(variables_of(inner) for inner in value.values()))
    return set().union(*map(variables_of, value)) if isinstance(value, list) else set()


def build(system: System, environment: Mapping[str, str], pace: Pace = UNHURRIED) -> Connector:
    """The connector of one system, with its settings from the register and the environment."""
    if system.connector not in known():
        raise BrokenRegister(
            f"system {system.id}: there is no connector {system.connector!r};"
            f" use one of {', '.join((*known(), 'by_hand'))}."
        )
    try:
        module = importlib.import_module(f"connectors.{system.connector}")
    except (ImportError, SyntaxError) as error:
        raise BrokenRegister(
            f"system {system.id}: connectors/{system.connector}.py cannot be loaded: {error}."
        ) from error
    settings = resolved(dict(system.settings), environment, f"system {system.id}")
    return cast(Connector, module.build(settings, pace))


def resolved(value: Any, environment: Mapping[str, str], where: str) -> Any:
    """The settings with every `{env: NAME}` replaced by that variable's value."""
    if isinstance(value, Mapping):
        if set(value) == {"env"}:
            return _from_environment(str(value["env"]), environment, where)
        return {key: resolved(inner, environment, f"{where}.{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, environment, where) for inner in value]
    return value


def _from_environment(name: str, environment: Mapping[str, str], where: str) -> str:
    if name not in environment:
        raise BrokenRegister(f"{where}: set the environment variable {name}.")
    return environment[name]
