"""What a person sees of an erasure that the desk really decides, approves and carries out."""

from __future__ import annotations

import pytest
from flask import Flask

from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.services import release
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import Clock
from tests.planned import ERASE_MESSAGES, Walk, make_walk
from tests.web.browsing import Browser
from tests.web.test_patient_stopping import CANCEL, shown


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def approved(house: House) -> Walk:
    """An erasure of messages whose plan a second person approved; it waits."""
    walk = make_walk(house, ERASE_MESSAGES)
    walk.say("A.2", consent_withdrawn=True)
    walk.resolve()
    walk.approve()
    assert walk.item.stage == Stage.COOLING_OFF
    return walk


def test_an_erasure_that_is_stopped_in_time_erases_nothing(
    browser: Browser, house: House, clock: Clock
) -> None:
    walk = approved(house)
    shown(browser, house, walk.row)
    assert "U kunt stoppen tot 17 maart 2026" in " ".join(browser.text.split())
    browser.open(CANCEL).send()
    assert "Gestopt." in browser.text
    clock.move(days=8)
    assert walk.begin() == 0
    walk.work()
    assert walk.item.decision == Decision.WITHDRAWN
    assert walk.systems["sendbird"].did == []


def test_an_erasure_that_nobody_stopped_is_carried_out_and_told(
    browser: Browser, house: House, clock: Clock
) -> None:
    walk = approved(house)
    clock.move(days=7, seconds=1)
    assert walk.begin() == 1
    shown(browser, house, walk.row)
    assert CANCEL not in browser.links
    walk.work()
    assert walk.item.stage == Stage.REPLYING
    assert "Wij maken de brief met ons antwoord." in browser.open("/nl/volgen").text
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        release.send(session, house.office, row, walk.officer, walk.item.id)
    shown(browser, house, walk.row).open("/nl/antwoord")
    assert browser.title.startswith("Wij hebben uw gegevens verwijderd")
    assert "verwijderd" in browser.text
    assert browser.client.get("/nl/antwoord/brief.pdf").data.startswith(b"%PDF-")
