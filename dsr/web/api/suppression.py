"""Whom a mailing or an import must leave out: asked with the values, answered with ones and zeros.

No value is stored or logged. An answer of so many values has the same size whoever is suppressed.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import request
from marshmallow import validate

from dsr.services import suppress
from dsr.services.suppress import MOST, Kind, Question
from dsr.web.api.callers import for_key
from dsr.web.api.routed import StrictBlueprint
from dsr.web.api.shapes import line, one_of
from dsr.web.api.strict import StrictSchema, is_line
from dsr.web.current import house

#: a thousand addresses of the greatest length, and what stands around them
MOST_BYTES = 512 * 1024

blueprint = StrictBlueprint(
    "suppression_api",
    "/api/v1/suppression",
    "For mailings and imports, with a key that has the scope `suppression`.",
)


class Asked(StrictSchema):
    """The purpose of the register that you want to use the data for, and up to 1,000 values."""

    purpose = line(40, required=True, about="Id of a purpose of the register.")
    kind = one_of(*(str(kind) for kind in Kind))
    values = ma.fields.List(
        ma.fields.String(validate=[validate.Length(max=254), is_line]),
        required=True,
        validate=validate.Length(min=1, max=MOST),
    )


class Answered(ma.Schema):
    """For each value, in its order: 1, leave this person out; 0, nothing is known against it."""

    suppressed = ma.fields.List(ma.fields.Integer(), metadata={"example": [0, 1, 0]})


def _take_more() -> None:
    request.max_content_length = MOST_BYTES


blueprint.before_request(_take_more)


@blueprint.route("/check", methods=["POST"])
@for_key("suppression")
@blueprint.arguments(Asked)
@blueprint.response(200, Answered)
def check(body: dict[str, Any]) -> dict[str, list[int]]:
    """Ask before every mailing and every import; what is suppressed stays so until new consent."""
    asked = Question(purpose=body["purpose"], kind=body["kind"], values=body["values"])
    with house().reading() as session:
        found = suppress.check(session, house().office, asked)
    return {"suppressed": [int(one) for one in found]}
