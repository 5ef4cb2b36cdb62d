"""A stand-in for an Amazon Cognito user pool: the operations that the connector uses.

JSON 1.1 over POST with `X-Amz-Target`, the pool's keys, and the hosted sign-in page
(`demo.standins.cognito_login`). Loopback only; nothing is ever sent anywhere.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock

from flask import Flask, Response, request
from joserfc.jwk import RSAKey

from demo.journal import Journal
from demo.person import Person
from demo.standins import cognito_login
from demo.standins.faults import Fault, Faults

POOL = "eu-west-1_demo"
REGION = "eu-west-1"
CLIENT_ID = "demo-app-client"

type_of_json = dict[str, object]
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


class Refused(Exception):
    """An error of the service: its type and its words."""

    def __init__(self, kind: str, words: str = "refused") -> None:
        super().__init__(words)
        self.kind, self.words = kind, words


@dataclass
class Pool:
    """The accounts of one pool. `off` names datasets whose feature is off."""

    people: Sequence[Person]
    key: RSAKey
    id: str = POOL
    client: str = CLIENT_ID
    off: set[str] = field(default_factory=set)
    logins: cognito_login.Logins = field(default_factory=lambda: cognito_login.Logins())

    def of(self, name: str) -> Person:
        """The person of a user name, which is the `sub` in this pool."""
        for person in self.people:
            if person.cognito_sub and name == person.cognito_sub:
                return person
        raise Refused("UserNotFoundException", "User does not exist.")

    def accounts(self) -> list[Person]:
        """Everybody with an account, in the order of the pool."""
        return [person for person in self.people if person.has_app]


@dataclass(frozen=True)
class _Asked:
    """One call as the operations see it."""

    pool: Pool
    body: type_of_json

    def text(self, key: str) -> str:
        return str(self.body.get(key, ""))

    @property
    def person(self) -> Person:
        return self.pool.of(self.text("Username"))


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
    asked = _Asked(pool, body)
    about = asked.text("Username") or asked.text("Filter")
    fault = faults.take(*_fitting(operation))
    try:
        if body.get("UserPoolId") != pool.id:
            raise Refused("ResourceNotFoundException", "User pool does not exist.")
        if fault in _NO_REPLY:
            return _faulty(fault, faults)
        reply = _OPERATIONS.get(operation, _unknown)(asked)
    except Refused as refused:
        journal.record(operation, about, refused.kind)
        words: type_of_json = {"__type": refused.kind, "message": refused.words}
        return _json(words, 400, {"x-amzn-ErrorType": refused.kind})
    journal.record(operation, about, str(fault or "ok"))
    return _bent(reply, fault, asked)


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


def _bent(reply: type_of_json, fault: Fault | None, asked: _Asked) -> Response:
    if fault is Fault.FOREIGN_RECORD:
        stranger = _Asked(asked.pool, {"Username": _stranger(asked).cognito_sub})
        reply = {"Users": [_listed(stranger.person)]} if "Users" in reply else _get_user(stranger)
    answer = _json(reply)
    if fault is Fault.HALF_JSON:
        whole = answer.get_data()
        answer.set_data(whole[: len(whole) // 2])
    if fault is Fault.REPEATED_PAGE:
        token = asked.text("PaginationToken") or asked.text("NextToken") or "0"
        answer = _json({**reply, "PaginationToken": token, "NextToken": token})
    return answer


def _stranger(asked: _Asked) -> Person:
    about = asked.text("Username") + asked.text("Filter")
    return next(p for p in asked.pool.accounts() if p.cognito_sub not in about)


def _json(body: type_of_json, code: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), code, headers, mimetype="application/x-amz-json-1.1")


def attributes(person: Person) -> list[dict[str, str]]:
    """The attributes of a person's account."""
    told = {
        "sub": person.cognito_sub,
        "given_name": person.given,
        "family_name": person.family,
        "name": person.name,
        "birthdate": person.birth_date.isoformat(),
        "email": person.email,
        "email_verified": "true" if person.email else "",
        "phone_number": international(person.phone),
        "phone_number_verified": "true" if person.phone else "",
        "custom:practice": person.practice,
    }
    return [{"Name": name, "Value": value} for name, value in told.items() if value]


def international(phone: str) -> str:
    """A Dutch number as Cognito keeps it: +31 and nine digits."""
    digits = re.sub(r"\D", "", phone)
    return f"+31{digits[1:]}" if digits.startswith("0") else digits


def _moment(person: Person, days: int = 0) -> float:
    began = datetime.combine(person.registered, clock(9, person.number % 60), UTC)
    return (began + timedelta(days=days)).timestamp()


def _changed(person: Person) -> float:
    changed = datetime.combine(person.contact_since, clock(20, 5), UTC).timestamp()
    return max(changed, _moment(person))


def _get_user(asked: _Asked) -> type_of_json:
    person = asked.person
    mfa = ["SOFTWARE_TOKEN_MFA"] if person.mfa else []
    return {
        "Username": person.cognito_sub,
        "UserAttributes": attributes(person),
        "UserCreateDate": _moment(person),
        "UserLastModifiedDate": _changed(person),
        "Enabled": True,
        "UserStatus": "CONFIRMED",
        **({"UserMFASettingList": mfa, "PreferredMfaSetting": mfa[0]} if mfa else {}),
    }


def _listed(person: Person) -> type_of_json:
    return {
        "Username": person.cognito_sub,
        "Attributes": attributes(person),
        "UserCreateDate": _moment(person),
        "UserLastModifiedDate": _changed(person),
        "Enabled": True,
        "UserStatus": "CONFIRMED",
    }


def _list_users(asked: _Asked) -> type_of_json:
    found = [_listed(p) for p in asked.pool.accounts() if _meets(p, asked.text("Filter"))]
    return _paged(asked, "Users", found, ("PaginationToken", "Limit"))


def _meets(person: Person, condition: str) -> bool:
    if not condition:
        return True
    parts = _CONDITION.match(condition)
    if not parts or len(condition) > 256:
        raise Refused("InvalidParameterException", "Error while parsing filter")
    name, sign, value = parts[1], parts[2], re.sub(r"\\(.)", r"\1", parts[3], flags=re.S)
    if name not in _SEARCHABLE:
        raise Refused("InvalidParameterException", f"Invalid search attribute: {name}")
    told = {one["Name"]: one["Value"] for one in attributes(person)}
    there = person.cognito_sub if name == "username" else told.get(name, "")
    return there.startswith(value) if sign == "^=" else there == value


def _groups(asked: _Asked) -> type_of_json:
    person = asked.person
    group = {
        "GroupName": "patients",
        "Description": "Everybody with an account",
        "UserPoolId": asked.pool.id,
        "Precedence": 10,
        "CreationDate": 1_567_296_000.0,
        "LastModifiedDate": 1_567_296_000.0,
    }
    named = {**group, "GroupName": f"practice-{person.practice}", "Precedence": 20}
    return _paged(asked, "Groups", [group, named], ("NextToken", "Limit"))


def _devices(asked: _Asked) -> type_of_json:
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
    return _paged(asked, "Devices", found, ("PaginationToken", "Limit"))


def _auth_events(asked: _Asked) -> type_of_json:
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
    asked: _Asked, name: str, found: Sequence[type_of_json], words: tuple[str, str]
) -> type_of_json:
    """A page of `found`; the token is the place of the next one. `words`: token and limit."""
    token, limit = words
    most = int(str(asked.body.get(limit) or _MOST))
    if most > _MOST:
        raise Refused("InvalidParameterException", f"{limit} must be {_MOST} or less")
    start = int(asked.text(token) or 0)
    page: type_of_json = {name: list(found[start : start + most])}
    return {**page, token: str(start + most)} if start + most < len(found) else page


def _unknown(asked: _Asked) -> type_of_json:
    raise Refused("UnknownOperationException", "This stand-in does not know the operation")


_OPERATIONS: dict[str, Callable[[_Asked], type_of_json]] = {
    "AdminGetUser": _get_user,
    "ListUsers": _list_users,
    "AdminListGroupsForUser": _groups,
    "AdminListDevices": _devices,
    "AdminListUserAuthEvents": _auth_events,
}
