"""The form, a question a page, without script: from the start to the confirmation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from dsr.db.subject_requests import SubjectRequest
from dsr.db.visits import Visit
from dsr.services import case
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import Clock
from tests.web.browsing import DETAILS, Browser, to_check, to_details, to_sent

CANARY = "Wilhelmina Kanarie"


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def requests_in(house: House) -> list[SubjectRequest]:
    with house.reading() as session:
        return list(session.scalars(select(SubjectRequest)))


def test_a_guest_asks_in_eight_pages(browser: Browser, house: House) -> None:
    titles = [browser.open("/nl/").title]
    for to, values in (
        ("begin", {}),
        ("", {"practice": "kralingen"}),
        ("", {"wants": ["access"]}),
        ("", {"scope": ["account", "messages"]}),
        ("", {"way": "guest"}),
        ("", DETAILS),
        ("versturen", {}),
    ):
        titles.append(browser.send(to, values).title)
    assert [title.split(" - ")[0] for title in titles] == [
        "Uw gegevens bij de huisarts",
        "Stap 1 van 6: Bij welke praktijk bent u patiënt?",
        "Stap 2 van 6: Wat wilt u?",
        "Stap 3 van 6: Welke gegevens wilt u zien?",
        "Stap 4 van 6: Hoe weten wij dat u het bent?",
        "Stap 5 van 6: Wie bent u?",
        "Stap 6 van 6: Controleer uw verzoek",
        "Wij hebben uw verzoek",
    ]
    (row,) = requests_in(house)
    assert (row.practice, row.scope, row.channel) == ("kralingen", ["account", "messages"], "web")
    with house.reading() as session:
        subject, extra = case.open_subject(case.case_key(session, house.office, row), row)
    assert (subject.name, subject.postcode) == ("Anouk Voorbeeld", "3063 BR")
    assert extra["reply_email"] == "anouk@voorbeeld.example"


def test_the_confirmation_tells_number_date_and_key(browser: Browser, house: House) -> None:
    to_sent(browser)
    (row,) = requests_in(house)
    key = house.office.secret_of(row.reference)
    assert row.reference in browser.text
    assert "vrijdag 10 april 2026" in browser.text
    assert "Wij kregen uw verzoek op 10 maart 2026." in browser.text
    assert all(f"<span>{key[at : at + 5]}</span>" in browser.text for at in range(0, 40, 5))
    assert "Nog een stap: laat zien dat u het bent" in browser.text


def test_the_key_can_be_kept_as_a_text(browser: Browser, house: House) -> None:
    to_sent(browser).send("bewaren")
    (row,) = requests_in(house)
    assert browser.page.mimetype == "text/plain"
    assert house.office.secret_of(row.reference) in browser.text
    assert (
        browser.page.headers["Content-Disposition"] == f"attachment; filename={row.reference}.txt"
    )


def test_the_key_stands_on_no_other_page_and_in_no_address(browser: Browser, house: House) -> None:
    to_sent(browser)
    (row,) = requests_in(house)
    key = house.office.secret_of(row.reference)
    for address in ("/nl/volgen", "/nl/controleren", "/nl/antwoord", "/nl/code/identify"):
        browser.open(address)
        assert key[:5] not in browser.text
        assert key not in browser.path


def test_a_form_sent_twice_is_one_request(browser: Browser, house: House) -> None:
    to_check(browser)
    form = browser.form("versturen")
    data = browser.filled(form, {})
    first = browser.client.post(form.action, data=data)
    again = browser.client.post(form.action, data=data)
    assert (first.location, again.location) == ("/nl/verstuurd", "/nl/verstuurd")
    assert len(requests_in(house)) == 1
    assert requests_in(house)[0].reference in browser.open("/nl/verstuurd").text


def test_two_clicks_at_the_same_moment_are_one_request(browser: Browser, house: House) -> None:
    to_check(browser)
    form, jar = browser.form("versturen"), browser.client.get_cookie("visit")
    login = browser.client.get_cookie("login")
    assert jar is not None
    assert login is not None
    data = browser.filled(form, {})
    cookies = {"Cookie": f"visit={jar.value}; login={login.value}"}

    def click(_n: int) -> int:
        client = browser.client.application.test_client(use_cookies=False)
        return client.post(form.action, data=data, headers=cookies).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(click, range(4))) == [303] * 4
    assert len(requests_in(house)) == 1


def test_a_form_of_yesterday_sends_nothing_twice(browser: Browser, house: House) -> None:
    to_check(browser)
    browser.send("versturen", form_key="a key that was never given out")
    assert browser.path == "/nl/controleren"
    assert requests_in(house) == []


def test_a_practice_in_the_address_is_not_asked_again(browser: Browser) -> None:
    browser.open("/nl/praktijk/zuidplein")
    assert 'data-practice="zuidplein"' in browser.text
    browser.send("begin")
    assert browser.path == "/nl/wat"


def test_changing_one_answer_leads_back_to_the_check(browser: Browser) -> None:
    to_check(browser)
    assert "/nl/gegevens" in browser.links
    browser.open("/nl/gegevens").send(scope=["all", "medical"])
    assert browser.path == "/nl/controleren"
    assert "Alles" in browser.text
    browser.open("/nl/vorm").send(answer_form="letter", reply="en")
    assert "Op papier" in browser.text
    assert "English" in browser.text


def test_pages_cannot_be_skipped(browser: Browser) -> None:
    browser.open("/nl/").send("begin")
    assert browser.open("/nl/controleren").path == "/nl/praktijk"
    assert browser.open("/nl/verstuurd").path == "/nl/volgen"


def test_the_language_can_change_on_every_page_and_keeps_the_answers(browser: Browser) -> None:
    to_check(browser)
    assert "/en/check" in browser.links
    browser.open("/en/check")
    assert "Check your request" in browser.text
    assert "Anouk Voorbeeld" in browser.text
    assert '<html lang="en"' in browser.text


def test_what_was_typed_waits_a_day_and_no_longer(browser: Browser, clock: Clock) -> None:
    to_check(browser)
    clock.move(hours=23, minutes=59)
    assert browser.open("/nl/controleren").path == "/nl/controleren"
    clock.move(minutes=2)
    assert browser.open("/nl/controleren").path == "/nl/?leeg=1"
    assert "Uw formulier is leeg" in browser.text


def test_closing_forgets_the_visit_here_and_in_the_browser(browser: Browser, house: House) -> None:
    to_sent(browser)
    answer = browser.client.post(
        "/nl/afsluiten", data=browser.filled(browser.form("afsluiten"), {})
    )
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.client.get_cookie("visit") is None
    with house.reading() as session:
        assert list(session.scalars(select(Visit))) == []


def test_a_visit_in_the_database_shows_nothing(
    browser: Browser, house: House, tmp_path: Path
) -> None:
    to_check(browser, name=CANARY, email="kanarie@voorbeeld.example")
    token = browser.client.get_cookie("visit")
    assert token is not None
    with house.reading() as session:
        (row,) = session.scalars(select(Visit))
    kept = row.sealed + row.token_hash.encode()
    files = b"".join(path.read_bytes() for path in tmp_path.glob("dsr.db*"))
    for secret in (CANARY, "kanarie@voorbeeld", "1980", token.value):
        assert secret.encode() not in kept
    for secret in (CANARY, "kanarie@voorbeeld", token.value):
        assert secret.encode() not in files


def test_the_cookie_is_for_this_site_alone(browser: Browser) -> None:
    browser.open("/nl/")
    answer = browser.client.post("/nl/begin", data=browser.filled(browser.form("begin"), {}))
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("visit="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_over_https_cookies_are_bound_to_the_host(house: House) -> None:
    object.__setattr__(house.settings, "public_url", "https://privacy.example")
    client = create_app(house).test_client()
    answer = client.get("/nl/", base_url="https://privacy.example")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-login=")
    assert "Secure" in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_postcode_is_not_needed_from_abroad(browser: Browser, house: House) -> None:
    to_sent(browser, postcode="", abroad="1")
    assert len(requests_in(house)) == 1


def test_who_wants_post_gets_a_letter_and_no_mail(browser: Browser, house: House) -> None:
    to_sent(browser, contact="post")
    (row,) = requests_in(house)
    assert row.answer_form == "letter"
    assert "Wij sturen een bevestiging" not in browser.text


def test_markup_in_a_name_stays_text(browser: Browser) -> None:
    to_check(browser, name="<img src=x onerror=alert(1)> Jan")
    assert "<img" not in browser.text
    assert "&lt;img src=x" in browser.text


def test_a_form_of_another_site_is_refused(browser: Browser, house: House) -> None:
    to_check(browser)
    form = browser.form("versturen")
    data = browser.filled(form, {})
    client = browser.client
    bare = {name: value for name, value in data.items() if name != "csrf_token"}
    assert client.post(form.action, data=bare).status_code == 400
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        assert client.post(form.action, data=data, headers=headers).status_code == 403
    assert requests_in(house) == []
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    assert client.post(form.action, data=data, headers=own).status_code == 303


def test_looking_changes_nothing(browser: Browser, house: House) -> None:
    to_details(browser)
    with house.reading() as session:
        before = [(row.token_hash, row.sealed) for row in session.scalars(select(Visit))]
    for address in ("/nl/", "/nl/gegevens", "/nl/wie-bent-u", "/nl/over-u", "/nl/volgen"):
        browser.open(address)
    with house.reading() as session:
        assert before == [(row.token_hash, row.sealed) for row in session.scalars(select(Visit))]
    assert requests_in(house) == []


def test_the_start_page_does_not_pretend(browser: Browser) -> None:
    text = browser.open("/nl/").text
    assert "Dat kan nu nog niet met dit formulier" in text
    assert "DigiD" not in text


def test_no_address_tells_who_somebody_is(browser: Browser, house: House) -> None:
    to_sent(browser, way="code", name=CANARY, email="kanarie@voorbeeld.example")
    (row,) = requests_in(house)
    key = house.office.secret_of(row.reference)
    browser.open("/nl/code/identify").send("identify", code="8765 4321")
    browser.send("identify/nieuw").open("/nl/volgen?ander=1")
    browser.send("zoeken", reference=row.reference, key=key)
    browser.open("/nl/antwoord").open("/en/follow")
    said = " ".join([*browser.visited, *browser.links])
    for secret in ("Kanarie", "kanarie", "1980", "3063", "8765", key, row.reference):
        assert secret not in said


def test_the_language_of_a_mistake_can_change_too(browser: Browser) -> None:
    browser.open("/nl/volgen").send("zoeken", reference="x", key="y")
    assert "/en/follow" in browser.links


def test_a_second_request_of_the_same_visit_is_another_one(browser: Browser, house: House) -> None:
    to_sent(browser)
    to_sent(browser, name="Ander Voorbeeld")
    first, second = requests_in(house)
    assert first.reference != second.reference
    assert browser.open("/nl/verstuurd").text.count(second.reference) >= 1
