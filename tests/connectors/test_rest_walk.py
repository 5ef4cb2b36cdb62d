"""Lists that are read for each thing of another list: the notes of every case of a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from connectors.rest import RestConnector
from dsr.core.connector import NotKept, Page
from dsr.core.errors import BadAnswer, BrokenRegister, ForeignRecord, NeedsPerson
from tests.connectors.json_systems import connected, refs

type_of_record = dict[str, Any]

FOR_EACH: type_of_record = {
    "request": {"path": "/people/{subject_ref}/cases"},
    "items": "cases",
    "value": "id",
    "owner": "person",
    "paging": {"kind": "page", "param": "page", "pages": "pages"},
}
NOTES: type_of_record = {
    "for_each": FOR_EACH,
    "request": {"path": "/cases/{each}/notes"},
    "items": "notes",
    "ref": "id",
    "owner": "case",
    "paging": {"kind": "offset", "param": "offset", "total": "total"},
}


@dataclass
class Cases:
    """Person p has cases of so many notes each, two cases and two notes a page."""

    amounts: list[int] = field(default_factory=lambda: [3, 0, 5, 1])
    owner: str = "p"
    note_of: str = ""
    gone: str = ""

    def cases(self, person: str) -> Response | tuple[str, int]:
        if person != "p":
            return "nobody", 404
        n = int(request.args.get("page", 1))
        listed = [{"id": f"k{i}", "person": self.owner} for i in range(len(self.amounts))]
        return jsonify({"cases": listed[(n - 1) * 2 : n * 2], "pages": len(listed) // 2})

    def notes(self, case: str) -> Response | tuple[str, int]:
        if case == self.gone:
            return "gone", 404
        start, amount = int(request.args.get("offset", 0)), self.amounts[int(case[1:])]
        made = [{"id": f"{case}-{i}", "case": self.note_of or case} for i in range(amount)]
        return jsonify({"notes": made[start : start + 2], "total": amount})


@contextmanager
def a_system(cases: Cases, **changed: Any) -> Iterator[RestConnector]:
    app = Flask("cases")
    app.add_url_rule("/people/<person>/cases", "cases", cases.cases)
    app.add_url_rule("/cases/<case>/notes", "notes", cases.notes)
    look_up = {"by": "email", "request": {"path": "/people"}, "result_path": "people"}
    rules = changed.pop("rules", [])
    notes = {key: value for key, value in {**NOTES, **changed}.items() if value is not None}
    settings = {
        "person": {"ref": "id"},
        "lookup": [look_up],
        "outcomes": rules,
        "datasets": {"notes": notes},
    }
    with connected(app, settings) as connector:
        yield connector


def test_the_notes_of_every_case_come_once() -> None:
    with a_system(Cases()) as connector:
        found = refs(connector, "notes", "p")

    assert found == [*(f"k0-{i}" for i in range(3)), *(f"k2-{i}" for i in range(5)), "k3-0"]


def test_somebody_without_cases_has_an_empty_answer() -> None:
    with a_system(Cases(amounts=[])) as connector:
        assert refs(connector, "notes", "p") == []


def test_each_call_reads_at_most_two_pages_and_says_where_to_go_on() -> None:
    with a_system(Cases()) as connector:
        first = connector.find("p", "notes", None)
        assert isinstance(first, Page)
        again = connector.find("p", "notes", first.next)
        once_more = connector.find("p", "notes", first.next)

    assert isinstance(again, Page)
    assert isinstance(once_more, Page)
    assert [item.ref for item in again.items] == ["k0-2"]
    assert [item.ref for item in once_more.items] == ["k0-2"]


@pytest.mark.parametrize("planted", [Cases(owner="q"), Cases(note_of="k9")])
def test_a_case_or_note_of_somebody_else_stops_everything(planted: Cases) -> None:
    with a_system(planted) as connector, pytest.raises(ForeignRecord):
        refs(connector, "notes", "p")


def test_a_case_that_is_gone_meanwhile_is_never_passed_over_unsaid() -> None:
    with a_system(Cases(gone="k2")) as connector, pytest.raises(NeedsPerson):
        refs(connector, "notes", "p")
    with a_system(Cases(gone="k2"), empty_when_missing=True) as connector:
        assert refs(connector, "notes", "p") == ["k0-0", "k0-1", "k0-2", "k3-0"]


def test_a_person_who_is_gone_is_for_the_desk() -> None:
    with a_system(Cases()) as connector, pytest.raises(NeedsPerson, match="choose"):
        connector.find("q", "notes", None)


def test_notes_that_name_no_case_are_proved_by_the_address_they_came_from() -> None:
    nameless = Cases(note_of="unnamed")
    with a_system(nameless, owner=None, owner_in_address=True) as connector:
        assert len(refs(connector, "notes", "p")) == 9


@pytest.mark.parametrize(
    "changed",
    [
        {"owner_in_address": True},
        {"owner": None, "owner_in_address": True, "request": {"path": "/notes"}},
        {"owner": None},
    ],
)
def test_an_owner_is_named_or_asked_for_never_assumed(changed: dict[str, Any]) -> None:
    with pytest.raises(BrokenRegister, match="owner"), a_system(Cases(), **changed):
        pass


def test_a_spoiled_place_is_refused() -> None:
    with a_system(Cases()) as connector, pytest.raises(BadAnswer):
        connector.find("p", "notes", '{"queue": 1}')


def test_cases_that_a_system_does_not_keep_are_an_answer() -> None:
    rule = {"code": 404, "outcome": "unsupported"}
    with a_system(Cases(), rules=[rule], not_kept="No cases here.") as connector:
        assert connector.find("q", "notes", None) == NotKept("No cases here.")
