"""JSON that goes back as it came: a measured 7.10 must not become 7.1 because a mark was added."""

from __future__ import annotations

import json
import re

#: stands before the text of a number; FHIR allows this character in no text
_SIGN = "\x00"
_NUMBER = re.compile(r'"\\u0000(-?[0-9][0-9.eE+-]*)"')


def exact(content: bytes) -> object:
    """The value in bytes that `json_of` took; decimals keep the text in which they came."""
    return json.loads(content.decode("utf-8-sig"), parse_float=lambda text: _SIGN + text)


def written(value: object) -> bytes:
    """The bytes of such a value, with its decimals as they came."""
    return _NUMBER.sub(r"\1", json.dumps(value, separators=(",", ":"))).encode("ascii")


def plain(value: object) -> object:
    """The value as `json_of` gives it, with decimals as floats; for looking, not for sending."""
    if isinstance(value, str):
        return float(value[1:]) if value.startswith(_SIGN) else value
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value
