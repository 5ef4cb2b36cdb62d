"""The API's edges: its document, its errors, other origins, other verbs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dsr.core.errors import TryAgain, VaultError
from dsr.services import reply
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import make_house
from tests.web.api import by_secret, file

V1 = "/api/v1/requests"
CANARY = "Anouk Kanarie-Voorbeeld"


@pytest.fixture
def small(tmp_path: Path, sqlite_url: str) -> House:
    return make_house(tmp_path, database_url=sqlite_url)


@pytest.fixture
def app(small: House) -> Flask:
    return create_app(small)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_document_is_openapi_3_1_and_describes_every_route(
    app: Flask, client: FlaskClient
) -> None:
    document = client.get("/api/openapi.json").json

    assert document["openapi"].startswith("3.1")
    rules = {r.rule.replace("<", "{").replace(">", "}") for r in app.url_map.iter_rules()}
    assert {rule for rule in rules if rule.startswith("/api/v1")} == set(document["paths"])
    filing = document["paths"][V1]["post"]
    assert filing["parameters"][0]["name"] == "Idempotency-Key"
    assert document["components"]["schemas"]["Asking"]["additionalProperties"] is False


def test_every_reference_in_the_document_leads_somewhere(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").json
    found = [part.split('"')[0] for part in json.dumps(document).split('"$ref": "#/')[1:]]

    for reference in found:
        place = document
        for part in reference.split("/"):
            place = place[part]
    assert found


def test_the_page_of_the_api_needs_no_script_and_nothing_from_elsewhere(
    client: FlaskClient,
) -> None:
    page = client.get("/api/docs")

    assert page.status_code == 200
    assert "POST /api/v1/requests" in page.text
    for bad in ("<script", "style=", "http://", "https://", " onclick"):
        assert bad not in page.text
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids)) == page.text.count("<section")
    with client.get("/static/api.css") as style:
        assert style.status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://privacy.example"])
def test_no_other_origin_is_let_in(client: FlaskClient, origin: str) -> None:
    for method in ("GET", "OPTIONS", "POST"):
        answer = client.open(
            V1, method=method, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        assert "Access-Control" not in str(answer.headers)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "GET", "PROPFIND"])
def test_other_verbs_are_refused_as_json(client: FlaskClient, method: str) -> None:
    answer = client.open(V1, method=method)

    assert (answer.status_code, answer.json["error"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_an_address_that_is_not_there_is_answered_as_json(client: FlaskClient) -> None:
    for path in ("/api/v1/nothing", "/api/v2/requests", "/api/x"):
        answer = client.get(path)
        assert (answer.status_code, answer.json["error"]) == (404, "not_found")


def test_errors_carry_the_headers_of_every_page(client: FlaskClient) -> None:
    for path in ("/api/v1/nothing", f"{V1}/AVG-2222-2222", "/api/docs"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "error", [ValueError, KeyError, RuntimeError, VaultError, ZeroDivisionError]
)
def test_what_nobody_planned_for_shows_an_id_and_nothing_else(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: type[Exception],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    filed = file(client).json

    def broken(*_args: object) -> None:
        raise error(f"{CANARY} /etc/passwd FROM secrets")

    monkeypatch.setattr(reply, "find", broken)
    answer = client.get(f"{V1}/{filed['reference']}", headers=by_secret(filed))

    assert (answer.status_code, answer.json["error"]) == (500, "unexpected")
    told = next(one for one in caplog.records if one.getMessage() == "unexpected error")
    assert told.error_id == answer.json["error_id"]  # type: ignore[attr-defined]
    assert told.error == error.__name__  # type: ignore[attr-defined]
    for bad in (CANARY, "secrets", "passwd", error.__name__, "Traceback", ".py"):
        assert bad not in answer.text
    assert CANARY not in str(told.__dict__)


def test_a_system_that_does_not_answer_is_told_without_its_words(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object) -> None:
        raise TryAgain(f"{CANARY} is not at http://10.0.0.1")

    filed = file(client).json
    monkeypatch.setattr(reply, "find", away)
    answer = client.get(f"{V1}/{filed['reference']}", headers=by_secret(filed))

    assert (answer.status_code, answer.json["error"]) == (503, "try_again")
    assert CANARY not in answer.text


def test_messages_come_in_the_caller_s_language(client: FlaskClient) -> None:
    english = file(client, birth_date="2080-01-01").json["message"]
    answer = client.get(f"{V1}/AVG-2222-2222", headers={
        "Authorization": "Request abc", "Accept-Language": "nl",
    })  # fmt: skip

    assert english == "Enter a real date of birth, for example 31 3 1980."
    assert answer.json["message"] == "Wij vinden geen verzoek met deze gegevens."


def test_a_cookie_opens_nothing_and_none_is_set(client: FlaskClient) -> None:
    filed = file(client)
    client.set_cookie("visit", "abc")
    client.set_cookie("login", "abc")

    answer = client.get(f"{V1}/{filed.json['reference']}")

    assert answer.status_code == 401
    assert "Set-Cookie" not in filed.headers
    assert "Set-Cookie" not in answer.headers
