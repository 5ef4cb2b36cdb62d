"""The rows of pages that a person may have tens of thousands of: written here, not in a template.

A template takes ten times as long for a row. What these return is escaped and stands in the page
as it is; everything around it, and all that is rare in a row, is still the templates'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from markupsafe import escape

from dsr.core.package import BLACKED_OUT
from dsr.rendering.entry import Entry
from dsr.rendering.readable import pieces, rows, text_in_words, visible

#: rows that are handed to the page at once
_AT_ONCE = 128

#: what a macro of `parts.html` makes of the files or the redactions of an entry
Extras = Callable[[Entry, str], str]


def shown(text: str, black: str) -> str:
    """Text, escaped; blacked-out words are a bar that reads `black`."""
    if BLACKED_OUT not in text:
        return _plain(text)
    return "".join(
        f'<span class="black">{escape(piece.text)}</span>' if piece.black else escape(piece.text)
        for piece in pieces(text, black)
    )


def _plain(text: str) -> str:
    # Most texts need neither: to see that takes a third of doing both.
    if not text.isprintable():
        text = visible(text)
    if "<" in text or "&" in text or ">" in text or '"' in text or "'" in text:
        return escape(text)
    return text


class MessageRows:
    """Rows of a table of messages: when, from whom, what. Takes data and gives escaped HTML."""

    def __init__(self, entries: Sequence[Entry], table: MessageTable) -> None:
        self._entries = entries
        self._table = table

    def __html__(self) -> str:
        """The rows as Jinja takes them from an object that knows its own HTML."""
        return "".join(map(self._table.row, self._entries))


class MessageTable:
    """What all rows of a table of messages have in common."""

    def __init__(self, words: Mapping[str, Any], language: str, extras: Extras) -> None:
        self._language = language
        self._extras = extras
        self._black = str(words["blacked_out"])
        self._authors = {author: escape(name) for author, name in words["author"].items()}

    def row(self, entry: Entry) -> str:
        """One row, escaped."""
        item, when = entry.document, entry.when
        author, told = item["author"], text_in_words(when, self._language)
        return "".join(
            (
                _MINE if author == "subject" else _THEIRS,
                # A date in our own words needs no escaping; what is no date stayed as it was.
                escape(told) if told is when else told,
                _WHO,
                self._authors[author],
                _SAID,
                shown(entry.message or "", self._black),
                _END_OF_WORDS,
                self._extras(entry, told) if item["files"] or item["redactions"] else "",
                _END,
            )
        )


def message_rows(
    entries: Iterator[Entry], words: Mapping[str, Any], language: str, extras: Extras
) -> Iterator[MessageRows]:
    """The rows of a table of messages, many at a time."""
    table = MessageTable(words, language, extras)
    while some := list(islice(entries, _AT_ONCE)):
        yield MessageRows(some, table)


_MINE = '<tr class="mine"><th scope="row" class="when">'
_THEIRS = '<tr><th scope="row" class="when">'
_WHO = '</th><td class="who">'
_SAID = '</td><td class="said"><span class="words">'
_END_OF_WORDS = "</span>"
_END = "</td></tr>\n"


class ItemRows:
    """All that an item holds, as terms and definitions. Takes data and gives escaped HTML."""

    def __init__(self, data: Mapping[str, object], language: str, black: str) -> None:
        self._data, self._language, self._black = data, language, black

    def __html__(self) -> str:
        """The rows as Jinja takes them from an object that knows its own HTML."""
        return "".join(
            [
                f'<dt class="d{min(row.depth, 4)}">{_label(row.label)}</dt>'
                f"<dd>{shown(row.text, self._black)}</dd>\n"
                for row in rows(self._data, self._language)
            ]
        )


@lru_cache(maxsize=4096)
def _label(text: str) -> str:
    return str(escape(text))
