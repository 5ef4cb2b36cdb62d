"""Calls to a Cognito user pool: bounded in time, with named faults, and lists by the page."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ParamValidationError,
)
from botocore.exceptions import ConnectionError as LineError
from botocore.parsers import ResponseParserError

from connectors.cognito_clock import MOST_AT_ONCE, Hands
from connectors.cognito_strict import MISSHAPED, be_strict
from dsr.core.errors import BadAnswer, DsrError, NeedsPerson, TryAgain
from dsr.core.pace import UNHURRIED, Pace

type_of_reply = dict[str, Any]  # Any: botocore's replies have no types

#: Cognito names its page tokens, limits and lists differently in every operation
LISTS: dict[str, tuple[str, str, str]] = {
    "list_users": ("Users", "PaginationToken", "Limit"),
    "admin_list_groups_for_user": ("Groups", "NextToken", "Limit"),
    "admin_list_devices": ("Devices", "PaginationToken", "Limit"),
    "admin_list_user_auth_events": ("AuthEvents", "NextToken", "MaxResults"),
}
_MOST_ON_A_PAGE = 60
_MOST_MARKS = 4000
_FILTER_LENGTH = 256

#: the calls of all connectors and of the app's own sign-in share one quota: then nobody calls.
#: Cognito sends these with HTTP 400 and does not say how long.
_THROTTLED = frozenset(
    {"LimitExceededException", "ThrottlingException", "TooManyRequestsException"}
)
_REST = 5.0
_LATER = frozenset({"InternalErrorException", "RequestTimeout", "ServiceUnavailable"})
_FEATURE_OFF = frozenset(
    {"InvalidUserPoolConfigurationException", "UserPoolAddOnNotEnabledException"}
)


class FeatureOff(DsrError):
    """The pool does not keep this: a feature that is off, or not paid for."""


class NoSuchPerson(DsrError):
    """The pool has no account of this name (any more)."""


class Refused(DsrError):
    """The pool refuses a call; `code` is its own word for why. `call` makes it `NeedsPerson`."""

    def __init__(self, code: str) -> None:
        super().__init__(
            f"Cognito refuses the call ({code}); check pool, region and the rights of this"
            " connector's AWS identity."
        )
        self.code = code


@dataclass(frozen=True)
class Listed:
    """One page of a list: the entries, and where the next page starts (None at the end)."""

    entries: list[type_of_reply]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Seconds that one call may take with all its tries, how many tries, and the size of a page."""

    total: float = 45.0
    tries: int = 3
    page_size: int = _MOST_ON_A_PAGE


class UserPool:
    """One pool. `client` may be any object with boto3's cognito-idp operations. Thread-safe."""

    def __init__(
        self, client: Any, pool: str, *, bounds: Bounds | None = None, pace: Pace = UNHURRIED
    ) -> None:
        self._client = client
        self._pool = pool
        self._pace = pace
        self._bounds = bounds or Bounds()
        self._hands = Hands()
        self.sleep: Callable[[float], None] = time.sleep

    def call(self, operation: str, **arguments: object) -> type_of_reply:
        """One call; faults become `TryAgain`, `BadAnswer`, `NeedsPerson` and the two above."""
        try:
            return self.attempt(operation, **arguments)
        except Refused as fault:
            raise NeedsPerson(str(fault)) from None

    def attempt(self, operation: str, **arguments: object) -> type_of_reply:
        """One call whose refusal is `Refused`, for those who know what its code means.

        Only faults of the line and of the service are tried again here; a pool that asks for rest
        gets it from everybody.
        """
        deadline = time.monotonic() + self._bounds.total
        attempt = 1
        while True:
            self._pace.turn()
            try:
                return self._once(operation, arguments, deadline)
            except TryAgain as fault:
                if fault.after is not None:
                    self._pace.hold(fault.after)
                pause = 0.25 * 2**attempt
                is_last = attempt >= self._bounds.tries or time.monotonic() + pause >= deadline
                if is_last or fault.after is not None or isinstance(fault, BadAnswer):
                    raise
                self.sleep(pause)
                attempt += 1

    def _once(
        self, operation: str, arguments: Mapping[str, object], deadline: float
    ) -> type_of_reply:
        asked = getattr(self._client, operation)
        left = max(0.01, deadline - time.monotonic())
        try:
            reply = self._hands.within(left, lambda: asked(UserPoolId=self._pool, **arguments))
        except ClientError as fault:
            _raise_ours(fault)
        except ResponseParserError:
            raise BadAnswer("Cognito's answer was cut or damaged; try again later.") from None
        except (HTTPClientError, LineError, TimeoutError):
            raise TryAgain("Cognito did not answer in time; try again later.") from None
        except ParamValidationError:
            raise NeedsPerson(
                "Cognito does not take this reference; correct the pool of this system in the"
                " register or choose the person again."
            ) from None
        except BotoCoreError as fault:
            raise NeedsPerson(
                f"Cognito cannot be called ({type(fault).__name__}); check region and keys of"
                " this system."
            ) from None
        except MISSHAPED:
            raise BadAnswer("Cognito's answer cannot be read; try again later.") from None
        return cast(type_of_reply, reply)

    def page(self, operation: str, after: str | None, **arguments: object) -> Listed:
        """The next page with entries; empty pages before it are passed, as long as a token comes.

        `BadAnswer` when a token or a page comes twice: such a list is never whole.
        """
        items, token_name, limit_name = LISTS[operation]
        token, past = _place(after)
        while True:
            where = {token_name: token} if token else {}
            limit = {limit_name: self._bounds.page_size}
            reply = self.call(operation, **limit, **where, **arguments)
            entries = _entries(reply, items)
            token = reply.get(token_name) or ""
            past = [*past, *(_mark(part) for part in (token, entries) if part)]
            if len(set(past)) < len(past) or len(past) > _MOST_MARKS:
                raise BadAnswer(
                    "Cognito's pages go round in a circle; try again later.", from_start=True
                )
            if entries or not token:
                return Listed(entries, json.dumps([token, past]) if token else None)

    def accounts(self, attribute: str, value: str) -> list[type_of_reply]:
        """All accounts whose attribute is `value`, as far as Cognito's own comparison goes.

        Attributes are not narrowed (`AttributesToGet` fails when one account lacks one).
        """
        condition = filter_of(attribute, value)
        found: list[type_of_reply] = []
        after: str | None = None
        while condition is not None:
            listed = self.page("list_users", after, Filter=condition)
            found += listed.entries
            if listed.next is None:
                break
            after = listed.next
        return found


def client_of(
    region: str,
    endpoint: str,
    keys: tuple[str, str] | None,
    *,
    seconds: float = 12.0,
) -> Any:
    """A cognito-idp client; without `keys` the machine's own AWS identity is used.

    A stand-in on this machine is called unsigned: no AWS identity ever goes to it. botocore tries
    once and waits `seconds` for bytes: trying again is for `UserPool`, which minds the pace.
    """
    local = endpoint.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
    config = Config(
        connect_timeout=min(5.0, seconds),
        read_timeout=seconds,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=MOST_AT_ONCE,
        signature_version=UNSIGNED if local and keys is None else None,
    )
    session = boto3.session.Session(region_name=region)
    client = session.client(
        "cognito-idp",
        endpoint_url=endpoint or None,
        aws_access_key_id=keys[0] if keys else None,
        aws_secret_access_key=keys[1] if keys else None,
        config=config,
    )
    be_strict(client)
    return client


def filter_of(attribute: str, value: str) -> str | None:
    """A ListUsers filter; None when no account can have this value (too long, control signs)."""
    if not value or any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        return None
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    condition = f'{attribute} = "{escaped}"'
    return condition if len(condition) <= _FILTER_LENGTH else None


def _entries(reply: type_of_reply, items: str) -> list[type_of_reply]:
    """The list of a reply. botocore reads damaged JSON as an answer without any field."""
    if items in reply:
        found: list[object] = reply[items]
        if not all(isinstance(one, dict) for one in found):
            raise BadAnswer("Cognito's list holds things that are no records; try again later.")
        return cast(list[type_of_reply], found)
    headers: Mapping[str, str] = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if headers.get("content-length") != "2":
        raise BadAnswer("Cognito's answer lacks its list; try again later.")
    return []


def _place(after: str | None) -> tuple[str, list[str]]:
    if after is None:
        return "", []
    try:
        token, past = json.loads(after)
        return str(token), [str(mark) for mark in past]
    except (ValueError, TypeError):
        raise BadAnswer(
            "The place to go on from cannot be read; search from the start.", from_start=True
        ) from None


def _mark(part: object) -> str:
    """A short mark of a token or of a page's entries, to know it again."""
    return hashlib.sha256(repr(part).encode()).hexdigest()[:12]


def _raise_ours(fault: ClientError) -> NoReturn:
    """`from None`: Cognito's messages can hold the name that was asked for."""
    code = str(fault.response.get("Error", {}).get("Code", ""))
    http = int(fault.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _FEATURE_OFF:
        raise FeatureOff from None
    if code == "UserNotFoundException":
        raise NoSuchPerson from None
    if code in _THROTTLED or http == 429:
        raise TryAgain("Cognito asks for rest; try again later.", after=_REST) from None
    if code in _LATER or http >= 500:
        raise TryAgain("Cognito is busy or not well; try again later.") from None
    raise Refused(code or str(http)) from None
