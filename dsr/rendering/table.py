"""The CSV of one system, written to a spool while its pages read the same items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from dsr.rendering.entry import Entry
from dsr.rendering.files import csv_cell, csv_cells
from dsr.rendering.spool import SealedSpool

_LINES_AT_ONCE = 256
_FIXED = ("number", "dataset", "kind", "when", "author", "kept_until", "files")


class Table:
    """Lines of all items that have passed; close it when they are written."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._spool = SealedSpool()
        self._lines: list[str] = []

    def noting(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The same items; each has its line when it has passed."""
        lines = self._lines
        for entry in entries:
            lines.append(self._line(entry))
            if len(lines) >= _LINES_AT_ONCE:
                self._flush()
            yield entry
        self._flush()

    def chunks(self) -> Iterator[bytes]:
        """The head, and the lines of all items that have passed."""
        yield f"\ufeff{csv_cells((*_FIXED, *self._columns))}\r\n".encode()
        yield from self._spool

    def close(self) -> None:
        """Give the disk its place back."""
        self._spool.close()

    def _line(self, entry: Entry) -> str:
        paths = " ".join([file["path"] for file in entry.files]) if entry.files else ""
        data = [_text(value) for value in map(entry.data.get, self._columns)]
        return (
            f'"{entry.number}",{csv_cell(entry.dataset)},{csv_cell(entry.kind)}'
            f',"{entry.when}",{csv_cell(entry.author)},{csv_cell(entry.kept_until)}'
            f",{csv_cells([paths, *data])}\r\n"
        )

    def _flush(self) -> None:
        if self._lines:
            self._spool.append("".join(self._lines).encode())
            self._lines.clear()


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else orjson.dumps(value).decode()
