"""The HTTP client of the connectors: bounded, never off its host, strict about JSON."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from connectors.http import Call, HttpSystem, Limits, pause_of, segment
from connectors.strict_json import json_of
from dsr.core.errors import BadAnswer, BrokenRegister, NeedsPerson, TryAgain
from tests.connectors.serving import served


@dataclass
class Peer:
    """A server that does what a test needs; `seen` are the paths that were asked for."""

    url: str = ""
    seen: list[str] = field(default_factory=list)
    failures: int = 0
    pause: str = "0"
    location: str = ""


@contextmanager
def peer() -> Iterator[Peer]:
    app, told = Flask("peer"), Peer()
    app.url_map.merge_slashes = False

    @app.route("/api/<path:rest>", methods=["GET", "POST"])
    def _answer(rest: str) -> AnyResponse:
        told.seen.append(str(request.environ["REQUEST_URI"]))
        if told.failures:
            told.failures -= 1
            return Response("busy", 503, {"Retry-After": told.pause})
        if rest == "moved":
            return redirect(told.location, 302)
        if rest == "long":
            return Response(b"x" * 5000, mimetype="text/plain")
        if rest == "endless":
            return Response((b"x" for _ in iter(int, 1)), mimetype="text/plain")
        if rest == "refused":
            return Response('{"no": true}', 403, mimetype="application/json")
        return Response('{"yes": true}', mimetype="application/json")

    with served(app) as url:
        told.url = url
        yield told


def system(url: str, **limits: float) -> HttpSystem:
    known: dict[str, float] = {"connect": 5, "read": 10, "total": 20, "max_bytes": 1000, **limits}
    whole = {name: int(value) for name, value in known.items() if name in ("max_bytes", "tries")}
    rest = {name: value for name, value in known.items() if name not in whole}
    return HttpSystem(f"{url}/api/", limits=Limits(**rest, **whole))  # type: ignore[arg-type]  # names of Limits


def test_a_path_is_asked_below_the_base_and_stays_encoded() -> None:
    with peer() as told:
        answer = system(told.url).get(f"/people/{segment('a/b é?%')}", {"q": "x y"})
        assert answer.json_object() == {"yes": True}
        assert told.seen == ["/api/people/a%2Fb%20%C3%A9%3F%25?q=x%20y"]


def test_busy_is_retried_when_the_call_only_reads() -> None:
    with peer() as told:
        told.failures = 2
        assert system(told.url).get("x").ok
        assert len(told.seen) == 3


def test_a_change_is_never_repeated() -> None:
    with peer() as told:
        told.failures = 1
        with pytest.raises(TryAgain):
            system(told.url).call(Call(method="POST", path="x", body={"a": 1}))
        assert len(told.seen) == 1


def test_a_long_pause_is_left_to_the_office() -> None:
    with peer() as told:
        told.failures, told.pause = 1, "120"
        with pytest.raises(TryAgain) as caught:
            system(told.url).get("x")
        assert caught.value.after == 120
        assert len(told.seen) == 1


def test_a_pause_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90))
    assert 80 < (pause_of({"retry-after": later}) or 0) <= 90
    assert pause_of({"x-ratelimit-retryafter": "3"}) == 3
    assert pause_of({"retry-after": "soon"}) is None
    assert pause_of({}) is None


def test_refusals_are_answers_and_not_faults() -> None:
    with peer() as told:
        answer = system(told.url).get("refused")
        assert (answer.code, answer.ok) == (403, False)


def test_a_redirect_on_the_same_host_is_followed_once() -> None:
    with peer() as told:
        told.location = "/api/there"
        assert system(told.url).get("moved").ok
        told.location = "/api/moved"
        with pytest.raises(BadAnswer):
            system(told.url, tries=1).get("moved")


def test_a_redirect_to_another_host_is_not_followed() -> None:
    with peer() as told, peer() as other:
        told.location = f"{other.url}/api/there"
        with pytest.raises(NeedsPerson, match="allow_hosts"):
            system(told.url).get("moved")
        assert other.seen == []


@pytest.mark.parametrize("address", ["http://elsewhere.example/x", "https://a@127.0.0.1/x"])
def test_another_host_is_not_asked(address: str) -> None:
    with peer() as told, pytest.raises(NeedsPerson):
        system(told.url).get(address)


def test_a_body_longer_than_allowed_is_for_a_person() -> None:
    with peer() as told, pytest.raises(NeedsPerson, match="1000 bytes"):
        system(told.url).get("long")


def test_an_endless_body_ends_with_its_size() -> None:
    with peer() as told, pytest.raises(NeedsPerson):
        system(told.url).get("endless")


def test_a_body_that_drips_ends_with_its_time() -> None:
    with peer() as told, pytest.raises(TryAgain):
        system(told.url, total=0.2, max_bytes=10**9, tries=1).get("endless")


def test_no_address_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with peer() as told, caplog.at_level(logging.DEBUG):
        system(told.url).get("people/anna")
    names = {record.name for record in caplog.records if "anna" in record.getMessage()}
    assert names <= {"werkzeug"}


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_segment_that_changes_the_path_is_refused(value: str) -> None:
    with pytest.raises(NeedsPerson):
        segment(value)


def test_a_base_address_must_be_http() -> None:
    with pytest.raises(BrokenRegister):
        HttpSystem("file:///etc/passwd")


JSON = "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b'{"a": 1', JSON),
        (b"", JSON),
        (b'{"a": NaN}', JSON),
        (b'{"a": 1, "a": 2}', JSON),
        (b'{"a": "\xff"}', JSON),
        (b"{}", "text/html"),
        (b"{}", ""),
        (b"{}", "application/json; charset=iso-8859-1"),
        (b"[" * 100_000, JSON),
    ],
)
def test_what_is_not_exactly_json_is_a_bad_answer(content: bytes, content_type: str) -> None:
    with pytest.raises(BadAnswer):
        json_of(content, content_type)


@pytest.mark.parametrize(
    "content_type", ["application/fhir+json", "application/json, charset=utf8", "text/json"]
)
def test_json_has_several_names(content_type: str) -> None:
    assert json_of('{"é": 12345678901234567890}'.encode(), content_type) == {
        "é": 12345678901234567890
    }


def test_half_an_emoji_becomes_a_mark_that_can_be_stored() -> None:
    found = json_of(b'{"t": ["\\ud83d\\ude00", "a\\ud83d"]}', JSON)
    assert found == {"t": ["😀", "a\ufffd"]}


def test_json_may_begin_with_a_mark_of_its_order() -> None:
    assert json_of(b'\xef\xbb\xbf{"a": 1}', JSON) == {"a": 1}


def test_terms_are_added_to_those_of_a_path() -> None:
    with peer() as told:
        assert system(told.url).get("x?a=1", {"b": "2&3"}).ok
        assert told.seen == ["/api/x?a=1&b=2%263"]


@pytest.mark.parametrize(("code", "asked"), [(307, ["POST", "POST"]), (303, ["POST", "GET"])])
def test_a_question_keeps_its_body_when_it_is_sent_on(code: int, asked: list[str]) -> None:
    app, seen = Flask("moving"), []

    def begin() -> AnyResponse:
        seen.append(request.method)
        return redirect("/there", code)

    def end() -> dict[str, object]:
        seen.append(request.method)
        return {"got": request.get_json(silent=True)}

    app.add_url_rule("/here", "begin", begin, methods=["POST"])
    app.add_url_rule("/there", "end", end, methods=["GET", "POST"])
    with served(app) as url:
        call = Call(method="POST", path="here", body={"q": 1}, reads_only=True)
        answer = HttpSystem(url).call(call).json_object()

    assert seen == asked
    assert answer == {"got": {"q": 1} if asked[-1] == "POST" else None}


def test_a_question_whose_terms_would_be_lost_is_not_sent_on() -> None:
    with peer() as told:
        told.location = "/api/there"
        with pytest.raises(NeedsPerson, match="new address"):
            system(told.url).call(Call(method="POST", path="moved", body={}, reads_only=True))
        assert len(told.seen) == 1


def test_a_system_without_our_signature_sees_none() -> None:
    class Signed(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
            request.headers["X-Signature"] = "ours"
            yield request

    app, seen = Flask("signed"), []

    def keep() -> str:
        seen.append(request.headers.get("X-Signature"))
        return "x"

    app.add_url_rule("/f", "f", keep)
    with served(app) as url:
        system_of = HttpSystem(url, auth=Signed())
        for signed in (True, False):
            with system_of.stream("f", signed=signed) as chunks:
                assert b"".join(chunks) == b"x"
        system_of.close()

    assert seen == ["ours", None]


class Full:
    """A pace whose next turn is a minute away, and that remembers the rests it is told of."""

    def __init__(self) -> None:
        self.told: list[float] = []

    def turn(self) -> None:
        raise TryAgain("Not your turn.", after=60)

    def hold(self, seconds: float) -> None:
        self.told.append(seconds)


def test_our_own_limit_is_not_taken_for_a_rest_that_the_system_asked_for() -> None:
    """It would keep everybody away for as long as one of us had to wait."""
    pace = Full()
    http = HttpSystem("http://127.0.0.1:9", limits=Limits(pace=pace))
    with pytest.raises(TryAgain, match="Not your turn"):
        http.get("anything")
    assert pace.told == []
    http.close()
