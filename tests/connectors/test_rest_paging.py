"""The ways in which JSON systems give the next page, each against a system that does so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Response, jsonify, request

from dsr.core.connector import Page
from dsr.core.errors import BadAnswer, BrokenRegister, NeedsPerson
from tests.connectors.json_systems import a_list, connected, refs, rows
from tests.connectors.json_ways import SEVEN, WAYS, argument, from_zero, one_thing, page_of


@pytest.mark.parametrize(("answer", "lines"), WAYS, ids=[way[0].__name__ for way in WAYS])
def test_every_way_to_page_gives_all_things_once(
    answer: Callable[[], object], lines: dict[str, Any]
) -> None:
    app, settings = a_list(dict, lines=lines)
    app.view_functions["lines"] = lambda: app.make_response(answer())  # type: ignore[arg-type]
    with connected(app, settings) as connector:
        assert refs(connector, "lines", "a") == SEVEN
        first = connector.find("a", "lines", None)

    assert isinstance(first, Page)
    assert first.total == (
        7 if "total" in str(lines.get("paging", {})).replace("totalPages", "") else None
    )


def test_a_single_thing_is_a_list_of_one() -> None:
    with connected(*a_list(one_thing, lines={"items": "[line]"})) as connector:
        assert refs(connector, "lines", "a") == ["0"]


def test_a_link_to_an_inner_name_of_the_host_is_followed_on_our_own() -> None:
    """Behind a proxy, systems name themselves as they are called inside."""

    def answer() -> object:
        n = argument("p")
        return {
            "items": page_of(n),
            "next": f"http://inner:8080/lines?p={n + 1}" if n < 2 else None,
        }

    paging = {"kind": "next_link", "path": "next"}
    refused = pytest.raises(NeedsPerson, match="allow_hosts")
    with connected(*a_list(answer, lines={"paging": paging})) as connector, refused:
        refs(connector, "lines", "a")
    with connected(*a_list(answer, lines={"paging": {**paging, "same_host": True}})) as connector:
        assert refs(connector, "lines", "a") == SEVEN


BY_LIMIT = {"kind": "page", "param": "page", "first": 0, "limit_param": "size", "limit": 5}


@pytest.mark.parametrize("amount", [0, 1, 3, 6, 7])
@pytest.mark.parametrize("past", [200, 404])
def test_a_system_that_gives_fewer_than_was_asked_for_is_read_to_its_end(
    amount: int, past: int
) -> None:
    def answer() -> object:
        page = page_of(argument("page"))
        held = [one for one in page if int(str(one["id"])) < amount]
        missing = past == 404 and not held and argument("page")
        return ({"error": "Invalid page."}, 404) if missing else {"items": held}

    app, settings = a_list(dict, lines={"paging": BY_LIMIT})
    app.view_functions["lines"] = lambda: app.make_response(answer())  # type: ignore[arg-type]
    with connected(app, settings) as connector:
        assert refs(connector, "lines", "a") == SEVEN[:amount]


@pytest.mark.parametrize(
    "sign",
    [
        {"@odata.nextLink": "http://x/"},
        {"links": {"next": "/x"}},
        {"has_more": True},
        {"paging": {"next": {"after": "2"}}},
    ],
)
def test_a_list_that_says_that_there_is_more_is_never_taken_for_whole(sign: dict[str, Any]) -> None:
    app, settings = a_list(lambda: {"items": rows(0, 2), **sign})
    with connected(app, settings) as connector, pytest.raises(NeedsPerson, match="more than we"):
        connector.find("a", "lines", None)
    settings["datasets"]["lines"]["paging"] = {"kind": "none", "whole": True}
    with connected(app, settings) as connector:
        assert refs(connector, "lines", "a") == ["0", "1"]


def test_more_items_than_allowed_are_for_a_person() -> None:
    paging = {"kind": "page", "param": "page", "first": 0, "pages": "totalPages"}
    app, settings = a_list(
        from_zero, lines={"items": "content", "paging": paging}, limits={"max_items": 5}
    )
    with connected(app, settings) as connector, pytest.raises(NeedsPerson, match="max_items"):
        refs(connector, "lines", "a")


@pytest.mark.parametrize(
    ("paging", "words"),
    [
        ({"kind": "anchor", "param": "after", "more": "m"}, "paging.path"),
        ({"kind": "anchor", "param": "after", "path": "id"}, "end"),
        ({"kind": "cursor", "param": "c"}, "cursor"),
        ({"kind": "next_link", "param": "c"}, "param"),
    ],
)
def test_paging_that_cannot_work_is_refused_at_the_start(
    paging: dict[str, Any], words: str
) -> None:
    app, settings = a_list(dict, lines={"paging": paging})
    with pytest.raises(BrokenRegister, match=words), connected(app, settings):
        pass


def test_a_cursor_in_the_body_is_left_out_of_the_first_call() -> None:
    bodies: list[object] = []

    def answer() -> object:
        bodies.append(request.get_json())
        if "after" not in request.get_json():
            return {"items": rows(0, 2), "paging": {"next": {"after": "k2"}}}
        return {"items": rows(2, 3)}

    body = {"filter": ["{subject_ref}"], "after": "{cursor}"}
    lines = {
        "request": {"method": "POST", "path": "/lines", "body": body},
        "paging": {"kind": "cursor", "path": "paging.next.after"},
    }
    with connected(*a_list(answer, lines=lines)) as connector:
        assert refs(connector, "lines", "a") == ["0", "1", "2"]

    assert bodies == [{"filter": ["a"]}, {"filter": ["a"], "after": "k2"}]


def test_an_empty_page_with_a_cursor_is_not_the_end() -> None:
    def answer() -> object:
        number = int(request.args.get("token", "0"))
        items = [] if number == 1 else rows(number, number + 1)
        return {"items": items, "next": str(number + 1) if number < 2 else ""}

    lines = {"paging": {"kind": "cursor", "path": "next", "param": "token"}}
    with connected(*a_list(answer, lines=lines)) as connector:
        assert refs(connector, "lines", "a") == ["0", "2"]


def test_a_cursor_that_never_moves_is_a_bad_answer() -> None:
    lines = {"paging": {"kind": "cursor", "path": "next", "param": "token"}}
    app, settings = a_list(lambda: {"items": [], "next": "same"}, lines=lines)
    with connected(app, settings) as connector, pytest.raises(BadAnswer):
        refs(connector, "lines", "a")


def test_a_link_header_is_followed_with_the_key_in_the_address() -> None:
    seen: list[str] = []

    def answer() -> Response:
        seen.append(request.full_path)
        second = "page" in request.args
        response = jsonify(rows(2, 3) if second else rows(0, 2))
        if not second:
            response.headers["Link"] = '</lines?page=2>; rel="next", </lines?page=9>; rel="last"'
        return response

    app, settings = a_list(
        dict,
        lines={"items": "@", "paging": {"kind": "next_link"}},
        auth={"kind": "api_key", "query": "key", "value": "k&1"},
    )
    app.view_functions["lines"] = answer
    with connected(app, settings) as connector:
        assert refs(connector, "lines", "a") == ["0", "1", "2"]

    assert seen == ["/lines?key=k%261", "/lines?page=2&key=k%261"]
