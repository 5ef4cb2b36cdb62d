"""What the patient's side of the API takes and gives."""

from __future__ import annotations

from collections.abc import Callable

import marshmallow as ma
from marshmallow import validate

from dsr.services.receive import ANSWER_FORMS, SCOPES
from dsr.web.api.strict import CivilDate, StrictSchema, is_line, is_text
from dsr.web.api.wish_shapes import MOST, Wished


def line(most: int, *, required: bool = False, about: str = "") -> ma.fields.String:
    """One line of text."""
    checks: list[Callable[[str], object]] = [validate.Length(max=most), is_line]
    told = {"description": about} if about else {}
    if required:
        return ma.fields.String(required=True, validate=checks, metadata=told)
    return ma.fields.String(load_default="", validate=checks, metadata=told)


def one_of(*choices: str, default: str | None = None) -> ma.fields.String:
    """A text out of a list; required when there is no default."""
    check = validate.OneOf(choices, error=f"Choose one of: {', '.join(choices)}.")
    if default is None:
        return ma.fields.String(required=True, validate=check)
    return ma.fields.String(load_default=default, validate=check)


class Asking(StrictSchema):
    """A request: one right or several, each with what is asked; without `wishes` it is access."""

    practice = line(40, required=True, about="Id of the GP practice.")
    language = one_of("nl", "en", default="nl")
    name = line(120, required=True)
    birth_date = CivilDate(required=True, metadata={"type": "string", "format": "date"})
    email = line(254, about="Gets a neutral notice; proves nothing.")
    phone = line(40)
    postcode = line(12)
    wishes = ma.fields.List(
        ma.fields.Nested(Wished), load_default=None, validate=validate.Length(min=1, max=MOST)
    )
    scope = ma.fields.List(
        one_of(*SCOPES),
        load_default=None,
        validate=validate.Length(min=1, max=5),
        metadata={"description": "What access is to; `all` unless it says otherwise."},
    )
    answer_form = one_of(*ANSWER_FORMS, default="online")
    words = ma.fields.String(load_default="", validate=[validate.Length(max=4000), is_text])


class Filed(ma.Schema):
    """What the caller keeps. The secret is shown here only; whoever has it can follow."""

    reference = ma.fields.String(metadata={"example": "AVG-7F3K-9QX2"})
    secret = ma.fields.String()
    due = ma.fields.String(metadata={"format": "date"})
    status_url = ma.fields.String(metadata={"format": "uri"})


class NextStep(ma.Schema):
    """What the person can do now: `show_identity`, `wait`, `fetch` or `nothing`."""

    do = ma.fields.String()
    ways = ma.fields.List(ma.fields.String())
    words = ma.fields.String()


class Paused(ma.Schema):
    """From the day of a question to that of the answer; these days do not count."""

    asked = ma.fields.String(metadata={"format": "date"})
    answered = ma.fields.String(metadata={"format": "date"})
    days = ma.fields.Integer()


class FreeDay(ma.Schema):
    """A day in a weekend or a holiday, on which the period cannot end."""

    day = ma.fields.String(metadata={"format": "date"})
    code = ma.fields.String(metadata={"example": "easter_monday"})
    name = ma.fields.String(metadata={"example": "tweede paasdag"})


class DueDerivation(ma.Schema):
    """How the due date came about (Art. 12(3) GDPR; Reg. 1182/71, art. 3)."""

    received = ma.fields.String(metadata={"format": "date"})
    months = ma.fields.Integer(metadata={"description": "1, or 3 when extended."})
    month_end = ma.fields.String(metadata={"format": "date"})
    pauses = ma.fields.List(ma.fields.Nested(Paused))
    paused_days = ma.fields.Integer()
    raw_end = ma.fields.String(metadata={"format": "date"})
    free_days = ma.fields.List(ma.fields.Nested(FreeDay))
    last_day = ma.fields.String(metadata={"format": "date"})


class FollowedItem(ma.Schema):
    """One right of a request. `decision` is told at the level of its letter, and not before."""

    id = ma.fields.String()
    right = ma.fields.String(metadata={"example": "erasure"})
    part = ma.fields.String(metadata={"description": "`medical_file` or empty."})
    stage = ma.fields.String(
        metadata={
            "description": "received, identity_needed, searching, checking, cooling_off,"
            " carrying_out, answering, stopped or answered."
        }
    )
    words = ma.fields.String()
    decision = ma.fields.String(metadata={"description": "Empty until it may be told."})
    cool_until = ma.fields.String(
        allow_none=True,
        metadata={"format": "date-time", "description": "Until then it can be cancelled."},
    )
    answered = ma.fields.Boolean(metadata={"description": "Its letter can be fetched."})


class ItemChosen(StrictSchema):
    """Whose answer: the id of an item; without it, that of the copy that was asked for."""

    item = line(40)


class Followed(ma.Schema):
    """A request as the person who asked may see it."""

    reference = ma.fields.String()
    practice = ma.fields.String()
    received = ma.fields.String(metadata={"format": "date"})
    due = ma.fields.String(metadata={"format": "date"})
    due_because = ma.fields.List(ma.fields.String())
    due_derivation = ma.fields.Nested(DueDerivation)
    stage = ma.fields.String()
    words = ma.fields.String()
    level = ma.fields.String(metadata={"description": "What this call has proved: IA0 to IA4."})
    next = ma.fields.Nested(NextStep)
    items = ma.fields.List(ma.fields.Nested(FollowedItem))


class CodeWanted(StrictSchema):
    """`identify` before the search, `download` when there is an answer."""

    purpose = one_of("identify", "download")


class CodeTyped(StrictSchema):
    """A code that came by mail, or (`collect`) on paper from the desk."""

    purpose = one_of("identify", "download", "collect")
    code = line(40, required=True)


class CodeAsked(ma.Schema):
    """The same for everybody, known or not."""

    words = ma.fields.String()
    minutes = ma.fields.Integer()


class CodeGood(ma.Schema):
    """The level that the code gave. With `visit` (send it as `Authorization: Visit ...`) the
    answer can be fetched for half an hour."""

    level = ma.fields.String()
    visit = ma.fields.String()
    minutes = ma.fields.Integer()


class Fault(ma.Schema):
    """An error: a word for programs, and what to do for people."""

    error = ma.fields.String()
    message = ma.fields.String()
    field = ma.fields.String()
