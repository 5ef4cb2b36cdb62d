"""Which call to a stand-in changes something, and what, told without any value that it carries."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

_READING = ("AdminGetUser", "AdminList", "List", "Describe")
#: what a call names of the body of a Cognito operation: never a value of an attribute
_NAMED = ("Username", "DeviceKey", "GroupName")


def of(
    system: str, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> dict[str, Any] | None:
    """The line of a journal for a call that changes something; None for a question."""
    place = unquote(urlsplit(path).path)
    line: dict[str, Any] = {"at": time.time(), "system": system, "method": method, "path": place}
    if system == "cognito":
        return _operation(line, headers, body)
    if method == "GET" or place.endswith(("_search", "/search")):
        return None
    line["fields"] = sorted(_json(body))
    entries = _json(body).get("entry") if system == "his" else None
    if isinstance(entries, list):
        asked = [entry.get("request", {}) for entry in entries]
        line["entries"] = [f"{one.get('method')} {one.get('url')}" for one in asked]
    return line


def _operation(
    line: dict[str, Any], headers: Mapping[str, str], body: bytes
) -> dict[str, Any] | None:
    operation = headers.get("X-Amz-Target", "").rpartition(".")[2]
    if not operation.startswith("Admin") or operation.startswith(_READING):
        return None
    told = _json(body)
    named = {name: told[name] for name in _NAMED if name in told}
    return {**line, "path": operation, "fields": [], **named}


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
