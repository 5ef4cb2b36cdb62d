"""docs/register.md names every key that a register may have."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from dsr.core.register_mistakes import RegisterMistakes
from dsr.core.register_reading import parse
from tests.docs.written import ROOT

PAGE = (ROOT / "docs" / "register.md").read_text("utf-8")
WRITTEN = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
SMALL: Any = yaml.safe_load((ROOT / "tests/registers/small.yaml").read_text("utf-8"))


def whole() -> Any:
    """The small register with every mapping that one may have."""
    made = copy.deepcopy(SMALL)
    made["processor"] = {}
    made["readings"] = [{}]
    made["joint_controllers"] = {}
    made["systems"][0]["pace"] = {}
    made["purposes"][0]["minimum_age"] = {}
    return made


def mappings(thing: Any) -> Iterator[dict[Any, Any]]:
    if isinstance(thing, dict):
        yield thing
    below = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ()
    for inner in below:
        yield from mappings(inner)


def test_every_key_of_a_register_is_described() -> None:
    made = whole()
    for mapping in list(mappings(made)):
        if "env" not in mapping and "url" not in mapping:
            mapping["no_such_key"] = 1
    with pytest.raises(RegisterMistakes) as refused:
        parse(made)
    said = [one.words for one in refused.value.mistakes if "is not a key of" in one.words]
    known = {
        key for words in said for key in words.split("Use one of: ")[1].rstrip(".").split(", ")
    }
    assert len(known) > 80
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]+`", WRITTEN))))
    assert known - told == set()
