"""What an answer means, by code and by words; and how long a busy system asks us to wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Response, jsonify

from connectors.rest import RestConnector
from dsr.core.connector import NotKept, Page
from dsr.core.errors import BrokenRegister, DsrError, NeedsPerson, TryAgain
from tests.connectors.json_systems import a_list, connected, rows

type_of_outcome = type[DsrError] | NotKept | Page


def asked(response: Callable[[], Response], **settings: Any) -> tuple[type_of_outcome, DsrError]:
    """What a dataset answers (or which error), with that error."""
    app, made = a_list(dict, **{"lines": {"not_kept": "Off."}, **settings})
    app.view_functions["lines"] = response
    with connected(app, {"retry": {"attempts": 1}, **made}) as connector:
        try:
            return connector.find("a", "lines", None), DsrError()
        except DsrError as fault:
            return type(fault), fault


def answering(code: int, body: object, **headers: str) -> Callable[[], Response]:
    """A system that always answers this."""

    def answer() -> Response:
        response = jsonify(body)
        response.status_code = code
        response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return response

    return answer


@pytest.mark.parametrize(
    ("code", "body", "rule", "expected"),
    [
        (200, {"error": "x"}, {"path": "error", "outcome": "failed"}, NeedsPerson),
        (200, {"ok": 0}, {"path": "ok", "equals": 0, "outcome": "unsupported"}, NotKept("Off.")),
        (400, {"code": 400201}, {"code": 400, "path": "code", "equals": 400201,
                                 "outcome": "not_found"}, NeedsPerson),
        (403, {"errorCode": "REQUEST_LIMIT"}, {"code": 403, "path": "errorCode",
                                               "outcome": "throttled"}, TryAgain),
        (500, {"error": "NotFound"}, {"code": [500, 502], "path": "error", "equals": "NotFound",
                                      "outcome": "not_kept"}, NotKept("Off.")),
        (500, {"error": "Boom"}, {"code": 500, "path": "error", "equals": "NotFound",
                                  "outcome": "not_kept"}, TryAgain),
        (409, {}, {"code": 418, "outcome": "conflict"}, NeedsPerson),
        (418, {}, {"code": 418, "outcome": "conflict"}, NeedsPerson),
        (418, {}, {"code": 418, "outcome": "auth"}, NeedsPerson),
    ],
)  # fmt: skip
def test_the_register_says_what_an_answer_means(
    code: int, body: object, rule: dict[str, Any], expected: object
) -> None:
    assert asked(answering(code, body), outcomes=[rule])[0] == expected


@pytest.mark.parametrize("outcome", ["not_found", "already_done"])
def test_what_is_not_there_may_mean_none(outcome: str) -> None:
    rules = [{"code": 400, "outcome": outcome}]
    lines = {"empty_when_missing": True}
    assert asked(answering(400, {}), outcomes=rules, lines=lines)[0] == Page(items=())


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"code": "x", "outcome": "ok"}, "404"),
        ({"code": 42, "outcome": "ok"}, "404"),
        ({"code": 500, "outcome": "throttled", "after": "a", "after_in": "weeks"}, "seconds"),
    ],
)
def test_a_rule_that_cannot_be_right_is_refused(rule: dict[str, Any], words: str) -> None:
    with pytest.raises(BrokenRegister, match=words):
        asked(answering(200, {}), outcomes=[rule])


# how long to wait


@pytest.mark.parametrize(
    ("headers", "body", "where", "expected"),
    [
        ({"Retry_After": "30"}, {}, {"header": "X-Other"}, 30),
        ({"X_RateLimit_Reset": "{now}"}, {}, {"header": "X-RateLimit-Reset", "in": "epoch"}, 40),
        ({}, {"retry_after_ms": 2500}, {"path": "retry_after_ms", "in": "ms"}, 2.5),
        ({}, {"retry": {"at": "{now_ms}"}}, {"path": "retry.at", "in": "epoch_ms"}, 40),
        ({}, {"retry_after": 10**12}, {"path": "retry_after"}, 86_400),
        ({}, {}, {"path": "retry_after"}, None),
    ],
)
def test_the_wait_is_read_where_the_system_puts_it(
    headers: dict[str, str], body: dict[str, Any], where: dict[str, str], expected: float | None
) -> None:
    then = time.time() + 40
    told = {name: value.replace("{now}", f"{then:.0f}") for name, value in headers.items()}
    if "retry" in body:
        body = {"retry": {"at": int(then * 1000)}}

    _, fault = asked(answering(429, body, **told), limits={"pauses": [where]})

    assert isinstance(fault, TryAgain)
    assert fault.after == (expected if expected is None else pytest.approx(expected, abs=3))


def test_a_busy_word_in_a_body_may_name_its_wait() -> None:
    rule = {"path": "busy", "outcome": "throttled", "after": "wait_ms", "after_in": "ms"}
    _, fault = asked(answering(200, {"busy": True, "wait_ms": 90_000}), outcomes=[rule])

    assert isinstance(fault, TryAgain)
    assert fault.after == 90


@dataclass
class Held:
    """A pace that remembers how long the system wants to rest."""

    seconds: list[float] = field(default_factory=list)

    def turn(self) -> None:
        """Always at once."""

    def hold(self, seconds: float) -> None:
        """Remembered."""
        self.seconds.append(seconds)


def _with_pace(connector: RestConnector) -> Held:
    pace = Held()
    connector.http.pace = pace
    return pace


def test_a_busy_word_is_asked_again_and_told_to_all() -> None:
    busy = [True]

    def answer() -> object:
        return {"busy": True, "wait": 1} if busy.pop() else {"items": rows(0, 1)}

    rule = {"path": "busy", "outcome": "throttled", "after": "wait"}
    app, settings = a_list(answer, outcomes=[rule])
    with connected(app, settings) as connector:
        busy[:] = [False, True]
        pace = _with_pace(connector)
        page = connector.find("a", "lines", None)

    assert isinstance(page, Page)
    assert len(page.items) == 1
    assert pace.seconds == [1]


def test_nobody_calls_when_the_system_says_that_nothing_is_left() -> None:
    headers = {"X_Left": "0", "X_Reset": "7"}
    app, settings = a_list(dict, limits={"remaining": "X-Left", "pauses": [{"header": "X-Reset"}]})
    app.view_functions["lines"] = answering(200, {"items": []}, **headers)
    with connected(app, settings) as connector:
        pace = _with_pace(connector)
        connector.find("a", "lines", None)

    assert pace.seconds == [7]
