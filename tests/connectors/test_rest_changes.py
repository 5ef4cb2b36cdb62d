"""Operations of the register: calls in order, for many at a time, and what their answers mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from connectors.rest import RestConnector, build
from dsr.core.connector import Change, Place
from dsr.core.errors import (
    BrokenRegister,
    ItemChanged,
    NeedsPerson,
    TryAgain,
    ValueRefused,
)
from dsr.core.receipts import Retained
from tests.connectors.json_systems import connected

PLACE = Place(subject_ref="a", dataset="lines")
type_of_answer = Callable[..., object]


@dataclass
class Store:
    """A system with seven things of "a" under /lines, and what was called besides reading."""

    things: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            str(n): {"id": str(n), "of": "a", "email": f"x{n}@voorbeeld.example", "box": {"n": n}}
            for n in range(7)
        }
    )
    calls: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    answers: dict[str, type_of_answer] = field(default_factory=dict)

    def app(self) -> Flask:
        app = Flask("store")
        app.add_url_rule("/lines", "list", lambda: jsonify({"items": list(self.things.values())}))
        app.add_url_rule("/lines/<ident>", "read", self.read)
        for name, answer in self.answers.items():
            method, _, address = name.partition(" ")
            app.add_url_rule(address, name, self._told(name, answer), methods=[method])
        return app

    def read(self, ident: str) -> Any:
        if ident not in self.things:
            return jsonify(error="no such thing"), 404
        return jsonify(self.things[ident])

    def _told(self, name: str, answer: type_of_answer) -> Callable[..., Any]:
        def view(**terms: str) -> Any:
            self.calls.append(" ".join((name.split(" ")[0], request.path)))
            self.keys.append(request.headers.get("Idempotency-Key", ""))
            return answer(**terms)

        return view

    def erase(self, ident: str) -> Any:
        self.things.pop(ident, None)
        return Response(status=204)


ITEM = {"request": {"path": "/lines/{ref}"}}
DELETE = {"request": {"method": "DELETE", "path": "/lines/{ref}"}}


def settings(lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    operations = {"datasets": {"lines": {"item": ITEM, **lines}}, **more.pop("operations", {})}
    listed = {"request": {"path": "/lines"}, "items": "items", "ref": "id", "owner": "of"}
    return {
        "person": {"ref": "id"},
        "lookup": [{"by": "email", "request": {"path": "/lines"}, "result_path": "items"}],
        "datasets": {"lines": {**listed, **more.pop("dataset", {})}},
        "operations": operations,
        **more,
    }


@contextmanager
def serving(
    lines: dict[str, Any], answers: dict[str, type_of_answer], **more: Any
) -> Iterator[tuple[RestConnector, Store]]:
    store = more.pop("store", None) or Store()
    store.answers = answers
    with connected(store.app(), settings(lines, **more)) as connector:
        yield connector, store


def failing(code: int, **body: object) -> type_of_answer:
    return lambda **terms: (jsonify(body), code)


# looking before erasing


GDPR_DELETE = {
    "steps": [
        {"request": {"path": "/lines/{ref}"}, "take": {"email": "email"}},
        {
            "request": {
                "method": "POST",
                "path": "/gdpr-delete",
                "body": {"objectId": "{email}", "idProperty": "email"},
            }
        },
    ]
}


def test_a_contact_that_is_not_there_is_never_named_to_a_call_that_would_block_its_address() -> (
    None
):
    """HubSpot puts an e-mail that it does not know on a blocklist when it is asked to erase it."""
    blocked: list[str] = []
    store = Store()

    def gdpr_delete() -> Any:
        mail = request.get_json()["objectId"]
        known = [ref for ref, one in store.things.items() if one["email"] == mail]
        blocked.extend([] if known else [mail])
        for ref in known:
            del store.things[ref]
        return Response(status=204)

    answers: dict[str, type_of_answer] = {"POST /gdpr-delete": gdpr_delete}
    with serving({"erase": GDPR_DELETE}, answers, store=store) as (connector, _):
        for _ in range(2):
            receipt = connector.erase(PLACE, ["3", "gone"], "op-1")
            assert receipt.unaccounted(["3", "gone"]) == ()

    assert receipt.gone == ("3", "gone")
    assert store.calls == ["POST /gdpr-delete"]
    assert blocked == []


def test_a_step_that_finds_nothing_to_name_ends_the_steps() -> None:
    steps = [
        {"request": {"path": "/lines/{ref}"}, "take": {"email": "mail_address"}},
        GDPR_DELETE["steps"][1],
    ]
    answers: dict[str, type_of_answer] = {"POST /gdpr-delete": failing(204)}
    with (
        serving({"erase": {"steps": steps}}, answers) as (connector, store),
        pytest.raises(NeedsPerson, match="'email'"),
    ):
        connector.erase(PLACE, ["3"], "op-1")

    assert store.calls == []


def test_without_a_request_of_its_own_an_item_is_looked_at_along_its_list() -> None:
    store = Store()
    lines: dict[str, Any] = {"erase": DELETE}
    with serving(lines, {"DELETE /lines/<ident>": store.erase}, store=store) as (connector, _):
        connector.operations.looks.pop("lines")  # type: ignore[attr-defined]
        receipt = connector.erase(PLACE, ["3", "gone"], "op-1")
        left = connector.again(PLACE, ["2", "3"])

    assert (receipt.done, receipt.gone) == (("3",), ("gone",))
    assert set(left) == {"2"}


# many at a time


def test_many_go_in_one_call_and_those_refused_are_named_by_their_number() -> None:
    store, sent = Store(), []

    def erase() -> Any:
        sent.append(request.get_json()["ids"])
        for ref in (str(one) for one in sent[-1] if one != 5):
            del store.things[ref]
        return jsonify(errors=[{"id": "5"}] if 5 in sent[-1] else [])

    many = {
        "request": {"method": "POST", "path": "/erase", "body": {"ids": "{refs:int}"}},
        "many": 3,
        "failed": "errors[].id",
    }
    refs = [str(n) for n in range(6)]
    with serving({"erase": many}, {"POST /erase": erase}, store=store) as (connector, _):
        with pytest.raises(NeedsPerson, match="1 records"):
            connector.erase(PLACE, refs, "op-1")
        receipt = connector.erase(PLACE, refs[:5], "op-1")

    assert sent == [[0, 1, 2], [3, 4, 5]]
    assert receipt.gone == tuple(refs[:5])


def test_items_are_read_many_at_a_time() -> None:
    store, asked = Store(), []

    def read() -> Any:
        asked.append(request.get_json()["ids"])
        return jsonify(items=[store.things[ref] for ref in asked[-1] if ref in store.things])

    item = {
        "request": {"method": "POST", "path": "/read", "body": {"ids": "{refs}"}},
        "result": "items",
        "many": 4,
    }
    with serving({"item": item}, {"POST /read": read}, store=store) as (connector, _):
        found = connector.again(PLACE, ["0", "9", "2", "3", "4"])

    assert list(found) == ["0", "2", "3", "4"]
    assert asked == [["0", "9", "2", "3"], ["4"]]


def test_a_record_under_another_reference_is_for_a_person() -> None:
    store = Store()
    store.things["1"] = store.things["2"]
    with (
        serving({}, {}, store=store) as (connector, _),
        pytest.raises(NeedsPerson, match="merged"),
    ):
        connector.again(PLACE, ["1"])


# what an answer means


def test_an_error_inside_a_200_is_no_erasure() -> None:
    rules = [{"path": "error", "outcome": "failed"}]
    wrong = failing(200, error="UserError")
    with (
        serving({"erase": DELETE}, {"DELETE /lines/<ident>": wrong}, outcomes=rules) as (made, _),
        pytest.raises(NeedsPerson, match="2 records"),
    ):
        made.erase(PLACE, ["1", "2"], "op-1")


def test_one_that_is_refused_keeps_no_other_from_being_erased() -> None:
    store = Store()

    def erase(ident: str) -> Any:
        return store.erase(ident) if ident != "1" else (jsonify(), 403 if ident == "x" else 409)

    with serving({"erase": DELETE}, {"DELETE /lines/<ident>": erase}, store=store) as (made, _):
        with pytest.raises(NeedsPerson, match="codes 409"):
            made.erase(PLACE, ["0", "1", "2"], "op-1")
        assert set(made.again(PLACE, ["0", "1", "2"])) == {"1"}


def test_what_the_system_keeps_is_retained_with_its_reason() -> None:
    rule = {"code": 423, "outcome": "retained", "reason": "legal hold"}
    lines = {"erase": {**DELETE, "outcomes": [rule]}}
    with serving(lines, {"DELETE /lines/<ident>": failing(423)}) as (connector, _):
        receipt = connector.erase(PLACE, ["1"], "op-1")

    assert receipt.retained == (Retained("1", "legal hold"),)


def test_what_is_not_found_although_it_was_seen_is_not_called_gone() -> None:
    """A wrong address in the register answers 404 too."""
    wrong = {"request": {"method": "DELETE", "path": "/line/{ref}"}}
    with (
        serving({"erase": wrong}, {}) as (connector, _),
        pytest.raises(NeedsPerson, match="404"),
    ):
        connector.erase(PLACE, ["1"], "op-1")


def test_what_vanishes_between_look_and_call_is_gone() -> None:
    store = Store()

    def erase(ident: str) -> Any:
        store.erase(ident)
        return jsonify(), 404

    with serving({"erase": DELETE}, {"DELETE /lines/<ident>": erase}, store=store) as (made, _):
        assert made.erase(PLACE, ["1"], "op-1").gone == ("1",)


def test_a_verb_that_a_system_does_not_offer_after_all_is_a_persons() -> None:
    with serving({"erase": DELETE}, {"DELETE /lines/<ident>": failing(501)}) as (connector, _):
        receipt = connector.erase(PLACE, ["1", "2"], "op-1")

    assert "op-1" in receipt.by_hand
    assert receipt.unaccounted(["1", "2"]) == ()


def test_a_call_that_changes_something_is_made_once_however_it_ends() -> None:
    with (
        serving({"erase": DELETE}, {"DELETE /lines/<ident>": failing(503)}) as (connector, store),
        pytest.raises(TryAgain),
    ):
        connector.erase(PLACE, ["1"], "op-1")

    assert store.calls == ["DELETE /lines/1"]


def test_each_call_carries_a_key_that_is_the_same_when_it_is_tried_again() -> None:
    keyed = {"idempotency": "Idempotency-Key"}
    lines = {"erase": DELETE}
    answers: dict[str, type_of_answer] = {"DELETE /lines/<ident>": failing(204)}
    with serving(lines, answers, operations=keyed) as (connector, store):
        connector.erase(PLACE, ["1", "2"], "op-1")
        connector.erase(PLACE, ["1", "2"], "op-1")
        connector.erase(PLACE, ["1"], "op-2")

    first, second, third = store.keys[:2], store.keys[2:4], store.keys[4]
    assert first == second
    assert len({*first, third}) == 3
    assert all(key.startswith("op-1.") for key in first)


# emptied


EMPTIED = {"dataset": {"emptied": "email == null"}}


def test_a_record_that_stays_without_its_content_is_emptied_once() -> None:
    store = Store()

    def empty(ident: str) -> Any:
        store.things[ident] |= {"email": None, "box": None}
        return jsonify(store.things[ident])

    lines = {
        "erase": {"request": {"method": "POST", "path": "/lines/{ref}/empty"}, "leaves": "emptied"}
    }
    answers: dict[str, type_of_answer] = {"POST /lines/<ident>/empty": empty}
    with serving(lines, answers, store=store, **EMPTIED) as (connector, _):
        for _ in range(2):
            receipt = connector.erase(PLACE, ["1"], "op-1")
            assert (receipt.done, receipt.emptied) == ((), ("1",))
        assert connector.again(PLACE, ["1"])["1"].emptied

    assert store.calls == ["POST /lines/1/empty"]


# corrections


def _rectify(body: object, **more: object) -> dict[str, Any]:
    made = {"request": {"method": "PUT", "path": "/lines/{ref}", "body": body}, **more}
    return {"rectify": made}


NESTED = Change(path="/box/n", old=1, new=55555)


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ("{patch}", {"box": {"n": 55555}}),
        ("{fields}", {"box": {"n": 55555, "m": 2}}),
        (
            {"data": "{record}"},
            {"data": {"id": "1", "of": "a", "email": "e", "box": {"n": 55555, "m": 2}}},
        ),
    ],
)
def test_a_correction_is_sent_as_a_patch_as_whole_fields_or_as_the_whole_record(
    body: object, sent: object
) -> None:
    store, came = Store(), []
    store.things["1"] = {"id": "1", "of": "a", "email": "e", "box": {"n": 1, "m": 2}}

    def put(ident: str) -> Any:
        came.append(request.get_json())
        return jsonify()

    with serving(_rectify(body), {"PUT /lines/<ident>": put}, store=store) as (connector, _):
        assert connector.rectify(PLACE, "1", [NESTED], "op-1").done == ("1",)

    assert came == [sent]


@pytest.mark.parametrize(
    ("code", "fault"),
    [(400, ValueRefused), (422, ValueRefused), (409, ItemChanged), (412, ItemChanged),
     (403, NeedsPerson), (405, NeedsPerson), (500, TryAgain)],
)  # fmt: skip
def test_a_refused_correction_says_why(code: int, fault: type[Exception]) -> None:
    answers: dict[str, type_of_answer] = {"PUT /lines/<ident>": failing(code)}
    with serving(_rectify("{patch}"), answers) as (connector, _), pytest.raises(fault) as caught:
        connector.rectify(PLACE, "1", [NESTED], "op-1")

    assert "55555" not in str(caught.value)


def test_a_field_that_the_system_cannot_correct_is_a_persons() -> None:
    lines = _rectify("{patch}", only=["/email"])
    answers: dict[str, type_of_answer] = {"PUT /lines/<ident>": failing(200)}
    with serving(lines, answers) as (connector, store):
        receipt = connector.rectify(PLACE, "1", [NESTED], "op-1")

    assert "/box/n" in receipt.by_hand
    assert store.calls == []


def test_a_correction_inside_a_list_sends_the_list_whole() -> None:
    store, came = Store(), []
    store.things["1"]["box"] = {"tags": ["a", "b"]}

    def put(ident: str) -> Any:
        came.append(request.get_json())
        return jsonify()

    change = Change(path="/box/tags/1", old="b", new="c")
    answers: dict[str, type_of_answer] = {"PUT /lines/<ident>": put}
    with serving(_rectify("{patch}"), answers, store=store) as (connector, _):
        connector.rectify(PLACE, "1", [change], "op-1")

    assert came == [{"box": {"tags": ["a", "c"]}}]


# statements


def test_a_statement_is_not_added_when_the_system_knows_the_operation() -> None:
    store, added = Store(), []
    lines = {
        "annotate": {
            "request": {
                "method": "POST",
                "path": "/remarks",
                "body": {"on": "{ref}", "key": "{operation}", "text": "{statement}"},
            },
            "unless": {"request": {"path": "/remarks"}, "path": "remarks[].key"},
        }
    }

    def add() -> Any:
        added.append(request.get_json())
        return jsonify(), 201

    answers: dict[str, type_of_answer] = {
        "POST /remarks": add,
        "GET /remarks": lambda: jsonify(remarks=added),
    }
    with serving(lines, answers, store=store) as (connector, _):
        for operation in ("op-1", "op-1", "op-2"):
            assert connector.annotate(PLACE, "1", "Dat zei ik niet.", operation).done == ("1",)
        assert connector.annotate(PLACE, "gone", "x", "op-3").gone == ("gone",)
        assert connector.annotate(PLACE, "", "x", "op-4").by_hand

    assert [one["key"] for one in added] == ["op-1", "op-2"]


# stopping


def test_a_purpose_without_a_word_of_the_systems_own_stops_nothing_by_itself() -> None:
    stop = {"request": {"method": "PUT", "path": "/uses/{purpose}"}, "purposes": {"A.5": "mail"}}
    answers: dict[str, type_of_answer] = {"PUT /uses/<use>": failing(200)}
    with serving({}, answers, operations={"stop_using": stop}) as (connector, store):
        assert connector.stop_using("a", ["A.5"], "op-1").done == ("A.5",)
        assert "A.2" in connector.stop_using("a", ["A.5", "A.2"], "op-2").by_hand

    assert store.calls == ["PUT /uses/mail"]


# settings


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ({"destroy": DELETE}, "unknown key 'destroy'"),
        ({"erase": {**DELETE, "steps": []}}, "either `request` or `steps`"),
        ({"erase": {}}, "either `request` or `steps`"),
        ({"erase": {"request": {"path": "/x", "body": {"ids": "{refs}"}}}}, "many"),
        ({"erase": {**DELETE, "many": 5}}, "many"),
        ({"erase": {**DELETE, "leaves": "nothing"}}, "emptied"),
        ({"erase": {**DELETE, "leaves": "emptied"}}, "`emptied` under the dataset"),
        ({"restrict": DELETE}, "`restricted` under the dataset"),
        ({"rectify": {"request": {"path": "/x", "query": {"p": "{patch}"}}}}, "body alone"),
        ({"annotate": {"request": {"path": "/x/{statement}"}}}, "body alone"),
        ({"annotate": {"request": {"method": "POST", "path": "/x"}}}, "twice"),
        ({"erase": {"steps": [{"request": {"path": "/x"}, "take": {"ref": "id"}}]}}, "meaning"),
        ({"erase": {"request": {"path": "/x/{statement}"}}}, "not known here"),
        ({"item": {"request": {"path": "/lines/{ref}"}, "many": 3}}, "many"),
        ({"item": {**ITEM, "version": {"header": "ETag", "path": "v"}}}, "either `header`"),
    ],
)
def test_a_mistake_in_an_operation_names_its_place(lines: dict[str, Any], words: str) -> None:
    with pytest.raises(BrokenRegister, match=words):
        build({"base_url": "http://x.example", **settings(lines)})


def test_operations_of_a_dataset_that_is_not_mapped_are_refused() -> None:
    broken = settings({})
    broken["operations"]["datasets"]["rows"] = {}
    with pytest.raises(BrokenRegister, match="no such dataset"):
        build({"base_url": "http://x.example", **broken})


def test_an_item_whose_owner_nothing_proves_may_not_be_read_alone() -> None:
    broken = settings({})
    listed = broken["datasets"]["lines"]
    del listed["owner"]
    listed["request"] = {"path": "/lines/{subject_ref}"}
    listed["owner_in_address"] = True
    with pytest.raises(BrokenRegister, match="proves"):
        build({"base_url": "http://x.example", **broken})
