"""Connector for Amazon Cognito: the sign-in account, its groups, devices and sign-ins.

A person's reference is the account's immutable `sub`: an account that was removed and made again
with the same e-mail address is another one. Entry: `pool`, `region`, and optionally `endpoint`,
`client_id` (not used here), `key_id` with `key_secret`, `patient_number` (the attribute that holds
it), `system` (the id of this system in the register, "cognito"), `verified` (whether the desk has
verified an e-mail address or number before it corrects it here; false) and `stop` (how the use for
a purpose stops: `group:NAME` or `attribute:NAME=VALUE`, by purpose).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from connectors.cognito_calls import FeatureOff, NoSuchPerson, UserPool, client_of, type_of_reply
from connectors.cognito_changes import CognitoChanges, Rules
from connectors.cognito_stop import stops_of
from connectors.json_able import json_able
from connectors.matching import Known, email_forms, judge, same_phone, same_text
from dsr.core.connector import (
    Connector,
    ContactPoint,
    Health,
    Item,
    Located,
    NotKept,
    One,
    Page,
)
from dsr.core.errors import BadAnswer, DsrError, ForeignRecord, NeedsPerson
from dsr.core.pace import UNHURRIED, Pace
from dsr.core.reading import Entry
from dsr.core.subject import Subject


@dataclass(frozen=True)
class _List:
    """A dataset that is a list: its operation, the field that is its reference, its dates."""

    operation: str
    ref: str
    kind: str
    dates: Mapping[str, str]
    author: str


_LISTS = {
    "groups": _List(
        "admin_list_groups_for_user",
        "GroupName",
        "group",
        {"recorded": "CreationDate", "last_change": "LastModifiedDate"},
        "staff",
    ),
    "devices": _List(
        "admin_list_devices",
        "DeviceKey",
        "device",
        {"recorded": "DeviceCreateDate", "last_change": "DeviceLastModifiedDate"},
        "system",
    ),
    "auth_events": _List(
        "admin_list_user_auth_events",
        "EventId",
        "sign-in",
        {"recorded": "CreationDate"},
        "system",
    ),
}


def build(settings: Mapping[str, object], pace: Pace = UNHURRIED) -> Connector:
    """The connector for these settings; nothing is called yet."""
    at = Entry(settings)
    at.only(
        "pool",
        "region",
        "endpoint",
        "client_id",
        "key_id",
        "key_secret",
        "patient_number",
        "system",
        "verified",
        "stop",
    )
    key = at.text("key_id", "")
    keys = (key, at.text("key_secret")) if key else None
    client = client_of(at.text("region"), at.text("endpoint", ""), keys)
    return CognitoConnector(
        UserPool(client, at.text("pool"), pace=pace),
        system=at.text("system", "cognito"),
        number_attribute=at.text("patient_number", "custom:patient_number"),
        rules=Rules(
            verified=at.flag("verified"), stop=stops_of(at.pairs("stop"), f"{at.path}.stop")
        ),
    )


class CognitoConnector(CognitoChanges):
    """Reads and changes one user pool."""

    place = "the Cognito user pool in the AWS console"
    erase_words = "Sign the account out everywhere, then delete it"
    restrict_words = "Disable the account and sign it out everywhere"

    def __init__(
        self, pool: UserPool, *, system: str, number_attribute: str, rules: Rules | None = None
    ) -> None:
        self._pool = pool
        self._rules = rules or Rules()
        self._system = system
        self._number = number_attribute
        self.datasets: Sequence[str] = ("account", *_LISTS)

    def check(self) -> Health:
        """Ask for an account that cannot be: pool, keys and rights are right when it is unknown."""
        try:
            self._pool.call("admin_get_user", Username=f"nobody-{secrets.token_hex(8)}")
        except NoSuchPerson:
            return Health(True, "The user pool answers.")
        except DsrError as wrong:
            return Health(False, str(wrong))
        return Health(False, "The user pool knows an account that cannot be; check its address.")

    def locate(self, subject: Subject) -> Located:
        """Find the account by `sub`, e-mail address, phone number or full name."""
        accounts = list(self._asked(subject))
        located = judge(subject, [self._known(subject, account) for account in accounts])
        if not isinstance(located, One):
            return located
        mine = next(a for a in accounts if _attributes(a).get("sub") == located.subject_ref)
        return replace(located, contacts=tuple(self._contacts(_attributes(mine))))

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page; nothing when the account is gone; not kept when the pool's feature is off."""
        if dataset not in self.datasets:
            known = ", ".join(self.datasets)
            raise NeedsPerson(f"Cognito has no dataset {dataset!r}; it has: {known}.")
        try:
            name = self._name_of(subject_ref)
            if dataset == "account":
                return Page(items=(self._account(subject_ref, name),))
            return self._listed(name, dataset, after)
        except NoSuchPerson:
            return Page(items=())
        except FeatureOff:
            return NotKept("The user pool does not keep it: the feature is off or not paid for.")

    def _asked(self, subject: Subject) -> Iterator[type_of_reply]:
        if sub := subject.known_refs.get(self._system):
            yield from self._pool.accounts("sub", sub)
        for form in email_forms(subject.email):
            yield from self._pool.accounts("email", form)
        if phone := _international(subject.phone):
            yield from self._pool.accounts("phone_number", phone)
        if subject.name.strip():
            yield from self._pool.accounts("name", subject.name.strip())

    def _known(self, subject: Subject, account: type_of_reply) -> Known:
        told = _attributes(account)
        both = f"{told.get('given_name', '')} {told.get('family_name', '')}"
        sub = told.get("sub", "")
        if not sub:
            raise BadAnswer("Cognito gave an account without its `sub`; try again later.")
        return Known(
            subject_ref=sub,
            by_reference=subject.known_refs.get(self._system) == sub,
            patient_number=told.get(self._number, ""),
            name=told.get("name") or both.strip(),
            birth_date=told.get("birthdate", ""),
            email=told.get("email", ""),
            phone=told.get("phone_number", ""),
            refs={self._system: sub},
        )

    def _contacts(self, told: Mapping[str, str]) -> Iterator[ContactPoint]:
        """Verified contact points. Cognito does not say since when: never counted as old."""
        for kind, name in (("email", "email"), ("phone", "phone_number")):
            value = told.get(name, "")
            if value and told.get(f"{name}_verified") == "true":
                forms = email_forms(value) if kind == "email" else (value,)
                same = same_text if kind == "email" else same_phone
                others = [_attributes(a) for form in forms for a in self._pool.accounts(name, form)]
                people = {o["sub"] for o in others if same(o.get(name, "")) == same(value)}
                yield ContactPoint(kind=kind, value=value, shared=len(people) > 1)

    def _name_of(self, sub: str) -> str:
        """The account's name in the pool, looked up by its `sub` each time."""
        accounts = self._pool.accounts("sub", sub)
        if not accounts:
            raise NoSuchPerson
        if any(_attributes(account).get("sub") != sub for account in accounts):
            raise ForeignRecord("Cognito gave an account of another person; check its address.")
        names = {str(account.get("Username", "")) for account in accounts}
        if len(names) != 1 or "" in names:
            raise BadAnswer("Cognito gave more than one account for one `sub`; try again later.")
        return names.pop()

    def _account(self, sub: str, name: str) -> Item:
        reply = self._pool.call("admin_get_user", Username=name)
        told = _attributes(reply, "UserAttributes")
        if "sub" not in told:
            raise BadAnswer("Cognito's answer lacks the account's `sub`; try again later.")
        if told["sub"] != sub:
            raise ForeignRecord("The account of this name is now another person's; stop here.")
        data = {key: json_able(_utc(value)) for key, value in _told(reply).items()}
        return Item(
            ref=sub,
            dataset="account",
            kind="account",
            data={**data, "UserAttributes": dict(told)},
            dates=_dates(
                reply, {"recorded": "UserCreateDate", "last_change": "UserLastModifiedDate"}
            ),
            restricted=reply.get("Enabled") is False,
            author="subject",
            fleeting=("Enabled", "UserLastModifiedDate"),
        )

    def _listed(self, name: str, dataset: str, after: str | None) -> Page:
        plan = _LISTS[dataset]
        listed = self._pool.page(plan.operation, after, Username=name)
        items = {item.ref: item for item in (_entry(dataset, plan, e) for e in listed.entries)}
        return Page(items=tuple(items.values()), next=listed.next)


def _entry(dataset: str, plan: _List, entry: type_of_reply) -> Item:
    ref = str(entry.get(plan.ref, ""))
    if not ref:
        raise BadAnswer("Cognito gave an entry without its reference; try again later.")
    return Item(
        ref=ref,
        dataset=dataset,
        kind=plan.kind,
        data={key: json_able(_utc(value)) for key, value in entry.items()},
        dates=_dates(entry, plan.dates),
        author=plan.author,
        fleeting=("DeviceLastAuthenticatedDate", "DeviceLastModifiedDate"),
    )


def _told(reply: type_of_reply) -> type_of_reply:
    return {key: value for key, value in reply.items() if key != "ResponseMetadata"}


def _attributes(account: type_of_reply, field: str = "Attributes") -> dict[str, str]:
    return {str(one.get("Name", "")): str(one.get("Value", "")) for one in account.get(field, [])}


def _dates(entry: type_of_reply, wanted: Mapping[str, str]) -> dict[str, datetime | date]:
    found = {event: entry.get(name) for event, name in wanted.items()}
    return {e: when.astimezone(UTC) for e, when in found.items() if isinstance(when, datetime)}


def _utc(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _international(phone: str) -> str:
    """The number as Cognito keeps it, +31...; a number that is no Dutch one stays as given."""
    national = same_phone(phone)
    return f"+31{national[1:]}" if national.startswith("0") else national
