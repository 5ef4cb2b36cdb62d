"""Filing by the API: once, however often it is repeated, and only what may be filed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from dsr.db.columns import Row
from dsr.db.outbox import OutboxMail
from dsr.db.subject_requests import SubjectRequest
from dsr.services import idempotency
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import Clock, make_house
from tests.web.api import BODY, client_of, file, make_key, make_link, new_key, post
from tests.web.app_pool import ISSUER, NOW, AppPool, open_pool

PATH = "/api/v1/requests"


@pytest.fixture
def small(tmp_path: Path, sqlite_url: str) -> House:
    """A house on SQLite, for what does not hang on the database."""
    return make_house(tmp_path, database_url=sqlite_url)


@pytest.fixture
def client(small: House) -> FlaskClient:
    return client_of(small)


def requests_in(house: House) -> list[SubjectRequest]:
    with house.reading() as session:
        return list(session.scalars(select(SubjectRequest)))


def test_a_request_is_filed_and_the_caller_gets_what_is_needed_to_follow_it(house: House) -> None:
    answer = file(client_of(house))

    assert answer.status_code == 201
    (row,) = requests_in(house)
    told = answer.json
    assert told["reference"] == row.reference
    assert house.office.is_secret_of(row.reference, told["secret"])
    assert told["due"] == row.due.isoformat() == "2026-04-10"
    assert told["status_url"] == f"http://privacy.example/api/v1/requests/{row.reference}"
    assert (row.level, row.channel, row.practice) == ("IA0", "web", "kralingen")


def test_the_same_call_again_gives_the_same_bytes_and_no_second_request(house: House) -> None:
    client, key = client_of(house), new_key()

    first, again = file(client, key=key), file(client, key=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert len(requests_in(house)) == 1
    with house.reading() as session:
        assert session.scalar(select(func.count(OutboxMail.id))) == 1


def test_the_answer_stays_the_same_when_the_due_date_is_moved_later(small: House) -> None:
    client, key = client_of(small), new_key()
    first = file(client, key=key)
    with small.writing() as session:
        session.scalars(select(SubjectRequest)).one().due += timedelta(days=60)

    assert file(client, key=key).data == first.data


def test_the_same_key_with_another_body_is_refused(house: House) -> None:
    client, key = client_of(house), new_key()
    file(client, key=key)

    other = file(client, key=key, name="Iemand Anders")

    assert (other.status_code, other.json["error"]) == (422, "other_body")
    assert "new key" in other.json["message"]
    assert len(requests_in(house)) == 1


def test_a_key_belongs_to_its_caller(small: House) -> None:
    client, key = client_of(small), new_key()
    mine = file(client, key=key)
    _person, desk_key = make_key(small)

    other = file(client, key=key, token=desk_key, name="Iemand Anders")

    assert other.status_code == 201
    assert other.json["reference"] != mine.json["reference"]


@pytest.mark.parametrize(
    "key",
    ["", "short", "1" * 40, "ab" * 20, "0123456789abcdef", "x" * 101, "a b" * 10, "é" * 30],
)
def test_a_weak_key_is_refused_with_what_to_do(client: FlaskClient, key: str) -> None:
    headers = {"Idempotency-Key": key.encode().decode("latin-1")} if key else {}
    answer = client.post(PATH, json=BODY, headers=headers)

    assert (answer.status_code, answer.json["error"]) == (400, "weak_key")
    assert "128 random bits" in answer.json["message"]


@pytest.mark.parametrize(
    "key",
    ["2b6f0cc904d137be2e1730235f5664094b831186", "0190b5a6-0f5e-7c1a-9d2b-3c4d5e6f7a8b",
     "q3ZVj8Rr0yLrWm2m1cXn0Q", "Zm9vYmFyYmF6cXV4cXV1eA-_"],
)  # fmt: skip
def test_hex_uuid_and_base64url_keys_are_strong(key: str) -> None:
    assert idempotency.is_strong(key)


def test_two_calls_at_the_same_moment_make_one_request(house: House) -> None:
    app, key = create_app(house), new_key()
    gate, answers = threading.Barrier(4), []

    def call() -> None:
        gate.wait(10)
        answers.append(file(app.test_client(), key=key))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.data for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert len(requests_in(house)) == 1


def test_while_the_first_call_is_at_work_the_second_is_told_to_wait(
    tmp_path: Path, postgres_url: str
) -> None:
    # SQLite lets one writer in at a time, so only PostgreSQL can show it.
    house = make_house(tmp_path, database_url=postgres_url)
    key = new_key()
    body = json.dumps({"name": "a"})
    call = idempotency.Call(caller="anonymous", key=key, body=body)
    try:
        with house.writing() as first:
            idempotency.begin(first, house.office, call)
            with pytest.raises(idempotency.InFlight), house.writing() as second:
                idempotency.begin(second, house.office, call)
    finally:
        house.engine.dispose()


def test_a_full_disk_is_no_other_call(
    client: FlaskClient, small: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F20: with the database's disk full callers heard that their first call was at work."""

    class DiskFull(Exception):
        sqlstate = "53100"

    def fail(*_given: object, **_named: object) -> None:
        raise OperationalError("INSERT", {}, DiskFull())

    with monkeypatch.context() as patched:
        patched.setattr(Session, "flush", fail)
        assert file(client).status_code == 503
    assert requests_in(small) == []


def test_a_call_that_failed_leaves_its_key_free(client: FlaskClient, small: House) -> None:
    key = new_key()

    bad = file(client, key=key, birth_date="2080-01-01")
    good = file(client, key=key)

    assert (bad.status_code, bad.json["field"]) == (422, "birth_date")
    assert good.status_code == 201
    assert len(requests_in(small)) == 1


def test_old_keys_are_forgotten(small: House) -> None:
    clock = small.office.clock
    assert isinstance(clock, Clock)
    file(client_of(small))
    clock.move(days=3)

    with small.writing() as session:
        assert idempotency.forget_old(session, small.office) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("birth_date", "1980-02-30"),
        ("birth_date", "31-03-1980"),
        ("birth_date", "19800331"),
        ("birth_date", "1780-01-01"),
        ("birth_date", "2026-03-11"),
        ("birth_date", 19800331),
        ("birth_date", None),
        ("practice", "elders"),
        ("practice", None),
        ("practice", ["kralingen"]),
        ("name", ""),
        ("name", "x" * 121),
        ("name", "Anouk\r\nBcc: x@voorbeeld.example"),
        ("name", "Anouk\x00"),
        ("name", True),
        ("name", {"$ne": ""}),
        ("email", "geen adres"),
        ("email", "a@voorbeeld.example\nBcc: b@voorbeeld.example"),
        ("language", "fr"),
        ("scope", []),
        ("scope", ["alles"]),
        ("scope", "all"),
        ("answer_form", "fax"),
        ("words", "x" * 4001),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_field(
    client: FlaskClient, small: House, field: str, value: Any
) -> None:
    answer = file(client, **{field: value})

    assert (answer.status_code, answer.json["error"]) == (422, "bad_input")
    assert answer.json["field"].split(".")[0] == field
    assert answer.json["message"]
    assert requests_in(small) == []


def test_no_column_of_the_database_can_be_written_by_naming_it(
    client: FlaskClient, small: House
) -> None:
    columns = {column.name for table in Row.metadata.tables.values() for column in table.columns}

    for name in sorted(columns - BODY.keys()):
        body = {**BODY, name: "IA4"}
        answer = post(client, PATH, body, Idempotency_Key=new_key())
        assert (answer.status_code, answer.json["field"]) == (422, name)

    assert requests_in(small) == []


def _raw(client: FlaskClient, body: bytes | str, **kept: Any) -> TestResponse:
    headers = {"Idempotency-Key": new_key(), **kept.pop("headers", {})}
    kind = kept.pop("content_type", "application/json")
    return client.post(PATH, data=body, headers=headers, content_type=kind)


_REST = '"birth_date": "1980-03-31", "practice": "kralingen"'


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "A", "name": "B", ' + _REST + "}",
        '{"name": NaN, ' + _REST + "}",
        '{"name": Infinity, ' + _REST + "}",
        '{"name": "\\ud83d", ' + _REST + "}",
        '{"\\udc00": "x", "name": "A", ' + _REST + "}",
        '{"name": 1' + "0" * 400 + ", " + _REST + "}",
        '{"name": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"name": ' + "[" * 50 + "]" * 50 + "}",
        '{"name": "A", ' + _REST,
        "{'name': 'A'}",
        '["name"]',
        "null",
        '"text"',
        "",
        b"\xff\xfe{\x00}\x00",
        b'{"name": "\xe9"}',
        '{"name": "A"} {"name": "B"}',
        '{"name": "A", // no\n ' + _REST + "}",
    ],
)
def test_json_that_can_be_read_in_two_ways_is_refused(
    client: FlaskClient, small: House, body: bytes | str
) -> None:
    answer = _raw(client, body)

    assert (answer.status_code, answer.json["error"]) == (400, "bad_json")
    assert requests_in(small) == []


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "",
     "application/json; charset=utf-16", "application/xml"],
)  # fmt: skip
def test_another_content_type_is_refused(client: FlaskClient, kind: str) -> None:
    answer = _raw(client, json.dumps(BODY), content_type=kind)

    assert (answer.status_code, answer.json["error"]) == (415, "wrong_content_type")


def test_a_compressed_body_is_refused(client: FlaskClient) -> None:
    answer = _raw(client, json.dumps(BODY), headers={"Content-Encoding": "gzip"})

    assert answer.status_code == 415


def test_a_body_over_64_kb_is_refused(client: FlaskClient, small: House) -> None:
    answer = _raw(client, json.dumps({**BODY, "words": "x" * 70_000}))

    assert (answer.status_code, answer.json["error"]) == (413, "too_large")
    assert requests_in(small) == []


def test_a_forged_host_does_not_get_into_the_answer(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": new_key(), "Host": "evil.example", "X-Forwarded-Host": "evil"}
    answer = client.post(PATH, json=BODY, headers=headers)

    assert answer.json["status_url"].startswith("http://privacy.example/")


@pytest.fixture
def pool() -> Iterator[AppPool]:
    with open_pool() as made:
        yield made


def test_the_app_files_for_a_linked_patient_at_ia3(tmp_path: Path, pool: AppPool) -> None:
    house = make_house(tmp_path, clock=Clock(NOW), cognito=pool.cognito)
    make_link(house, pool, "sub-1")

    answer = file(client_of(house), token=pool.token(sub="sub-1"))

    assert answer.status_code == 201
    (row,) = requests_in(house)
    assert (row.channel, row.level, row.level_how) == ("app", "IA3", "app")
    assert row.app_index == house.office.index("app account", f"{ISSUER}|sub-1")


def test_an_account_that_nobody_linked_proves_nothing(tmp_path: Path, pool: AppPool) -> None:
    house = make_house(tmp_path, clock=Clock(NOW), cognito=pool.cognito)

    answer = file(client_of(house), token=pool.token(email=BODY["email"], email_verified=True))

    assert answer.status_code == 201
    assert requests_in(house)[0].level == "IA0"


def test_without_a_second_factor_or_fresh_sign_in_the_app_proves_less(
    tmp_path: Path, pool: AppPool
) -> None:
    house = make_house(tmp_path, clock=Clock(NOW), cognito=pool.cognito)
    make_link(house, pool, "sub-1")
    client, second = client_of(house), int(NOW.timestamp())

    file(client, token=pool.token(sub="sub-1", amr=None))
    file(client, token=pool.token(sub="sub-1", auth_time=second - 16 * 60))

    assert [row.level for row in requests_in(house)] == ["IA2", "IA2"]


def test_a_bad_token_or_scheme_files_nothing(tmp_path: Path, pool: AppPool) -> None:
    house = make_house(tmp_path, clock=Clock(NOW), cognito=pool.cognito)
    client = client_of(house)

    answers = [
        file(client, token=pool.token(iss="https://elsewhere.example")),
        file(client, token="dsr_unknown-key"),
        post(client, PATH, BODY, Idempotency_Key=new_key(), Authorization="Basic YTpi"),
        post(client, PATH, BODY, Idempotency_Key=new_key(), Authorization="Bearer"),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert all("WWW-Authenticate" in answer.headers for answer in answers)
    assert requests_in(house) == []


def test_when_the_keys_of_the_app_login_cannot_be_had_the_caller_may_try_again(
    tmp_path: Path, pool: AppPool
) -> None:
    house = make_house(tmp_path, clock=Clock(NOW), cognito=pool.cognito)
    pool.answer = "down"

    answer = file(client_of(house), token=pool.token())

    assert (answer.status_code, answer.json["error"]) == (503, "try_again")
    assert int(answer.headers["Retry-After"]) > 0
    assert requests_in(house) == []


def test_a_desk_key_files_for_its_own_practice(small: House) -> None:
    client = client_of(small)
    person, key = make_key(small)

    good = file(client, token=key)
    other = file(client, token=key, practice="centrum")

    assert (good.status_code, other.status_code) == (201, 403)
    (row,) = requests_in(small)
    assert row.channel == "api"
    assert person.id not in good.text
