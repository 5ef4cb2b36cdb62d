"""Following a request and fetching its answer by the API, at the level that was proved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dsr.core.reference import new_reference
from dsr.core.subject import Level
from dsr.db import answers
from dsr.db.events import Event
from dsr.db.subject_requests import SubjectRequest
from dsr.services import codes
from dsr.services.house import House
from dsr.services.staff_login import who_is
from tests.makers import Clock, make_house, make_request, make_staff
from tests.web.api import (
    PATIENT_NUMBER,
    PDF,
    ZIP,
    bearer,
    by_secret,
    client_of,
    file,
    make_answered,
    make_link,
    post,
)
from tests.web.app_pool import NOW, AppPool, open_pool

V1 = "/api/v1/requests"


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def small(tmp_path: Path, sqlite_url: str, clock: Clock) -> House:
    return make_house(tmp_path, clock=clock, database_url=sqlite_url)


@pytest.fixture
def client(small: House) -> FlaskClient:
    return client_of(small)


def secret_of(house: House, row: SubjectRequest) -> dict[str, str]:
    return by_secret({"secret": house.office.secret_of(row.reference)})


def collected(house: House, client: FlaskClient, row: SubjectRequest) -> dict[str, str]:
    """The header of somebody who typed the code they got on paper at the desk (IA4)."""
    staff = make_staff(house, login=f"hander-{row.reference}".lower())
    with house.writing() as session:
        code = codes.hand_over(session, house.office, row, who_is(staff))
    body = {"purpose": "collect", "code": code}
    answer = post(client, f"{V1}/{row.reference}/code/check", body, **secret_of(house, row))
    return {"Authorization": f"Visit {answer.json['visit']}"}


def events_of(house: House, action: str) -> list[Event]:
    with house.reading() as session:
        return list(session.scalars(select(Event).where(Event.action == action)))


def test_the_status_tells_stage_due_date_and_what_to_do(client: FlaskClient) -> None:
    filed = file(client).json

    told = client.get(f"{V1}/{filed['reference']}", headers=by_secret(filed)).json

    assert (told["stage"], told["level"]) == ("identity_needed", "IA0")
    assert (told["received"], told["due"]) == ("2026-03-10", "2026-04-10")
    assert told["due_because"][0] == "Wij kregen uw verzoek op 10 maart 2026."
    assert told["next"]["ways"] == ["code", "app", "desk"]


def test_a_reference_may_be_typed_as_people_type_it(client: FlaskClient) -> None:
    filed = file(client).json
    typed = filed["reference"].lower().replace("-", "")

    assert client.get(f"{V1}/{typed}", headers=by_secret(filed)).status_code == 200


def test_a_wrong_reference_and_a_wrong_secret_read_the_same(client: FlaskClient) -> None:
    filed, other = file(client).json, file(client, name="Iemand Anders").json
    wrong = {"secret": "0" * 40}
    answers_ = [
        client.get(f"{V1}/{filed['reference']}", headers=by_secret(wrong)),
        client.get(f"{V1}/{filed['reference']}", headers=by_secret(other)),
        client.get(f"{V1}/{new_reference()}", headers=by_secret(filed)),
        client.get(f"{V1}/x", headers=by_secret(filed)),
        client.get(f"{V1}/{filed['reference']}", headers={"Authorization": "Visit made-up"}),
    ]

    assert {(one.status_code, one.data) for one in answers_} == {(404, answers_[0].data)}


@pytest.mark.parametrize("header", ["", "Request", "Basic abc", "Bearer dsr_abc", "Request  "])
def test_without_a_credential_nothing_is_told(client: FlaskClient, header: str) -> None:
    filed = file(client).json

    answer = client.get(
        f"{V1}/{filed['reference']}", headers={"Authorization": header} if header else {}
    )

    assert (answer.status_code, answer.json["error"]) == (401, "not_known")


def test_the_status_is_the_same_for_people_we_know_and_people_we_do_not(small: House) -> None:
    client = client_of(small)
    known, unknown = file(client).json, file(client, name="Zeno Niemand").json

    first, second = (
        client.get(f"{V1}/{filed['reference']}", headers=by_secret(filed))
        for filed in (known, unknown)
    )

    bare = re.compile(f'{known["reference"]}|{unknown["reference"]}|"id":"[0-9a-f]+"')
    assert bare.sub("", first.text) == bare.sub("", second.text)


def test_asking_a_code_is_answered_the_same_and_at_most_three_times_an_hour(
    client: FlaskClient,
) -> None:
    filed = file(client).json
    asked = [
        post(client, f"{V1}/{filed['reference']}/code", {"purpose": "identify"}, **by_secret(filed))
        for _ in range(4)
    ]

    assert [one.status_code for one in asked] == [202, 202, 202, 429]
    assert asked[0].json["minutes"] == 10
    assert asked[3].json["error"] == "too_often"


def test_a_code_to_fetch_is_not_asked_before_there_is_an_answer(client: FlaskClient) -> None:
    filed = file(client).json

    asked = post(
        client, f"{V1}/{filed['reference']}/code", {"purpose": "download"}, **by_secret(filed)
    )

    assert (asked.status_code, asked.json["error"]) == (409, "not_now")


def test_wrong_codes_count_and_then_lock(small: House, client: FlaskClient) -> None:
    row = make_answered(small)
    staff = make_staff(small, login="hander")
    with small.writing() as session:
        code = codes.hand_over(session, small.office, row, who_is(staff))
    path = f"{V1}/{row.reference}/code/check"

    wrong = [
        post(client, path, {"purpose": "collect", "code": "nope"}, **secret_of(small, row))
        for _ in range(5)
    ]
    late = post(client, path, {"purpose": "collect", "code": code}, **secret_of(small, row))

    assert [one.json["error"] for one in wrong] == ["wrong_code"] * 4 + ["code_over"]
    assert [one.json.get("tries_left") for one in wrong] == [4, 3, 2, 1, None]
    assert (late.status_code, late.json["error"]) == (422, "code_over")


def test_a_code_of_one_request_opens_no_other(small: House, client: FlaskClient) -> None:
    mine, other = make_answered(small), make_answered(small, name="Iemand Anders")
    staff = make_staff(small, login="hander")
    with small.writing() as session:
        code = codes.hand_over(session, small.office, other, who_is(staff))

    body = {"purpose": "collect", "code": code}
    answer = post(client, f"{V1}/{mine.reference}/code/check", body, **secret_of(small, mine))

    assert answer.status_code == 422


def test_the_secret_alone_fetches_nothing(small: House, client: FlaskClient) -> None:
    row = make_answered(small)

    for what in ("letter", "package"):
        answer = client.get(f"{V1}/{row.reference}/{what}", headers=secret_of(small, row))
        assert (answer.status_code, answer.json["error"]) == (403, "not_allowed")


def test_secret_and_code_fetch_letter_and_package(house: House) -> None:
    client, row = client_of(house), make_answered(house)
    visit = collected(house, client, row)

    letter = client.get(f"{V1}/{row.reference}/letter", headers=visit)
    package = client.get(f"{V1}/{row.reference}/package", headers=visit)

    assert (letter.status_code, letter.mimetype, letter.data) == (200, "application/pdf", PDF)
    assert (package.status_code, package.mimetype, package.data) == (200, "application/zip", ZIP)
    assert package.headers["ETag"] == f'"{sha256(ZIP).hexdigest()}"'
    assert row.reference in package.headers["Content-Disposition"]
    assert package.headers["Cache-Control"] == "no-store"
    assert len(events_of(house, "downloaded")) == 1


def test_a_visit_opens_its_own_request_for_half_an_hour(
    small: House, client: FlaskClient, clock: Clock
) -> None:
    row, other = make_answered(small), make_answered(small, name="Iemand Anders")
    visit = collected(small, client, row)

    assert client.get(f"{V1}/{other.reference}/letter", headers=visit).status_code == 404
    clock.move(minutes=31)
    assert client.get(f"{V1}/{row.reference}/letter", headers=visit).status_code == 403


def test_a_break_in_a_download_is_mended_by_a_range_and_counts_once(
    small: House, client: FlaskClient
) -> None:
    row = make_answered(small)
    visit = collected(small, client, row)
    path = f"{V1}/{row.reference}/package"
    whole = client.get(path, headers=visit)
    go_on = {**visit, "Range": "bytes=70000-", "If-Range": whole.headers["ETag"]}

    rest = client.get(path, headers=go_on)

    assert (rest.status_code, rest.data) == (206, ZIP[70000:])
    assert rest.headers["Content-Range"] == f"bytes 70000-{len(ZIP) - 1}/{len(ZIP)}"
    assert _downloads(small, row) == 1


def test_a_range_out_of_nowhere_counts_as_a_download(small: House, client: FlaskClient) -> None:
    row = make_answered(small)
    visit = collected(small, client, row)

    client.get(f"{V1}/{row.reference}/package", headers={**visit, "Range": "bytes=1-"})

    assert _downloads(small, row) == 1


@pytest.mark.parametrize(
    ("asked", "code", "start", "end"),
    [("bytes=0-9", 206, 0, 10), ("bytes=-5", 206, -5, None), ("bytes=0-1,5-6", 200, 0, None),
     ("lines=1-2", 200, 0, None), ("bytes=x", 200, 0, None)],
)  # fmt: skip
def test_ranges_are_understood_or_left_alone(
    small: House, client: FlaskClient, asked: str, code: int, start: int, end: int | None
) -> None:
    row = make_answered(small)
    visit = collected(small, client, row)

    answer = client.get(f"{V1}/{row.reference}/letter", headers={**visit, "Range": asked})

    assert (answer.status_code, answer.data) == (code, PDF[start:end])


def test_a_range_beyond_the_end_is_refused(small: House, client: FlaskClient) -> None:
    row = make_answered(small)
    visit = collected(small, client, row)

    answer = client.get(
        f"{V1}/{row.reference}/letter", headers={**visit, "Range": "bytes=99999999-"}
    )

    assert (answer.status_code, answer.json["error"]) == (416, "bad_range")
    assert answer.headers["Content-Range"] == f"bytes */{len(PDF)}"


def test_looking_at_the_headers_counts_nothing(small: House, client: FlaskClient) -> None:
    row = make_answered(small)
    visit = collected(small, client, row)

    answer = client.head(f"{V1}/{row.reference}/package", headers=visit)

    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(ZIP)))
    assert _downloads(small, row) == 0


def test_after_ten_downloads_the_package_is_closed(small: House, client: FlaskClient) -> None:
    row = make_answered(small)
    visit = collected(small, client, row)
    path = f"{V1}/{row.reference}/package"

    codes_ = [client.get(path, headers=visit).status_code for _ in range(11)]

    assert codes_ == [200] * 10 + [409]


def test_an_answer_that_was_not_sent_is_not_there(small: House, client: FlaskClient) -> None:
    row = make_request(small, level=Level.IA4)
    visit = collected(small, client, row)

    answer = client.get(f"{V1}/{row.reference}/letter", headers=visit)

    assert (answer.status_code, answer.json["error"]) == (409, "not_now")


def _downloads(house: House, row: SubjectRequest) -> int:
    with house.reading() as session:
        found = answers.package_of(session, row.id)
        assert found is not None
        return found.downloads


@pytest.fixture
def pool() -> Iterator[AppPool]:
    with open_pool() as made:
        yield made


@pytest.fixture
def with_app(tmp_path: Path, sqlite_url: str, clock: Clock, pool: AppPool) -> House:
    return make_house(tmp_path, clock=clock, database_url=sqlite_url, cognito=pool.cognito)


def _answered_for_app(house: House, pool: AppPool) -> SubjectRequest:
    """A request of the linked patient, proved by the app, answered and sent."""
    make_link(house, pool, "sub-1")
    return make_answered(house, patient=PATIENT_NUMBER)


def test_the_app_fetches_with_a_fresh_login_a_second_factor_and_a_link(
    with_app: House, pool: AppPool
) -> None:
    client, row = client_of(with_app), _answered_for_app(with_app, pool)

    answer = client.get(f"{V1}/{row.reference}/package", headers=bearer(pool.token(sub="sub-1")))

    assert (answer.status_code, answer.data) == (200, ZIP)


def test_the_app_of_somebody_else_sees_nothing(with_app: House, pool: AppPool) -> None:
    client, row = client_of(with_app), _answered_for_app(with_app, pool)
    make_link(with_app, pool, "sub-2", "P-200")

    for sub in ("sub-2", "sub-unknown"):
        for path in ("", "/letter", "/package"):
            token = pool.token(sub=sub)
            answer = client.get(f"{V1}/{row.reference}{path}", headers=bearer(token))
            assert (answer.status_code, answer.json["error"]) == (404, "not_found")


def test_who_filed_for_somebody_else_may_follow_and_not_fetch(
    with_app: House, pool: AppPool, clock: Clock
) -> None:
    # A parent's account files; at the desk the child turns out to be somebody of their own.
    client, parent = client_of(with_app), f"{pool.cognito.issuer}|sub-parent"
    make_link(with_app, pool, "sub-parent", "P-300")
    row = make_answered(with_app, app_account=parent, patient="P-301")
    token = bearer(pool.token(sub="sub-parent"))

    followed = client.get(f"{V1}/{row.reference}", headers=token)
    fetched = client.get(f"{V1}/{row.reference}/package", headers=token)

    assert (followed.status_code, followed.json["level"]) == (200, "IA0")
    assert fetched.status_code == 403


def test_an_expired_token_and_one_without_second_factor_fetch_no_health_data(
    with_app: House, pool: AppPool, clock: Clock
) -> None:
    client, row = client_of(with_app), _answered_for_app(with_app, pool)
    with with_app.writing() as session:
        found = answers.package_of(session, row.id)
        assert found is not None
        found.level = "IA3"
    path = f"{V1}/{row.reference}/package"

    assert client.get(path, headers=bearer(pool.token(sub="sub-1", amr=None))).status_code == 403
    token = pool.token(sub="sub-1")
    clock.move(minutes=16)
    assert client.get(path, headers=bearer(token)).status_code == 403
    clock.move(hours=2)
    assert client.get(path, headers=bearer(token)).status_code == 401


def test_a_request_is_proved_by_the_app_later_on(with_app: House, pool: AppPool) -> None:
    client = client_of(with_app)
    filed = file(client, token=pool.token(sub="sub-1")).json
    path, token = f"{V1}/{filed['reference']}/app", bearer(pool.token(sub="sub-1"))

    before = post(client, path, **token)
    make_link(with_app, pool, "sub-1")
    after = post(client, path, **token)

    assert (before.status_code, before.json["error"]) == (403, "not_allowed")
    assert (after.status_code, after.json["level"]) == (200, "IA3")
    told = client.get(f"{V1}/{filed['reference']}", headers=by_secret(filed)).json
    assert told["stage"] == "searching"
