"""Attacks on the pages that once came through, each by its row of the threat table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from dsr.core.connector import Candidate, Several
from dsr.core.request import Outcome
from dsr.core.subject import Level
from dsr.db import answers, steps, subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, plan
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import Clock, make_house, make_request
from tests.servers import Valkey
from tests.web.answers import PACKAGE, collection_code, make_answered
from tests.web.browsing import Browser, to_check
from tests.web.desk import Desk, make_desk

ZIP = "/nl/antwoord/gegevens.zip"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


@pytest.fixture
def small(tmp_path: Path, clock: Clock) -> Iterator[House]:
    made = make_house(tmp_path, clock=clock)
    yield made
    made.engine.dispose()


def downloads(house: House, row: SubjectRequest) -> int:
    with house.reading() as session:
        found = answers.package_of(session, row.id)
    assert found is not None
    return found.downloads


def opened(house: House, app: Flask) -> tuple[Browser, SubjectRequest]:
    """A visitor who has shown who they are, and has downloaded the package once."""
    row, browser = make_answered(house), Browser(app)
    browser.open("/nl/volgen").send(
        "zoeken", reference=row.reference, key=house.office.secret_of(row.reference)
    )
    browser.open("/nl/code/collect").send("collect", code=collection_code(house, row))
    browser.client.get(ZIP)
    assert downloads(house, row) == 1
    return browser, row


# T16: no header makes a whole download that is not counted

WHOLE = (
    {"Range": "bytes=1-2,5-6"},
    {"Range": "bytes=1-", "If-Range": '"another file"'},
    {"Range": "lines=1-"},
    {"Range": f"bytes=-{len(PACKAGE)}"},
)


@pytest.mark.parametrize("headers", WHOLE)
def test_whatever_gives_the_whole_package_counts(small: House, headers: dict[str, str]) -> None:
    browser, row = opened(small, create_app(small))

    assert browser.client.get(ZIP, headers=headers).data == PACKAGE
    assert downloads(small, row) == 2


@pytest.mark.parametrize("headers", WHOLE)
def test_whatever_gives_the_whole_package_counts_by_the_api(
    small: House, headers: dict[str, str]
) -> None:
    client, row = create_app(small).test_client(), make_answered(small)
    path = f"/api/v1/requests/{row.reference}"
    typed = {"purpose": "collect", "code": collection_code(small, row)}
    secret = {"Authorization": f"Request {small.office.secret_of(row.reference)}"}
    told = client.post(f"{path}/code/check", json=typed, headers=secret).get_json()
    visit = {"Authorization": f"Visit {told['visit']}"}
    etag = client.get(f"{path}/package", headers=visit).headers["ETag"]

    again = client.get(f"{path}/package", headers={"If-Range": etag, **visit, **headers})

    assert again.data == PACKAGE
    assert downloads(small, row) == 2


def test_going_on_with_a_download_for_ever_counts_in_the_end(small: House) -> None:
    browser, row = opened(small, create_app(small))

    for _ in range(25):
        browser.client.get(ZIP, headers={"Range": "bytes=1-"})

    assert downloads(small, row) == 6


# T28: a cookie that somebody planted reads nothing that is typed after the start


def test_who_knew_the_cookie_before_the_start_reads_nothing_typed_after_it(small: House) -> None:
    app = create_app(small)
    planted = Browser(app).open("/nl/").send("begin")
    cookie = planted.client.get_cookie("visit")
    assert cookie is not None
    victim = Browser(app)
    victim.client.set_cookie("visit", cookie.value)

    to_check(victim)

    assert "Anouk" in victim.text
    assert "Anouk" not in planted.open("/nl/controleren").text


# T65: a form that goes wrong shows no more than its page does


def posts(app: Flask) -> list[str]:
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "<reference>" in rule.rule
        and rule.endpoint.startswith("desk.")
        and "POST" in (rule.methods or ())
        and not rule.endpoint.endswith((".take", ".give", ".look"))
    )


def searching(desk: Desk) -> SubjectRequest:
    """A request for which a system showed several people."""
    row = make_request(desk.house, level=Level.IA4)
    with desk.house.writing() as session:
        fresh = subject_requests.by_id(session, row.id)
        key = case.case_key(session, desk.house.office, fresh)
        for step in plan.searches_of(session, fresh):
            step.outcome = Outcome.SEVERAL_PEOPLE
            shown = {"name": "Anouk Voorbeeld", "birth_date": "1980-03-31"}
            candidate = Candidate(subject_ref="p", agrees=("name",), shown=shown)
            plan.keep_candidates(key, step, Several(candidates=(candidate,)))
    return row


@pytest.mark.parametrize("at", ["searching", "identifying", "reviewing", "closed"])
def test_no_wrong_form_opens_a_request_that_is_not_mine(desk: Desk, at: str) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    makers: dict[str, Callable[[], SubjectRequest]] = {
        "searching": lambda: searching(desk),
        "identifying": lambda: make_request(desk.house),
        "reviewing": desk.found,
        "closed": lambda: make_answered(desk.house),
    }
    row = makers[at]()
    with desk.house.reading() as session:
        step = next((s.id for s in steps.of_request(session, row.id)), "0" * 32)
    roles = ("officer", "approver", "clinician")
    browser = desk.enter(roles=roles)

    for rule in posts(desk.app):
        path = rule.replace("<reference>", row.reference).replace("<step_id>", step)
        answer = browser.client.post(path, data={"system": "crm", **desk.proofs()})
        assert b"Anouk" not in answer.data, path
        assert b"dinsdag" not in answer.data, path
        assert not answer.data.startswith(b"PK"), path


# T68: who came by is no business of the queue's server


def test_the_counters_of_visits_hold_no_address(tmp_path: Path, valkey: Valkey) -> None:
    house = make_house(tmp_path, redis_url=valkey.url)
    client = create_app(house).test_client()

    client.get("/nl/", environ_overrides={"REMOTE_ADDR": "203.0.113.77"})

    with valkey.redis() as redis:
        names = [key.decode() for key in redis.scan_iter("*")]
    house.engine.dispose()
    assert any("patient.start" in name for name in names)
    assert not any("203.0.113.77" in name for name in names)


# Bad input: a character that no database column takes is somebody's mistake, not ours

NUL = "a\0b"
FIELDS = (
    "login password code reference key practice to note n system path words row staff was seen"
    " facts instead grounds decision reason person proof outcome document typed why what look sub"
    " patient_number language form_key step_password step_code"
)


def addresses(app: Flask, row: SubjectRequest) -> Iterator[tuple[str, str]]:
    """(method, address) of every page, with the odd character wherever an id stands."""
    for rule in app.url_map.iter_rules():
        for fixed in ({"purpose": "identify"}, {"purpose": "identify", "reference": row.reference}):
            path = re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda m: fixed.get(m[1], "a%00b"), rule.rule)  # noqa: B023
            for method in sorted({"GET", "POST", "DELETE"} & set(rule.methods or ())):
                if path not in ("/desk/sign-out", "/readyz"):
                    yield method, path


def test_a_character_that_cannot_be_stored_is_never_our_fault(
    tmp_path: Path, postgres_url: str, clock: Clock
) -> None:
    house = make_house(tmp_path, database_url=postgres_url, clock=clock)
    app = create_app(house)
    app.config["WTF_CSRF_ENABLED"] = False
    desk = Desk(house, app, clock)
    row = desk.found()
    browser = desk.enter(roles=("officer", "approver", "clinician"))
    desk.give(row, "anna")
    query = {"q": NUL, "after": f"2026-01-01_{NUL}", "part": NUL, "praktijk": NUL}
    wrong = []
    for method, path in addresses(app, row):
        typed = {**dict.fromkeys(FIELDS.split(), NUL), **desk.proofs()}
        data = None if method == "GET" else typed
        answer = browser.client.open(path, method=method, query_string=query, data=data)
        if answer.status_code >= 500:
            wrong.append((method, path, answer.status_code))
    house.engine.dispose()
    assert not wrong
