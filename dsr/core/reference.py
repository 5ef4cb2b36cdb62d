"""The reference a person may say aloud: no 0/O/1/I, with a check character. Never a secret."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_reference() -> str:
    """A fresh reference such as `AVG-7F3K-9QX2`: 35 random bits and one check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(7))
    return _laid_out(body + _check(body))


def tidy_reference(typed: str) -> str | None:
    """The reference in what somebody typed, or None when it cannot be one."""
    letters = "".join(c for c in typed.upper() if c.isalnum()).removeprefix("AVG")
    if len(letters) != 8 or any(c not in ALPHABET for c in letters):
        return None
    return _laid_out(letters) if _check(letters[:7]) == letters[7] else None


def _laid_out(letters: str) -> str:
    return f"AVG-{letters[:4]}-{letters[4:]}"


def _check(body: str) -> str:
    weighed = sum((place + 1) * ALPHABET.index(letter) for place, letter in enumerate(body))
    return ALPHABET[weighed % 31]
