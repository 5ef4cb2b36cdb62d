"""Closed unless it says otherwise: each endpoint has a guard, and each guard holds."""

from __future__ import annotations

import pytest
from flask import Flask

from dsr.core.errors import BrokenSettings
from dsr.services.house import House
from dsr.web import guards
from dsr.web.app import create_app
from dsr.web.patient.routes import PAGES

#: what anybody may call without a visit, on the patient side
OPEN = {"start", "privacy", "begin", "follow", "find", "front", "mailed"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Guards do not depend on the database: one kind will do."""
    return sqlite_url


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


def test_every_endpoint_says_who_may_call_it(app: Flask) -> None:
    bare = [name for name in app.view_functions if guards.guard_of(app, name) is None]
    assert bare == []


def test_only_the_listed_patient_pages_are_open_to_all(app: Flask) -> None:
    found = {
        name.removeprefix("patient.")
        for name in app.view_functions
        if name.startswith("patient.") and _kind(app, name) == "public"
    }
    assert found == OPEN


def test_each_page_that_needs_a_visit_leads_to_the_start_without_one(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for name, slug, _en, _view, methods in PAGES:
        if name in OPEN:
            continue
        address = f"/nl/{slug}".replace(
            "<any(identify, download, collect, stop):purpose>", "identify"
        )
        for method in methods:
            answer = app.test_client().open(address, method=method)
            assert (answer.status_code, answer.location) == (303, "/nl/?leeg=1"), address


def test_an_endpoint_without_a_guard_stops_the_app(app: Flask) -> None:
    app.view_functions["forgotten"] = lambda: "hello"
    with pytest.raises(BrokenSettings, match="forgotten"):
        guards.refuse_unguarded(app)


def test_a_kind_without_a_check_is_closed(app: Flask) -> None:
    app.extensions["guard_checks"].pop("visit")
    assert app.test_client().get("/nl/gegevens").status_code == 403


def test_a_guard_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BrokenSettings, match="public"):
        guards.guard("everybody")


def _kind(app: Flask, name: str) -> str:
    found = guards.guard_of(app, name)
    return found.kind if found else ""
