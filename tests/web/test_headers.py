"""Every answer carries the policy, errors included (T29, T30, T51, T52)."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from dsr.services.house import House
from dsr.web.app import MOST_BYTES, create_app
from dsr.web.headers import FIXED
from tests.web.browsing import Browser

FILLED = {
    "filename": "dsr.css",
    "praktijk": "kralingen",
    "purpose": "identify",
    "language": "nl",
    "reference": "AVG-2345-6789",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Headers do not depend on the database: one kind will do."""
    return sqlite_url


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


def addresses(app: Flask) -> list[tuple[str, str]]:
    """Every rule of the app with one of its methods, its blanks filled in."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        return [
            (method, adapter.build(rule.endpoint, _values(rule), method=method))
            for rule in app.url_map.iter_rules()
            for method in sorted((rule.methods or set()) - {"OPTIONS"})
        ]


def _values(rule: Rule) -> dict[str, str]:
    blanks = {name: FILLED.get(name, "1") for name in rule.arguments}
    return {**blanks, **{k: str(v) for k, v in (rule.defaults or {}).items()}}


def test_every_answer_carries_every_header(app: Flask) -> None:
    client = app.test_client()
    for method, address in addresses(app):
        answer = client.open(address, method=method, buffered=True)
        for name, value in FIXED.items():
            assert answer.headers.get(name) == value, (method, address, name)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, address
        assert "frame-ancestors 'none'" in policy, address
        assert "unsafe" not in policy, address
        if answer.status_code != 200 or "/static/" not in address:
            assert answer.headers["Cache-Control"] == "no-store", address


@pytest.mark.parametrize(
    ("method", "address", "code"),
    [
        ("GET", "/nl/nergens", 404),
        ("GET", "/static/geen.css", 404),
        ("PUT", "/nl/", 405),
        ("POST", "/nl/begin", 400),
        ("GET", "/desk/geen-pagina", 404),
    ],
)
def test_errors_carry_them_too(app: Flask, method: str, address: str, code: int) -> None:
    answer = app.test_client().open(address, method=method)
    assert answer.status_code == code
    assert {name: answer.headers.get(name) for name in FIXED} == FIXED
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_body_over_the_cap_is_refused_in_the_look_of_the_product(app: Flask) -> None:
    browser = Browser(app).open("/nl/")
    browser.send("begin", practice="x" * (MOST_BYTES + 1))
    assert browser.page.status_code == 413
    assert "Dit is te veel" in browser.text
    assert browser.page.headers["X-Frame-Options"] == "DENY"


def test_styles_and_fonts_may_be_kept_because_their_address_changes_with_them(app: Flask) -> None:
    page = Browser(app).open("/nl/")
    address = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = app.test_client().get(address, buffered=True)
    assert "?v=" in address
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_no_page_has_a_style_or_script_of_its_own(app: Flask) -> None:
    for address in ("/nl/", "/en/", "/nl/volgen", "/nl/privacy", "/nl/nergens"):
        text = Browser(app).open(address).text
        assert "<script" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
