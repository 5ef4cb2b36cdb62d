"""Whose a FHIR record is, its dates, and its files in every dress."""

from __future__ import annotations

import base64
import json
from datetime import date

import pytest
from flask import Flask, Response, request

from connectors.fhir_cursor import WALK, Cursor
from connectors.fhir_inline import decoded, decoded_size
from connectors.fhir_items import Reading, moment
from connectors.fhir_owner import Owner, owner_of
from connectors.fhir_server import FhirServer
from connectors.http import HttpSystem
from connectors.smart import Bearer
from dsr.core.connector import Item
from dsr.core.errors import BadAnswer, ForeignRecord
from tests.connectors.serving import served

BASE = "https://his.voorbeeld.example/fhir"


def owner(kind: str, **elements: object) -> Owner:
    return owner_of({"resourceType": kind, **elements}, "Patient/a", BASE)


def to(target: str) -> dict[str, str]:
    return {"reference": target}


def item_of(kind: str, **elements: object) -> Item:
    server = FhirServer(HttpSystem(BASE), BASE)
    reading = Reading(server=server, subject_ref="Patient/a", dataset="dossier")
    item = reading.item({"resourceType": kind, "id": "1", **elements})
    server.http.close()
    return item


@pytest.mark.parametrize(
    "target",
    ["Patient/a", "Patient/a/_history/3", f"{BASE}/Patient/a", f"{BASE}/Patient/a/_history/3"],
)
def test_a_record_of_the_subject_is_known_in_every_form_of_reference(target: str) -> None:
    assert owner("Condition", subject=to(target)) is Owner.SUBJECT


@pytest.mark.parametrize(
    "elements",
    [
        {"subject": to("Patient/b")},
        {"patient": to("Patient/b")},
        {"subject": to("Patient/a2")},
        {"subject": to("https://elders.example/fhir/Patient/a")},
        {"beneficiary": to("Patient/b"), "subject": to("Patient/a")},
        {"participant": [{"actor": to("Patient/b")}]},
        {"entity": [{"what": to("Patient/b")}]},
    ],
)
def test_a_record_of_another_patient_is_a_strangers(elements: dict[str, object]) -> None:
    assert owner("Basic", **elements) is Owner.STRANGER


def test_a_record_that_names_the_subject_among_others_comes_along() -> None:
    both = [{"actor": to("Patient/a")}, {"actor": to("Patient/b")}]

    assert owner("Appointment", participant=both) is Owner.ALONG


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        ("Condition", {"subject": to("Patient/b"), "asserter": to("Patient/a")}),
        ("Observation", {"subject": to("Patient/b"), "performer": [to("Patient/a")]}),
        ("Coverage", {"beneficiary": to("Patient/b"), "subscriber": to("Patient/a")}),
        ("Patient", {"id": "b", "link": [{"other": to("Patient/a")}]}),
    ],
)
def test_what_the_subject_said_or_did_about_another_is_for_the_desk(
    kind: str, elements: dict[str, object]
) -> None:
    assert owner(kind, **elements) is Owner.ALONG


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        ("Communication", {"sender": to("Patient/a")}),
        ("Composition", {"author": [to("Patient/a")]}),
        ("Device", {}),
        ("Device", {"patient": to("Patient/a")}),
    ],
)
def test_what_is_of_nobody_else_is_the_subjects(kind: str, elements: dict[str, object]) -> None:
    assert owner(kind, **elements) is Owner.SUBJECT


def test_a_strangers_own_words_are_a_strangers() -> None:
    assert owner("Communication", sender=to("Patient/b")) is Owner.STRANGER
    assert owner("Device", patient=to("Patient/b")) is Owner.STRANGER


@pytest.mark.parametrize("kind", ["Practitioner", "Organization", "RelatedPerson", "Location"])
def test_other_people_come_along(kind: str) -> None:
    assert owner(kind) is Owner.ALONG


def test_another_patient_comes_along_and_the_subject_is_the_subject() -> None:
    assert owner("Patient", id="a") is Owner.SUBJECT
    assert owner("Patient", id="b") is Owner.ALONG


def test_a_clinical_record_that_names_nobody_is_for_the_desk() -> None:
    assert owner("Observation") is Owner.ALONG
    assert owner("Medication") is Owner.SUBJECT


def test_a_strangers_record_names_nobody_in_the_error() -> None:
    with pytest.raises(ForeignRecord) as raised:
        item_of("Condition", subject=to("Patient/secret-b"))

    assert "secret-b" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019", date(2019, 12, 31)),
        ("2019-02", date(2019, 2, 28)),
        ("2020-02", date(2020, 2, 29)),
        ("2019-12", date(2019, 12, 31)),
        ("2019-05-06", date(2019, 5, 6)),
        ("soon", None),
        (None, None),
    ],
)
def test_a_vague_date_counts_from_its_last_day(text: object, day: date | None) -> None:
    assert moment(text) == day


def test_a_restricted_record_says_so() -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}

    assert item_of("Condition", meta={"security": [label]}).restricted
    assert not item_of("Condition").restricted


def test_what_the_patient_wrote_is_the_subjects() -> None:
    assert item_of("QuestionnaireResponse", author=to("Patient/a")).author == "subject"
    assert item_of("Procedure", performer=[{"actor": to("Practitioner/p")}]).author == "staff"
    assert item_of("Condition").author == ""


def test_bytes_inside_a_record_move_into_a_file() -> None:
    content = b"a scan" * 30_000
    data = base64.b64encode(content).decode()
    attachment = {"contentType": "image/png", "data": data}

    item = item_of("DocumentReference", content=[{"attachment": attachment}])

    [file] = item.files
    with file.open() as chunks:
        assert b"".join(chunks) == content
    assert (file.size, file.name) == (len(content), "DocumentReference-1.png")
    assert data not in json.dumps(item.data)
    assert attachment["data"] == data


@pytest.mark.parametrize("length", range(7))
def test_the_size_of_inline_bytes_is_exact(length: int) -> None:
    text = base64.b64encode(b"x" * length).decode()

    assert decoded_size(text) == length
    assert b"".join(decoded(text)) == b"x" * length


def test_cut_inline_bytes_are_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        list(decoded("abc"))


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        ("Media", {"content": {"contentType": "image/png", "data": "YQ=="}}),
        ("DiagnosticReport", {"presentedForm": [{"contentType": "image/png", "data": "YQ=="}]}),
        ("Practitioner", {"photo": [{"contentType": "image/png", "data": "YQ=="}]}),
        ("Communication", {"payload": [{"contentAttachment": {"data": "YQ=="}}]}),
        ("QuestionnaireResponse",
         {"item": [{"item": [{"answer": [{"valueAttachment": {"data": "YQ=="}}]}]}]}),
    ],
)  # fmt: skip
def test_attachments_are_found_wherever_they_stand(kind: str, elements: dict[str, object]) -> None:
    [file] = item_of(kind, **elements).files

    with file.open() as chunks:
        assert b"".join(chunks) == b"a"


def test_a_file_on_another_host_is_fetched_without_our_key() -> None:
    seen: list[str | None] = []
    app = Flask("files")

    @app.route("/x")
    def answer() -> Response:
        seen.append(request.headers.get("Authorization"))
        return Response(b"bytes")

    with served(app) as address:
        there = address.replace("127.0.0.1", "localhost")
        http = HttpSystem(address, auth=Bearer("secret"), allow_hosts=(there.split("//")[1],))
        server = FhirServer(http, address)
        for target in ("x", f"{address}/x", f"{there}/x"):
            with server.file(target) as chunks:
                assert b"".join(chunks) == b"bytes"
        http.close()

    assert seen == ["Bearer secret", "Bearer secret", None]


def test_a_binary_in_json_is_unpacked_and_a_raw_one_left_alone() -> None:
    app = Flask("files")
    wrapped = {"resourceType": "Binary", "id": "1", "contentType": "text/plain"}
    app.add_url_rule(
        "/Binary/wrapped",
        "wrapped",
        lambda: Response(
            json.dumps({**wrapped, "data": base64.b64encode(b"a letter").decode()}),
            content_type="application/fhir+json",
        ),
    )
    app.add_url_rule("/Binary/raw", "raw", lambda: Response(b'{"a": 1}'))
    with served(app) as address:
        server = FhirServer(HttpSystem(address), address)
        with server.file("Binary/wrapped") as chunks:
            assert b"".join(chunks) == b"a letter"
        with server.file("Binary/raw") as chunks:
            assert b"".join(chunks) == b'{"a": 1}'
        server.http.close()


def test_a_cursor_comes_back_as_it_went() -> None:
    cursor = Cursor(way=WALK, part="Flag:patient").after(
        ["A/1", "A/2"], "https://his.voorbeeld.example/fhir?page=2"
    )

    assert Cursor.of(str(cursor)) == cursor
    assert cursor.came == 2


def test_what_came_is_not_wanted_again() -> None:
    cursor = Cursor().wanting(["Practitioner/1", "Practitioner/2", "Practitioner/1"])
    cursor = cursor.having(["Practitioner/1"]).at(WALK, "Flag:patient")

    assert cursor.wanted == ("Practitioner/2",)
    assert cursor.has_had("Practitioner/1")
    assert cursor.wanting(["Practitioner/1"]).wanted == ("Practitioner/2",)
    assert Cursor.of(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text", ["", "3", "{}", "[]", '{"way": 3}', '{"way":"walk","part":"","url":"","came":"1"}']
)
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadAnswer):
        Cursor.of(text)
