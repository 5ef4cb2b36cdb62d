"""JSON as a system must send it: JSON type, UTF-8, no doubled keys, no NaN. Else `BadAnswer`."""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

from dsr.core.errors import BadAnswer

_TYPE = re.compile(r"\s*(?:application|text)/(?:[\w.-]+\+)?json\s*(?:[;,].*)?\Z", re.I | re.S)
_WEB_PAGE = re.compile(r"\s*(?:text/html|application/xhtml)", re.I)
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.-]+)", re.I)
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
#: only a number with such a run of digits or such an exponent can be beyond 64 bits
_HUGE = re.compile(rb"\d{19}|\d[eE]\+?\d{3}")
_UINT64 = 2**64


def json_of(content: bytes, content_type: str) -> object:
    """The value in an answer's bytes.

    Half surrogate pairs, which cut emoji leave behind and which cannot be stored, become U+FFFD;
    numbers beyond 64 bits stay the text that they were.
    """
    if _WEB_PAGE.match(content_type):
        raise BadAnswer(
            "The system answered a web page, not JSON: correct the address in the register (does"
            " it lack /api or a version?), or the way we sign in."
        )
    charset = _CHARSET.search(content_type)
    if not _TYPE.match(content_type) or (charset and charset[1].lower() not in _UTF8):
        raise BadAnswer("The system did not answer JSON in UTF-8; try again later.")
    try:
        has_huge = bool(_HUGE.search(content))
        value: object = json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_no_doubles,
            parse_constant=_no_constant,
            parse_int=_integer if has_huge else None,
            parse_float=_float if has_huge else None,
        )
    except (ValueError, RecursionError):
        raise BadAnswer("The system's JSON is cut or damaged; try again later.") from None
    return _mended(value) if _HALF.search(content) else value


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError


def _integer(text: str) -> int | str:
    number = int(text) if len(text) < 21 else _UINT64
    return number if -_UINT64 // 2 <= number < _UINT64 else text


def _float(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _mended(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(one) for one in value]
    if isinstance(value, dict):
        return {key: _mended(one) for key, one in value.items()}
    return value
