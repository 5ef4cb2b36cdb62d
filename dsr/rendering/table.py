"""The CSV of one system, written to a spool while its pages read the same items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import orjson

from dsr.rendering.entry import Entry
from dsr.rendering.files import csv_cells
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
        item = entry.document
        files, data = item["files"], item["data"]
        cells = [" ".join([file["path"] for file in files]) if files else ""]
        for column in self._columns:
            value = data.get(column)
            cells.append(value if type(value) is str else _text(value))
        return (
            f'"{item["number"]}",{_pair(item["dataset"], item["kind"])}'
            f',"{entry.when}",{_pair(item["author"], item["kept_until"])},{csv_cells(cells)}\r\n'
        )

    def _flush(self) -> None:
        if self._lines:
            self._spool.append("".join(self._lines).encode())
            self._lines.clear()


@lru_cache(maxsize=1024)
def _pair(one: str, other: str) -> str:
    """Two cells that come back on many lines."""
    return csv_cells((one, other))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else orjson.dumps(value).decode()
