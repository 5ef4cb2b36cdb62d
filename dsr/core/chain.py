"""The hash chain of events: each row's hash covers the row and the hash before it (T70).

One chain for each practice, `seq` from 1 without gaps. The canonical form is JSON as RFC 8785
writes it, narrowed to what every language agrees on: text, whole numbers up to 2**53 - 1, true,
false, null, lists and objects with ASCII keys. No floats: two programs may print them differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from json import JSONEncoder

_LARGEST = 2**53 - 1
_DEEPEST = 16
_PLAIN = (str, bool, type(None))
_ENCODER = JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
)


def canonical(body: Mapping[str, object]) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces; ValueError for what has no single form."""
    _refuse_object(body, 1)
    try:
        return _ENCODER.encode(body).encode()
    except UnicodeEncodeError:
        raise ValueError("A text of an event holds half a surrogate pair.") from None


def row_hash(prev_hash: bytes, body: Mapping[str, object]) -> bytes:
    """SHA-256 of the hash before and the canonical body; the body is all keys but `row_hash`."""
    return sha256(prev_hash + canonical(body)).digest()


def GENESIS(practice: str) -> bytes:  # noqa: N802 - the constant of a practice: before its row 1
    """The hash before the first row of this practice's chain."""
    return sha256(b"dsr event chain v1\n" + practice.encode(errors="surrogatepass")).digest()


def _refuse_object(value: Mapping[str, object], depth: int) -> None:
    for key, inner in value.items():
        if type(key) is not str or not key.isascii():
            raise ValueError("The keys of an event are ASCII text.")
        if type(inner) not in _PLAIN:
            _refuse(inner, depth)


def _refuse(value: object, depth: int) -> None:
    """Exact types only: a subclass may write itself differently."""
    if depth >= _DEEPEST:
        raise ValueError(f"An event is nested deeper than {_DEEPEST} levels.")
    if type(value) is int:
        if abs(value) > _LARGEST:
            raise ValueError("A number of an event is at most 2**53 - 1; write it as text.")
    elif type(value) is dict:
        _refuse_object(value, depth + 1)
    elif isinstance(value, list | tuple) and type(value) in (list, tuple):
        for inner in value:
            _refuse(inner, depth + 1)
    elif type(value) not in _PLAIN:
        raise ValueError(f"An event holds no {type(value).__name__}: use text or whole numbers.")
