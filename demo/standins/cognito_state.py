"""What the Cognito stand-in knows, and one call to it."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from joserfc.jwk import RSAKey

from demo.person import Person
from demo.standins import cognito_login

POOL = "eu-west-1_demo"
REGION = "eu-west-1"
CLIENT_ID = "demo-app-client"

type_of_json = dict[str, object]

_STANDARD = ("name", "given_name", "family_name", "birthdate", "preferred_username", "address")
_CUSTOM = ("custom:practice", "custom:patient_number", "custom:stopped")
#: name, and whether it may change and must be there
_SCHEMA: tuple[tuple[str, bool, bool], ...] = (
    ("sub", False, True),
    ("email", True, True),
    ("phone_number", True, False),
    *((name, True, False) for name in (*_STANDARD, *_CUSTOM)),
    ("custom:account_made", False, False),
)
_FLAGS = ("email_verified", "phone_number_verified")


class Refused(Exception):
    """An error of the service: its type and its words."""

    def __init__(self, kind: str, words: str = "refused") -> None:
        super().__init__(words)
        self.kind, self.words = kind, words


@dataclass
class Pool:
    """The accounts of one pool. `off` names datasets whose feature is off.

    What was changed is kept beside the people, by `sub`: `told` are attributes (None: cleared),
    `groups` those that were joined or left, `forgotten` devices, `gone` and `disabled` accounts,
    `signed_out` how often each was signed out everywhere. `lags`: ListUsers still lists what is
    gone. `awaits`: an address that is not sent as verified waits for the person. Operations
    in `silent` act once more and then answer 500; the next `lying` changes only say they acted.
    """

    people: Sequence[Person]
    key: RSAKey
    id: str = POOL
    client: str = CLIENT_ID
    off: set[str] = field(default_factory=set)
    logins: cognito_login.Logins = field(default_factory=lambda: cognito_login.Logins())
    told: dict[str, dict[str, str | None]] = field(default_factory=dict)
    touched: dict[str, float] = field(default_factory=dict)
    joined: dict[str, dict[str, bool]] = field(default_factory=dict)
    forgotten: set[tuple[str, str]] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    disabled: set[str] = field(default_factory=set)
    signed_out: dict[str, int] = field(default_factory=dict)
    named_groups: set[str] = field(default_factory=lambda: {"patients", "stopped"})
    lags: bool = False
    awaits: bool = False
    silent: set[str] = field(default_factory=set)
    lying: int = 0

    def of(self, name: str) -> Person:
        """The person of a user name, which is the `sub` in this pool."""
        for person in self.people:
            if person.cognito_sub and name == person.cognito_sub and name not in self.gone:
                return person
        raise Refused("UserNotFoundException", "User does not exist.")

    def accounts(self) -> list[Person]:
        """Everybody with an account, in the order of the pool."""
        return [p for p in self.people if p.has_app and p.cognito_sub not in self.gone]

    def listed(self) -> list[Person]:
        """The accounts that ListUsers gives."""
        return [p for p in self.people if p.has_app] if self.lags else self.accounts()

    def attributes(self, person: Person) -> dict[str, str]:
        """The attributes of a person's account, as they are now."""
        now = {**attributes_of(person), **self.told.get(person.cognito_sub, {})}
        return {name: value for name, value in now.items() if value}

    def groups(self, person: Person) -> list[str]:
        """The groups that a person's account is in."""
        own = dict.fromkeys(("patients", f"practice-{person.practice}"), True)
        now = {**own, **self.joined.get(person.cognito_sub, {})}
        return [name for name, is_in in now.items() if is_in]

    def change(self, person: Person, attributes: dict[str, str | None]) -> None:
        """Set or clear attributes."""
        self.told.setdefault(person.cognito_sub, {}).update(attributes)
        self.touched[person.cognito_sub] = time.time()

    def schema(self) -> list[type_of_json]:
        """The attributes that an account of this pool can have."""
        text = [
            {
                "Name": name,
                "AttributeDataType": "String",
                "DeveloperOnlyAttribute": False,
                "Mutable": may_change,
                "Required": must_be,
                "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"},
            }
            for name, may_change, must_be in _SCHEMA
        ]
        flags = [
            {"Name": name, "AttributeDataType": "Boolean", "Mutable": True, "Required": False}
            for name in _FLAGS
        ]
        return [*text, *flags]


@dataclass(frozen=True)
class Asked:
    """One call as the operations see it."""

    pool: Pool
    body: type_of_json

    def text(self, key: str) -> str:
        """A text of the call; empty when it is not there."""
        return str(self.body.get(key, ""))

    @property
    def person(self) -> Person:
        """Whom the call is about."""
        return self.pool.of(self.text("Username"))


def attributes_of(person: Person) -> dict[str, str]:
    """The attributes that a person's account began with."""
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
    return {name: value for name, value in told.items() if value}


def international(phone: str) -> str:
    """A Dutch number as Cognito keeps it: +31 and nine digits."""
    digits = re.sub(r"\D", "", phone)
    return f"+31{digits[1:]}" if digits.startswith("0") else digits
