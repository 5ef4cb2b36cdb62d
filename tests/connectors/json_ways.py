"""How systems of the world page: each a list of seven things, and the settings that read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import jsonify, request

from tests.connectors.json_systems import rows

#: seven things, three a page
ALL = rows(0, 7)
SEVEN = [str(n) for n in range(7)]


def page_of(number: int, size: int = 3) -> list[dict[str, object]]:
    """A page of the seven, counted from 0."""
    return ALL[number * size : (number + 1) * size]


def argument(name: str, default: int = 0) -> int:
    """A number in the address."""
    return int(request.args.get(name, default))


def odata() -> object:
    """OData, Dynamics: a whole link under a name with a point in it."""
    n = argument("$skiptoken")
    link = {"@odata.nextLink": f"{request.base_url}?$skiptoken={n + 1}"} if n < 2 else {}
    return {"@odata.count": 7, "value": page_of(n), **link}


def hal() -> object:
    """HAL: links that stand in `_links`, things in `_embedded`."""
    n = argument("page")
    links = {"next": {"href": f"?page={n + 1}"}} if n < 2 else {}
    return {"_links": links, "_embedded": {"lines": page_of(n)}}


def json_api() -> object:
    """JSON:API: attributes and relationships apart, a link that is null at the end."""
    n = argument("page[number]", 1)
    things = [
        {"type": "line", "id": str(one["id"]), "relationships": {"of": {"data": {"id": "a"}}}}
        for one in page_of(n - 1)
    ]
    following = f"/lines?page[number]={n + 1}" if n < 3 else None
    return {"data": things, "links": {"next": following}, "meta": {"total": 7}}


def salesforce() -> object:
    """Salesforce: a path from the root of the host, and a word that says whether it is done."""
    n = argument("at")
    return {
        "totalSize": 7,
        "done": n == 2,
        "nextRecordsUrl": f"/lines?at={n + 1}",
        "records": page_of(n),
    }


def hubspot() -> object:
    """HubSpot: filters and cursor in the body of a search."""
    n = int(request.get_json().get("after", 0))
    following = {"paging": {"next": {"after": str(n + 1)}}} if n < 2 else {}
    return {"total": 7, "results": page_of(n), **following}


def graphql() -> object:
    """GraphQL over POST: variables in the body, edges with nodes, a cursor while there is more."""
    asked = request.get_json()["variables"]
    n = int(asked.get("after") or 0)
    assert asked["of"] == "a"
    info = {"hasNextPage": n < 2, "endCursor": str(n + 1)}
    edges = [{"node": one} for one in page_of(n)]
    return {"data": {"person": {"lines": {"edges": edges, "pageInfo": info}}}}


def stripe() -> object:
    """Stripe: the last thing's id is sent, and a word says whether there is more."""
    start = argument("starting_after", -1) + 1
    return {"data": ALL[start : start + 3], "has_more": start + 3 < 7}


def sendbird() -> object:
    """SendBird: from a moment on, including those of that moment, which come once more."""
    start = argument("message_ts")
    return {"messages": [{**one, "at": one["id"]} for one in ALL[start : start + 3]]}


def from_zero() -> object:
    """Pages counted from 0, with the number of pages beside them."""
    n = argument("page")
    return {"content": page_of(n), "totalPages": 3, "number": n}


def by_header() -> object:
    """Offsets, with the total in a header alone."""
    start, size = argument("_start"), argument("_limit")
    response = jsonify(ALL[start : start + size])
    response.headers["X-Total-Count"] = "7"
    return response


def by_range() -> object:
    """Offsets, with the total at the end of Content-Range."""
    start = argument("offset")
    response = jsonify(ALL[start : start + 3])
    response.headers["Content-Range"] = f"{start}-{start + 2}/7"
    return response


def cursor_header() -> object:
    """The number of the next page in a header, empty at the end."""
    n = argument("page", 1)
    response = jsonify(page_of(n - 1))
    response.headers["X-Next-Page"] = str(n + 1) if n < 3 else ""
    return response


def link_header() -> object:
    """A whole link in a header of its own name."""
    n = argument("_token")
    response = jsonify({"data": page_of(n)})
    if n < 2:
        response.headers["Next-Page"] = f"{request.base_url}?_token={n + 1}"
    return response


def keyed_by_id() -> object:
    """A mapping from id to thing instead of a list."""
    return {"lines": {str(one["id"]): {"of": "a"} for one in ALL}}


def one_thing() -> object:
    """A single thing where others send a list."""
    return {"line": ALL[0]}


SEARCH = {"method": "POST", "path": "/lines"}
WAYS: list[tuple[Callable[[], object], dict[str, Any]]] = [
    (
        odata,
        {
            "items": "value",
            "paging": {
                "kind": "next_link",
                "path": '"@odata.nextLink"',
                "total": '"@odata.count"',
            },
        },
    ),
    (
        hal,
        {
            "items": "_embedded.lines",
            "paging": {"kind": "next_link", "path": "_links.next.href"},
        },
    ),
    (
        json_api,
        {
            "items": "data",
            "owner": "relationships.of.data.id",
            "paging": {"kind": "next_link", "path": "links.next", "total": "meta.total"},
        },
    ),
    (
        salesforce,
        {
            "items": "records",
            "paging": {
                "kind": "next_link",
                "path": "nextRecordsUrl",
                "more": "!done",
                "total": "totalSize",
            },
        },
    ),
    (
        hubspot,
        {
            "request": {
                **SEARCH,
                "body": {
                    "filterGroups": [
                        {"filters": [{"propertyName": "of", "value": "{subject_ref}"}]}
                    ],
                    "limit": "{limit:int}",
                    "after": "{cursor}",
                },
            },
            "items": "results",
            "paging": {"kind": "cursor", "path": "paging.next.after", "total": "total"},
        },
    ),
    (
        graphql,
        {
            "request": {
                **SEARCH,
                "body": {
                    "query": "query($of: ID!, $after: String) { person(id: $of) { id } }",
                    "variables": {"of": "{subject_ref}", "after": "{cursor}"},
                },
            },
            "items": "data.person.lines.edges[].node",
            "paging": {
                "kind": "cursor",
                "path": "data.person.lines.pageInfo.endCursor",
                "more": "data.person.lines.pageInfo.hasNextPage",
            },
        },
    ),
    (
        stripe,
        {
            "items": "data",
            "paging": {
                "kind": "anchor",
                "path": "id",
                "param": "starting_after",
                "more": "has_more",
            },
        },
    ),
    (
        sendbird,
        {
            "items": "messages",
            "paging": {
                "kind": "anchor",
                "path": "at",
                "param": "message_ts",
                "limit": 3,
                "overlaps": True,
            },
        },
    ),
    (
        from_zero,
        {
            "items": "content",
            "paging": {"kind": "page", "param": "page", "first": 0, "pages": "totalPages"},
        },
    ),
    (
        by_header,
        {
            "items": "@",
            "paging": {
                "kind": "offset",
                "param": "_start",
                "limit_param": "_limit",
                "limit": 3,
                "total_header": "X-Total-Count",
            },
        },
    ),
    (
        by_range,
        {
            "items": "@",
            "paging": {"kind": "offset", "param": "offset", "total_header": "Content-Range"},
        },
    ),
    (
        cursor_header,
        {
            "items": "@",
            "paging": {"kind": "cursor", "header": "X-Next-Page", "param": "page"},
        },
    ),
    (
        link_header,
        {"items": "data", "paging": {"kind": "next_link", "header": "Next-Page"}},
    ),
    (keyed_by_id, {"items": "keyed(lines, 'id')"}),
]
