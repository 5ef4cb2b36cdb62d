"""Values as JSON can hold them, without loss."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import date, time

_INT64 = 2**63


def json_able(value: object) -> object:
    """The value without loss: decimals, moments and huge numbers as text, bytes as base64."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, Mapping):
        return {str(key): json_able(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_able(one) for one in value]
    return value.isoformat() if isinstance(value, date | time) else str(value)
