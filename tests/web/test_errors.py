"""Error pages: what to do next and whom to call; never a class, a path or a statement (T53)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError, OperationalError

from dsr.core.errors import (
    BadInput,
    ChangedMeanwhile,
    NotAllowed,
    NotFound,
    NotReady,
    Shredded,
    TryAgain,
)
from dsr.db.engine import make_engine, make_readers, make_sessions
from dsr.services.house import House
from dsr.web.app import create_app
from dsr.web.guards import guard
from tests.web.browsing import Browser

SECRET = "Wilhelmina Kanarie"
DRIVER = OperationalError("SELECT secret FROM visits", {"name": SECRET}, Exception("gone"))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Error pages ask no database: one kind will do."""
    return sqlite_url


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


def raising(error: Exception) -> Callable[[], str]:
    def view() -> str:
        raise error

    return guard("public")(view)


UNEXPECTED = [
    ValueError(SECRET),
    KeyError(SECRET),
    RuntimeError(f"/srv/secret/{SECRET}"),
    ZeroDivisionError(SECRET),
    RecursionError(SECRET),
    OSError(28, f"No space left: {SECRET}"),
    UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
    IntegrityError("INSERT INTO visits", {"name": SECRET}, Exception(SECRET)),
    Shredded(),
]


@pytest.mark.parametrize("error", UNEXPECTED, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("path", ["/nl/x", "/en/x", "/desk/x", "/api/x"])
def test_an_unexpected_error_says_no_more_than_a_number(
    app: Flask, caplog: pytest.LogCaptureFixture, error: Exception, path: str
) -> None:
    app.add_url_rule(path, "broken", raising(error))
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get(path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 500
    for word in (SECRET, type(error).__name__, "Traceback", "/work", "INSERT", ".py"):
        assert word not in text
    (told,) = [record for record in caplog.records if record.name == "dsr.web.errors"]
    assert told.__dict__["error_id"] in text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (
            NotAllowed("Dit mag alleen de balie. / Only the desk may do this."),
            403,
            "alleen de balie",
        ),
        (NotFound("There is no request with this number here."), 404, "Deze pagina bestaat niet"),
        (
            NotReady("Uw antwoord is nog niet klaar. / Your answer is not ready yet."),
            409,
            "niet klaar",
        ),
        (ChangedMeanwhile(), 409, "changed this"),
        (BadInput("name", "Vul uw naam in. / Enter your name."), 422, "Vul uw naam in."),
        (TryAgain(), 503, "Wij zijn even niet bereikbaar"),
        (DRIVER, 503, "Wij zijn even niet bereikbaar"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_of_ours_becomes_its_page(
    app: Flask, error: Exception, code: int, says: str
) -> None:
    app.add_url_rule("/nl/x", "broken", raising(error))
    browser = Browser(app).open("/nl/x")
    assert browser.page.status_code == code
    assert says in browser.text
    assert "010 311 60 10" in browser.text
    assert SECRET not in browser.text


def test_a_message_of_two_languages_shows_the_one_of_the_page(app: Flask) -> None:
    app.add_url_rule("/en/x", "broken", raising(NotReady("Nog niet klaar. / Not ready yet.")))
    text = Browser(app).open("/en/x").text
    assert "Not ready yet." in text
    assert "Nog niet klaar" not in text


def test_without_a_database_people_read_whom_to_call(app: Flask, house: House) -> None:
    with house.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE visits")
    browser = Browser(app).open("/nl/")
    assert browser.page.status_code == 200, "the start page needs no database"
    browser.send("begin")
    assert browser.page.status_code in (500, 503)
    assert "010 311 60 10" in browser.text


def test_an_unreachable_database_is_a_503_with_a_time_to_come_back(house: House) -> None:
    dead = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    cut_off = replace(house, sessions=make_sessions(dead), readers=make_readers(dead))
    browser = Browser(create_app(cut_off)).open("/nl/").send("begin")
    assert browser.page.status_code == 503
    assert browser.page.headers["Retry-After"] == "60"
    assert "010 311 60 10" in browser.text
    browser.client.set_cookie("visit", "of-yesterday")
    assert browser.open("/nl/controleren").page.status_code == 503
    dead.dispose()


def test_the_api_gets_its_errors_as_problems(app: Flask) -> None:
    app.add_url_rule("/api/x", "broken", raising(RuntimeError(SECRET)))
    answer = app.test_client().get("/api/x")
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["status"] == 500
