"""Bytes that stand inside a record as base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from dsr.core.errors import BadAnswer

#: a multiple of four, so that every piece decodes by itself
_PIECE = 65_536


def decoded(text: str) -> Iterator[bytes]:
    """The bytes of a base64 text in pieces; `BadAnswer` when it is cut."""
    whole = "".join(text.split())
    for start in range(0, len(whole), _PIECE):
        try:
            yield base64.b64decode(whole[start : start + _PIECE], validate=True)
        except binascii.Error:
            raise BadAnswer("A file in a record is cut; try again later.") from None


@contextmanager
def opened(text: str) -> Generator[Iterator[bytes]]:
    """`decoded` as a file that is opened."""
    yield decoded(text)


def decoded_size(text: str) -> int:
    """How many bytes a base64 text holds."""
    whole = "".join(text.split())
    return len(whole) * 3 // 4 - whole[-2:].count("=")
