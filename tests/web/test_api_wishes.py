"""Rights by the API: several in one call, followed each by itself, stopped and withdrawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.events import Event
from dsr.db.subject_requests import SubjectRequest
from dsr.law.rights import Right
from dsr.services import codes, wishes
from dsr.services.case import PATIENT
from dsr.services.codes import Purpose
from dsr.services.house import House
from tests.makers import make_house
from tests.web.answers import LETTER, collection_code, the_mailed_code
from tests.web.api import by_secret, client_of, file, new_key, post
from tests.web.changing import (
    ACCESS,
    DESTROY,
    ERASE,
    WITHDRAW,
    answer,
    begin,
    item_of,
    make_cooling,
)
from tests.web.test_patient_answer import on_file

V1 = "/api/v1/requests"
ERASURE = {"right": "erasure", "data": {"what": ["account"], "reason": "", "understood": True}}
WITHDRAWAL = {"right": "withdrawal", "data": {"purposes": ["A.2"]}}
ALL: tuple[dict[str, Any], ...] = (
    {"right": "access"},
    {"right": "rectification", "data": {"field": "phone", "should": "06 0000 0456"}},
    ERASURE,
    {"right": "erasure", "part": "medical_file", "data": {"which": "", "understood": True}},
    {"right": "restriction", "data": {"ground": "needed_for_claim", "what": ["medical"]}},
    {"right": "portability", "data": {"to": "other", "recipient": "Huisarts De Linde"}},
    {"right": "objection", "data": {"purposes": ["A.4"], "reason": "Ik werk hier."}},
    WITHDRAWAL,
)


@pytest.fixture
def small(tmp_path: Path, sqlite_url: str) -> House:
    return make_house(tmp_path, database_url=sqlite_url)


@pytest.fixture
def client(small: House) -> FlaskClient:
    return client_of(small)


def requests_in(house: House) -> list[SubjectRequest]:
    with house.reading() as session:
        ids = list(session.scalars(select(SubjectRequest.id)))
        return [subject_requests.by_id(session, one) for one in ids]


def secret_of(house: House, row: SubjectRequest) -> dict[str, str]:
    return by_secret({"secret": house.office.secret_of(row.reference)})


def visit_of(house: House, client: FlaskClient, row: SubjectRequest) -> dict[str, str]:
    """The header of somebody who typed the code that they got on paper at the desk."""
    body = {"purpose": "collect", "code": collection_code(house, row)}
    told = post(client, f"{V1}/{row.reference}/code/check", body, **secret_of(house, row)).json
    return {"Authorization": f"Visit {told['visit']}"}


def test_every_right_can_be_asked_in_one_call(client: FlaskClient, small: House) -> None:
    filed = file(client, scope=None, wishes=list(ALL))
    assert filed.status_code == 201
    (row,) = requests_in(small)
    assert {item.right for item in row.items} == set(Right)
    with small.reading() as session:
        kept = {
            item.right: wishes.of(session, small.office, row, item).data
            for item in row.items
            if not item.part
        }
    assert kept["objection"] == {"purposes": ["A.4"], "reason": "Ik werk hier."}
    told = client.get(f"{V1}/{row.reference}", headers=by_secret(filed.json)).json
    assert [one["stage"] for one in told["items"]] == ["identity_needed"] * 8
    assert [one["part"] for one in told["items"]].count("medical_file") == 1


def test_without_wishes_it_is_access_as_it_was(client: FlaskClient, small: House) -> None:
    told = client.get(
        f"{V1}/{(filed := file(client, scope=['account']).json)['reference']}",
        headers=by_secret(filed),
    ).json
    assert [one["right"] for one in told["items"]] == ["access"]
    assert requests_in(small)[0].scope == ["account"]


def test_a_call_repeated_with_the_same_wishes_is_one_request(
    client: FlaskClient, small: House
) -> None:
    key = new_key()
    first, again = (file(client, key=key, scope=None, wishes=[WITHDRAWAL]) for _ in range(2))
    assert first.data == again.data
    other = file(client, key=key, scope=None, wishes=[ERASURE])
    assert (other.status_code, other.json["error"]) == (422, "other_body")
    assert len(requests_in(small)) == 1


def _with(data: dict[str, Any], right: str = "erasure", **more: Any) -> list[dict[str, Any]]:
    return [{"right": "access"}, {"right": right, "data": data, **more}]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ([], "wishes"),
        ("access", "wishes"),
        ([{"right": "access"}] * 9, "wishes"),
        ([WITHDRAWAL, WITHDRAWAL], "wishes"),
        ([{}], "wishes.0.right"),
        ([{"right": "complaint"}], "wishes.0.right"),
        ([{"right": "access", "stage": "closed"}], "wishes.0.stage"),
        ([{"right": "access", "part": "folder"}], "wishes.0.part"),
        ([{"right": "access", "part": "medical_file"}], "wishes.0.part"),
        (_with({"what": ["account"]}), "wishes.1.data.understood"),
        (_with({"what": ["account"], "understood": 1}), "wishes.1.data.understood"),
        (_with({"what": ["account"], "understood": "true"}), "wishes.1.data.understood"),
        (_with({"what": "account", "understood": True}), "wishes.1.data.what"),
        (_with({"what": [{}], "understood": True}), "wishes.1.data.what.0"),
        (_with({"what": ["x"] * 41, "understood": True}), "wishes.1.data.what"),
        (_with({"what": ["medical"], "understood": True}), "wishes.1.data.what"),
        (_with({"what": ["all"], "understood": True, "to": "me"}), "wishes.1.data.to"),
        (_with({"what": ["all"], "understood": True, "level": "IA4"}), "wishes.1.data.level"),
        (_with({"purposes": ["A.1"]}, "withdrawal"), "wishes.1.data.purposes"),
        (_with({"purposes": ["A.4"]}, "objection"), "wishes.1.data.reason"),
        (_with({"to": "other"}, "portability"), "wishes.1.data.recipient"),
        (_with({"to": "other", "recipient": "a\nb"}, "portability"), "wishes.1.data.recipient"),
        (_with({"field": "name", "should": "a\x00"}, "rectification"), "wishes.1.data.should"),
        (
            _with({"field": "birth_date", "should": "2026-03-11"}, "rectification"),
            "wishes.1.data.should",
        ),
        (
            _with(
                {"ground": "needed_for_claim", "what": ["other"], "until": "1-1-27"}, "restriction"
            ),
            "wishes.1.data.until",
        ),
        (_with({"scope": ["all"]}, "access"), "wishes.1.data.scope"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_wish_and_field(
    client: FlaskClient, small: House, asked: Any, field: str
) -> None:
    answer = file(client, scope=None, wishes=asked)
    assert (answer.status_code, answer.json["error"]) == (422, "bad_input")
    assert answer.json["field"] == field
    assert answer.json["message"]
    assert requests_in(small) == []


def test_a_scope_without_access_is_refused(client: FlaskClient) -> None:
    answer = file(client, scope=["all"], wishes=[WITHDRAWAL])
    assert (answer.status_code, answer.json["field"]) == (422, "scope")


def test_a_mistake_is_told_in_the_language_of_the_caller_with_the_ids_there_are(
    client: FlaskClient,
) -> None:
    body = {"scope": None, "wishes": [{"right": "withdrawal"}]}
    said = file(client, **body).json["message"]
    assert said == "Choose which consent to withdraw. (A.2, A.2.other, A.5)"


def test_each_right_is_followed_by_itself(client: FlaskClient, small: House) -> None:
    row = make_cooling(small, ACCESS, ERASE, WITHDRAW)
    told = client.get(f"{V1}/{row.reference}", headers=secret_of(small, row)).json
    by_right = {one["right"]: one for one in told["items"]}
    assert by_right["access"]["stage"] == "searching"
    erasure = by_right["erasure"]
    assert (erasure["stage"], erasure["cool_until"]) == ("cooling_off", "2026-03-17T11:00:00+00:00")
    assert erasure["decision"] == "", "nothing is told before the letter"
    assert "U kunt nog stoppen." in erasure["words"]


def test_an_erasure_that_waits_is_cancelled_once(client: FlaskClient, small: House) -> None:
    row = make_cooling(small, ERASE, WITHDRAW)
    visit, path = visit_of(small, client, row), f"{V1}/{row.reference}/items"
    address = f"{path}/{item_of(row, 'erasure').id}/cancel"
    first, again = (post(client, address, **visit) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    stages = {one["right"]: one["stage"] for one in again.json["items"]}
    assert stages == {"erasure": "stopped", "withdrawal": "searching"}


def test_the_secret_alone_cancels_nothing(client: FlaskClient, small: House) -> None:
    row = make_cooling(small)
    for path in (f"items/{item_of(row, 'erasure').id}/cancel", "withdraw"):
        answer = post(client, f"{V1}/{row.reference}/{path}", **secret_of(small, row))
        assert (answer.status_code, answer.json["error"]) == (403, "not_allowed")
    assert item_of(requests_in(small)[0], "erasure").stage == Stage.COOLING_OFF


def test_a_code_to_the_contact_on_file_is_enough_to_cancel(
    client: FlaskClient, small: House
) -> None:
    row = make_cooling(small)
    mine, at = secret_of(small, row), f"{V1}/{row.reference}"
    assert post(client, f"{at}/code", {"purpose": "download"}, **mine).status_code == 202
    typed = {"purpose": "download", "code": the_mailed_code(small, row, on_file(row))}
    visit = post(client, f"{at}/code/check", typed, **mine).json["visit"]
    address = f"{at}/items/{item_of(row, 'erasure').id}/cancel"
    assert post(client, address, Authorization=f"Visit {visit}").status_code == 200
    assert item_of(requests_in(small)[0], "erasure").decision == Decision.WITHDRAWN


def test_what_has_begun_cannot_be_cancelled(client: FlaskClient, small: House) -> None:
    row = make_cooling(small)
    visit = visit_of(small, client, row)
    begin(small, row)
    address = f"{V1}/{row.reference}/items/{item_of(row, 'erasure').id}/cancel"
    answer = post(client, address, **visit)
    assert (answer.status_code, answer.json["error"]) == (409, "not_now")
    assert "Deletion has already started." in answer.json["message"]


def test_an_item_of_another_request_is_not_found(client: FlaskClient, small: House) -> None:
    mine, theirs = make_cooling(small), make_cooling(small)
    visit = visit_of(small, client, mine)
    address = f"{V1}/{mine.reference}/items/{item_of(theirs, 'erasure').id}/cancel"
    assert post(client, address, **visit).status_code == 404


def test_a_request_is_withdrawn_with_its_secret_while_nobody_is_proved(
    client: FlaskClient, small: House
) -> None:
    filed = file(client, scope=None, wishes=[ERASURE, WITHDRAWAL]).json
    address = f"{V1}/{filed['reference']}/withdraw"
    first, again = (post(client, address, **by_secret(filed)) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert {one["stage"] for one in again.json["items"]} == {"stopped"}


def test_a_request_that_runs_cannot_be_withdrawn(client: FlaskClient, small: House) -> None:
    row = make_cooling(small)
    visit = visit_of(small, client, row)
    begin(small, row)
    assert post(client, f"{V1}/{row.reference}/withdraw", **visit).status_code == 409


def test_each_right_has_its_letter_at_its_level(client: FlaskClient, small: House) -> None:
    row = make_cooling(small, ERASE, DESTROY, cooling=())
    answer(small, row, "erasure", Decision.PARTLY, Level.IA2)
    answer(small, row, "destruction", Decision.REFUSED, Level.IA4)
    erasure, destruction = (item_of(row, kind).id for kind in ("erasure", "destruction"))
    with small.writing() as session:
        codes.ask(session, small.office, row, Purpose.DOWNLOAD)
    typed = {"purpose": "download", "code": the_mailed_code(small, row, on_file(row))}
    at = f"{V1}/{row.reference}"
    visit = post(client, f"{at}/code/check", typed, **secret_of(small, row)).json["visit"]
    mine = {"Authorization": f"Visit {visit}"}
    letter = client.get(f"{at}/letter?item={erasure}", headers=mine)
    assert letter.data == LETTER + b"erasure"
    assert client.get(f"{at}/letter?item={destruction}", headers=mine).status_code == 403
    assert client.get(f"{at}/letter?item=x", headers=mine).status_code == 404
    assert client.get(f"{at}/letter?other=x", headers=mine).status_code == 422
    told = {one["id"]: one for one in client.get(at, headers=mine).json["items"]}
    assert (told[erasure]["decision"], told[destruction]["decision"]) == ("partly", "")
    assert told[destruction]["answered"] is True


def test_the_document_names_every_field_of_a_wish(client: FlaskClient) -> None:
    schemas = client.get("/api/openapi.json").json["components"]["schemas"]
    assert schemas["Asking"]["properties"]["wishes"]["maxItems"] == 8
    assert schemas["Wished"]["additionalProperties"] is False
    named = schemas["WishData"]
    assert named["additionalProperties"] is False
    assert named["properties"]["understood"]["type"] == "boolean"
    assert {"field", "should", "purposes", "until", "recipient"} <= set(named["properties"])


def test_who_acted_stands_in_the_log(client: FlaskClient, small: House) -> None:
    filed = file(client).json
    post(client, f"{V1}/{filed['reference']}/withdraw", **by_secret(filed))
    with small.reading() as session:
        told = {event.action: event.actor for event in session.scalars(select(Event))}
    assert told["withdrawn"] == PATIENT.code
