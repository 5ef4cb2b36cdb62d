"""What others wrote reaches a terminal as letters, never as commands."""

from __future__ import annotations

import pytest

from dsr.core.printable import printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("artikel 17, één van ’t recht", "artikel 17, één van ’t recht"),
        ("art.\u00a017", "art.\u00a017"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\u202egnp", r"\u202egnp"),
        ("\u2028", r"\u2028"),
        ("\ud800", r"\ud800"),
        ("", ""),
    ],
)
def test_only_letters_reach_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_the_lines_of_a_text_stay_lines() -> None:
    assert printable_lines("one\n\x1btwo\u2028") == "one\n\\x1btwo\\u2028"
