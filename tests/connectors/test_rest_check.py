"""Trying a configuration: each thing that can be wrong has a sentence that says how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify, redirect, request

from connectors.rest import build
from dsr.core.connector import Health
from tests.connectors.certificates import Authority
from tests.connectors.serving import served
from tests.connectors.test_tls import serving
from tests.peers.running import free_port

SETTINGS: dict[str, Any] = {
    "auth": {"kind": "bearer", "token": "right"},
    "person": {"ref": "id"},
    "lookup": [
        {
            "by": "email",
            "request": {"path": "/people", "query": {"email": "{email}"}},
            "result_path": "people",
        }
    ],
    "datasets": {},
    "retry": {"attempts": 1},
    "timeout": {"connect": 5, "read": 10, "total": 20},
}


def people() -> Flask:
    """A system that knows nobody, and has things that go wrong at other addresses."""
    app = Flask("people")

    def answer() -> Response | tuple[str, int]:
        if request.headers.get("Authorization") != "Bearer right":
            return "<p>Sign in</p>", 401
        return jsonify({"people": []})

    app.add_url_rule("/people", "people", answer)
    app.add_url_rule("/secret", "secret", lambda: ("no", 403))
    app.add_url_rule("/page", "page", lambda: "<html>Welcome</html>")
    app.add_url_rule("/login", "login", lambda: redirect("/page"))
    app.add_url_rule("/busy", "busy", lambda: ("", 429, {"Retry-After": "90"}))
    app.add_url_rule("/all", "all", lambda: {"people": [{"id": 1}, {"id": 2}]})
    app.add_url_rule("/broken", "broken", lambda: ("", 500))
    app.add_url_rule("/half", "half", lambda: Response('{"people": [', mimetype="application/json"))
    return app


def checked(base_url: str, **changed: Any) -> Health:
    """What the check finds with these settings."""
    connector = build({**SETTINGS, "base_url": base_url, **changed})
    try:
        return connector.check()
    finally:
        connector.http.close()


def looking(path: str, result_path: str = "people") -> dict[str, Any]:
    """Settings that look up at another address."""
    request_of = {"path": path, "query": {"email": "{email}"}}
    return {"lookup": [{"by": "email", "request": request_of, "result_path": result_path}]}


def test_what_is_right_is_said_to_be_right() -> None:
    with served(people()) as address:
        assert checked(address) == Health(True, "The system answers and takes our key.")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"auth": {"kind": "bearer", "token": "old"}}, "environment"),
        (looking("/secret"), "right to read"),
        (looking("/nowhere"), "not there (code 404)"),
        (looking("/page"), "a web page, not JSON"),
        (looking("/login"), "a web page, not JSON"),
        (looking("/people", "rows"), "result_path"),
        (looking("/busy"), "wait 90 seconds"),
        (looking("/all"), "cannot exist"),
        (looking("/broken"), "answered 500"),
        (looking("/half"), "cut or damaged"),
    ],
)
def test_each_mistake_has_its_sentence(changed: dict[str, Any], words: str) -> None:
    with served(people()) as address:
        health = checked(address, **changed)

    assert not health.usable
    assert words in health.words
    assert "@" not in health.words


def test_a_host_that_nobody_knows_is_said() -> None:
    health = checked("http://crm.nowhere.invalid")

    assert not health.usable
    assert "host name is not known" in health.words


def test_a_port_that_nobody_listens_on_is_said() -> None:
    health = checked(f"http://127.0.0.1:{free_port()}")

    assert not health.usable
    assert "nobody listens on this port" in health.words


def test_a_certificate_that_nobody_vouches_for_is_said(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with served(people(), serving(authority.pair("server"))) as address:
        untrusted = checked(address)
        trusted = checked(address, tls={"ca_file": str(authority.file)})

    assert "tls.ca_file" in untrusted.words
    assert trusted.usable


@contextmanager
def late_by(minutes: int) -> Iterator[str]:
    """A system that refuses everybody, and whose clock is behind."""
    app, then = Flask("late"), datetime.now(UTC) - timedelta(minutes=minutes)
    app.add_url_rule("/people", "people", lambda: ("no", 401))

    def set_back(response: Response) -> Response:
        response.headers["Date"] = format_datetime(then, usegmt=True)
        return response

    app.after_request(set_back)
    with served(app) as address:
        yield address


def test_clocks_that_differ_are_said_where_a_signature_is_refused() -> None:
    auth = {
        "kind": "hmac",
        "secret": "s",
        "sign": ["{date}"],
        "headers": {"X-Date": "{date}", "X-Signature": "{signature}"},
    }
    with late_by(10) as address:
        apart = checked(address, auth=auth)
    with late_by(0) as address:
        same = checked(address, auth=auth)

    assert "seconds apart" in apart.words
    assert "seconds apart" not in same.words


def test_a_sign_in_that_is_refused_is_said() -> None:
    auth = {"kind": "login_call", "request": {"method": "POST", "path": "/none"}, "token": "t"}
    with served(people()) as address:
        assert "refuses our sign-in" in checked(address, auth=auth).words


def test_a_redirect_that_loses_the_question_is_said() -> None:
    app = people()
    app.add_url_rule("/moved", "moved", lambda: redirect("/people", 301), methods=["POST"])
    lookup = looking("/moved")
    lookup["lookup"][0]["request"] = {"method": "POST", "path": "/moved", "body": {"q": "{email}"}}
    with served(app) as address:
        assert "redirects a question" in checked(address, **lookup).words
