"""Cognito's answers held to the rules of all systems: botocore alone reads damage as emptiness.

It takes the last of two equal keys, lets NaN pass, and breaks in many ways on JSON of another
shape; what it reads here is JSON that was looked at before.
"""

from __future__ import annotations

import json
from typing import Any

from connectors.strict_json import json_of
from dsr.core.errors import BadAnswer

#: what botocore raises for JSON of a shape that its model does not know
MISSHAPED = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def be_strict(client: Any) -> None:
    """Look at every answer before botocore does; `BadAnswer` out of the call that asked."""
    client.meta.events.register("before-parse.cognito-identity-provider", _look)


def _look(response_dict: dict[str, Any], operation_model: Any, **_: object) -> None:
    """Refusals keep their code; their words count only where they are an object of JSON.

    An operation that answers nothing (disabling, deleting) may do so without a byte.
    """
    is_answer = response_dict["status_code"] < 300
    told = operation_model.output_shape
    if is_answer and not response_dict["body"].strip() and not (told and told.members):
        return
    try:
        value = json_of(response_dict["body"], "application/json")
    except BadAnswer:
        if is_answer:
            raise
        value = {}
    if is_answer and not isinstance(value, dict):
        raise BadAnswer("Cognito answered JSON that is not an object; try again later.")
    response_dict["body"] = json.dumps(value if isinstance(value, dict) else {}).encode()
