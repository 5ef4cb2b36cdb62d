"""Which attributes of an account can be corrected, and with which values.

The pool's own schema says what is there, what may change and how long it may be; one emulator takes
anything, so nothing is sent that the schema does not name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from connectors.old_values import steps_of
from dsr.core.connector import Change
from dsr.core.errors import BadAnswer, ValueRefused

type_of_schema = Mapping[str, Mapping[str, Any]]  # Any: botocore's replies have no types

#: the contact points whose verification is an attribute of its own
FLAGS = {"email": "email_verified", "phone_number": "phone_number_verified"}
#: what the pool keeps for itself, or we set beside a contact point
_NOT_BY_ITSELF = frozenset({"sub", "identities", *FLAGS.values()})
_LONGEST = 2048
_EMAIL = re.compile(r"[^@\s\"<>]{1,64}@[^@\s\"<>.]+(\.[^@\s\"<>.]+)+\Z")
_PHONE = re.compile(r"\+[1-9]\d{6,14}\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")


def attribute_of(change: Change) -> str:
    """The attribute that a change is about; `ValueRefused` when it is about something else."""
    steps = steps_of(change.path)
    if len(steps) != 2 or steps[0] != "UserAttributes":
        raise ValueRefused(
            "Cognito takes corrections of an account's attributes only (/UserAttributes/...)."
        )
    if steps[1] in _NOT_BY_ITSELF or steps[1].startswith("cognito:"):
        raise ValueRefused(f"Cognito keeps {steps[1]} itself; it cannot be corrected.")
    return steps[1]


def schema_of(described: Mapping[str, Any]) -> type_of_schema:
    """The attributes of a pool by name, out of DescribeUserPool."""
    listed = described.get("UserPool", {}).get("SchemaAttributes")
    if not isinstance(listed, list) or not listed:
        raise BadAnswer("Cognito did not say which attributes the pool has; try again later.")
    return {str(one.get("Name", "")): one for one in listed}


def check_values(changes: Sequence[Change], schema: type_of_schema) -> None:
    """`ValueRefused` for the first value that the pool cannot hold; the value is never named."""
    for change in changes:
        name = attribute_of(change)
        if name not in schema:
            raise ValueRefused(f"The pool has no attribute {name}; nothing was changed.")
        if schema[name].get("Mutable") is False:
            raise ValueRefused(f"The pool never changes {name} of an account that exists.")
        if change.new is None and schema[name].get("Required") is True:
            raise ValueRefused(f"The pool requires {name}; it cannot be cleared.")
        if change.new is not None:
            _check_value(name, change.new, schema[name])


def _check_value(name: str, value: object, rule: Mapping[str, Any]) -> None:
    bounds = rule.get("StringAttributeConstraints") or {}
    shortest = max(1, _whole(bounds.get("MinLength"), 1))
    longest = min(_LONGEST, _whole(bounds.get("MaxLength"), _LONGEST))
    if not isinstance(value, str) or not shortest <= len(value) <= longest:
        raise ValueRefused(f"{name} takes a text of {shortest} to {longest} characters.")
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise ValueRefused(f"{name} takes no control characters.")
    fits, words = _FORMS.get(name) or _TYPES.get(str(rule.get("AttributeDataType")), _ANY)
    if not fits(value):
        raise ValueRefused(f"{name} takes {words}.")


def _whole(told: object, otherwise: int) -> int:
    return int(str(told)) if str(told).isdigit() else otherwise


def _is_day(value: str) -> bool:
    try:
        return bool(_DAY.match(value)) and date.fromisoformat(value) is not None
    except ValueError:
        return False


type_of_form = tuple[Callable[[str], bool], str]
_ANY: type_of_form = (lambda value: True, "any text")
_FORMS: dict[str, type_of_form] = {
    "email": (lambda value: bool(_EMAIL.match(value)), "one e-mail address, name@example.nl"),
    "phone_number": (
        lambda value: bool(_PHONE.match(value)),
        "a number with its country, +31 and nine digits",
    ),
    "birthdate": (_is_day, "a day that exists, as 1980-12-31"),
}
_TYPES: dict[str, type_of_form] = {
    "Number": (lambda value: bool(_NUMBER.match(value)), "a number"),
    "Boolean": (lambda value: value in ("true", "false"), "true or false"),
}
