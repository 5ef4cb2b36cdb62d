"""A Binary resource as JSON, unpacked while it comes: never the whole file in memory."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Generator, Iterable, Iterator
from itertools import chain

from dsr.core.errors import BadAnswer

#: `data` in R4, `content` in STU3
_BYTES = re.compile(rb'"(?:data|content)"\s*:\s*"')
_JSON = re.compile(rb'\s*\{\s*"[A-Za-z]{1,40}"\s*:\s*["{]')
_BLANKS = re.compile(rb"\\[nrt]|[\s\\]")
_SNIFF = 4096
#: what stands in a Binary beside its bytes
_LONGEST_REST = 200_000


def is_wrapped(first: bytes) -> bool:
    """Whether a file begins as a Binary resource in JSON does."""
    return bool(_JSON.match(first)) and re.search(rb'"resourceType"\s*:\s*"Binary"', first) is not (
        None
    )


def beginning(chunks: Iterator[bytes]) -> bytes:
    """Enough of the beginning to see what it is."""
    seen = b""
    for chunk in chunks:
        seen += chunk
        if len(seen) >= _SNIFF:
            break
    return seen


def unwrapped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes inside a Binary; `BadAnswer` when it is cut or holds none."""
    coming = iter(chunks)
    before, inside = _up_to_bytes(coming)
    after = yield from _inside(chain([inside], coming))
    rest = before + b'""' + after + b"".join(_bounded(coming))
    try:
        found = json.loads(rest)
    except ValueError:
        raise _cut() from None
    if not isinstance(found, dict) or "" not in (found.get("data"), found.get("content")):
        raise _cut()


def _up_to_bytes(coming: Iterator[bytes]) -> tuple[bytes, bytes]:
    """What stands before the bytes (without the opening quote), and what came of them."""
    held = b""
    for chunk in coming:
        held += chunk
        if found := _BYTES.search(held):
            return held[: found.end() - 1], held[found.end() :]
        if len(held) > _LONGEST_REST:
            break
    raise BadAnswer("A file of the HIS came without content; try again later.")


def _inside(coming: Iterator[bytes]) -> Generator[bytes, None, bytes]:
    """The decoded bytes up to the closing quote; returns what came behind it."""
    kept = escape = b""
    for chunk in coming:
        text, quote, behind = (escape + chunk).partition(b'"')
        escape = b"" if quote or not text.endswith(b"\\") else b"\\"
        kept += _BLANKS.sub(b"", text.removesuffix(escape))
        whole = len(kept) if quote else len(kept) // 4 * 4
        yield _decoded(kept[:whole])
        kept = kept[whole:]
        if quote:
            return behind
    raise _cut()


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise _cut() from None


def _bounded(coming: Iterator[bytes]) -> Iterator[bytes]:
    length = 0
    for chunk in coming:
        length += len(chunk)
        if length > _LONGEST_REST:
            raise _cut()
        yield chunk


def _cut() -> BadAnswer:
    return BadAnswer("A file of the HIS is cut or damaged; try again later.")
