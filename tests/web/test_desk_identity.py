"""Who is this: seen at the desk (IA4), the collection code, and never proved (T61, T25)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import codes
from dsr.services.codes import Purpose
from tests.makers import make_request
from tests.web.browsing import Browser
from tests.web.desk import Desk, make_desk, url


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def at_identity(desk: Desk) -> tuple[Browser, SubjectRequest]:
    row = make_request(desk.house)
    browser = desk.enter()
    desk.give(row, "anna")
    return browser.open(url(row, "identity")), row


def level(desk: Desk, row: SubjectRequest) -> str:
    with desk.house.reading() as db:
        return subject_requests.by_id(db, row.id).level


def code_on(page: str) -> str:
    return page.partition('<p class="code">')[2].partition("<")[0]


def test_a_person_seen_with_a_document_reaches_ia4_and_gets_a_code(desk: Desk) -> None:
    browser, row = at_identity(desk)
    browser.send("/identity", document="passport", same="yes")
    assert level(desk, row) == Level.IA4
    assert desk.stage(row) == "searching"
    with desk.house.writing() as db:
        fresh = subject_requests.by_id(db, row.id)
        checked = codes.check(db, desk.house.office, fresh, Purpose.COLLECT, code_on(browser.text))
    assert checked.good
    assert checked.level == Level.IA4


def test_the_code_is_shown_once(desk: Desk) -> None:
    browser, row = at_identity(desk)
    browser.send("/identity", document="passport", same="yes")
    code = code_on(browser.text)
    assert code
    assert code not in browser.open(url(row, "identity")).text
    assert code not in browser.open(url(row)).text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"same": "yes"}, "Kies welk document u zag."),
        ({"document": "passport"}, "Zet een vinkje als naam"),
        ({"document": "library card", "same": "yes"}, "Kies welk document u zag."),
    ],
)
def test_without_document_and_comparison_nothing_is_proved(
    desk: Desk, typed: dict[str, str], words: str
) -> None:
    browser, row = at_identity(desk)
    browser.send("/identity", typed)
    assert browser.page.status_code == 422
    assert words in browser.text
    assert level(desk, row) == Level.IA0


def test_after_five_minutes_the_desk_asks_who_you_are_and_keeps_the_form(desk: Desk) -> None:
    browser, row = at_identity(desk)
    desk.clock.move(minutes=6)
    browser.send("/identity", document="identity_card", same="yes")
    assert browser.page.status_code == 401
    assert level(desk, row) == Level.IA0
    browser.send("/identity", step_password="wrong", step_code="000000")
    assert "Wachtwoord of code klopt niet" in browser.text
    browser.send("/identity", desk.proofs())
    assert "Uw afhaalcode" in browser.text
    assert level(desk, row) == Level.IA4


def test_never_proved_sends_the_neutral_letter(desk: Desk) -> None:
    browser, row = at_identity(desk)
    browser.send("/not-proved")
    assert browser.page.status_code == 422
    browser.open(url(row, "identity")).send("/not-proved", sure="yes")
    assert desk.stage(row) == "replying"


def test_somebody_who_proved_it_cannot_be_called_not_proved(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    browser, row = desk.mine()
    answer = browser.client.post(url(row, "not-proved"), data={"sure": "yes"})
    assert answer.status_code == 409
    assert desk.stage(row) == "reviewing"


def test_a_lost_slip_gives_a_new_code_and_the_old_one_is_dead(desk: Desk) -> None:
    browser, row = at_identity(desk)
    browser.send("/identity", document="passport", same="yes")
    old = code_on(browser.text)
    browser.open(url(row, "identity")).send("/slip")
    new = code_on(browser.text)
    with desk.house.writing() as db:
        fresh = subject_requests.by_id(db, row.id)
        results = [
            codes.check(db, desk.house.office, fresh, Purpose.COLLECT, code).good
            for code in (old, new)
        ]
    assert results == [False, True]
