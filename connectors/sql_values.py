"""Values of a database as dates, as references, and as a place to go on from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from connectors.json_able import json_able
from dsr.core.errors import BadAnswer, NeedsPerson

#: seconds since 1970 stay below this until the year 5138; milliseconds passed it in 1973
_MILLISECONDS_FROM = 10**11


def moment(value: object, timezone: ZoneInfo) -> datetime | date | None:
    """A date, or a moment with its time zone; None for an empty value.

    A moment without a zone is one of `timezone`; a number is seconds or milliseconds since 1970.
    `NeedsPerson` when it is no date at all.
    """
    if value is None or value == "":
        return None
    try:
        found = _parsed(value)
    except (ValueError, OverflowError, OSError):
        raise NeedsPerson(
            "A date of the map holds something that is no date; correct the map or the row."
        ) from None
    if isinstance(found, datetime) and found.tzinfo is None:
        return found.replace(tzinfo=timezone)
    return found


def _parsed(value: object) -> datetime | date:
    if isinstance(value, date):
        return value
    if isinstance(value, int | float | Decimal):
        number = float(value)
        milliseconds = abs(number) >= _MILLISECONDS_FROM
        return datetime.fromtimestamp(number / 1000 if milliseconds else number, UTC)
    text = str(value).strip()
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


_TAGS: dict[type, tuple[str, Callable[[str], object]]] = {
    datetime: ("datetime", datetime.fromisoformat),
    date: ("date", date.fromisoformat),
    Decimal: ("decimal", Decimal),
    UUID: ("uuid", UUID),
}
_READERS = dict(_TAGS.values())


def cursor_of(values: Sequence[object]) -> str:
    """Where a page ended, as text: the last row's order columns."""
    return json.dumps([_tagged(value) for value in values], separators=(",", ":"))


def _tagged(value: object) -> object:
    if value is None or isinstance(value, int | str | float):
        return value
    tag = _TAGS.get(type(value))
    if tag is None:
        raise NeedsPerson(
            "Rows cannot be ordered by a column of this type; name other order columns in the map."
        )
    return {tag[0]: value.isoformat() if isinstance(value, date) else str(value)}


def values_of(cursor: str, count: int) -> list[object]:
    """The values of `cursor_of`; `BadAnswer` when it is not one of `count` values."""
    try:
        found = json.loads(cursor)
        if not isinstance(found, list) or len(found) != count:
            raise ValueError
        return [_untagged(value) for value in found]
    except (ValueError, TypeError, KeyError, ArithmeticError):
        raise BadAnswer("The place to go on from cannot be read; search from the start.") from None


def _untagged(value: object) -> object:
    if not isinstance(value, dict):
        return value
    ((tag, text),) = value.items()
    return _READERS[tag](text)


def ref_of(key: Sequence[object]) -> str:
    """A row's reference: its key as text, or a JSON list for a key of several columns."""
    texts = [str(json_able(one)) for one in key]
    return texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False)
