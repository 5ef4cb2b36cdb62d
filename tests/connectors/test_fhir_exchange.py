"""Calls that change a HIS: what goes over the line, and servers that answer oddly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask, Response, request

from connectors.fhir import FhirConnector, build
from dsr.core.connector import Change, Place
from dsr.core.errors import BadAnswer, ItemChanged, NeedsPerson, TryAgain, ValueRefused
from tests.connectors.serving import served

REF = "Observation/o1"
PLACE = Place(subject_ref="Patient/p1", dataset="dossier")
HELD = (
    b'{"resourceType":"Observation","id":"o1","meta":{"versionId":"4"},"status":"final",'
    b'"subject":{"reference":"Patient/p1"},"valueQuantity":{"value":7.10,"unit":"mmol/L"}}'
)
type_of_json = dict[str, object]


@dataclass
class OddHis:
    """A HIS with one Observation, which answers a change as it is told and keeps what came."""

    code: int = 200
    body: type_of_json | None = None
    batch: Response | None = None
    found: bytes = b'{"resourceType":"Bundle","type":"searchset"}'
    held: bytes = HELD
    ref: str = REF
    came: list[tuple[str, str, bytes, dict[str, str]]] = field(default_factory=list)

    def app(self) -> Flask:
        app = Flask("odd-his")
        for method in ("GET", "POST", "PUT", "DELETE"):
            for path in ("/fhir", "/fhir/<path:path>"):
                name = f"{method}{path}"
                app.add_url_rule(path, name, self.answer, methods=[method])
        return app

    def answer(self, path: str = "") -> Response:
        self.came.append((request.method, path, request.get_data(), dict(request.headers)))
        if path == "metadata":
            return _fhir(
                {
                    "resourceType": "CapabilityStatement",
                    "fhirVersion": "4.0.1",
                    "rest": [{"interaction": [{"code": "batch"}]}],
                }
            )
        if not path and self.batch is not None:
            return self.batch
        if path.startswith("Observation/gone"):
            return Response(status=404)
        if request.method == "GET":
            content = self.held if path == self.ref else self.found
            return Response(content, content_type="application/fhir+json")
        if request.method == "PUT" and self.code == 200:
            self.held = request.get_data()
        return _fhir(self.body or {}, self.code) if self.body else Response(status=self.code)

    def sent(self, method: str) -> list[bytes]:
        return [content for verb, _, content, _ in self.came if verb == method]


def _fhir(body: type_of_json, code: int = 200) -> Response:
    return Response(json.dumps(body), code, content_type="application/fhir+json")


def outcome(code: str, expression: str = "") -> type_of_json:
    issue = {"severity": "error", "code": code, "diagnostics": "secret words"}
    more = {"expression": [expression]} if expression else {}
    return {"resourceType": "OperationOutcome", "issue": [{**issue, **more}]}


@contextmanager
def connected(his: OddHis) -> Iterator[FhirConnector]:
    with served(his.app()) as address:
        made = build({"base_url": f"{address}/fhir", "changes": {}})
        made.server.http.sleep = lambda seconds: None
        yield made
        made.server.http.close()


UNIT = [Change(path="/valueQuantity/unit", old="mmol/L", new="mg/dL")]


def test_a_measured_value_goes_back_as_it_came() -> None:
    his = OddHis()
    with connected(his) as connector:
        receipt = connector.rectify(PLACE, REF, UNIT, "op-1")

    [put] = his.sent("PUT")
    assert receipt.done == (REF,)
    assert put == HELD.replace(b"mmol/L", b"mg/dL")
    headers = next(h for verb, _, _, h in his.came if verb == "PUT")
    assert headers["If-Match"] == 'W/"4"'
    assert headers["X-Request-Id"] == "op-1"
    assert headers["Content-Type"] == "application/fhir+json"


def test_a_record_without_versions_is_never_overwritten() -> None:
    his = OddHis(held=HELD.replace(b'"meta":{"versionId":"4"},', b""))
    with connected(his) as connector:
        assert "op-1" in connector.rectify(PLACE, REF, UNIT, "op-1").by_hand
        assert "op-1" in connector.restrict(PLACE, [REF], "op-1").by_hand

    assert his.sent("PUT") == []


@pytest.mark.parametrize(
    ("code", "body", "error", "said"),
    [
        (412, outcome("conflict"), ItemChanged, ""),
        (409, None, ItemChanged, ""),
        (422, outcome("value", "Observation.valueQuantity"), ValueRefused, "valueQuantity"),
        (400, outcome("invalid", "a secret place"), ValueRefused, "does not take"),
        (200, outcome("exception"), BadAnswer, "look again"),
        (503, None, TryAgain, "503"),
        (403, outcome("forbidden"), NeedsPerson, "system/*.cruds"),
    ],
)
def test_each_refusal_of_a_correction_has_its_own_meaning(
    code: int, body: type_of_json | None, error: type[Exception], said: str
) -> None:
    his = OddHis(code=code, body=body)
    with connected(his) as connector, pytest.raises(error) as caught:
        connector.rectify(PLACE, REF, UNIT, "op-1")

    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(his.sent("PUT")) == 1


@pytest.mark.parametrize(
    ("code", "body"), [(405, None), (501, None), (400, outcome("not-supported"))]
)
def test_a_correction_that_is_not_offered_is_for_a_person(
    code: int, body: type_of_json | None
) -> None:
    with connected(OddHis(code=code, body=body)) as connector:
        assert "op-1" in connector.rectify(PLACE, REF, UNIT, "op-1").by_hand


def test_a_his_that_takes_no_batch_is_asked_one_by_one() -> None:
    his = OddHis(batch=_fhir(outcome("not-supported"), 404))
    with connected(his) as connector:
        again = connector.again(PLACE, [REF, "Observation/gone"])

    assert set(again) == {REF}
    asked = [path for verb, path, _, _ in his.came if verb == "GET" and path != "metadata"]
    assert asked == [REF, "Observation/gone", "Observation/gone/_history"]


@pytest.mark.parametrize(
    ("batch", "error"),
    [
        ({"entry": []}, BadAnswer),
        ({"entry": [{"response": {"status": "200 OK"}}] * 2}, BadAnswer),
        ({"entry": [{"response": {"status": "fine"}}] * 2}, BadAnswer),
        ({"entry": [{"response": {"status": "503 Busy"}}] * 2}, TryAgain),
        ({"entry": [{"response": {"status": "403"}}] * 2}, NeedsPerson),
    ],
)
def test_a_batch_that_is_not_answered_whole_is_no_answer(
    batch: type_of_json, error: type[Exception]
) -> None:
    his = OddHis(batch=_fhir({"resourceType": "Bundle", "type": "batch-response", **batch}))
    with connected(his) as connector, pytest.raises(error):
        connector.again(PLACE, [REF, "Observation/o2"])


def test_a_condition_that_the_his_does_not_understand_counts_for_nothing() -> None:
    """It answers another record for the term of the condition; ours is then made without."""
    another = {"resourceType": "DocumentReference", "id": "of-another-operation"}
    his = OddHis(body=another)
    with connected(his) as connector:
        connector.annotate(PLACE, REF, "Dit klopt niet.", "op-1")

    conditions = ["If-None-Exist" in h for verb, _, _, h in his.came if verb == "POST"]
    assert conditions == [True, False]


def test_a_record_that_is_not_the_one_asked_is_no_answer() -> None:
    his = OddHis(found=HELD)
    with connected(his) as connector, pytest.raises(BadAnswer):
        connector.again(PLACE, ["Observation/another"])


def test_a_record_that_is_not_only_about_this_person_is_not_corrected() -> None:
    both = [{"actor": {"reference": f"Patient/{one}"}} for one in ("p1", "p2")]
    held = {"resourceType": "Appointment", "id": "a1", "meta": {"versionId": "1"}}
    his = OddHis(ref="Appointment/a1", held=json.dumps({**held, "participant": both}).encode())
    changes = [Change(path="/description", old=None, new="controle")]
    with connected(his) as connector:
        receipt = connector.rectify(PLACE, "Appointment/a1", changes, "op-1")

    assert [one.ref for one in receipt.retained] == ["Appointment/a1"]
    assert his.sent("PUT") == []


@pytest.mark.parametrize("act", ["rectify", "annotate"])
def test_a_record_that_cannot_be_read_is_for_a_person(act: str) -> None:
    his = OddHis(held=HELD.replace(b'"id":"o1"', b'"id":"o2"'))
    his.ref = REF if act == "rectify" else ""
    his.found = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}'
    with connected(his) as connector, pytest.raises((NeedsPerson, BadAnswer)):
        _act(connector, act)

    assert his.sent("PUT") == his.sent("POST") == []


def _act(connector: FhirConnector, act: str) -> None:
    if act == "rectify":
        connector.rectify(PLACE, REF, UNIT, "op-1")
    connector.annotate(PLACE, REF, "Dit klopt niet.", "op-1")


@pytest.mark.parametrize("act", ["rectify", "annotate"])
def test_a_record_that_is_gone_is_neither_corrected_nor_annotated(act: str) -> None:
    with connected(OddHis()) as connector:
        gone = "Observation/gone"
        receipt = (
            connector.rectify(PLACE, gone, UNIT, "op-1")
            if act == "rectify"
            else connector.annotate(PLACE, gone, "Dit klopt niet.", "op-1")
        )

    assert receipt.gone == (gone,)


def test_a_statement_that_the_his_refuses_or_does_not_take() -> None:
    refusing = OddHis(code=422, body=outcome("value"))
    with connected(refusing) as connector, pytest.raises(ValueRefused):
        connector.annotate(PLACE, REF, "Dit klopt niet.", "op-1")
    with connected(OddHis(code=405)) as connector:
        assert "op-1" in connector.annotate(PLACE, REF, "Dit klopt niet.", "op-1").by_hand


@pytest.mark.parametrize("lift", [False, True])
def test_a_mark_that_the_his_refuses_is_told(lift: bool) -> None:
    mark = b'"security":[{"system":"s","code":"R"}],"tag":[{"system":"urn:privacybalie:restriction"'
    held = HELD.replace(b'"versionId"', mark + b',"code":"R"}],"versionId"') if lift else HELD
    with connected(OddHis(code=422, body=outcome("value"), held=held)) as connector:
        receipt = connector.restrict(PLACE, [REF], "op-1", lift=lift)

    assert ["refuses to mark" in one.reason for one in receipt.retained] == [True]
