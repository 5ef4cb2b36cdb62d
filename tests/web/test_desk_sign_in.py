"""Signing in at the desk, staying in, and being put out (T28, T60, T61, T62)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsr.services import staff_login
from dsr.web.desk.sign_in import MOST_TRIES
from tests.makers import PASSWORD
from tests.web.browsing import Browser
from tests.web.desk import Desk, make_desk, url


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def test_password_and_code_open_my_day(desk: Desk) -> None:
    browser = desk.enter()
    assert browser.page.status_code == 200
    assert browser.title == "Mijn dag - Privacybalie"


def test_nothing_opens_without_signing_in(desk: Desk) -> None:
    browser = Browser(desk.app).open("/desk/queue")
    assert browser.path == "/desk/sign-in?to=/desk/queue"


def test_after_signing_in_the_page_that_was_asked_for_opens(desk: Desk) -> None:
    desk.staff()
    browser = Browser(desk.app).open("/desk/queue")
    browser.send("/sign-in", login="anna", password=PASSWORD, code=desk.code())
    assert browser.path == "/desk/queue"


@pytest.mark.parametrize("to", ["https://elders.example/", "//elders.example", "/nl/", "/desk/\\e"])
def test_signing_in_never_leads_elsewhere(desk: Desk, to: str) -> None:
    desk.staff()
    browser = Browser(desk.app).open("/desk/sign-in")
    typed = {"login": "anna", "password": PASSWORD, "code": desk.code(), "to": to}
    assert browser.send("/sign-in", typed).path == "/desk/"


@pytest.mark.parametrize(
    ("login", "password", "good_code"),
    [("anna", "another password", True), ("anna", PASSWORD, False), ("nobody", PASSWORD, True)],
)
def test_whatever_is_wrong_the_answer_is_the_same(
    desk: Desk, login: str, password: str, good_code: bool
) -> None:
    desk.staff()
    code = desk.code() if good_code else "000000"
    browser = Browser(desk.app).open("/desk/sign-in")
    browser.send("/sign-in", login=login, password=password, code=code)
    assert browser.page.status_code == 422
    assert "Naam, wachtwoord of code klopt niet" in browser.text
    assert browser.title.startswith("Fout:")


def test_a_code_that_was_used_does_not_work_again(desk: Desk) -> None:
    desk.staff()
    code = desk.code()
    first = Browser(desk.app).open("/desk/sign-in")
    first.send("/sign-in", login="anna", password=PASSWORD, code=code)
    again = Browser(desk.app).open("/desk/sign-in")
    again.send("/sign-in", login="anna", password=PASSWORD, code=code)
    assert (first.page.status_code, again.page.status_code) == (200, 422)


def test_five_wrong_tries_lock_the_account_for_a_quarter(desk: Desk) -> None:
    desk.staff()
    for _ in range(5):
        desk.sign_in("anna", password="wrong")
    assert desk.sign_in("anna").page.status_code == 422
    desk.clock.move(minutes=15)
    assert desk.sign_in("anna").page.status_code == 200


def test_one_address_cannot_try_many_accounts(desk: Desk) -> None:
    browser = Browser(desk.app).open("/desk/sign-in")
    codes = {
        browser.send("/sign-in", login=f"n{n}", password="x", code="1").page.status_code
        for n in range(31)
    }
    assert codes == {422, 429}


def test_a_whole_practice_behind_one_address_may_begin_its_day(desk: Desk) -> None:
    code = desk.code()
    browser = Browser(desk.app)
    for n in range(MOST_TRIES + 1):
        desk.staff(f"colleague-{n}")
        browser.open("/desk/sign-in")
        browser.send("/sign-in", login=f"colleague-{n}", password=PASSWORD, code=code)
        assert browser.path == "/desk/", n
        browser.send("/sign-out")


def test_a_quarter_of_an_hour_without_work_ends_the_login(desk: Desk) -> None:
    browser = desk.enter()
    desk.clock.move(minutes=14)
    assert browser.open("/desk/queue").path == "/desk/queue"
    desk.clock.move(minutes=16)
    assert browser.open("/desk/queue").path.startswith("/desk/sign-in")


def test_a_login_ends_after_eight_hours_of_work(desk: Desk) -> None:
    browser = desk.enter()
    for _ in range(35):
        desk.clock.move(minutes=14)
        browser.open("/desk/")
    assert browser.path.startswith("/desk/sign-in")


def test_an_account_that_is_closed_is_out_at_once(desk: Desk) -> None:
    person = desk.staff()
    browser = desk.sign_in("anna")
    with desk.house.writing() as db:
        staff_login.disable(db, desk.house.office, person.id)
    assert browser.open("/desk/queue").path.startswith("/desk/sign-in")
    assert desk.sign_in("anna").page.status_code == 422


def test_signing_out_kills_the_login_also_for_a_copied_cookie(desk: Desk) -> None:
    browser = desk.enter()
    kept = browser.client.get_cookie("login")
    assert kept is not None
    browser.send("/sign-out")
    browser.client.set_cookie("login", kept.value)
    assert browser.open("/desk/queue").path.startswith("/desk/sign-in")


def test_the_cookie_of_another_browser_does_not_work(desk: Desk) -> None:
    kept = desk.enter().client.get_cookie("login")
    assert kept is not None
    thief = Browser(desk.app)
    thief.client.set_cookie("login", kept.value)
    thief.open("/desk/queue", **{"User-Agent": "another browser"})
    assert thief.path.startswith("/desk/sign-in")


def test_a_new_login_gets_a_new_cookie(desk: Desk) -> None:
    desk.staff()
    browser = Browser(desk.app).open("/desk/sign-in")
    before = browser.client.get_cookie("login")
    browser.send("/sign-in", login="anna", password=PASSWORD, code=desk.code())
    after = browser.client.get_cookie("login")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_the_last_sign_in_is_shown(desk: Desk) -> None:
    desk.enter()
    assert "Laatst aangemeld: 10 mrt 2026, 12.00." in desk.sign_in("anna").text


def test_proving_again_kills_the_token_of_before(desk: Desk) -> None:
    browser, row = desk.mine()
    desk.clock.move(minutes=6)
    browser.open(url(row, "identity"))
    before = browser.client.get_cookie("login")
    browser.send("/identity", document="passport", same="yes").send("/identity", desk.proofs())
    assert "Uw afhaalcode" in browser.text
    thief = Browser(desk.app)
    assert before is not None
    thief.client.set_cookie("login", before.value)
    assert thief.open("/desk/queue").path.startswith("/desk/sign-in")


def test_the_desk_speaks_english_when_asked(desk: Desk) -> None:
    browser = desk.enter()
    browser.send("/language", language="en")
    assert '<html lang="en"' in browser.text
