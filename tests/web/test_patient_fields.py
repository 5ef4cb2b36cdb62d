"""What people type wrong: each mistake is named with its mend, and nothing else is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from dsr.db.subject_requests import SubjectRequest
from dsr.services import case
from dsr.services import visit as visits
from dsr.services.house import House
from dsr.web.app import create_app
from tests.web.browsing import DETAILS, Browser, to_check, to_details, to_sent


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is typed wrong never reaches a database: one kind will do."""
    return sqlite_url


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def requests_in(house: House) -> list[SubjectRequest]:
    with house.reading() as session:
        return list(session.scalars(select(SubjectRequest)))


WRONG = [
    ({"name": ""}, "Vul uw naam in."),
    ({"name": "   "}, "Vul uw naam in."),
    ({"name": "12345"}, "Vul uw naam in."),
    ({"name": "a" * 121}, "Uw naam is te lang."),
    ({"day": ""}, "Vul een geboortedatum in die bestaat"),
    ({"day": "31", "month": "2"}, "Vul een geboortedatum in die bestaat"),
    ({"day": "0"}, "Vul een geboortedatum in die bestaat"),
    ({"month": "13"}, "Vul een geboortedatum in die bestaat"),
    ({"year": "2999"}, "Vul een geboortedatum in die bestaat"),
    ({"year": "1850"}, "Vul een geboortedatum in die bestaat"),
    ({"year": "80"}, "Vul een geboortedatum in die bestaat"),
    ({"year": "-1980"}, "Vul een geboortedatum in die bestaat"),
    ({"year": "١٩٨٠"}, "Vul een geboortedatum in die bestaat"),
    ({"day": "drie"}, "Vul een geboortedatum in die bestaat"),
    ({"postcode": ""}, "Vul een postcode in zoals 3063 BR."),
    ({"postcode": "0123 AB"}, "Vul een postcode in zoals 3063 BR."),
    ({"postcode": "3063"}, "Vul een postcode in zoals 3063 BR."),
    ({"contact": "", "email": ""}, "Kies hoe wij u kunnen bereiken."),
    ({"contact": "pigeon"}, "Kies hoe wij u kunnen bereiken."),
    ({"email": ""}, "Vul een e-mailadres in zoals naam@voorbeeld.nl."),
    ({"email": "anouk"}, "Vul een e-mailadres in zoals naam@voorbeeld.nl."),
    ({"email": "a@b.example\r\nBcc: c@d.example"}, "Vul een e-mailadres in"),
    ({"email": "a@b.example, c@d.example"}, "Vul een e-mailadres in"),
    ({"contact": "phone", "phone": ""}, "Vul een telefoonnummer in"),
    ({"contact": "phone", "phone": "112"}, "Vul een telefoonnummer in"),
    ({"contact": "phone", "phone": "bel mij"}, "Vul een telefoonnummer in"),
    ({"website": "https://spam.example"}, "Laat dit veld leeg."),
]


@pytest.mark.parametrize(("typed", "says"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_a_wrong_detail_is_named_with_the_mend_and_the_rest_is_kept(
    browser: Browser, house: House, typed: dict[str, str], says: str
) -> None:
    to_check(browser, **typed)
    assert browser.page.status_code == 422
    assert browser.title.startswith("Fout: Stap 5 van 6")
    assert browser.text.count(says) >= 2, "in the summary and at the field"
    assert 'role="alert"' in browser.text
    assert requests_in(house) == []
    kept = DETAILS["postcode"] if "postcode" not in typed else DETAILS["name"]
    assert f'value="{kept}"' in browser.text
    ids = {part.split('"')[0] for part in browser.text.split(' id="')[1:]}
    assert all(link[1:] in ids for link in browser.links if link.startswith("#"))


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("/nl/praktijk", "Kies uw huisartsenpraktijk."),
        ("/nl/wat", "Kies wat u wilt vragen."),
        ("/nl/gegevens", "Kies minstens een soort gegevens, of kies “alles”."),
        ("/nl/wie-bent-u", "Kies een manier. U kunt ook langskomen."),
    ],
)
def test_a_question_without_an_answer_says_what_to_choose(
    browser: Browser, page: str, says: str
) -> None:
    browser.open("/nl/").send("begin")
    browser.open(page).send()
    assert browser.page.status_code == 422
    assert says in browser.text
    browser.send(practice="everywhere", wants=["x"], scope=["everything"], way="digid")
    assert says in browser.text


@pytest.mark.parametrize("name", ["Ó", "李小龍", "محمد علي", "Anne-Fleur d'Örsay", "a" * 120])
def test_a_name_in_any_script_is_a_name(browser: Browser, house: House, name: str) -> None:
    to_sent(browser, name=name)
    (row,) = requests_in(house)
    with house.reading() as session:
        subject, _ = case.open_subject(case.case_key(session, house.office, row), row)
    assert subject.name == name


def test_line_breaks_and_controls_in_a_name_are_dropped(browser: Browser, house: House) -> None:
    to_sent(browser, name="Anouk\r\nBcc: x@y.example\x00 Voorbeeld")
    (row,) = requests_in(house)
    with house.reading() as session:
        subject, _ = case.open_subject(case.case_key(session, house.office, row), row)
    assert subject.name == "Anouk Bcc: x@y.example Voorbeeld"


def test_what_the_app_does_not_tell_is_asked(browser: Browser, house: House) -> None:
    to_details(browser, "code")
    cookie = browser.client.get_cookie("visit")
    assert cookie is not None
    told = {"linked": True, "name": "Anouk Voorbeeld", "birth_date": "", "email": ""}
    login = {"issuer": "i", "sub": "s", "mfa": True, "auth_time": house.office.now().isoformat()}
    with house.writing() as session:
        visit = visits.find(session, house.office, cookie.value, lock=True)
        assert visit is not None
        known = replace(visit.with_typed(way="app"), app={**told, **login})
        visits.save(session, house.office, known)
    browser.open("/nl/controleren")
    assert browser.path == "/nl/over-u"
    assert 'value="Anouk Voorbeeld"' in browser.text
    assert "postcode" not in browser.text
    browser.send(day="31", month="3", year="1980")
    assert browser.path == "/nl/controleren"
    assert "31 maart 1980" in browser.text


def test_who_types_an_address_need_not_choose_it_first(browser: Browser) -> None:
    to_check(browser, contact="", email="nora@voorbeeld.example")
    assert browser.page.status_code == 200
    assert "nora@voorbeeld.example" in browser.text
