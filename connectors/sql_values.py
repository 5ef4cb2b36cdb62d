"""Values of a database as dates, as references, and as a place to go on from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.sql_catalog import Kind, text_of, value_of
from dsr.core.errors import BadAnswer, NeedsPerson

#: seconds since 1970 stay below this until the year 5138; milliseconds passed it in 1973
MILLISECONDS_FROM = 10**11
#: what databases write where there is no date
_NO_DATE = ("", "infinity", "-infinity")


def moment(value: object, timezone: ZoneInfo) -> datetime | date | None:
    """A date, or a moment with its time zone; None for an empty value or an endless one.

    A moment without a zone is one of `timezone`; a number is seconds or milliseconds since 1970.
    `NeedsPerson` when it is no date at all.
    """
    try:
        found = _parsed(value)
    except (ValueError, OverflowError, OSError):
        if value is None or value in _NO_DATE or str(value).startswith("0000-00-00"):
            return None
        raise NeedsPerson(
            "A date of the map holds something that is no date; correct the map or the row."
        ) from None
    if isinstance(found, datetime) and found.tzinfo is None:
        return found.replace(tzinfo=timezone)
    return found


def _parsed(value: object) -> datetime | date:
    if isinstance(value, str):
        if len(value) > 10:
            return datetime.fromisoformat(value.strip())
        return date.fromisoformat(value.strip())
    if isinstance(value, int | float | Decimal):
        number = float(value)
        milliseconds = abs(number) >= MILLISECONDS_FROM
        return datetime.fromtimestamp(number / 1000 if milliseconds else number, UTC)
    raise ValueError


def cursor_of(values: Sequence[object], open_as: str) -> str:
    """Where a page ended, as text: the last row's order columns, and the statement left open."""
    marked = [{"hex": value.hex()} if isinstance(value, bytes) else value for value in values]
    return json.dumps([open_as, *marked], separators=(",", ":"), ensure_ascii=False)


def values_of(cursor: str, kinds: Sequence[Kind]) -> tuple[list[object], str]:
    """What `cursor_of` was given; `BadAnswer` when it holds no values of these kinds."""
    try:
        found = json.loads(cursor)
        if not isinstance(found, list) or not isinstance(found[0], str):
            raise ValueError
        values = [_unmarked(value) for value in found[1:]]
        if [_fits(*pair) for pair in zip(kinds, values, strict=True)].count(False):
            raise ValueError
        return values, found[0]
    except (ValueError, TypeError, KeyError, IndexError):
        raise BadAnswer(
            "The place to go on from cannot be read; search from the start.", from_start=True
        ) from None


def _unmarked(value: object) -> object:
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    if isinstance(value, list) or value is None:
        raise ValueError
    return value


def _fits(kind: Kind, value: object) -> bool:
    if kind is Kind.WHOLE:
        return type(value) is int
    if kind is Kind.UUID:
        return bool(value_of(kind, str(value)))
    return True


def ref_of(key: Sequence[object]) -> str:
    """A row's reference: its key as text, or a JSON list for a key of several columns."""
    texts = [text_of(one) for one in key]
    return texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False)


def texts_of(ref: str, count: int) -> list[str]:
    """The texts of a reference's key; `ValueError` when it has not `count` parts."""
    if count == 1:
        return [ref]
    found = json.loads(ref)
    if (
        not isinstance(found, list)
        or len(found) != count
        or not all(isinstance(text, str) for text in found)
    ):
        raise ValueError
    return found
