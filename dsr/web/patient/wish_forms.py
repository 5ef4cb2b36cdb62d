"""What is asked with each right, read from its page; `dsr.core.wishes` says what is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from dsr.core.errors import BadInput
from dsr.core.wishes import DESTRUCTION, MEDICAL_FILE, Around, Wish, mistakes_in
from dsr.law.rights import Right
from dsr.web.patient import fields
from dsr.web.patient.fields import Form, Mistake, Read
from dsr.web.words import of_two

#: a page's answers as they were typed; what goes on is made of them by `as_wishes`
Typed = Mapping[str, Any]

#: the input that a mistake leads to, where it is not called as its field
_AT = {
    (Right.RECTIFICATION, "field"): "field-name",
    (Right.ERASURE, "what"): "what-account",
    (Right.ERASURE, "reason"): "reason-none",
    (Right.RESTRICTION, "ground"): "ground-accuracy_contested",
    (Right.RESTRICTION, "what"): "what-account",
    (Right.RESTRICTION, "until"): "day",
    (Right.PORTABILITY, "to"): "to-me",
}
_MONTHS = (
    ("jan",), ("feb",), ("maart", "mar", "mrt"), ("apr",), ("mei", "may"), ("jun",), ("jul",),
    ("aug",), ("sep",), ("okt", "oct"), ("nov",), ("dec",),
)  # fmt: skip
_SPOKEN_DATE = re.compile(r"([0-9]{1,2})[ ./-]+([0-9]{1,2}|[A-Za-z]+)\.?[ ./-]+([0-9]{4})")


def read(kind: str, form: Form, around: Around) -> Read:
    """The answers of one page. `typed` and `values` are alike: what stands there goes on."""
    if kind == Right.ACCESS:
        found = fields.scope(form)
        return Read(found.typed, {"scope": found.values}, found.mistakes)
    typed = _READERS[kind](form)
    wrong = [one for wish in as_wishes(kind, typed) for one in mistakes_in(wish, around)]
    return Read(typed, typed, tuple(_mistake(kind, one, around) for one in wrong))


def empty(kind: str) -> Typed:
    """A page that nobody has filled in."""
    return {"scope": []} if kind == Right.ACCESS else _READERS[kind](Form())


def as_wishes(kind: str, typed: Typed) -> tuple[Wish, ...]:
    """What a page asks for. Who wants the medical file destroyed and nothing else erased asks
    nothing on the page of erasure: the next page asks it.
    """
    if kind == Right.ERASURE and typed["what"] == [MEDICAL_FILE]:
        return ()
    if kind == DESTRUCTION:
        return (Wish(right=Right.ERASURE, part=MEDICAL_FILE, data=_DATA[kind](typed)),)
    return (Wish(right=Right(kind), data=_DATA[kind](typed)),)


def _mistake(kind: str, wrong: BadInput, around: Around) -> Mistake:
    at = _AT.get((Right(kind), wrong.field), "") if kind in set(Right) else ""
    if wrong.field == "purposes":
        at = f"purposes-{(*around.purposes, 'other')[0]}"
    return Mistake(wrong.field, at or wrong.field, of_two(str(wrong)))


def _rectification(form: Form) -> dict[str, Any]:
    return {
        "field": form.get("field", ""),
        "now": _text(form, "now"),
        "should": _text(form, "should"),
    }


def _erasure(form: Form) -> dict[str, Any]:
    return {
        "what": form.getlist("what"),
        "reason": form.get("reason", ""),
        "understood": form.get("understood", "") == "1",
    }


def _destruction(form: Form) -> dict[str, Any]:
    return {"which": _text(form, "which"), "understood": form.get("understood", "") == "1"}


def _restriction(form: Form) -> dict[str, Any]:
    return {
        "ground": form.get("ground", ""),
        "what": form.getlist("what"),
        **{part: form.get(part, "").strip() for part in ("day", "month", "year")},
    }


def _portability(form: Form) -> dict[str, Any]:
    return {"to": form.get("to", ""), "recipient": " ".join(_text(form, "recipient").split())}


def _objection(form: Form) -> dict[str, Any]:
    return {"purposes": form.getlist("purposes"), "reason": _text(form, "reason")}


def _withdrawal(form: Form) -> dict[str, Any]:
    return {"purposes": form.getlist("purposes")}


_READERS: Mapping[str, Callable[[Form], dict[str, Any]]] = {
    Right.RECTIFICATION: _rectification,
    Right.ERASURE: _erasure,
    DESTRUCTION: _destruction,
    Right.RESTRICTION: _restriction,
    Right.PORTABILITY: _portability,
    Right.OBJECTION: _objection,
    Right.WITHDRAWAL: _withdrawal,
}


def _rectified(typed: Typed) -> dict[str, object]:
    should = typed["should"]
    if typed["field"] == "birth_date":
        should = _as_day(should) or should
    return {**typed, "should": should}


def _erased(typed: Typed) -> dict[str, object]:
    return {**typed, "what": [one for one in typed["what"] if one != MEDICAL_FILE]}


def _restricted(typed: Typed) -> dict[str, object]:
    parts = [typed[part] for part in ("day", "month", "year")]
    until = (_as_day(" ".join(parts)) or "?") if any(parts) else ""
    return {"ground": typed["ground"], "what": typed["what"], "until": until}


def _carried(typed: Typed) -> dict[str, object]:
    return {"to": typed["to"], "recipient": typed["recipient"] if typed["to"] == "other" else ""}


#: the data of a wish, as `dsr.core.wishes` has it, from the answers of its page
_DATA: Mapping[str, Callable[[Typed], dict[str, object]]] = {
    Right.ACCESS: lambda typed: {},
    Right.RECTIFICATION: _rectified,
    Right.ERASURE: _erased,
    DESTRUCTION: dict,
    Right.RESTRICTION: _restricted,
    Right.PORTABILITY: _carried,
    Right.OBJECTION: dict,
    Right.WITHDRAWAL: dict,
}


def _text(form: Form, name: str) -> str:
    """Words in any script, on any lines; what cannot be seen is left out."""
    words = unicodedata.normalize("NFC", form.get(name, "")).replace("\r\n", "\n")
    kept = (c for c in words if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Zl", "Zp"))
    return "".join(kept).strip()


def _as_day(text: str) -> str:
    """`31 3 1980`, `31-03-1980` and `31 maart 1980` as 1980-03-31; empty when it is no day."""
    found = _SPOKEN_DATE.fullmatch(text.strip())
    if found is None:
        return ""
    try:
        return date(int(found[3]), _month(found[2]), int(found[1])).isoformat()
    except ValueError:
        return ""


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    begins = (n for n, names in enumerate(_MONTHS, 1) if text.lower().startswith(names))
    return next(begins, 0)
