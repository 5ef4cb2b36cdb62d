"""The Cognito connector against botocore's Stubber: what neither emulator knows.

Answers are checked against the service model: devices, sign-ins, throttling, escaping, and faults.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from connectors.cognito import CognitoConnector
from connectors.cognito_calls import Bounds, UserPool, client_of
from connectors.cognito_clock import Hands
from dsr.core.connector import Nobody, NotKept, Page, Several
from dsr.core.errors import BadAnswer, ForeignRecord, NeedsPerson, TryAgain
from dsr.core.subject import Subject
from tests.connector_contract import items_of
from tests.connectors.app_people import NORA

KEYS = ("testing", "testing")
POOL = "eu-west-1_stubbed"
SUB = NORA.cognito_sub
USER = {"Username": "anna", "Attributes": [{"Name": "sub", "Value": SUB}]}


@pytest.fixture
def stubbed() -> Iterator[tuple[CognitoConnector, Stubber]]:
    client = client_of("eu-west-1", "", KEYS)
    connector = CognitoConnector(
        UserPool(client, POOL, bounds=Bounds(tries=1)),
        system="cognito",
        number_attribute="custom:number",
    )
    with Stubber(client) as stubber:
        yield connector, stubber


def looked_up(stubber: Stubber, *users: dict[str, Any]) -> None:
    asked = {"UserPoolId": POOL, "Limit": 60, "Filter": f'sub = "{SUB}"'}
    stubber.add_response("list_users", {"Users": list(users or (USER,))}, asked)


def test_devices_use_the_pagination_token(stubbed: tuple[CognitoConnector, Stubber]) -> None:
    connector, stubber = stubbed
    when = datetime(2026, 5, 1, 12, tzinfo=UTC)
    asked = {"UserPoolId": POOL, "Username": "anna", "Limit": 60}
    looked_up(stubber)
    stubber.add_response(
        "admin_list_devices",
        {
            "Devices": [{"DeviceKey": "d1", "DeviceCreateDate": when}],
            "PaginationToken": "t1",
        },
        asked,
    )
    looked_up(stubber)
    last = {"Devices": [{"DeviceKey": "d2", "DeviceCreateDate": when}]}
    stubber.add_response("admin_list_devices", last, {**asked, "PaginationToken": "t1"})
    items = items_of(connector, SUB, "devices")
    assert [(item.ref, item.dates["recorded"]) for item in items] == [("d1", when), ("d2", when)]
    stubber.assert_no_pending_responses()


def test_sign_ins_use_max_results_and_empty_pages_are_passed(
    stubbed: tuple[CognitoConnector, Stubber],
) -> None:
    connector, stubber = stubbed
    asked = {"UserPoolId": POOL, "Username": "anna", "MaxResults": 60}
    looked_up(stubber)
    operation = "admin_list_user_auth_events"
    stubber.add_response(operation, {"AuthEvents": [], "NextToken": "t1"}, asked)
    last = {"AuthEvents": [{"EventId": "e1"}]}
    stubber.add_response(operation, last, {**asked, "NextToken": "t1"})
    page = connector.find(SUB, "auth_events", None)
    assert isinstance(page, Page)
    assert ([item.ref for item in page.items], page.next) == (["e1"], None)


def test_tokens_that_go_round_are_a_bad_answer(stubbed: tuple[CognitoConnector, Stubber]) -> None:
    connector, stubber = stubbed
    looked_up(stubber)
    for token in ("t1", "t2", "t1"):
        empty: dict[str, Any] = {"AuthEvents": [], "NextToken": token}
        stubber.add_response("admin_list_user_auth_events", empty)
    with pytest.raises(BadAnswer):
        connector.find(SUB, "auth_events", None)


@pytest.mark.parametrize(
    ("code", "http", "fault"),
    [
        ("TooManyRequestsException", 400, TryAgain),
        ("InternalErrorException", 500, TryAgain),
        ("LimitExceededException", 400, TryAgain),
        ("NotAuthorizedException", 400, NeedsPerson),
        ("ResourceNotFoundException", 400, NeedsPerson),
        ("AccessDeniedException", 400, NeedsPerson),
    ],
)
def test_errors_go_by_their_code(
    stubbed: tuple[CognitoConnector, Stubber], code: str, http: int, fault: type[Exception]
) -> None:
    connector, stubber = stubbed
    stubber.add_client_error("list_users", code, "about anna@voorbeeld.example", http)
    with pytest.raises(fault) as caught:
        connector.find(SUB, "account", None)
    assert "anna" not in str(caught.value)


@pytest.mark.parametrize(
    ("dataset", "operation", "code"),
    [
        ("devices", "admin_list_devices", "InvalidUserPoolConfigurationException"),
        ("auth_events", "admin_list_user_auth_events", "UserPoolAddOnNotEnabledException"),
    ],
)
def test_errors_of_a_feature_that_is_off_are_an_answer(
    stubbed: tuple[CognitoConnector, Stubber], dataset: str, operation: str, code: str
) -> None:
    connector, stubber = stubbed
    looked_up(stubber)
    stubber.add_client_error(operation, code)
    assert isinstance(connector.find(SUB, dataset, None), NotKept)


def test_a_user_name_that_now_is_anothers_stops(stubbed: tuple[CognitoConnector, Stubber]) -> None:
    connector, stubber = stubbed
    looked_up(stubber)
    other = {"Username": "anna", "UserAttributes": [{"Name": "sub", "Value": "other"}]}
    stubber.add_response("admin_get_user", other)
    with pytest.raises(ForeignRecord):
        connector.find(SUB, "account", None)


def test_a_filter_that_lets_another_through_stops(
    stubbed: tuple[CognitoConnector, Stubber],
) -> None:
    connector, stubber = stubbed
    other = {"Username": "x", "Attributes": [{"Name": "sub", "Value": "other"}]}
    looked_up(stubber, USER, other)
    with pytest.raises(ForeignRecord):
        connector.find(SUB, "groups", None)


def test_an_account_gone_meanwhile_has_nothing(stubbed: tuple[CognitoConnector, Stubber]) -> None:
    connector, stubber = stubbed
    looked_up(stubber)
    stubber.add_client_error("admin_list_groups_for_user", "UserNotFoundException")
    page = connector.find(SUB, "groups", None)
    assert isinstance(page, Page)
    assert page.items == ()


def test_the_case_of_an_address_is_tried_both_ways(
    stubbed: tuple[CognitoConnector, Stubber],
) -> None:
    connector, stubber = stubbed
    asked = {"UserPoolId": POOL, "Limit": 60}
    for form in ("Anna@Voorbeeld.example", "anna@voorbeeld.example"):
        condition = f"email = {json.dumps(form)}"
        stubber.add_response("list_users", {"Users": []}, {**asked, "Filter": condition})
    assert isinstance(connector.locate(Subject(email="Anna@Voorbeeld.example")), Nobody)
    stubber.assert_no_pending_responses()


def test_quotes_and_backslashes_are_escaped_and_undone_by_the_pool(
    stubbed: tuple[CognitoConnector, Stubber],
) -> None:
    """Neither emulator undoes the escape; the real service does."""
    connector, stubber = stubbed
    odd = 'an"na\\x@voorbeeld.example'
    condition = 'email = "an\\"na\\\\x@voorbeeld.example"'
    told = [{"Name": "sub", "Value": SUB}, {"Name": "email", "Value": odd}]
    stubber.add_response(
        "list_users",
        {"Users": [{"Username": "anna", "Attributes": told}]},
        {"UserPoolId": POOL, "Limit": 60, "Filter": condition},
    )
    located = connector.locate(Subject(email=odd))
    assert isinstance(located, Several)
    assert [one.subject_ref for one in located.candidates] == [SUB]


def test_a_hit_that_only_resembles_the_address_is_not_the_person(
    stubbed: tuple[CognitoConnector, Stubber],
) -> None:
    connector, stubber = stubbed
    told = [{"Name": "sub", "Value": SUB}, {"Name": "email", "Value": "anna2@voorbeeld.example"}]
    stubber.add_response("list_users", {"Users": [{"Username": "anna", "Attributes": told}]})
    assert isinstance(connector.locate(Subject(email="anna@voorbeeld.example")), Nobody)


def test_an_account_may_still_be_listed_after_it_was_removed(
    stubbed: tuple[CognitoConnector, Stubber],
) -> None:
    """ListUsers lags behind; AdminGetUser is the truth."""
    connector, stubber = stubbed
    looked_up(stubber)
    stubber.add_client_error("admin_get_user", "UserNotFoundException")
    assert connector.find(SUB, "account", None) == Page(items=())


def test_an_empty_page_of_accounts_with_a_token_is_not_the_end(
    stubbed: tuple[CognitoConnector, Stubber],
) -> None:
    connector, stubber = stubbed
    asked = {"UserPoolId": POOL, "Limit": 60, "Filter": f'sub = "{SUB}"'}
    stubber.add_response("list_users", {"Users": [], "PaginationToken": "t1"}, asked)
    stubber.add_response("list_users", {"Users": [USER]}, {**asked, "PaginationToken": "t1"})
    stubber.add_response("admin_list_groups_for_user", {"Groups": [{"GroupName": "g"}]})
    page = connector.find(SUB, "groups", None)
    assert isinstance(page, Page)
    assert [item.ref for item in page.items] == ["g"]


def test_a_disabled_account_is_marked_as_restricted(
    stubbed: tuple[CognitoConnector, Stubber],
) -> None:
    connector, stubber = stubbed
    looked_up(stubber)
    told = {"Username": "anna", "UserAttributes": USER["Attributes"], "Enabled": False}
    stubber.add_response("admin_get_user", told)
    (account,) = items_of(connector, SUB, "account")
    assert account.restricted


# --- pace and time --------------------------------------------------------------------------


@dataclass
class Notes:
    """A pace that lets everybody through and writes down what it was asked."""

    turns: int = 0
    held: list[float] = field(default_factory=list)

    def turn(self) -> None:
        self.turns += 1

    def hold(self, seconds: float) -> None:
        self.held.append(seconds)


@contextmanager
def paced(tries: int = 3) -> Iterator[tuple[UserPool, Stubber, Notes]]:
    notes, client = Notes(), client_of("eu-west-1", "", KEYS)
    pool = UserPool(client, POOL, bounds=Bounds(tries=tries), pace=notes)
    pool.sleep = lambda seconds: None
    with Stubber(client) as stubber:
        yield pool, stubber, notes


@pytest.mark.parametrize(
    "code", ["TooManyRequestsException", "LimitExceededException", "ThrottlingException"]
)
def test_throttling_holds_everybody_and_is_not_tried_again_here(code: str) -> None:
    """It comes as HTTP 400, and the app's own sign-in shares the quota."""
    with paced() as (pool, stubber, notes):
        stubber.add_client_error("list_users", code, "Rate exceeded", 400)
        with pytest.raises(TryAgain) as caught:
            pool.call("list_users")
    assert (caught.value.after, notes.held, notes.turns) == (5.0, [5.0], 1)


def test_a_fault_of_the_service_is_tried_again_each_time_in_turn() -> None:
    with paced() as (pool, stubber, notes):
        for _ in range(2):
            stubber.add_client_error("list_users", "InternalErrorException", "", 500)
        stubber.add_response("list_users", {"Users": []})
        assert pool.call("list_users")["Users"] == []
    assert (notes.held, notes.turns) == ([], 3)


def test_a_fault_that_stays_is_given_up_after_the_last_try() -> None:
    with paced(tries=2) as (pool, stubber, notes):
        for _ in range(2):
            stubber.add_client_error("list_users", "InternalErrorException", "", 500)
        with pytest.raises(TryAgain):
            pool.call("list_users")
    assert notes.turns == 2


def test_what_only_a_person_can_mend_is_not_tried_again() -> None:
    with paced() as (pool, stubber, notes):
        stubber.add_client_error("list_users", "NotAuthorizedException", "", 400)
        with pytest.raises(NeedsPerson):
            pool.call("list_users")
    assert notes.turns == 1


def test_a_call_with_all_its_tries_ends_within_a_minute() -> None:
    assert Bounds().total <= 60


@contextmanager
def dripping() -> Iterator[str]:
    """A server whose answer comes byte by byte and never ends; each byte is in good time."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            line, _ = listener.accept()
            with line:
                line.recv(65536)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not ended.wait(0.02):
                    line.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        ended.set()
        thread.join()


def test_an_answer_that_drips_in_is_given_up_in_time() -> None:
    with dripping() as url:
        client = client_of("eu-west-1", url, KEYS, seconds=30.0)
        pool = UserPool(client, POOL, bounds=Bounds(total=0.4))
        began = time.monotonic()
        with pytest.raises(TryAgain, match="in time"):
            pool.call("list_users")
        assert time.monotonic() - began < 5


def test_work_that_fails_fails_in_the_thread_that_waits() -> None:
    def fail() -> None:
        raise ValueError("as it was")

    with pytest.raises(ValueError, match="as it was"):
        Hands().within(5, fail)


def test_given_up_work_keeps_its_place_until_it_ends() -> None:
    """So that a system which hangs cannot fill the process with threads."""
    go_on, hands = threading.Event(), Hands(most=3)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            hands.within(0.001, lambda: go_on.wait(30))
    with pytest.raises(TimeoutError):
        hands.within(0.01, lambda: True)
    go_on.set()
    assert hands.within(30, lambda: "there is room again") == "there is room again"
