"""An answer to each right: its letter, what the receipts say was done, at the level it needs."""

from __future__ import annotations

import pytest
from flask import Flask

from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.law.rights import Right
from dsr.services.house import House
from dsr.web.app import create_app
from dsr.web.patient import answered
from tests.web.answers import LETTER, the_mailed_code
from tests.web.browsing import Browser
from tests.web.changing import (
    ACCESS,
    DESTROY,
    ERASE,
    WITHDRAW,
    answer,
    carried_out,
    item_of,
    make_cooling,
)
from tests.web.test_patient_answer import follow, on_file
from tests.web.test_patient_stopping import shown


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def test_each_right_has_a_letter_of_its_own(browser: Browser, house: House) -> None:
    row = make_cooling(house, ERASE, WITHDRAW, cooling=())
    answer(house, row, "erasure", Decision.PARTLY)
    answer(house, row, "withdrawal", Decision.GRANTED)
    shown(browser, house, row).open("/nl/antwoord")
    assert browser.title.startswith("Uw antwoord")
    for words in ("Wij hebben een deel verwijderd", "Uw toestemming is ingetrokken"):
        assert words in browser.text
    for kind in ("erasure", "withdrawal"):
        address = f"/nl/antwoord/brief.pdf?deel={item_of(row, kind).id}"
        assert address in browser.links
        letter = browser.client.get(address)
        assert letter.data == LETTER + kind.encode()
    names = {browser.client.get(one).headers["Content-Disposition"] for one in browser.links
             if "brief.pdf" in one}  # fmt: skip
    assert len(names) == 2
    assert not any(kind in " ".join(names) for kind in ("erasure", "withdrawal"))


def test_one_right_alone_is_told_in_the_heading(browser: Browser, house: House) -> None:
    row = make_cooling(house, DESTROY, cooling=())
    answer(house, row, "destruction", Decision.REFUSED, Level.IA2)
    shown(browser, house, row).open("/nl/antwoord")
    assert browser.title.startswith("Wij vernietigen uw medisch dossier niet")
    assert "naar de rechtbank" in browser.text


def test_what_was_done_stands_there_as_the_receipts_say(browser: Browser, house: House) -> None:
    row = make_cooling(house)
    carried_out(house, row)
    answer(house, row, "erasure", Decision.PARTLY)
    text = shown(browser, house, row).open("/nl/antwoord").text
    for words in (
        "verwijderd", "was al weg", "niet veranderd; de brief zegt waarom",
        "bewaard; de brief zegt waarom (tot en met",
    ):  # fmt: skip
        assert words in text


def test_what_is_ready_can_be_read_while_the_rest_waits(browser: Browser, house: House) -> None:
    row = make_cooling(house, ERASE, WITHDRAW)
    answer(house, row, "withdrawal", Decision.GRANTED)
    shown(browser, house, row)
    assert "Bekijk wat al klaar is" in browser.text
    browser.open("/nl/antwoord")
    assert "Gegevens laten verwijderen: dit antwoord komt nog" in browser.text


def test_a_letter_that_needs_more_stays_closed(browser: Browser, house: House) -> None:
    row = make_cooling(house, ERASE, WITHDRAW, cooling=())
    answer(house, row, "erasure", Decision.GRANTED, Level.IA3)
    answer(house, row, "withdrawal", Decision.GRANTED, Level.IA2)
    follow(browser, house, row).open("/nl/antwoord").send("download/nieuw")
    browser.send("download", code=the_mailed_code(house, row, on_file(row)))
    assert "Uw toestemming is ingetrokken" in browser.text
    assert "Wij hebben uw gegevens verwijderd" not in browser.text
    assert "klaar, maar u moet laten zien dat u het bent" in browser.text
    erasure, withdrawal = (item_of(row, kind).id for kind in ("erasure", "withdrawal"))
    get = browser.client.get
    assert get(f"/nl/antwoord/brief.pdf?deel={erasure}").status_code == 403
    assert get(f"/nl/antwoord/brief.pdf?deel={withdrawal}").status_code == 200
    assert get("/nl/antwoord/brief.pdf?deel=of-another").status_code == 404


def test_a_letter_that_is_not_there_cannot_be_fetched(browser: Browser, house: House) -> None:
    row = make_cooling(house, ACCESS, ERASE)
    shown(browser, house, row)
    address = f"/nl/antwoord/brief.pdf?deel={item_of(row, 'erasure').id}"
    assert browser.client.get(address).status_code == 409
    assert browser.open("/nl/antwoord").path == "/nl/volgen"


def test_one_letter_says_for_several_rights_that_they_were_stopped(
    browser: Browser, house: House
) -> None:
    row = make_cooling(house, ERASE, WITHDRAW, cooling=())
    answer(house, row, "erasure", Decision.WITHDRAWN, Level.IA0)
    with house.writing() as session:
        other = item_of(subject_requests.by_id(session, row.id, lock=True), "withdrawal")
        other.stage, other.decision = Stage.CLOSED, Decision.WITHDRAWN
    follow(browser, house, row).open("/nl/antwoord")
    assert "Toestemming intrekken: u hebt dit gestopt" in browser.text
    assert "dit antwoord komt nog" not in browser.text


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("kind", [*map(str, Right), "destruction"])
def test_every_decision_on_every_right_has_a_heading(
    app: Flask, kind: str, decision: Decision
) -> None:
    titles = []
    for language in ("nl", "en"):
        with app.test_request_context(f"/{language}/"):
            titles.append(answered.title(kind, decision))
    assert all(titles)
    assert titles[0] != titles[1]
