"""docs/connectors-cognito.md and docs/connectors-sendbird.md say what the connectors do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from connectors import cognito, sendbird
from connectors.cognito_calls import LISTS
from connectors.cognito_changes import OPERATIONS
from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry

DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {
    name: (DOCS / f"connectors-{name}.md").read_text("utf-8") for name in ("cognito", "sendbird")
}
SETTINGS = {
    "cognito": {"pool": "eu-west-1_x", "region": "eu-west-1"},
    "sendbird": {"url": "https://api-x.voorbeeld.example", "token": "t"},
}
BUILD = {"cognito": cognito.build, "sendbird": sendbird.build}


def block(name: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXTS[name], re.S)
    assert found
    return found[1]


def test_the_policy_names_exactly_the_operations_that_are_called() -> None:
    (rule,) = json.loads(block("cognito", "json"))["Statement"]
    called = {*LISTS, *OPERATIONS, "admin_get_user"}
    named = {"".join(word.title() for word in operation.split("_")) for operation in called}
    assert {action.removeprefix("cognito-idp:") for action in rule["Action"]} == named


@pytest.mark.parametrize("name", SETTINGS)
def test_the_example_can_be_built(name: str) -> None:
    (system,) = yaml.safe_load(block(name, "yaml"))
    told = {
        key: "https://api-x.voorbeeld.example"
        if isinstance(value, dict) and "env" in value
        else value
        for key, value in Entry(system).at("settings").values.items()
    }
    assert BUILD[name](told).datasets


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_described(name: str) -> None:
    with pytest.raises(BrokenRegister, match="use one of") as caught:
        BUILD[name]({**SETTINGS[name], "no-such": "key"})
    known = str(caught.value).partition("use one of ")[2].rstrip(".").split(", ")
    rows = {
        key
        for row in re.findall(r"^\| (`.+?) \|", TEXTS[name], re.M)
        for key in re.findall(r"`(\w+)`", row)
    }
    assert set(known) <= rows


@pytest.mark.parametrize("name", SETTINGS)
def test_every_dataset_is_described(name: str) -> None:
    every = {**SETTINGS[name], **({"elsewhere": True} if name == "sendbird" else {})}
    for dataset in BUILD[name](every).datasets:
        assert f"`{dataset}`" in TEXTS[name]
