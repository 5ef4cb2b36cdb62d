"""The rows of pages that a person may have tens of thousands of: written here, not in a template.

A template takes ten times as long for a row. What these return is escaped and stands in the page
as it is; everything around it, and all that is rare in a row, is still the templates'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from markupsafe import Markup, escape

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


def message_rows(
    entries: Iterable[Entry], words: Mapping[str, Any], language: str, extras: Extras
) -> Iterator[Markup]:
    """Rows of a table of messages, many at a time: when, from whom, what."""
    whole = _message_rows(entries, words, language, extras)
    while chunk := "".join(islice(whole, _AT_ONCE)):
        yield Markup(chunk)  # noqa: S704 (escaped piece by piece)


def _message_rows(
    entries: Iterable[Entry], words: Mapping[str, Any], language: str, extras: Extras
) -> Iterator[str]:
    black = str(words["blacked_out"])
    authors = {author: escape(name) for author, name in words["author"].items()}
    for entry in entries:
        item, when = entry.document, entry.when
        author, told = item["author"], text_in_words(when, language)
        yield "".join(
            (
                _MINE if author == "subject" else _THEIRS,
                # A date in our own words needs no escaping; what is no date stayed as it was.
                escape(told) if told is when else told,
                _WHO,
                authors[author],
                _SAID,
                shown(entry.message or "", black),
                _END_OF_WORDS,
                extras(entry, told) if item["files"] or item["redactions"] else "",
                _END,
            )
        )


_MINE = '<tr class="mine"><th scope="row" class="when">'
_THEIRS = '<tr><th scope="row" class="when">'
_WHO = '</th><td class="who">'
_SAID = '</td><td class="said"><span class="words">'
_END_OF_WORDS = "</span>"
_END = "</td></tr>\n"


def item_rows(data: Mapping[str, object], language: str, black: str) -> Markup:
    """All that an item holds, as terms and definitions."""
    found = [
        f'<dt class="d{min(row.depth, 4)}">{_label(row.label)}</dt>'
        f"<dd>{shown(row.text, black)}</dd>\n"
        for row in rows(data, language)
    ]
    return Markup("".join(found))  # noqa: S704 (escaped piece by piece)


@lru_cache(maxsize=4096)
def _label(text: str) -> str:
    return str(escape(text))
