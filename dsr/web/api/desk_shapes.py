"""What the desk's side of the API takes."""

from __future__ import annotations

from collections.abc import Callable

import marshmallow as ma
from marshmallow import validate

from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.law.grounds import REFUSALS
from dsr.services.by_hand import LONGEST, POSSIBLE
from dsr.services.review import CHOSEN
from dsr.web.api.shapes import line, one_of
from dsr.web.api.strict import StrictSchema, is_text

DOCUMENTS = ("passport", "identity_card", "driving_licence", "residence_permit", "known")


def prose(*, required: bool = False) -> ma.fields.String:
    """A text of several lines."""
    checks: list[Callable[[str], object]] = [validate.Length(max=4000), is_text]
    if required:
        return ma.fields.String(required=True, validate=checks)
    return ma.fields.String(load_default="", validate=checks)


class Queue(StrictSchema):
    """Which part of the queue; `after` is the `next` of the page before."""

    stage = ma.fields.String(validate=validate.OneOf([str(stage) for stage in Stage]))
    closed = ma.fields.String(load_default="no", validate=validate.OneOf(["yes", "no"]))
    limit = ma.fields.Integer(load_default=25, validate=validate.Range(1, 100))
    after = ma.fields.String(load_default="", validate=validate.Length(max=80))


class From(StrictSchema):
    """Items from this number on; 50 a page."""

    first = ma.fields.Integer(load_default=0, validate=validate.Range(0, 10_000_000))


class DocumentSeen(StrictSchema):
    """The kind of document that staff saw; never its number."""

    document = one_of(*DOCUMENTS)


class PersonChosen(StrictSchema):
    """The `ref` of the candidate that it is; empty for none of them."""

    person = ma.fields.String(required=True, validate=validate.Length(max=500))


class SearchedByHand(StrictSchema):
    """What a person found in a system without an API, and how they know; `found` is its text."""

    outcome = one_of(*POSSIBLE)
    proof = prose(required=True)
    found = ma.fields.String(load_default="", validate=[validate.Length(max=LONGEST), is_text])


class Reason(StrictSchema):
    """A reason in words."""

    reason = prose(required=True)


class ToWithhold(StrictSchema):
    """An item, a field of it (`path`, a JSON pointer), or a span of a text; and why."""

    system = line(40, required=True)
    number = ma.fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    reason = one_of(*CHOSEN)
    path = line(300)
    start = ma.fields.Integer(strict=True, load_default=None, allow_none=True)
    end = ma.fields.Integer(strict=True, load_default=None, allow_none=True)


class ToSign(StrictSchema):
    """The system whose medical file the clinician has read, and `seen` as it was then."""

    system = line(40, required=True)
    seen = line(64, required=True)


class ToDecide(StrictSchema):
    """The decision. `seen` is the `seen` of the request as it was looked at.

    `heard` is what the data protection officer answered, where the law asks one.
    """

    decision = one_of(*(str(decision) for decision in Decision))
    seen = line(64)
    grounds = ma.fields.List(
        one_of(*REFUSALS), load_default=list, validate=validate.Length(max=len(REFUSALS))
    )
    facts = prose()
    instead = prose()
    heard = prose()


class Nothing(StrictSchema):
    """An empty object."""
