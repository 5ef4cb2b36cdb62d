"""The kinds of files that come in from strangers, told by how they begin (T40)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: what a file begins with, and what it then is
KINDS: Mapping[bytes, str] = MappingProxyType(
    {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
)


def kind_of(start: bytes) -> str:
    """What kind of file begins like this; empty for every other."""
    return next((kind for mark, kind in KINDS.items() if start.startswith(mark)), "")
