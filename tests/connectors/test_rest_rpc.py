"""The connector by mapping against JSON-RPC: a session to sign in with, and errors inside a 200."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from connectors.rest import RestConnector
from dsr.core.connector import NotKept, One
from dsr.core.errors import ForeignRecord, NeedsPerson, TryAgain
from tests.connectors.json_systems import connected, refs
from tests.connectors.medical_people import ANNA, subject_of

#: Tryton over JSON-RPC: every call is a POST to one address, errors are a 200 with `error`
TRYTON: dict[str, Any] = {
    "auth": {
        "kind": "login_call",
        "request": {
            "method": "POST",
            "path": "/crm/",
            "body": {"id": 1, "method": "common.db.login", "params": ["admin", {"password": "p"}]},
        },
        "known": {"user": "admin"},
        "parts": {"uid": "result[0]", "session": "result[1]"},
        "value": "{user}:{uid}:{session}",
        "encode": "base64",
        "prefix": "Session ",
    },
    "outcomes": [
        {"path": "error[0]", "equals": "RateLimit", "outcome": "throttled", "after": "error[1]"},
        {"path": "error[0]", "equals": "NotInstalled", "outcome": "not_kept"},
        {"path": "error", "outcome": "failed"},
    ],
    "person": {"ref": "id", "name": "name", "patient_number": "code"},
    "lookup": [
        {
            "by": "patient_number",
            "request": {
                "method": "POST",
                "path": "/crm/",
                "body": {
                    "id": 2,
                    "method": "model.party.party.search_read",
                    "params": [[["code", "=", "{patient_number}"]], 0, 5, None, ["name", "code"]],
                },
            },
            "result_path": "result",
            "require_exact": {"path": "code"},
        }
    ],
    "datasets": {
        "opportunities": {
            "request": {
                "method": "POST",
                "path": "/crm/",
                "body": {
                    "id": 3,
                    "method": "model.sale.opportunity.search_read",
                    "params": [
                        [["party", "=", "{subject_ref:int}"]],
                        "{offset:int}",
                        "{limit:int}",
                    ],
                },
            },
            "items": "result",
            "ref": "id",
            "kind": "'opportunity'",
            "owner": "party",
            "paging": {"kind": "offset", "limit": 2},
        }
    },
}


class Tryton:
    """Enough of the protocol; `fails` is the next error, `lines` what party 5 has."""

    def __init__(self) -> None:
        self.fails: list[object] = []
        self.logins = 0
        self.session = "s0"
        self.calls: list[list[Any]] = []
        self.lines = [{"id": n, "party": 5, "text": f"offerte {n}"} for n in range(1, 6)]

    def answer(self) -> Response | tuple[str, int]:
        asked = request.get_json()
        if asked["method"] == "common.db.login":
            self.logins += 1
            self.session = f"s{self.logins}"
            return jsonify({"id": asked["id"], "result": [1, self.session]})
        expected = base64.b64encode(f"admin:1:{self.session}".encode()).decode()
        if request.headers.get("Authorization") != f"Session {expected}":
            return "<html>no</html>", 401
        if self.fails:
            return jsonify({"id": asked["id"], "error": self.fails.pop(0)})
        self.calls.append(asked["params"])
        if "party.party" in asked["method"]:
            return jsonify({"result": [{"id": 5, "name": "Anna de Vries", "code": "P000001"}]})
        _, offset, limit = asked["params"]
        return jsonify({"result": self.lines[offset : offset + limit]})


@contextmanager
def a_tryton() -> Iterator[tuple[RestConnector, Tryton]]:
    tryton, app = Tryton(), Flask("tryton")
    app.add_url_rule("/crm/", "rpc", tryton.answer, methods=["POST"])
    with connected(app, TRYTON) as connector:
        yield connector, tryton


def test_json_rpc_is_only_a_matter_of_words_in_the_register() -> None:
    with a_tryton() as (connector, tryton):
        found = connector.locate(subject_of(ANNA, "patient_number"))
        assert isinstance(found, One)
        assert refs(connector, "opportunities", found.subject_ref) == ["1", "2", "3", "4", "5"]

    assert tryton.logins == 1
    assert tryton.calls[1] == [[["party", "=", 5]], 0, 2]


def test_a_session_that_ran_out_is_renewed_once() -> None:
    with a_tryton() as (connector, tryton):
        connector.locate(subject_of(ANNA, "patient_number"))
        tryton.session = "ended"
        assert refs(connector, "opportunities", "5")

    assert tryton.logins == 2


def test_an_error_in_a_200_is_no_success() -> None:
    with a_tryton() as (connector, tryton):
        tryton.fails = [["UserError", ["no", "", None]]]
        with pytest.raises(NeedsPerson):
            connector.find("5", "opportunities", None)


def test_a_busy_word_in_a_200_says_when_to_come_back() -> None:
    with a_tryton() as (connector, tryton):
        tryton.fails = [["RateLimit", 40]]
        with pytest.raises(TryAgain) as raised:
            connector.find("5", "opportunities", None)

    assert raised.value.after == 40


def test_a_feature_that_is_off_is_an_answer() -> None:
    with a_tryton() as (connector, tryton):
        tryton.fails = [["NotInstalled", ""]]

        assert isinstance(connector.find("5", "opportunities", None), NotKept)


def test_a_reference_that_is_no_number_is_refused_where_one_is_wanted() -> None:
    with a_tryton() as (connector, _), pytest.raises(NeedsPerson, match="number"):
        connector.find("5 or 1=1", "opportunities", None)


def test_a_strangers_line_stops_the_search() -> None:
    with a_tryton() as (connector, tryton):
        tryton.lines[3]["party"] = 6
        with pytest.raises(ForeignRecord):
            refs(connector, "opportunities", "5")


def test_many_hands_sign_in_once_and_anew_once() -> None:
    with a_tryton() as (connector, tryton):
        with ThreadPoolExecutor(8) as hands:
            list(hands.map(lambda _: connector.find("5", "opportunities", None), range(24)))
        assert tryton.logins == 1
        tryton.session = "ended"
        with ThreadPoolExecutor(8) as hands:
            list(hands.map(lambda _: connector.find("5", "opportunities", None), range(24)))

    assert tryton.logins == 2
