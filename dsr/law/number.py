"""The number of an article in words: 17(3)(b) is "artikel 17 lid 3 onder b"."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?P<article>(\d+:)?\d+[a-z]?)(?P<limbs>(\((\d+|[a-z])\))*)")
_RECITAL = re.compile(r"recital(?P<number>\d+)")


def place_of(number: str) -> dict[str, str]:
    """The place in Dutch and English, or nothing where the number is no article or recital."""
    if found := _RECITAL.fullmatch(number):
        return {"nl": f"overweging {found['number']}", "en": f"Recital {found['number']}"}
    if not (found := _NUMBER.fullmatch(number)):
        return {}
    limbs = re.findall(r"\((\w+)\)", found["limbs"])
    dutch = [f"lid {limb}" if limb.isdecimal() else f"onder {limb}" for limb in limbs]
    return {"nl": " ".join((f"artikel {found['article']}", *dutch)), "en": f"Article {number}"}
