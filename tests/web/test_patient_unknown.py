"""Whether somebody is a patient here shows nowhere: not in words, size or time (T18, T19)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from dsr.core.reference import new_reference
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import make_request
from tests.web.browsing import Browser, to_sent

#: what differs between any two requests, whoever made them
_CHANGING = (
    r'name="(csrf_token|form_key)" value="[^"]*"',
    r"AVG-[0-9A-Z]{4}-[0-9A-Z]{4}",
    r"<span>[0-9a-f]{5}</span>",
)


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


def plain(page: str) -> str:
    """A page without what is different in every visit."""
    for pattern in _CHANGING:
        page = re.sub(pattern, "-", page)
    return page


def walk(app: Flask, name: str, year: str, email: str = "me@voorbeeld.example") -> list[str]:
    """Ask, ask for a code, type a wrong one, look how it stands: every page that is seen."""
    browser = Browser(app)
    seen = [to_sent(browser, way="code", name=name, year=year, email=email).text]
    seen.append(browser.open("/nl/code/identify").text)
    seen.append(browser.send("identify", code="0000 0000").text)
    seen.append(browser.send("identify/nieuw").text)
    seen.append(browser.open("/nl/volgen").text)
    seen.append(browser.open("/nl/antwoord").text)
    return seen


def test_known_and_unknown_people_see_the_same_pages(app: Flask, house: House) -> None:
    make_request(house, name="Anouk Voorbeeld")
    known = walk(app, "Anouk Voorbeeld", "1980")
    unknown = walk(app, "Quirina Nergens", "1971")
    for mine, theirs in zip(known, unknown, strict=True):
        assert plain(mine) == plain(theirs)
        assert len(plain(mine)) == len(plain(theirs))


def test_known_and_unknown_people_cost_the_database_the_same_work(app: Flask, house: House) -> None:
    """Time follows from work; `make bench` measures the times of many pairs (T18)."""
    make_request(house, name="Anouk Voorbeeld")
    Browser(app).open("/nl/")  # a house looks at its ledger before the first visitor, once
    with statements(house) as known:
        walk(app, "Anouk Voorbeeld", "1980")
    with statements(house) as unknown:
        walk(app, "Quirina Nergens", "1971", email="you@voorbeeld.example")
    assert known == unknown
    assert len(known) > 20


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """Every statement that reached the database meanwhile, in order."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    event.listen(house.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(house.engine, "before_cursor_execute", note)


def test_a_wrong_number_and_a_wrong_key_read_the_same(app: Flask, house: House) -> None:
    row = make_request(house)
    key = house.office.secret_of(row.reference)
    pages = []
    for reference, offered in (
        (row.reference, secrets.token_hex(20)),
        (row.reference, ""),
        (row.reference, key[:-1]),
        (new_reference(), key),
        (new_reference(), secrets.token_hex(20)),
    ):
        browser = Browser(app).open("/nl/volgen").send("zoeken", reference=reference, key=offered)
        assert browser.page.status_code == 422
        assert "Wij vinden geen verzoek met deze gegevens." in browser.text
        pages.append(plain(browser.text))
        assert browser.open("/nl/volgen").title.startswith("Volg uw verzoek")
    assert len(set(pages)) == 1


def test_random_numbers_and_keys_never_hit(app: Flask, house: House) -> None:
    make_request(house)
    browser = Browser(app).open("/nl/volgen")
    form = browser.form("zoeken")
    for _ in range(50):
        tried = {"reference": new_reference(), "key": secrets.token_hex(20)}
        answer = browser.client.post(form.action, data=browser.filled(form, tried))
        assert answer.status_code == 422


def test_the_key_may_be_typed_in_groups_and_capitals(app: Flask, house: House) -> None:
    row = make_request(house)
    key = house.office.secret_of(row.reference).upper()
    spaced = " ".join(key[at : at + 5] for at in range(0, 40, 5))
    reference = row.reference.lower().replace("-", " ")
    browser = Browser(app).open("/nl/volgen").send("zoeken", reference=reference, key=spaced)
    assert browser.path == "/nl/volgen"
    assert row.reference in browser.text


def test_too_many_tries_from_one_address_have_to_wait(app: Flask) -> None:
    browser = Browser(app).open("/nl/volgen")
    form = browser.form("zoeken")
    data = browser.filled(form, {"reference": "x", "key": "y"})
    codes = [browser.client.post(form.action, data=data).status_code for _ in range(61)]
    assert codes[:60] == [422] * 60
    assert codes[60] == 429
    late = browser.client.post(form.action, data=data)
    assert late.headers["Retry-After"] == "60"
    assert "Even wachten" in late.get_data(as_text=True)
    assert "010 311 60 10" in late.get_data(as_text=True), "the phone stays"
