"""Values as drivers give them, made JSON without loss: moments, JSON texts, bytes, numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from connectors.json_able import json_able

#: rows of the first fetch of a page: most people have fewer in a dataset
FIRST = 200


class Raw(sa.types.UserDefinedType[Any]):
    """A column or value of any type: bound and read without SQLAlchemy's casts."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Never used: this type stands in no table definition."""
        return ""


def iso_naive(text: str) -> str:
    """`2024-07-01 12:00:00` with a T between; `infinity` and years before Christ as they are."""
    return text.replace(" ", "T", 1) if text[:1].isdigit() and text[-2:] != "BC" else text


def iso_utc(text: str) -> str:
    """A moment written in UTC, as `...+00` or bare, with its zone in full."""
    if text[4:5] == "-" and text[-3:] == "+00":  # nearly every one: a year of four digits
        return f"{text[:10]}T{text[11:]}:00"
    if not text[:1].isdigit() or text[-2:] == "BC" or text.startswith("0000-00-00"):
        return text
    bare = text[:-3] if text.endswith("+00") else text
    return f"{bare.replace(' ', 'T', 1)}+00:00"


def in_base64(value: bytes) -> object:
    """Bytes as JSON holds them."""
    return json_able(value)


def finite(value: float) -> object:
    """A float, or the word for what JSON has no number for."""
    return json_able(value)


def listed(each: Callable[[Any], object] | None) -> Callable[[Any], object]:
    """An array's converter, by that of its elements; arrays can hold arrays and nothing."""

    def convert(value: Any) -> object:
        if isinstance(value, list):
            return [convert(one) for one in value]
        return value if value is None or each is None else each(value)

    return convert


def parsed_json(value: Any) -> object:
    """JSON kept in a column; a text that is none, or that names a key twice, stays a text."""
    if not isinstance(value, str | bytes):
        return json_able(value)
    try:
        return json.loads(
            value, parse_float=_number, parse_int=_whole, object_pairs_hook=_no_doubles
        )
    except (ValueError, RecursionError):
        return json_able(value)


def _number(text: str) -> object:
    number = float(text)
    return number if Decimal(repr(number)) == Decimal(text) else text


def _whole(text: str) -> object:
    return json_able(int(text))


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found
