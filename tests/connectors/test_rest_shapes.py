"""What comes in odd shapes: people in two steps, files, dates, values in requests."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, Response, jsonify, request

from connectors.rest_dates import moment
from connectors.rest_template import template
from dsr.core.connector import Item, One, Page, Several
from dsr.core.errors import BadAnswer, BrokenRegister, ForeignRecord, NeedsPerson
from dsr.core.reading import Entry
from dsr.core.subject import Subject
from tests.connectors.json_systems import a_list, connected, rows
from tests.connectors.medical_people import ANNA, subject_of


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


@pytest.mark.parametrize(
    ("text", "form", "zone", "found"),
    [
        ("06-05-2024", "%d-%m-%Y", None, date(2024, 5, 6)),
        ("2024-05-06.10:00:00", "%Y-%m-%d.%H:%M:%S", UTC, datetime(2024, 5, 6, 10, tzinfo=UTC)),
        ("06/05/2024 10:00", "%d/%m/%Y %H:%M", None, date(2024, 5, 6)),
    ],
)
def test_a_register_may_name_a_form_and_a_zone(
    text: str, form: str, zone: Any, found: object
) -> None:
    assert moment(text, (form,), zone) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("20240506", date(2024, 5, 6)),
        ("1714989600", datetime(2024, 5, 6, 10, tzinfo=UTC)),
        ("1714989600000", datetime(2024, 5, 6, 10, tzinfo=UTC)),
        ("/Date(1714989600000+0200)/", datetime(2024, 5, 6, 10, tzinfo=UTC)),
        ("Mon, 06 May 2024 10:00:00 GMT", datetime(2024, 5, 6, 10, tzinfo=UTC)),
        ("2024-05-06T10:00:00", datetime(2024, 5, 6, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_of_the_registers_zone(value: str, found: object) -> None:
    assert moment(value, (), ZoneInfo("Europe/Amsterdam")) == found


# values inside longer texts


@pytest.mark.parametrize(
    ("how", "said", "sent"),
    [
        ("odata", "O'Brien", "n eq 'O''Brien'"),
        ("soql", "O'Br\\ien", "n eq 'O\\'Br\\\\ien'"),
        ("json", 'a"b', 'n eq "a\\"b"'),
        ("word", "a.b+c@voorbeeld.example", "n eq a.b+c@voorbeeld.example"),
        ("words", "Anna de Vries", "n eq Anna de Vries"),
        ("int", "12", "n eq 12"),
    ],
)
def test_a_value_inside_a_longer_text_is_quoted(how: str, said: str, sent: str) -> None:
    made = template(Entry({"path": "/q", "query": {"q": f"n eq {{name:{how}}}"}}), ["name"])

    assert made.call({"name": said}, {}, {}).params == {"q": sent}


@pytest.mark.parametrize(
    ("how", "said"),
    [("word", "a) or (b"), ("word", "a b"), ("words", "a'b"), ("int", "1 or 1"), ("odata", "a\nb")],
)
def test_a_value_that_could_change_the_question_is_for_a_person(how: str, said: str) -> None:
    made = template(Entry({"path": "/q", "query": {"q": f"n eq {{name:{how}}}"}}), ["name"])

    with pytest.raises(NeedsPerson):
        made.call({"name": said}, {}, {})


def test_a_filter_that_is_a_list_is_sent_as_json() -> None:
    filters = [["email_id", "=", "{email}"]]
    made = template(Entry({"path": "/q", "query": {"filters": filters, "limit": 5}}), ["email"])

    sent = made.call({"email": 'x"@voorbeeld.example'}, {}, {}).params

    assert sent == {"filters": '[["email_id", "=", "x\\"@voorbeeld.example"]]', "limit": "5"}


@pytest.mark.parametrize("path", ["/contacts({subject_ref})", "/c('{subject_ref}')", "/c/{x:sql}"])
def test_a_value_in_a_path_that_could_end_early_must_say_how_it_is_quoted(path: str) -> None:
    with pytest.raises(BrokenRegister, match=r"quoted|write one of"):
        template(Entry({"path": path}), ["subject_ref", "x"])


def test_a_path_may_be_a_link_that_the_system_gave() -> None:
    made = template(Entry({"path": "{each}"}), ["each"])

    assert made.call({"each": "https://crm.example/x/1"}, {}, {}).path == "https://crm.example/x/1"
    assert made.call({"each": "x/../y"}, {}, {}).path == "x%2F..%2Fy"


# people in two steps, and with several addresses


def test_a_look_up_may_give_references_that_are_read_one_by_one() -> None:
    app = Flask("two-steps")
    app.add_url_rule("/search", "search", lambda: jsonify({"ids": [4, 5]}), methods=["POST"])
    card = {"name": ANNA.name, "born": ANNA.birth_date.strftime("%d-%m-%Y")}
    app.add_url_rule("/people/<int:n>", "card", lambda n: jsonify({"person": {**card, "id": n}}))
    settings = {
        "person": {"ref": "id", "name": "name", "birth_date": "born"},
        "date_forms": "%d-%m-%Y",
        "lookup": [
            {
                "by": "email",
                "request": {"method": "POST", "path": "/search", "form": {"q": "{email}"}},
                "result_path": "ids",
                "then": {"request": {"path": "/people/{found}"}, "result_path": "person"},
            }
        ],
        "datasets": {},
    }
    with connected(app, settings) as connector:
        found = connector.locate(subject_of(ANNA, "email", "name", "birth_date"))

    assert isinstance(found, Several)
    assert [one.subject_ref for one in found.candidates] == ["4", "5"]


def test_any_of_several_addresses_on_file_may_be_the_persons() -> None:
    person = {
        "id": "a",
        "name": ANNA.name,
        "born": ANNA.birth_date.isoformat(),
        "mails": [
            {"v": "oud@voorbeeld.example", "at": "2020-01-02"},
            {"v": ANNA.email, "at": None},
        ],
    }
    app, settings = a_list(lambda: {"items": [person]})
    settings["person"] = {
        "ref": "id",
        "name": "name",
        "birth_date": "born",
        "email": "mails[].v",
        "email_since": "map(&at, mails)",
    }
    settings["lookup"][0]["require_exact"] = {"path": "mails[].v", "normalise": "lower"}
    with connected(app, settings) as connector:
        found = connector.locate(subject_of(ANNA, "email", "name", "birth_date"))

    assert isinstance(found, One)
    assert "email" in found.agrees
    assert [(one.value, one.since) for one in found.contacts] == [
        ("oud@voorbeeld.example", date(2020, 1, 2)),
        (ANNA.email, None),
    ]


def test_an_address_that_is_not_there_is_never_nobody() -> None:
    app, settings = a_list(dict)
    settings["lookup"][0]["request"] = {"path": "/not-there", "query": {"q": "{email}"}}
    with connected(app, settings) as connector, pytest.raises(NeedsPerson, match="404"):
        connector.locate(subject_of(ANNA, "email"))
    settings["lookup"][0]["empty_when_missing"] = True
    with connected(app, settings) as connector:
        connector.locate(subject_of(ANNA, "email"))


# things


def one_item(thing: dict[str, Any], **lines: Any) -> Item:
    """The item that a dataset makes of a thing."""
    with connected(
        *a_list(lambda: {"items": [{"id": 1, "of": "a", **thing}]}, lines=lines)
    ) as made:
        page = made.find("a", "lines", None)
    assert isinstance(page, Page)
    return page.items[0]


def test_what_nobody_here_may_see_is_blacked_out_and_what_is_secret_left_out() -> None:
    thing = {"staff": [{"name": "X", "note": "y"}], "hash": "h", "bsn": None}

    item = one_item(thing, redact=["staff.name", "bsn"], hide="hash")

    assert item.data["staff"] == [{"name": "[■■■]", "note": "y"}]
    assert item.data["bsn"] is None
    assert "hash" not in item.data


def test_a_dataset_may_be_about_other_people() -> None:
    assert not one_item({}, third_party=True).about_subject


def test_who_wrote_it_may_be_the_subject_by_reference() -> None:
    assert one_item({"by": "a"}, author="by", author_else="staff").author == "subject"
    assert one_item({"by": "z"}, author="by", author_else="staff").author == "staff"


def test_a_thing_may_belong_to_several_people() -> None:
    assert one_item({"of": ["b", "a"]}, owner="of").ref == "1"
    with pytest.raises(ForeignRecord):
        one_item({"of": ["b", "c"]}, owner="of")


def test_a_file_may_stand_in_the_record_as_base64() -> None:
    held = "data:text/plain;base64," + base64.urlsafe_b64encode(b"inhoud?>").decode().rstrip("=")
    files = [{"content": "data", "name": "called", "media_type": "'text/plain'"}]

    [file] = one_item({"data": held, "called": "a.txt"}, files=files).files

    with file.open() as chunks:
        assert b"".join(chunks) == b"inhoud?>"
    assert file.name == "a.txt"


def test_a_damaged_file_in_a_record_is_a_bad_answer() -> None:
    [file] = one_item({"data": "*"}, files=[{"content": "data"}]).files
    with pytest.raises(BadAnswer), file.open():
        pass


def a_file_system(**row: Any) -> tuple[Flask, dict[str, Any], list[str | None]]:
    """A thing with a file that is asked for with or without our key."""
    keys: list[str | None] = []
    thing = {"id": 1, "of": "a", "docs": [{"key": 7, "href": "/blobs/7"}]}
    files = [{"each": "docs", **row}]
    auth = {"kind": "bearer", "token": "t"}
    app, settings = a_list(lambda: {"items": [thing]}, lines={"files": files}, auth=auth)

    def blob(n: int) -> Response:
        keys.append(request.headers.get("Authorization"))
        return Response(b"x" * 100, mimetype="application/octet-stream")

    app.add_url_rule("/blobs/<int:n>", "blob", blob)
    return app, settings, keys


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"url": "href"}, "Bearer t"),
        ({"url": "href", "auth": "none"}, None),
        ({"ref": "key", "request": {"path": "/blobs/{file}"}}, "Bearer t"),
    ],
)
def test_a_file_is_asked_for_by_link_or_by_reference(row: dict[str, Any], key: str | None) -> None:
    app, settings, keys = a_file_system(**row)
    with connected(app, settings) as connector:
        page = connector.find("a", "lines", None)
        assert isinstance(page, Page)
        [file] = page.items[0].files
        with file.open() as chunks:
            assert len(b"".join(chunks)) == 100

    assert keys == [key]


def test_a_file_longer_than_the_register_allows_is_for_a_person() -> None:
    app, settings, _ = a_file_system(url="href", max_bytes=10)
    with connected(app, settings) as connector:
        page = connector.find("a", "lines", None)
        assert isinstance(page, Page)
        with pytest.raises(NeedsPerson), page.items[0].files[0].open() as chunks:
            b"".join(chunks)


@pytest.mark.parametrize("row", [{}, {"url": "u", "content": "c"}, {"url": "u", "auth": "maybe"}])
def test_a_file_comes_in_one_way_only(row: dict[str, str]) -> None:
    settings = a_list(dict, lines={"files": [row]})[1]
    with pytest.raises(BrokenRegister, match="files"), connected(Flask("x"), settings):
        pass


def test_a_phone_number_is_asked_in_the_form_that_the_system_keeps() -> None:
    asked: list[dict[str, str]] = []

    def answer() -> object:
        asked.append(request.args.to_dict())
        return {"items": []}

    app, settings = a_list(answer)
    query = {"e164": "{phone_e164}", "plain": "{phone_national}"}
    look_up = {"by": "phone", "request": {"path": "/lines", "query": query}, "result_path": "items"}
    settings["lookup"] = [look_up]
    with connected(app, settings) as connector:
        connector.locate(Subject(phone="06 - 00 00 00 01"))

    assert asked == [{"e164": "+31600000001", "plain": "0600000001"}]


def test_the_kind_of_json_that_is_asked_for_may_be_the_systems_own() -> None:
    seen: list[str | None] = []

    def answer() -> object:
        seen.append(request.headers.get("Accept"))
        return {"items": []}

    for headers in ({}, {"Accept": "application/vnd.api+json"}):
        with connected(*a_list(answer, headers=headers)) as connector:
            connector.find("a", "lines", None)

    assert seen == ["application/json", "application/vnd.api+json"]
