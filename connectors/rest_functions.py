"""Functions that paths in the register may call besides JMESPath's own.

JMESPath calls them by their names without `_func_`; none of them can fail on odd data.
"""

from __future__ import annotations

import json
from typing import Any

from jmespath import functions

_ANY: Any = {"types": []}  # its own type for these is private
_TEXT: Any = {"types": ["string"]}


class Functions(functions.Functions):
    """`keyed`, `last_part`, `split`, `lower` and `from_json`."""

    @functions.signature(_ANY, _TEXT)
    def _func_keyed(self, found: Any, name: str) -> list[dict[str, Any]] | None:
        """`{"a": {...}}` as `[{"<name>": "a", ...}]`: for lists that are written as a mapping."""
        if not isinstance(found, dict):
            return None
        return [{name: key, **one} for key, one in found.items() if isinstance(one, dict)]

    @functions.signature(_ANY)
    def _func_last_part(self, found: Any) -> str | None:
        """The last part of an address: `/api/contacts/12/` gives `12`."""
        if not isinstance(found, str):
            return None
        return found.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1]

    @functions.signature(_ANY, _TEXT)
    def _func_split(self, found: Any, sign: str) -> list[str]:
        """A text cut at a sign; an empty list when there is no text."""
        return found.split(sign or None) if isinstance(found, str) else []

    @functions.signature(_ANY)
    def _func_lower(self, found: Any) -> str | None:
        """A text in small letters."""
        return found.lower() if isinstance(found, str) else None

    @functions.signature(_ANY)
    def _func_from_json(self, found: Any) -> Any:
        """The value in a text that is JSON itself; nothing when it is none."""
        try:
            return json.loads(found) if isinstance(found, str) else None
        except ValueError:
            return None
