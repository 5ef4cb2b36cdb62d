"""A stand-in for an Amazon Cognito user pool: the operations that the connector uses.

JSON 1.1 over POST with `X-Amz-Target`, the pool's keys, and the hosted sign-in page
(`demo.standins.cognito_login`). Loopback only; nothing is ever sent anywhere.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock

from flask import Flask, Response, request
from joserfc.jwk import RSAKey

from demo.journal import Journal
from demo.person import Person
from demo.standins import cognito_login
from demo.standins.cognito_changes import CHANGES, changed, describe
from demo.standins.cognito_state import (
    CLIENT_ID,
    POOL,
    REGION,
    Asked,
    Pool,
    Refused,
    attributes_of,
    international,
    type_of_json,
)
from demo.standins.faults import Fault, Faults

__all__ = ["CLIENT_ID", "POOL", "REGION", "Pool", "attributes", "build", "international"]

_TARGET = "AWSCognitoIdentityProviderService."
_CONDITION = re.compile(r'\s*([\w:]+)\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*\Z', re.S)
_SEARCHABLE = frozenset(
    {
        "username",
        "email",
        "phone_number",
        "name",
        "given_name",
        "family_name",
        "preferred_username",
        "sub",
    }
)
_MOST = 60
_NO_REPLY = frozenset({Fault.TOO_MANY, Fault.BROKEN, Fault.SLOW, Fault.NOT_JSON})
_ANY_CALL = _NO_REPLY | {Fault.HALF_JSON, Fault.FOREIGN_RECORD}


def build(
    people: Sequence[Person],
    journal: Journal,
    *,
    faults: Faults | None = None,
    pool: str = POOL,
    client: str = CLIENT_ID,
) -> Flask:
    """The stand-in; `app.extensions["pool"]` is its `Pool`, to look into and to change in tests."""
    app = Flask("demo-cognito")
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": uuid.uuid4().hex})
    kept = Pool(people=people, key=key, id=pool, client=client)
    app.extensions["pool"] = kept
    wrong = faults or Faults()

    @app.post("/", strict_slashes=False)
    def _call() -> Response:
        operation = request.headers.get("X-Amz-Target", "").removeprefix(_TARGET)
        return _answered(kept, journal, operation, wrong)

    app.register_blueprint(cognito_login.pages(kept, journal))
    return app


def _answered(pool: Pool, journal: Journal, operation: str, faults: Faults) -> Response:
    body = json.loads(request.get_data() or b"{}")
    asked = Asked(pool, body)
    about = asked.text("Username") or asked.text("Filter")
    fault = faults.take(*_fitting(operation))
    try:
        if body.get("UserPoolId") != pool.id:
            raise Refused("ResourceNotFoundException", "User pool does not exist.")
        if fault in _NO_REPLY:
            return _faulty(fault, faults)
        reply = _reply(asked, operation)
    except Refused as refused:
        journal.record(operation, about, refused.kind, **_what(asked, operation))
        words: type_of_json = {"__type": refused.kind, "message": refused.words}
        return _json(words, 400, {"x-amzn-ErrorType": refused.kind})
    journal.record(operation, about, str(fault or "ok"), **_what(asked, operation))
    if operation in pool.silent:
        pool.silent.remove(operation)
        return _faulty(Fault.BROKEN, faults)
    if operation in CHANGES and fault is None:
        return Response("", 200, mimetype="application/x-amz-json-1.1")
    return _bent(reply, fault, asked)


def _reply(asked: Asked, operation: str) -> type_of_json:
    """What an operation answers; a change answers with an empty body, as there."""
    if operation in CHANGES:
        return changed(asked, operation)
    return _OPERATIONS.get(operation, _unknown)(asked)


def _what(asked: Asked, operation: str) -> dict[str, object]:
    """What of the account a change is about: a device, a group, the names of attributes."""
    if operation not in CHANGES:
        return {}
    given = asked.body.get("UserAttributes")
    names = [one["Name"] for one in given] if isinstance(given, list) else []
    one = asked.text("DeviceKey") or asked.text("GroupName")
    cleared = asked.body.get("UserAttributeNames")
    return {"item": one or names or cleared or "account"}


def _fitting(operation: str) -> frozenset[Fault]:
    """Looking a name up by `sub` comes before every list, so it takes no fault of lists."""
    return _ANY_CALL if operation == "ListUsers" else _ANY_CALL | {Fault.REPEATED_PAGE}


def _faulty(fault: Fault | None, faults: Faults) -> Response:
    if fault is Fault.SLOW:
        faults.hang()
    if fault in (Fault.BROKEN, Fault.NOT_JSON):
        code = 500 if fault is Fault.BROKEN else 200
        return Response("<!doctype html><h1>Not well</h1>", code, mimetype="text/html")
    raise Refused("TooManyRequestsException", "Rate exceeded")


def _bent(reply: type_of_json, fault: Fault | None, asked: Asked) -> Response:
    if fault is Fault.FOREIGN_RECORD:
        stranger = Asked(asked.pool, {"Username": _stranger(asked).cognito_sub})
        reply = (
            {"Users": [_listed(asked.pool, stranger.person)]}
            if "Users" in reply
            else _get_user(stranger)
        )
    answer = _json(reply)
    if fault is Fault.HALF_JSON:
        whole = answer.get_data()
        answer.set_data(whole[: len(whole) // 2])
    if fault is Fault.REPEATED_PAGE:
        token = asked.text("PaginationToken") or asked.text("NextToken") or "0"
        answer = _json({**reply, "PaginationToken": token, "NextToken": token})
    return answer


def _stranger(asked: Asked) -> Person:
    about = asked.text("Username") + asked.text("Filter")
    return next(p for p in asked.pool.accounts() if p.cognito_sub not in about)


def _json(body: type_of_json, code: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), code, headers, mimetype="application/x-amz-json-1.1")


def attributes(person: Person) -> list[dict[str, str]]:
    """The attributes that a person's account began with."""
    return [{"Name": name, "Value": value} for name, value in attributes_of(person).items()]


def _moment(person: Person, days: int = 0) -> float:
    began = datetime.combine(person.registered, clock(9, person.number % 60), UTC)
    return (began + timedelta(days=days)).timestamp()


def _changed(pool: Pool, person: Person) -> float:
    known = datetime.combine(person.contact_since, clock(20, 5), UTC).timestamp()
    return pool.touched.get(person.cognito_sub, max(known, _moment(person)))


def _named(told: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in told.items()]


def _get_user(asked: Asked) -> type_of_json:
    told = _listed(asked.pool, asked.person)
    mfa = ["SOFTWARE_TOKEN_MFA"] if asked.person.mfa else []
    return {
        **{("UserAttributes" if key == "Attributes" else key): v for key, v in told.items()},
        **({"UserMFASettingList": mfa, "PreferredMfaSetting": mfa[0]} if mfa else {}),
    }


def _listed(pool: Pool, person: Person) -> type_of_json:
    return {
        "Username": person.cognito_sub,
        "Attributes": _named(pool.attributes(person)),
        "UserCreateDate": _moment(person),
        "UserLastModifiedDate": _changed(pool, person),
        "Enabled": person.cognito_sub not in pool.disabled,
        "UserStatus": "CONFIRMED",
    }


def _list_users(asked: Asked) -> type_of_json:
    pool, condition = asked.pool, asked.text("Filter")
    found = [_listed(pool, p) for p in pool.listed() if _meets(pool, p, condition)]
    return _paged(asked, "Users", found, ("PaginationToken", "Limit"))


def _meets(pool: Pool, person: Person, condition: str) -> bool:
    if not condition:
        return True
    parts = _CONDITION.match(condition)
    if not parts or len(condition) > 256:
        raise Refused("InvalidParameterException", "Error while parsing filter")
    name, sign, value = parts[1], parts[2], re.sub(r"\\(.)", r"\1", parts[3], flags=re.S)
    if name not in _SEARCHABLE:
        raise Refused("InvalidParameterException", f"Invalid search attribute: {name}")
    told = {**pool.attributes(person), "username": person.cognito_sub}
    there = told.get(name, "")
    return there.startswith(value) if sign == "^=" else there == value


def _groups(asked: Asked) -> type_of_json:
    found: list[type_of_json] = [
        {
            "GroupName": name,
            "Description": "Everybody with an account" if name == "patients" else "",
            "UserPoolId": asked.pool.id,
            "Precedence": 10 * place,
            "CreationDate": 1_567_296_000.0,
            "LastModifiedDate": 1_567_296_000.0,
        }
        for place, name in enumerate(asked.pool.groups(asked.person), start=1)
    ]
    return _paged(asked, "Groups", found, ("NextToken", "Limit"))


def _devices(asked: Asked) -> type_of_json:
    person = asked.person
    if "devices" in asked.pool.off:
        raise Refused("InvalidUserPoolConfigurationException", "Device tracking is off")
    found: list[type_of_json] = [
        {
            "DeviceKey": f"eu-west-1_{uuid.uuid5(uuid.NAMESPACE_OID, f'{person.cognito_sub}/{n}')}",
            "DeviceAttributes": [
                {"Name": "device_name", "Value": ("iPhone", "Android")[n]},
                {"Name": "last_ip_used", "Value": f"192.0.2.{person.number % 250 + 1}"},
            ],
            "DeviceCreateDate": _moment(person, n),
            "DeviceLastModifiedDate": _moment(person, n + 1),
            "DeviceLastAuthenticatedDate": _moment(person, n + 2),
        }
        for n in range(1 + person.number % 2)
    ]
    gone = {key for sub, key in asked.pool.forgotten if sub == person.cognito_sub}
    kept = [one for one in found if one["DeviceKey"] not in gone]
    return _paged(asked, "Devices", kept, ("PaginationToken", "Limit"))


def _auth_events(asked: Asked) -> type_of_json:
    person = asked.person
    if "auth_events" in asked.pool.off:
        raise Refused("UserPoolAddOnNotEnabledException", "Threat protection is not enabled")
    found: list[type_of_json] = [
        {
            "EventId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{person.cognito_sub}/event/{n}")),
            "EventType": "SignIn",
            "CreationDate": _moment(person, n),
            "EventResponse": "Pass" if n % 7 else "Fail",
            "EventRisk": {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False},
            "ChallengeResponses": [{"ChallengeName": "Password", "ChallengeResponse": "Success"}],
            "EventContextData": {
                "IpAddress": f"192.0.2.{person.number % 250 + 1}",
                "DeviceName": "iPhone, app 4.2",
                "City": person.town,
                "Country": "Netherlands",
            },
        }
        for n in range(min(3 + person.messages, 150))
    ]
    return _paged(asked, "AuthEvents", found, ("NextToken", "MaxResults"))


def _paged(
    asked: Asked, name: str, found: Sequence[type_of_json], words: tuple[str, str]
) -> type_of_json:
    """A page of `found`; the token is the place of the next one. `words`: token and limit."""
    token, limit = words
    most = int(str(asked.body.get(limit) or _MOST))
    if most > _MOST:
        raise Refused("InvalidParameterException", f"{limit} must be {_MOST} or less")
    start = int(asked.text(token) or 0)
    page: type_of_json = {name: list(found[start : start + most])}
    return {**page, token: str(start + most)} if start + most < len(found) else page


def _unknown(asked: Asked) -> type_of_json:
    raise Refused("UnknownOperationException", "This stand-in does not know the operation")


_OPERATIONS: dict[str, Callable[[Asked], type_of_json]] = {
    "AdminGetUser": _get_user,
    "ListUsers": _list_users,
    "AdminListGroupsForUser": _groups,
    "AdminListDevices": _devices,
    "AdminListUserAuthEvents": _auth_events,
    "DescribeUserPool": describe,
}
