"""Asking the API whom to leave out: its own scope, a batch, one size, and nothing remembered."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from dsr.core.subject import Subject
from dsr.db.tables import METADATA
from dsr.services import suppress
from dsr.services.house import House
from tests.makers import make_house, make_request
from tests.web.api import bearer, client_of, make_key, post

PATH = "/api/v1/suppression/check"
ADDRESS = "anouk.kanarie@voorbeeld.example"


@pytest.fixture
def house(tmp_path: Path, sqlite_url: str) -> House:
    made = make_house(tmp_path, database_url=sqlite_url)
    row = make_request(made)
    with made.writing() as session:
        suppress.add(session, made.office, row, "A.2", Subject(email=ADDRESS))
    return made


@pytest.fixture
def client(house: House) -> FlaskClient:
    return client_of(house)


@pytest.fixture
def token(house: House) -> str:
    return make_key(house, scopes=("suppression",))[1]


def body(*values: str, **changed: object) -> dict[str, object]:
    return {"purpose": "A.2", "kind": "email", "values": list(values), **changed}


def test_a_mailing_learns_whom_to_leave_out(client: FlaskClient, token: str) -> None:
    answer = post(client, PATH, body("x@y.example", ADDRESS.upper()), **bearer(token))

    assert (answer.status_code, answer.json) == (200, {"suppressed": [0, 1]})


def test_a_key_cannot_ask_for_all_the_numbers_that_there_are(
    client: FlaskClient, token: str
) -> None:
    codes = [post(client, PATH, body(ADDRESS), **bearer(token)).status_code for _ in range(61)]
    assert codes == [200] * 60 + [429]


def test_a_batch_of_a_thousand_long_addresses_fits(client: FlaskClient, token: str) -> None:
    values = [f"{'a' * 200}{n:04d}@voorbeeld.example" for n in range(999)] + [ADDRESS]

    answer = post(client, PATH, body(*values), **bearer(token))

    assert answer.status_code == 200
    assert answer.json["suppressed"] == [0] * 999 + [1]


def test_hit_and_miss_have_the_same_size_and_headers(client: FlaskClient, token: str) -> None:
    hit = post(client, PATH, body(ADDRESS, ADDRESS), **bearer(token))
    miss = post(client, PATH, body("x@y.example", "z@y.example"), **bearer(token))

    assert len(hit.data) == len(miss.data)
    assert sorted(hit.headers.keys()) == sorted(miss.headers.keys())


@pytest.mark.parametrize("scopes", [("read", "work"), ("decide", "identity")])
def test_another_scope_does_not_open_it(
    house: House, client: FlaskClient, scopes: tuple[str, ...]
) -> None:
    other = make_key(house, scopes=scopes)[1]

    assert post(client, PATH, body(ADDRESS), **bearer(other)).status_code == 403
    assert post(client, PATH, body(ADDRESS)).status_code == 401


def test_its_scope_opens_nothing_else(client: FlaskClient, token: str) -> None:
    assert client.get("/api/v1/desk/requests", headers=bearer(token)).status_code == 403


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"purpose": "marketing"}, "purpose"),
        ({"kind": "bsn"}, "kind"),
        ({"values": []}, "values"),
        ({"values": ["a@b.example"] * 1001}, "values"),
        ({"values": ["a" * 255]}, "values.0"),
        ({"values": ["two\nlines"]}, "values.0"),
        ({"values": [7]}, "values.0"),
        ({"practice": "kralingen"}, "practice"),
    ],
)
def test_bad_input_is_refused_with_its_field(
    client: FlaskClient, token: str, changed: dict[str, object], field: str
) -> None:
    answer = post(client, PATH, {**body(ADDRESS), **changed}, **bearer(token))

    assert answer.status_code == 422
    assert field in str(answer.json)


def test_what_is_too_large_is_refused(client: FlaskClient, token: str) -> None:
    answer = post(client, PATH, body("a" * 600_000), **bearer(token))

    assert answer.status_code == 413


def test_no_value_is_logged_or_stored(
    house: House, client: FlaskClient, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        post(client, PATH, body(ADDRESS, "wie.dan.ook@voorbeeld.example"), **bearer(token))
        post(client, PATH, body(ADDRESS, kind="bsn"), **bearer(token))

    assert "voorbeeld.example" not in caplog.text
    with house.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            assert "voorbeeld.example" not in str(connection.execute(sa.select(table)).all())
