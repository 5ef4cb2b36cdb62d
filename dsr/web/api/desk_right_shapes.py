"""What the desk's API takes about one right of a request."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import validate

from dsr.core.request import Outcome
from dsr.law.facts import VOCABULARY
from dsr.law.grounds import REFUSALS
from dsr.services.resolve import DELIVERIES
from dsr.services.weighing import JUDGEMENTS
from dsr.web.api.desk_shapes import prose
from dsr.web.api.shapes import line, one_of
from dsr.web.api.strict import StrictSchema, is_text


class ToSay(StrictSchema):
    """Facts about one purpose, by the names and values of the law's vocabulary."""

    purpose = line(40, required=True)
    facts = ma.fields.Dict(
        keys=one_of(*VOCABULARY), values=ma.fields.Raw(), required=True,
        validate=validate.Length(max=len(VOCABULARY)),
    )  # fmt: skip


class ToJudge(StrictSchema):
    """A judgement on one purpose, with reasons that somebody else can follow."""

    purpose = line(40, required=True)
    outcome = one_of(*JUDGEMENTS)
    reasons = prose(required=True)


class ToCorrect(StrictSchema):
    """One field (`path`, a JSON pointer) of one found item (`key`) that becomes `new`."""

    system = line(40, required=True)
    key = line(64, required=True)
    path = line(300, required=True)
    new = ma.fields.String(required=True, validate=[validate.Length(max=2000), is_text])


class Place(StrictSchema):
    """Where a statement is added."""

    system = line(40, required=True)
    dataset = line(40, required=True)


class ToResolve(StrictSchema):
    """The decision on one right; `seen` is the `seen` of the right as it was looked at."""

    seen = line(64, required=True)
    grounds = ma.fields.List(
        one_of(*REFUSALS), load_default=list, validate=validate.Length(max=len(REFUSALS))
    )
    facts = prose()
    instead = prose()
    heard = prose()
    corrections = ma.fields.List(
        ma.fields.Nested(ToCorrect), load_default=list, validate=validate.Length(max=200)
    )
    statement = prose()
    statement_at = ma.fields.Nested(Place, load_default=dict)
    delivery = ma.fields.String(load_default="grant", validate=validate.OneOf(DELIVERIES))


class DoneByHand(StrictSchema):
    """What a person did in a system, and how they know; `kept` is why something stays there."""

    outcome = one_of(Outcome.DONE, Outcome.ALREADY_GONE, Outcome.RETAINED)
    proof = prose(required=True)
    kept = prose()
