"""Stopping the use for a purpose in a user pool: a group or an attribute that the app minds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.cognito_attributes import schema_of
from connectors.cognito_calls import NoSuchPerson, Refused, UserPool
from dsr.core.errors import BrokenRegister, NeedsPerson


@dataclass(frozen=True)
class Stop:
    """How a use stops: `kind` "group" puts the account into the group `name`, "attribute" gives
    the attribute `name` this `value`. Taking the use up again undoes that.
    """

    kind: str
    name: str
    value: str = ""


def stops_of(told: Mapping[str, str], path: str) -> dict[str, Stop]:
    """The ways to stop, by purpose: `group:NAME` or `attribute:NAME=VALUE`."""
    return {purpose: _stop(words, f"{path}.{purpose}") for purpose, words in told.items()}


def stop_or_resume(pool: UserPool, name: str, way: Stop, *, resume: bool) -> None:
    """Do it, or undo it; doing it twice is doing it once."""
    if way.kind == "attribute" and way.name not in schema_of(pool.call("describe_user_pool")):
        raise NeedsPerson(f"The pool has no attribute {way.name}; make it, then repeat this.")
    operation, arguments = _call(way, resume=resume)
    try:
        pool.attempt(operation, Username=name, **arguments)
    except NoSuchPerson:
        return  # nobody is left whose use could go on
    except Refused as fault:
        if fault.code != "ResourceNotFoundException":
            raise NeedsPerson(str(fault)) from None
        raise NeedsPerson(f"The pool has no group {way.name}; make it, then repeat this.") from None


def _call(way: Stop, *, resume: bool) -> tuple[str, dict[str, object]]:
    if way.kind == "group":
        verb = "admin_remove_user_from_group" if resume else "admin_add_user_to_group"
        return verb, {"GroupName": way.name}
    if resume:
        return "admin_delete_user_attributes", {"UserAttributeNames": [way.name]}
    told = [{"Name": way.name, "Value": way.value}]
    return "admin_update_user_attributes", {"UserAttributes": told}


def _stop(words: str, path: str) -> Stop:
    kind, _, rest = words.partition(":")
    if kind == "group" and rest:
        return Stop(kind, rest)
    name, _, value = rest.rpartition("=")
    if kind == "attribute" and name and value:
        return Stop(kind, name, value)
    raise BrokenRegister(f"{path}: write group:NAME or attribute:NAME=VALUE here.")
