"""The connector by mapping against other shapes of API: JSON-RPC, cursors, offsets, tokens."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from connectors.rest import RestConnector, build
from connectors.rest_items import moment
from connectors.rest_template import template
from dsr.core.connector import NotKept, One, Page
from dsr.core.errors import BadAnswer, BrokenRegister, ForeignRecord, NeedsPerson, TryAgain
from dsr.core.reading import Entry
from tests.connectors.medical_people import ANNA, subject_of
from tests.connectors.serving import served

#: Tryton over JSON-RPC: every call is a POST to one address, errors are a 200 with `error`
TRYTON: dict[str, Any] = {
    "auth": {
        "kind": "login_call",
        "request": {
            "method": "POST",
            "path": "/crm/",
            "body": {"id": 1, "method": "common.db.login", "params": ["admin", {"password": "p"}]},
        },
        "token": ["'admin'", "result[0]", "result[1]"],
        "join": ":",
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
def connected(app: Flask, settings: dict[str, Any]) -> Iterator[RestConnector]:
    with served(app) as address:
        connector = build({"base_url": address, **settings})
        connector.http.sleep = lambda seconds: None
        yield connector
        connector.http.close()


@contextmanager
def a_tryton() -> Iterator[tuple[RestConnector, Tryton]]:
    tryton, app = Tryton(), Flask("tryton")
    app.add_url_rule("/crm/", "rpc", tryton.answer, methods=["POST"])
    with connected(app, TRYTON) as connector:
        yield connector, tryton


def refs(connector: RestConnector, dataset: str, ref: str) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        page = connector.find(ref, dataset, after)
        assert isinstance(page, Page)
        found += [item.ref for item in page.items]
        after = page.next
        if after is None:
            return found


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


# cursors, links and tokens


def a_list(answer: Callable[[], object], **more: Any) -> tuple[Flask, dict[str, Any]]:
    """An API with one list at /lines, and settings that read it."""
    app = Flask("list")
    app.add_url_rule("/lines", "lines", lambda: jsonify(answer()), methods=["GET", "POST"])
    lines = {
        "request": {"path": "/lines"},
        "items": "items",
        "ref": "id",
        "owner": "of",
        **more.pop("lines", {}),
    }
    settings = {
        "person": {"ref": "id"},
        "lookup": [{"by": "email", "request": {"path": "/lines"}, "result_path": "items"}],
        "datasets": {"lines": lines},
        **more,
    }
    return app, settings


def rows(start: int, end: int) -> list[dict[str, object]]:
    return [{"id": n, "of": "a"} for n in range(start, end)]


def test_a_cursor_in_the_body_is_left_out_of_the_first_call() -> None:
    bodies: list[object] = []

    def answer() -> object:
        bodies.append(request.get_json())
        if "after" not in request.get_json():
            return {"items": rows(0, 2), "paging": {"next": {"after": "k2"}}}
        return {"items": rows(2, 3)}

    body = {"filter": ["{subject_ref}"], "after": "{cursor}"}
    lines = {
        "request": {"method": "POST", "path": "/lines", "body": body},
        "paging": {"kind": "cursor", "path": "paging.next.after"},
    }
    with connected(*a_list(answer, lines=lines)) as connector:
        assert refs(connector, "lines", "a") == ["0", "1", "2"]

    assert bodies == [{"filter": ["a"]}, {"filter": ["a"], "after": "k2"}]


def test_an_empty_page_with_a_cursor_is_not_the_end() -> None:
    def answer() -> object:
        number = int(request.args.get("token", "0"))
        items = [] if number == 1 else rows(number, number + 1)
        return {"items": items, "next": str(number + 1) if number < 2 else ""}

    lines = {"paging": {"kind": "cursor", "path": "next", "param": "token"}}
    with connected(*a_list(answer, lines=lines)) as connector:
        assert refs(connector, "lines", "a") == ["0", "2"]


def test_a_cursor_that_never_moves_is_a_bad_answer() -> None:
    lines = {"paging": {"kind": "cursor", "path": "next", "param": "token"}}
    app, settings = a_list(lambda: {"items": [], "next": "same"}, lines=lines)
    with connected(app, settings) as connector, pytest.raises(BadAnswer):
        refs(connector, "lines", "a")


def test_a_link_header_is_followed_with_the_key_in_the_address() -> None:
    seen: list[str] = []

    def answer() -> Response:
        seen.append(request.full_path)
        second = "page" in request.args
        response = jsonify(rows(2, 3) if second else rows(0, 2))
        if not second:
            response.headers["Link"] = '</lines?page=2>; rel="next", </lines?page=9>; rel="last"'
        return response

    app, settings = a_list(
        dict,
        lines={"items": "@", "paging": {"kind": "next_link"}},
        auth={"kind": "api_key", "query": "key", "value": "k&1"},
    )
    app.view_functions["lines"] = answer
    with connected(app, settings) as connector:
        assert refs(connector, "lines", "a") == ["0", "1", "2"]

    assert seen == ["/lines?key=k%261", "/lines?page=2&key=k%261"]


@pytest.mark.parametrize("method", ["basic", "post"])
def test_client_credentials_are_exchanged_for_a_token_once(method: str) -> None:
    asked: list[dict[str, str]] = []
    app, settings = a_list(lambda: {"items": rows(0, 1)})

    def token() -> Response:
        asked.append({**request.form.to_dict(), "basic": request.headers.get("Authorization", "")})
        return jsonify({"access_token": "t1", "expires_in": 300})

    def guard() -> tuple[str, int] | None:
        wanted = request.path == "/token" or request.headers.get("Authorization") == "Bearer t1"
        return None if wanted else ("no", 401)

    app.add_url_rule("/token", "token", token, methods=["POST"])
    app.before_request(guard)
    with served(app) as address:
        sign_in = {
            "kind": "oauth2_client_credentials",
            "token_url": f"{address}/token",
            "client_id": "us",
            "client_secret": "s",
            "scope": "read",
            "auth_method": method,
        }
        connector = build({"base_url": address, **settings, "auth": sign_in})
        connector.find("a", "lines", None)
        connector.find("a", "lines", None)
        connector.http.close()

    [call] = asked
    assert call["grant_type"] == "client_credentials"
    assert (call["basic"] == "") == (method == "post")
    assert call.get("client_secret", "") == ("s" if method == "post" else "")


@pytest.mark.parametrize(
    ("sign_in", "header"),
    [
        ({"kind": "bearer", "token": "t"}, "Bearer t"),
        ({"kind": "basic", "name": "us", "password": "p"}, "Basic dXM6cA=="),
        ({"kind": "api_key", "header": "Authorization", "value": "k"}, "k"),
        ({"kind": "none"}, None),
    ],
)
def test_each_way_to_sign_in_sends_its_header(sign_in: dict[str, str], header: str | None) -> None:
    seen: list[str | None] = []

    def answer() -> object:
        seen.append(request.headers.get("Authorization"))
        return {"items": []}

    with connected(*a_list(answer, auth=sign_in)) as connector:
        connector.find("a", "lines", None)

    assert seen == [header]


def test_a_sign_in_that_is_refused_is_for_a_person() -> None:
    app, settings = a_list(dict)
    app.add_url_rule("/login", "login", lambda: ("no", 403), methods=["POST"])
    sign_in = {"kind": "login_call", "request": {"method": "POST", "path": "/login"}, "token": "t"}
    with (
        connected(app, {**settings, "auth": sign_in}) as connector,
        pytest.raises(NeedsPerson, match="sign-in"),
    ):
        connector.find("a", "lines", None)


def test_missing_may_mean_none_where_the_register_says_so() -> None:
    app, settings = a_list(dict, lines={"request": {"path": "/gone"}, "empty_when_missing": True})
    with connected(app, settings) as connector:
        page = connector.find("a", "lines", None)

    assert isinstance(page, Page)
    assert page.items == ()


def test_a_look_up_that_answers_everybody_is_not_believed() -> None:
    app, settings = a_list(lambda: {"items": rows(0, 60)})
    with connected(app, settings) as connector, pytest.raises(NeedsPerson, match="did not look"):
        connector.locate(subject_of(ANNA, "email"))


@pytest.mark.parametrize(
    ("thing", "error"),
    [({"of": "a"}, BadAnswer), ({"id": 1}, ForeignRecord), ("words", BadAnswer)],
)
def test_a_thing_without_reference_or_owner_is_refused(
    thing: object, error: type[Exception]
) -> None:
    app, settings = a_list(lambda: {"items": [thing]})
    with connected(app, settings) as connector, pytest.raises(error):
        connector.find("a", "lines", None)


# templates and dates


@pytest.mark.parametrize("value", ["../admin", "a/b", "a?x=1", "é ü", "{name}", "%2e%2e"])
def test_a_value_stays_one_segment_of_its_path(value: str) -> None:
    made = template(Entry({"path": "/x/{name}/y"}), ["name"])

    path = made.call({"name": value}, {}, {}).path

    assert path.count("/") == 3
    assert path.startswith("/x/")
    assert "?" not in path


def test_a_value_in_a_body_stays_a_value() -> None:
    made = template(Entry({"path": "/x", "body": {"q": ["{name}"], "n": 1}}), ["name"])

    assert made.call({"name": '"]}{email}'}, {}, {}).body == {"q": ['"]}{email}'], "n": 1}


def test_a_value_inside_a_longer_text_is_refused() -> None:
    soql = {"path": "/q", "query": {"q": "SELECT Id FROM Contact WHERE Email = '{email}'"}}

    with pytest.raises(BrokenRegister, match="whole text"):
        template(Entry(soql), ["email"])


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2024-05-06", date(2024, 5, 6)),
        ("2024-05-06T10:00:00Z", datetime(2024, 5, 6, 10, tzinfo=UTC)),
        (1_714_989_600, datetime(2024, 5, 6, 10, tzinfo=UTC)),
        (1_714_989_600_000, datetime(2024, 5, 6, 10, tzinfo=UTC)),
        ({"__class__": "datetime", "year": 2024, "month": 5, "day": 6}, date(2024, 5, 6)),
        ({"words": "soon"}, None),
        ("2024-05-06 10:00:00", date(2024, 5, 6)),
        ("last week", None),
        (True, None),
        (-1, None),
    ],
)
def test_dates_are_read_in_the_forms_that_systems_use(value: object, day: object) -> None:
    assert moment(value) == day
