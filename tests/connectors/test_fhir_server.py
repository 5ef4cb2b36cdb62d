"""What the answers of a FHIR server mean, also the odd ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, Response, request

from connectors.fhir_compartment import Version
from connectors.fhir_people import Naming, People
from connectors.fhir_server import Bundle, FhirServer
from connectors.http import HttpSystem
from dsr.core.connector import Nobody, One, Several
from dsr.core.errors import BadAnswer, NeedsPerson, TryAgain
from dsr.core.subject import Subject
from tests.connectors.medical_people import ANNA, subject_of
from tests.connectors.serving import served

NUMBERS = "https://his.voorbeeld.example/patientnummer"


@contextmanager
def a_server(
    body: object, code: int = 200, content_type: str = "", version: Version | None = None
) -> Iterator[FhirServer]:
    """A server that answers everything with this."""
    app = Flask("fhir")
    text = body if isinstance(body, str) else json.dumps(body)
    dress = content_type or "application/fhir+json"

    @app.route("/<path:path>", methods=["GET", "POST"])
    def answer(path: str) -> Response:
        return Response(text, code, content_type=dress)

    with served(app) as address:
        server = FhirServer(HttpSystem(address), address, version)
        server.http.sleep = lambda seconds: None
        yield server
        server.http.close()


def outcome(code: str, severity: str = "error") -> dict[str, object]:
    words = {"severity": severity, "code": code, "diagnostics": "Anna de Vries 900010001"}
    return {"resourceType": "OperationOutcome", "issue": [words]}


def bundle(*resources: object, **more: object) -> dict[str, object]:
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


def patient(ident: str = "1", **elements: object) -> dict[str, object]:
    return {"resourceType": "Patient", "id": ident, **elements}


@pytest.mark.parametrize(
    ("body", "code", "error", "words"),
    [
        (outcome("invalid"), 400, NeedsPerson, "invalid"),
        (outcome("throttled"), 400, TryAgain, "busy"),
        (outcome("forbidden"), 403, NeedsPerson, "key"),
        (outcome("exception", "fatal"), 200, BadAnswer, "error"),
        (bundle(outcome("incomplete")), 200, BadAnswer, "error"),
        (patient(), 200, BadAnswer, "one record"),
        ({"hello": 1}, 200, BadAnswer, "no FHIR"),
        ([], 200, BadAnswer, "object"),
        ({"resourceType": "Bundle", "entry": 3}, 200, BadAnswer, "cannot be read"),
        ({"resourceType": "Bundle", "entry": [{"fullUrl": "x"}]}, 200, BadAnswer, "cut"),
        ("<html>no</html>", 400, NeedsPerson, "400"),
    ],
)
def test_an_answer_that_is_none_is_named_without_its_words(
    body: object, code: int, error: type[Exception], words: str
) -> None:
    with a_server(body, code) as server, pytest.raises(error, match=words) as raised:
        server.page("Condition")

    assert "Anna" not in str(raised.value)
    assert "900010001" not in str(raised.value)


def test_html_with_code_200_is_a_bad_answer() -> None:
    with a_server("<html>login</html>", 200, "text/html") as server, pytest.raises(BadAnswer):
        server.page("Condition")


@pytest.mark.parametrize("code", [404, 405, 410, 501])
def test_what_is_not_offered_is_none(code: int) -> None:
    with a_server(outcome("not-supported"), code) as server:
        assert server.page("Condition") is None


def test_warnings_inside_a_list_are_no_records() -> None:
    body = bundle(patient(), outcome("informational", "information"), total=1)
    with a_server(body) as server:
        assert server.page("Patient") == Bundle((patient(),), None, 1)


def test_a_search_that_finds_no_such_thing_is_empty_and_a_wrong_address_is_not() -> None:
    with a_server(outcome("not-found"), 404) as server:
        assert server.search("Patient", {"family": "x"}).resources == ()
    with a_server("<html>no such page</html>", 404) as server, pytest.raises(NeedsPerson):
        server.search("Patient", {"family": "x"})


@pytest.mark.parametrize(
    ("said", "wanted", "words"),
    [
        ("3.0.2", Version.R4, "3.0.2 .STU3. and the register says R4"),
        ("4.0.1", Version.STU3, "4.0.1 .R4. and the register says STU3"),
        ("5.0.0", None, "speaks FHIR 5.0.0; this connector reads R4"),
        ("Anna de Vries", None, "an unknown version"),
        (None, None, "does not say which version"),
    ],
)
def test_another_version_of_fhir_is_refused(
    said: str | None, wanted: Version | None, words: str
) -> None:
    body = {"resourceType": "CapabilityStatement", "fhirVersion": said}
    with a_server(body, version=wanted) as server, pytest.raises(NeedsPerson, match=words):
        server.capability()


@pytest.mark.parametrize(("said", "read"), [("3.0.1", Version.STU3), ("4.0.1", Version.R4)])
def test_the_version_is_what_the_server_says(said: str, read: Version) -> None:
    body = {"resourceType": "CapabilityStatement", "fhirVersion": said}
    with a_server(body) as server:
        assert server.capability().version is read


def test_a_page_that_is_no_statement_says_to_correct_the_address() -> None:
    with a_server(patient()) as server, pytest.raises(NeedsPerson, match="base_url"):
        server.capability()


def test_a_type_that_cannot_be_searched_by_patient_is_named() -> None:
    resources = [
        {"type": "Condition", "searchParam": [{"name": "code"}]},
        {"type": "Observation", "searchParam": [{"name": "patient"}]},
        {"type": "Practitioner", "searchParam": [{"name": "name"}]},
        {"type": "Group", "searchParam": [{"name": "code"}]},
    ]
    rest = [{"mode": "server", "resource": resources}]
    body = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}
    with a_server(body) as server:
        assert server.capability().unreachable() == ("Condition",)


def test_everything_is_found_wherever_a_server_lists_it() -> None:
    defined = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
    on_type = {"type": "Patient", "operation": [{"name": "x", "definition": defined}]}
    of_stu3 = [{"name": "x", "definition": {"reference": "OperationDefinition/Patient-everything"}}]
    for rest in ({"operation": [{"name": "everything"}], "resource": [{"type": "Flag"}]},
                 {"resource": [on_type]},
                 {"operation": of_stu3, "resource": [{"type": "Flag"}]}):  # fmt: skip
        body = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [rest]}
        with a_server(body) as server:
            assert server.capability().everything


def test_types_say_by_what_they_are_asked() -> None:
    resources = [
        {"type": "Condition", "searchParam": [{"name": "subject"}]},
        {"type": "Flag"},
    ]
    rest = [{"mode": "server", "resource": resources}]
    body = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}
    with a_server(body) as server:
        can = server.capability()

    assert can.offers("Condition", "patient", "subject") == "subject"
    assert can.offers("Condition", "patient") == ""
    assert can.offers("Flag", "patient", "subject") == "patient"
    assert can.offers("Goal", "patient") == ""
    assert not can.everything


# people


def people_of(server: FhirServer) -> People:
    return People(server, Naming(NUMBERS, ""))


def test_a_server_that_ignores_the_number_is_not_believed() -> None:
    two = bundle(patient("1"), patient("2"))
    with a_server(two) as server, pytest.raises(NeedsPerson, match="identifier"):
        people_of(server).locate(subject_of(ANNA, "patient_number"))


def test_more_people_than_one_page_are_for_a_person() -> None:
    more = [{"relation": "next", "url": "http://127.0.0.1/next"}]
    page = bundle(patient("1"), link=more)
    with a_server(page) as server, pytest.raises(NeedsPerson, match="fifty"):
        people_of(server).locate(subject_of(ANNA))


def test_a_record_that_was_merged_into_another_is_not_the_person() -> None:
    known = {"birthDate": "1984-05-06", "name": [{"text": ANNA.name}]}
    old = patient("1", link=[{"type": "replaced-by", "other": {"reference": "Patient/2"}}], **known)
    with a_server(bundle(old, patient("2", **known))) as server:
        found = people_of(server).locate(subject_of(ANNA))

    assert isinstance(found, One)
    assert found.subject_ref == "Patient/2"


def test_a_his_that_numbers_patients_by_bsn_is_refused() -> None:
    body = bundle(patient(ANNA.bsn, birthDate="1984-05-06", name=[{"text": ANNA.name}]))
    with a_server(body) as server, pytest.raises(NeedsPerson, match="BSN") as raised:
        people_of(server).locate(subject_of(ANNA, "bsn", "name", "birth_date"))

    assert ANNA.bsn not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ({"given": ["Anna"], "family": "de Vries"}, One),
        ({"given": ["Anna", "Maria"], "family": "de Vries"}, One),
        ({"text": "anna  DE VRIES"}, One),
        ({"given": ["Sanne"], "family": "de Vries"}, Nobody),
        ({"given": ["A."], "family": "de Vries"}, Several),
        ({"given": ["Annie"], "family": "de Vries-Kok"}, Several),
        ({"family": "de Vries"}, Several),
        ({"given": ["S."], "family": "de Vries"}, Nobody),
        ({"given": ["A."], "family": "de Vrieseman"}, Nobody),
        ({}, Nobody),
    ],
)
def test_the_name_is_compared_by_ourselves(name: dict[str, object], found: type) -> None:
    with a_server(bundle(patient(birthDate="1984-05-06", name=[name]))) as server:
        assert isinstance(people_of(server).locate(subject_of(ANNA)), found)


def test_old_contacts_are_no_contacts() -> None:
    telecom = [
        {"system": "email", "value": "old@voorbeeld.example", "use": "old"},
        {"system": "email", "value": "past@voorbeeld.example", "period": {"end": "2020-01-01"}},
        {"system": "fax", "value": "06 0000 0099"},
        {"system": "phone", "value": "06 0000 0001", "period": {"start": "2024-01"}},
        {"system": "email"},
    ]
    held = patient(birthDate="1984-05-06", name=[{"text": ANNA.name}], telecom=telecom)
    with a_server(bundle(held)) as server:
        found = people_of(server).locate(subject_of(ANNA))

    assert isinstance(found, One)
    assert [(one.value, one.since) for one in found.contacts] == [("06 0000 0001", None)]


def test_a_phone_number_alone_leaves_the_choice_to_the_desk() -> None:
    telecom = [{"system": "phone", "value": "06 0000 0001"}]
    with a_server(bundle(patient(telecom=telecom))) as server:
        assert isinstance(people_of(server).locate(Subject(phone="+31 6 00000001")), Several)


def test_signs_of_the_search_language_in_a_name_mean_nothing() -> None:
    forms: list[dict[str, str]] = []
    app = Flask("fhir")

    @app.route("/Patient/_search", methods=["POST"])
    def answer() -> Response:
        forms.append(request.form.to_dict())
        return Response(json.dumps(bundle()), content_type="application/fhir+json")

    with served(app) as address:
        server = FhirServer(HttpSystem(address), address)
        said = Subject(name="Jan a,b|c$d\\e", birth_date=ANNA.birth_date)
        assert people_of(server).locate(said) == Nobody()
        server.http.close()

    assert forms[0]["family"] == "a\\,b\\|c\\$d\\\\e"
