"""A value inside a longer text of a request, written so that it stays one value there.

Query languages differ in what ends a value; a name may never change the question that is asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from dsr.core.errors import NeedsPerson

_WORD = re.compile(r"[\w@.+-]+")
_WORDS = re.compile(r"[\w@.+-]+(?: [\w@.+-]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _number(text: str) -> str:
    try:
        return str(int(text))
    except ValueError:
        raise NeedsPerson(
            "The reference of this person is not a number, as this system wants; correct it."
        ) from None


def _doubled(text: str) -> str:
    return "'" + _printable(text).replace("'", "''") + "'"


def _backslashed(text: str) -> str:
    safe = _printable(text).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{safe}'"


def _json(text: str) -> str:
    return json.dumps(_printable(text), ensure_ascii=False)


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise _refused()
    return text


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise _refused()
    return text


def _words(text: str) -> str:
    if not _WORDS.fullmatch(text):
        raise _refused()
    return text


def _refused() -> NeedsPerson:
    return NeedsPerson(
        "A name or address of this person holds signs that cannot stand in this system's question;"
        " search there by hand."
    )


#: how a value may stand inside a longer text: `{email:odata}`
QUOTED: Mapping[str, Callable[[str], str]] = {
    "int": _number,
    "odata": _doubled,  #: 'O''Brien' (OData, SQL-like)
    "soql": _backslashed,  #: 'O\'Brien' (Salesforce, JQL-like)
    "json": _json,  #: "O'Brien" (JSON, GraphQL, Lucene)
    "word": _word,  #: letters, digits and @._+- only, else a person searches
    "words": _words,  #: the same with single spaces
}
