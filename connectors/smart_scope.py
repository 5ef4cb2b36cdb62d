"""What a token may do, in SMART's words: whether all that was asked was granted."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SCOPE = re.compile(r"(system|user|patient)/([A-Za-z]+|\*)\.([a-z]+|\*)\Z")
#: what version 1 of SMART called these
_WORDS = {"read": "rs", "write": "cud", "*": "cruds"}


def lacking(asked: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """The scopes that we asked and did not get; `system/*.cruds` holds `system/Patient.rs`."""
    held = tuple(granted)
    return tuple(one for one in asked if not any(_covers(other, one) for other in held))


def _covers(granted: str, asked: str) -> bool:
    if granted == asked:
        return True
    ours, theirs = _SCOPE.match(asked), _SCOPE.match(granted)
    if not ours or not theirs or ours[1] != theirs[1]:
        return False
    wide = theirs[2] in ("*", ours[2])
    return wide and set(_letters(ours[3])) <= set(_letters(theirs[3]))


def _letters(verbs: str) -> str:
    return _WORDS.get(verbs, verbs)
