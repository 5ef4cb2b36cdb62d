"""Bodies that may be larger than a form: only where a file is sent, and never on a disk (T80)."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from flask import Request

#: the most bytes of a body, by endpoint; a little over what its page takes, so that it can say so
LARGER = {"patient.proof": 16 * 1024 * 1024}
_PIECES = 256 * 1024


class SizedRequest(Request):
    """A request whose largest body depends on where it is sent."""

    @property
    def max_content_length(self) -> int | None:
        """The most bytes that are read; of all but a few addresses that of the settings."""
        own = LARGER.get(str(self.endpoint))
        return own if own is not None else super().max_content_length

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        Request.max_content_length.fset(self, value)  # type: ignore[attr-defined]

    @property
    def max_form_memory_size(self) -> int | None:
        """The most bytes that are read at once and of fields; a file comes in pieces of 64 KB.

        Of the setting's 64 KB a piece with the end of another before it would be too much.
        """
        return _PIECES if self.endpoint in LARGER else super().max_form_memory_size

    @max_form_memory_size.setter
    def max_form_memory_size(self, value: int | None) -> None:
        Request.max_form_memory_size.fset(self, value)  # type: ignore[attr-defined]

    def _get_file_stream(self, *_asked: Any, **_named: Any) -> IO[bytes]:
        # The library's own spool is a plain file in the temporary folder.
        return BytesIO()
