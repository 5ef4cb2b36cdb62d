"""JSON systems of a test's own: one list behind an address, and the connector that reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, jsonify

from connectors.rest import RestConnector, build
from dsr.core.connector import Page
from tests.connectors.serving import served


@contextmanager
def connected(app: Flask, settings: dict[str, Any]) -> Iterator[RestConnector]:
    with served(app) as address:
        connector = build({"base_url": address, **settings})
        connector.http.sleep = lambda seconds: None
        yield connector
        connector.http.close()


def refs(connector: RestConnector, dataset: str, ref: str) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        page = connector.find(ref, dataset, after)
        assert isinstance(page, Page)
        found += [item.ref for item in page.items]
        after = page.next
        if after is None:
            return found


def a_list(answer: Callable[[], object], **more: Any) -> tuple[Flask, dict[str, Any]]:
    """An API with one list at /lines, and settings that read it."""
    app = Flask("list")
    app.add_url_rule("/lines", "lines", lambda: jsonify(answer()), methods=["GET", "POST"])
    lines = {
        "request": {"path": "/lines"},
        "items": "items",
        "ref": "id",
        "owner": "of",
        **more.pop("lines", {}),
    }
    settings = {
        "person": {"ref": "id"},
        "lookup": [{"by": "email", "request": {"path": "/lines"}, "result_path": "items"}],
        "datasets": {"lines": lines},
        **more,
    }
    return app, settings


def rows(start: int, end: int) -> list[dict[str, object]]:
    return [{"id": n, "of": "a"} for n in range(start, end)]
