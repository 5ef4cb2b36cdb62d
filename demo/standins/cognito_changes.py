"""The operations of the Cognito stand-in that change something."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from demo.standins.cognito_state import Asked, Refused, type_of_json

Operation = Callable[[Asked], None]
_FLAG_OF = {"email": "email_verified", "phone_number": "phone_number_verified"}


def changed(asked: Asked, operation: str) -> type_of_json:
    """Do it, unless the pool lies this time; the answer has no fields."""
    asked.person  # noqa: B018 (raises when there is no such account)
    if asked.pool.lying:
        asked.pool.lying -= 1
        return {}
    CHANGES[operation](asked)
    return {}


def describe(asked: Asked) -> type_of_json:
    """The pool, with its schema."""
    told = {"Id": asked.pool.id, "Name": "demo", "SchemaAttributes": asked.pool.schema()}
    return {"UserPool": told}


def _update(asked: Asked) -> None:
    pool, person = asked.pool, asked.person
    given = cast(list[dict[str, str]], asked.body.get("UserAttributes", []))
    told = {one["Name"]: one["Value"] for one in given}
    schema = {str(one["Name"]): one for one in pool.schema()}
    for name in told:
        if name not in schema:
            raise Refused("InvalidParameterException", f"Type for attribute {{{name}}} unknown")
        if not schema[name]["Mutable"]:
            raise Refused("InvalidParameterException", "Attribute cannot be updated.")
    if "email" in told and _in_use(asked, told["email"]):
        raise Refused("AliasExistsException", "An account with the email already exists.")
    now: dict[str, str | None] = dict(told)
    for name, flag in _FLAG_OF.items():
        if name in told and told.get(flag) != "true":
            if pool.awaits:
                now.pop(name)
            now[flag] = "false"
    pool.change(person, now)


def _in_use(asked: Asked, email: str) -> bool:
    wanted = email.casefold()
    others = (p for p in asked.pool.accounts() if p.cognito_sub != asked.text("Username"))
    return any(asked.pool.attributes(p).get("email", "").casefold() == wanted for p in others)


def _clear(asked: Asked) -> None:
    names = cast(list[str], asked.body.get("UserAttributeNames", []))
    required = {str(one["Name"]) for one in asked.pool.schema() if one["Required"]}
    if required & set(names):
        raise Refused("InvalidParameterException", "A required attribute cannot be deleted.")
    asked.pool.change(asked.person, dict.fromkeys(names))


def _disable(asked: Asked) -> None:
    asked.pool.disabled.add(asked.person.cognito_sub)


def _enable(asked: Asked) -> None:
    asked.pool.disabled.discard(asked.person.cognito_sub)


def _sign_out(asked: Asked) -> None:
    sub = asked.person.cognito_sub
    asked.pool.signed_out[sub] = asked.pool.signed_out.get(sub, 0) + 1


def _delete(asked: Asked) -> None:
    asked.pool.gone.add(asked.person.cognito_sub)


def _forget(asked: Asked) -> None:
    key = (asked.person.cognito_sub, asked.text("DeviceKey"))
    if "devices" in asked.pool.off:
        raise Refused("InvalidUserPoolConfigurationException", "Device tracking is off")
    if key in asked.pool.forgotten:
        raise Refused("ResourceNotFoundException", "Device does not exist.")
    asked.pool.forgotten.add(key)


def _join(asked: Asked) -> None:
    _in_or_out(asked, is_in=True)


def _leave(asked: Asked) -> None:
    _in_or_out(asked, is_in=False)


def _in_or_out(asked: Asked, *, is_in: bool) -> None:
    pool, name = asked.pool, asked.text("GroupName")
    known = {*pool.named_groups, *(f"practice-{p.practice}" for p in pool.people)}
    if name not in known:
        raise Refused("ResourceNotFoundException", "Group not found.")
    pool.joined.setdefault(asked.person.cognito_sub, {})[name] = is_in


CHANGES: dict[str, Operation] = {
    "AdminUpdateUserAttributes": _update,
    "AdminDeleteUserAttributes": _clear,
    "AdminDisableUser": _disable,
    "AdminEnableUser": _enable,
    "AdminUserGlobalSignOut": _sign_out,
    "AdminDeleteUser": _delete,
    "AdminForgetDevice": _forget,
    "AdminAddUserToGroup": _join,
    "AdminRemoveUserFromGroup": _leave,
}
