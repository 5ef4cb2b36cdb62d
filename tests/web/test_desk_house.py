"""What belongs to no request: app links, accounts, the log."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from dsr.db.events import EventHead
from dsr.services import app_link
from tests.web.desk import ISSUER, Desk, make_desk

KEYWORDS = {**DEFAULT_KEYWORDS, "lazy": None}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def test_an_officer_links_an_app_account_and_ends_it(desk: Desk) -> None:
    browser = desk.enter().open("/desk/links")
    browser.send("/links", sub="sub-1", patient_number="12345", issuer="https://evil.example")
    assert "sub-1" in browser.text
    with desk.house.reading() as db:
        link = app_link.living(db, desk.house.office, ISSUER, "sub-1")
    assert link is not None
    assert link.practice == "kralingen"
    browser.send("/end")
    assert "Nog geen koppelingen." in browser.text


def test_a_link_needs_both_numbers(desk: Desk) -> None:
    browser = desk.enter().open("/desk/links").send("/links", sub="sub-1", patient_number=" ")
    assert browser.page.status_code == 422
    assert 'value="sub-1"' in browser.text


def test_a_link_of_another_practice_cannot_be_ended(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    there = desk.enter("elders", practices=("centrum",)).open("/desk/links")
    there.send("/links", sub="sub-1", patient_number="12345")
    with desk.house.reading() as db:
        (link,) = app_link.of_practice(db, desk.house.office, "centrum")
    here = desk.enter()
    assert here.client.post(f"/desk/links/{link.id}/end").status_code == 404
    typed = {"practice": "centrum", "sub": "x", "patient_number": "1"}
    assert here.client.post("/desk/links", data=typed).status_code == 404


def test_an_administrator_closes_an_account_of_the_practice(desk: Desk) -> None:
    person = desk.staff("merel")
    merel = desk.sign_in("merel")
    browser = desk.enter("beheer", roles=("administrator",)).open("/desk/staff")
    browser.send(f"{person.id}/disable")
    assert "gesloten" in browser.text
    assert merel.open("/desk/queue").path.startswith("/desk/sign-in")


def test_nobody_closes_their_own_account_or_one_elsewhere(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    me = desk.staff("beheer", roles=("administrator",))
    elsewhere = desk.staff("elders", practices=("centrum",))
    browser = desk.sign_in("beheer")
    assert browser.client.post(f"/desk/staff/{me.id}/disable").status_code == 409
    assert browser.client.post(f"/desk/staff/{elsewhere.id}/disable").status_code == 404


def test_the_log_shows_the_end_of_the_chain_and_no_free_text(desk: Desk) -> None:
    browser, row = desk.mine()
    browser.open(f"/desk/requests/{row.reference}").send("/notes", note="alleen voor collega's")
    text = browser.open("/desk/log").text
    with desk.house.reading() as db:
        head = db.get_one(EventHead, "kralingen")
    assert head.row_hash in text
    assert "Interne notitie." in text
    assert "alleen voor collega" not in text


def test_the_log_filters_by_action_and_number(desk: Desk) -> None:
    browser, row = desk.mine()
    other = desk.found()
    of_one = browser.open(f"/desk/log?q={row.reference}").text
    assert row.reference in of_one
    assert f'/desk/requests/{other.reference}"' not in of_one
    assert browser.open("/desk/log?action=assigned").text.count("data-row") == 1


def test_every_word_of_the_desk_has_its_english() -> None:
    found = {
        message
        for folder in ("dsr/web/desk", "templates/desk")
        for _file, _line, message, _comments, _context in extract_from_dir(
            folder, [("**.py", "python"), ("**.html", "jinja2")], keywords=KEYWORDS
        )
    }
    with Path("dsr/web/translations/en/LC_MESSAGES/desk.po").open("rb") as file:
        known = {message.id for message in read_po(file) if message.string}
    assert {one if isinstance(one, str) else tuple(one) for one in found} <= known
