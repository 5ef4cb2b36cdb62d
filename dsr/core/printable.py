"""Text that others wrote, as it may be shown at a terminal."""

from __future__ import annotations

#: spaces that do not break a line: Python counts them as not printable
_SPACES = "\u00a0\u202f"


def printable(text: str) -> str:
    """The text on one line, with what steers a terminal or cannot be encoded written as an escape.

    Control characters, line ends, turned writing directions and lone surrogates are such.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in _SPACES else _escaped(one) for one in text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines: its line ends stay."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _escaped(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")
