"""JSON as a caller must send it: one meaning, whoever reads it (T24, T49, T55).

Doubled keys, NaN, huge numbers, half characters and unknown fields are refused, not mended.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from dsr.core.errors import BadInput

LARGEST = 2**53
LONGEST_DIGITS = 17
DEEPEST = 20
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class BadJson(BadInput):
    """The body is not JSON that can be read in one way only."""

    def __init__(self, why: str) -> None:
        super().__init__("", f"The body is not proper JSON: {why}. Mend it and send it again.")


def read_json(request: Request) -> dict[str, Any]:
    """The JSON object in the body; `BadJson`, or 415 and 413 as Flask's own errors."""
    if request.mimetype != "application/json" or not _is_utf8(request):
        raise UnsupportedMediaType("Send application/json in UTF-8.")
    body = request.get_data(cache=True)
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_no_doubles, parse_constant=_no_constant,
            parse_int=_whole,
        )  # fmt: skip
    except UnicodeDecodeError:
        raise BadJson("it is not UTF-8") from None
    except (json.JSONDecodeError, RecursionError):
        raise BadJson("it does not parse") from None
    if not isinstance(value, dict):
        raise BadJson("an object is expected")
    _look_through(value, 0)
    return value


def is_text(value: str) -> None:
    """A validator: text of any lines without control characters."""
    if _CONTROL.search(value):
        raise ma.ValidationError("No control characters, please.")


def is_line(value: str) -> None:
    """A validator: one line of text without control characters."""
    if _LINE.search(value):
        raise ma.ValidationError("One line of text, please, without control characters.")


class CivilDate(ma.fields.Field[date]):
    """A date written as 1980-03-31, and in no other way."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ma.ValidationError("Write the date as 1980-03-31.")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ma.ValidationError("This date does not exist.") from None


class StrictSchema(ma.Schema):
    """A schema that takes the fields it names, and no other (mass assignment: T24)."""

    class Meta:
        """Unknown fields are an error."""

        unknown = ma.RAISE


class StrictParser(FlaskParser):
    """Reads bodies with `read_json`; what does not fit the schema is `BadInput` with its field."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 (the library's own hook)
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
        "querystring": ma.RAISE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The body."""
        return read_json(req)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """The query; a name that stands there twice is refused (parameter pollution)."""
        twice = next((name for name, found in req.args.lists() if len(found) > 1), None)
        if twice is not None:
            raise BadInput(twice[:40], "This may stand in the address once.")
        return req.args.to_dict()

    def handle_error(self, error: ma.ValidationError, *args: Any, **kwargs: Any) -> NoReturn:
        """Name the first field that does not fit, and what fits."""
        by_location: Any = error.messages
        found: Any = next(iter(by_location.values()), {}) if isinstance(by_location, dict) else {}
        field, words = _first(found)
        raise BadInput(field, words)


def _first(found: Any, path: str = "") -> tuple[str, str]:
    if isinstance(found, dict) and found:
        name, inner = next(iter(found.items()))
        return _first(inner, f"{path}.{name}" if path else str(name))
    words = found[0] if isinstance(found, list) and found else "This does not fit."
    return path[:80], str(words)


def _is_utf8(request: Request) -> bool:
    charset = request.mimetype_params.get("charset", "utf-8")
    return charset.lower() in ("utf-8", "utf8") and not request.headers.get("Content-Encoding")


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("a name stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise BadJson("NaN and Infinity are no numbers")


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_DIGITS or abs(int(digits)) > LARGEST:
        raise BadJson("a number is too large")
    return int(digits)


def _look_through(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise BadJson("it is nested too deep")
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise BadJson("a text holds half a character")
    if isinstance(value, dict):
        for name, inner in value.items():
            _look_through(name, depth + 1)
            _look_through(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _look_through(inner, depth + 1)
