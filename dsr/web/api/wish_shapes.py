"""The rights that a call asks for: what may stand there, and which wishes that makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from dsr.core.errors import BadInput
from dsr.core.wishes import (
    ERASABLE,
    ERASE_REASONS,
    FIELDS,
    GROUNDS,
    KINDS,
    LONGEST,
    LONGEST_NAME,
    MEDICAL_FILE,
    OTHER_USE,
    RECIPIENTS,
    Around,
    Wish,
    mistakes_in,
)
from dsr.law.rights import Right
from dsr.services import wishes
from dsr.web.api.strict import StrictSchema, is_line, is_text
from dsr.web.current import house

#: seven rights, and the destruction of the medical file
MOST = 8
MOST_CHOICES = 40


class Truth(ma.fields.Field[bool]):
    """True or false, as JSON writes them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ma.ValidationError("Write true or false.")
        return value


def _text(about: str) -> ma.fields.String:
    checks: list[Callable[[str], object]] = [validate.Length(max=LONGEST), is_text]
    return ma.fields.String(validate=checks, metadata={"description": about})


def _code(about: str, *choices: str) -> ma.fields.String:
    told = {"description": f"{about} One of: {', '.join(one or '(empty)' for one in choices)}."}
    return ma.fields.String(validate=validate.Length(max=40), metadata=told)


def _codes(about: str, *choices: str) -> ma.fields.List[str]:
    told = f" Of: {', '.join(choices)}." if choices else ""
    one = ma.fields.String(validate=validate.Length(max=40))
    most = validate.Length(max=MOST_CHOICES)
    return ma.fields.List(one, validate=most, metadata={"description": about + told})


class WishData(StrictSchema):
    """What is asked with a right; each right takes some of these, and no other.

    rectification: field, should, and now if you like. erasure: what, understood, and reason if you
    like. erasure of the part `medical_file`: understood, and which if not all of it. restriction:
    ground, what, and until if you like. portability: to, and recipient for `other`. objection:
    purposes and reason. withdrawal: purposes. access: nothing; `scope` stands on the request.
    """

    field = _code("What is wrong.", *FIELDS)
    now = _text("What it says now.")
    should = _text("What it should say; a birth date as 1980-03-31.")
    what = _codes(
        "Which data: to erase, or whose use to stop.", *dict.fromkeys((*ERASABLE, *KINDS))
    )
    reason = _text(
        f"Why: your situation. To erase one of: {', '.join(filter(None, ERASE_REASONS))}."
    )
    understood = Truth(
        metadata={"type": "boolean", "description": "True: I know that this cannot be undone."}
    )
    which = _text("Which part of the medical file; empty for all of it.")
    ground = _code("Why use has to stop (Art. 18(1)).", *GROUNDS)
    until = ma.fields.String(
        validate=validate.Length(max=10),
        metadata={"description": "The last day, as 2027-12-31; empty when it is not known."},
    )
    to = _code("Who gets the data.", *RECIPIENTS)
    recipient = ma.fields.String(
        validate=[validate.Length(max=LONGEST_NAME), is_line],
        metadata={"description": "Who else, for `other`."},
    )
    purposes = _codes("Ids of uses of the register; for an objection `other` too.")


class Wished(StrictSchema):
    """One right, and what is asked with it."""

    right = ma.fields.String(
        required=True,
        validate=validate.OneOf([str(right) for right in Right]),
        metadata={"example": "rectification"},
    )
    part = ma.fields.String(
        load_default="",
        validate=validate.OneOf(["", MEDICAL_FILE]),
        metadata={"description": "`medical_file`: have the medical file destroyed (BW 7:455)."},
    )
    data = ma.fields.Nested(WishData, load_default=dict)


def read(told: Iterable[Mapping[str, Any]] | None) -> tuple[Wish, ...]:
    """The wishes of a call; none told means access. `BadInput` names the wish and its field."""
    if told is None:
        return (Wish(right=Right.ACCESS),)
    made = [Wish(right=Right(one["right"]), part=one["part"], data=one["data"]) for one in told]
    for place, wish in enumerate(made):
        _check(wish, f"wishes.{place}")
    return tuple(made)


def scope(asked: Iterable[str] | None, wanted: Iterable[Wish]) -> tuple[str, ...]:
    """What access is to: everything unless it says otherwise, nothing where it is not asked."""
    access = any(wish.right is Right.ACCESS for wish in wanted)
    if asked is None:
        return ("all",) if access else ()
    if not access:
        words = "A scope says what access is to: ask for the right `access` too, or leave it out."
        raise BadInput("scope", words)
    return tuple(dict.fromkeys(asked))


def _check(wish: Wish, where: str) -> None:
    office = house().office
    around = wishes.around_of(office.register, wish.right, office.today())
    for mistake in mistakes_in(wish, around):
        at = "part" if mistake.field == "part" else f"data.{mistake.field}"
        raise BadInput(f"{where}.{at}", _with_ids(mistake, wish, around))


def _with_ids(mistake: BadInput, wish: Wish, around: Around) -> str:
    """What to do; of uses the ids too, which a program cannot guess."""
    if mistake.field != "purposes":
        return str(mistake)
    known = (*around.purposes, *((OTHER_USE,) if wish.right is Right.OBJECTION else ()))
    return " / ".join(f"{half} ({', '.join(known)})" for half in str(mistake).split(" / "))
