"""The complete examples of docs/connectors-rest.md, which the tests run as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from connectors.rest import RestConnector, build
from dsr.systems import resolved

PAGE = Path(__file__).parents[2] / "docs" / "connectors-rest.md"
_EXAMPLE = r"<!-- example: {name} -->\n```yaml\n(.*?)```"


def example(name: str) -> dict[str, Any]:
    """The settings under that name on the page."""
    found = re.search(_EXAMPLE.format(name=name), PAGE.read_text("utf-8"), re.DOTALL)
    assert found, f"{PAGE.name} has no example {name}"
    settings = yaml.safe_load(found[1])
    assert isinstance(settings, dict)
    return settings


@contextmanager
def connected(
    name: str, environment: Mapping[str, str], **changed: object
) -> Iterator[RestConnector]:
    """The connector that an example makes."""
    settings = resolved({**example(name), **changed}, environment, name)
    connector = build(settings)
    connector.http.sleep = lambda seconds: None
    yield connector
    connector.http.close()
