"""Stopping what was decided before it is carried out, and withdrawing a request (P15, T86)."""

from __future__ import annotations

import pytest
from flask import Flask

from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import plans, subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import make_request
from tests.web.answers import collection_code, the_mailed_code
from tests.web.browsing import Browser
from tests.web.changing import ACCESS, DESTROY, ERASE, WITHDRAW, begin, item_of, make_cooling
from tests.web.test_patient_answer import follow, on_file

CANCEL, STOP = "/nl/verwijderen-stoppen", "/nl/verzoek-stoppen"


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def fresh(house: House, row: SubjectRequest) -> SubjectRequest:
    with house.reading() as session:
        return subject_requests.by_id(session, row.id)


def shown(browser: Browser, house: House, row: SubjectRequest) -> Browser:
    """Following a request, by somebody who showed who they are with a code from the desk."""
    follow(browser, house, row).open("/nl/code/collect")
    browser.send("collect", code=collection_code(house, row))
    return browser.open("/nl/volgen")


def test_the_status_page_tells_every_right_its_own_stage(browser: Browser, house: House) -> None:
    row = make_cooling(house, ACCESS, ERASE, WITHDRAW)
    text = shown(browser, house, row).text
    assert text.count("Wij zoeken uw gegevens.") == 2
    assert "Wij wachten nog even. U kunt stoppen tot" in " ".join(text.split())
    assert "U kunt stoppen tot 17 maart 2026" in text
    assert CANCEL in browser.links


def test_one_button_and_a_page_to_be_sure_stop_an_erasure(browser: Browser, house: House) -> None:
    row = make_cooling(house)
    shown(browser, house, row).open(CANCEL)
    assert browser.title.startswith("Wilt u dit stoppen?")
    assert item_of(fresh(house, row), "erasure").stage == Stage.COOLING_OFF, "looking stops nothing"
    browser.send()
    assert browser.path == "/nl/volgen?gestopt=1"
    assert "Gestopt. U krijgt daar een brief over." in browser.text
    item = item_of(fresh(house, row), "erasure")
    assert item.decision == Decision.WITHDRAWN
    with house.reading() as session:
        assert plans.current(session, item.id) is None


def test_a_page_about_one_request_withdraws_no_other(browser: Browser, house: House) -> None:
    mine, childs = make_request(house), make_request(house)
    follow(browser, house, mine).open(STOP)
    data = browser.filled(browser.form(), {})
    follow(browser, house, childs)
    answer = browser.client.post(STOP, data=data)
    assert answer.location == STOP
    assert [fresh(house, row).items[0].stage for row in (mine, childs)] == [Stage.IDENTIFYING] * 2


def test_the_button_pressed_twice_stops_once_and_says_no_error(
    browser: Browser, house: House
) -> None:
    row = make_cooling(house)
    shown(browser, house, row).open(CANCEL)
    form = browser.form()
    data = browser.filled(form, {})
    codes = [browser.client.post(CANCEL, data=data).status_code for _ in range(2)]
    assert codes == [303, 303]
    assert item_of(fresh(house, row), "erasure").decision == Decision.WITHDRAWN


def test_once_it_has_begun_it_can_no_longer_be_stopped(browser: Browser, house: House) -> None:
    row = make_cooling(house)
    shown(browser, house, row).open(CANCEL)
    begin(house, row)
    browser.send()
    assert browser.page.status_code == 409
    assert "Het verwijderen is al begonnen. Bel ons." in browser.text
    assert item_of(fresh(house, row), "erasure").stage == Stage.EXECUTING
    assert browser.open(CANCEL).path == "/nl/volgen"


def test_number_and_key_alone_stop_nothing_that_was_proved(browser: Browser, house: House) -> None:
    row = make_cooling(house)
    form = shown(Browser(browser.client.application), house, row).open(CANCEL).form()
    follow(browser, house, row)
    for address in (CANCEL, STOP):
        browser.open(address)
        assert browser.title.startswith("Laat eerst zien dat u het bent")
        assert "Alleen u kunt dit stoppen." in browser.text
        item = dict(form.fields)["deel"]
        browser.client.post(address, data=browser.filled(browser.form("nieuw"), {"deel": item}))
    assert item_of(fresh(house, row), "erasure").stage == Stage.COOLING_OFF


def test_a_code_to_the_contact_on_file_is_enough_to_stop(browser: Browser, house: House) -> None:
    row = make_cooling(house)
    follow(browser, house, row).open(CANCEL).send("stop/nieuw")
    assert browser.path == "/nl/code/stop"
    browser.send("stop", code=the_mailed_code(house, row, on_file(row)))
    assert browser.path == CANCEL
    browser.send()
    assert item_of(fresh(house, row), "erasure").decision == Decision.WITHDRAWN


def test_erasure_and_destruction_are_stopped_each_by_itself(browser: Browser, house: House) -> None:
    row = make_cooling(house, ERASE, DESTROY, cooling=("erasure", "destruction"))
    shown(browser, house, row).open(CANCEL)
    assert "Gegevens laten verwijderen" in browser.text
    assert "Medisch dossier laten vernietigen" in browser.text
    browser.send(values={"deel": item_of(row, "destruction").id})
    now = fresh(house, row)
    assert item_of(now, "destruction").decision == Decision.WITHDRAWN
    assert item_of(now, "erasure").stage == Stage.COOLING_OFF


def test_an_item_of_another_request_is_not_stopped(browser: Browser, house: House) -> None:
    mine, theirs = make_cooling(house), make_cooling(house)
    shown(browser, house, mine).open(CANCEL)
    browser.send(values={"deel": item_of(theirs, "erasure").id})
    assert browser.page.status_code == 404
    assert item_of(fresh(house, theirs), "erasure").stage == Stage.COOLING_OFF


def test_a_request_that_nobody_proved_is_withdrawn_with_its_key(
    browser: Browser, house: House
) -> None:
    row = make_request(house, wishes=(ACCESS, ERASE))
    follow(browser, house, row).open(STOP)
    assert browser.title.startswith("Wilt u uw verzoek stoppen?")
    browser.send()
    assert {item.decision for item in fresh(house, row).items} == {Decision.WITHDRAWN}
    assert "U hebt dit gestopt." in browser.text
    assert browser.open(STOP).path == "/nl/volgen"


def test_a_request_that_was_proved_is_withdrawn_by_that_person(
    browser: Browser, house: House
) -> None:
    row = make_request(house, level=Level.IA4, wishes=(ACCESS, ERASE))
    follow(browser, house, row).open(STOP)
    assert browser.title.startswith("Laat eerst zien dat u het bent")
    shown(browser, house, row).open(STOP).send()
    assert {item.decision for item in fresh(house, row).items} == {Decision.WITHDRAWN}


def test_withdrawing_twice_withdraws_once(browser: Browser, house: House) -> None:
    row = make_request(house)
    follow(browser, house, row).open(STOP)
    data = browser.filled(browser.form(), {})
    codes = [browser.client.post(STOP, data=data).status_code for _ in range(2)]
    assert codes == [303, 303]


def test_what_has_begun_goes_on_when_the_rest_is_withdrawn(browser: Browser, house: House) -> None:
    row = make_cooling(house, ACCESS, ERASE)
    begin(house, row)
    shown(browser, house, row).open(STOP)
    assert "Wat al klaar is of al begonnen is, kunt u niet meer stoppen." in browser.text
    assert "Gegevens laten verwijderen" not in browser.text
    browser.send()
    now = fresh(house, row)
    assert item_of(now, "access").decision == Decision.WITHDRAWN
    assert item_of(now, "erasure").stage == Stage.EXECUTING


def test_what_runs_as_a_whole_cannot_be_withdrawn(browser: Browser, house: House) -> None:
    row = make_cooling(house)
    begin(house, row)
    assert STOP not in shown(browser, house, row).links
    assert browser.open(STOP).path == "/nl/volgen"


@pytest.mark.parametrize("address", [CANCEL, STOP])
def test_without_a_request_there_is_nothing_to_stop(browser: Browser, address: str) -> None:
    browser.open("/nl/").send("begin")
    assert browser.open(address).path == "/nl/volgen"


def test_a_right_that_needs_more_certainty_says_so_on_the_status_page(
    browser: Browser, house: House
) -> None:
    row = make_request(house, level=Level.IA2, wishes=(ACCESS, ERASE))
    text = follow(browser, house, row).text
    assert "Hiervoor moeten wij zekerder weten wie u bent" in text
    other = make_request(house, level=Level.IA4, wishes=(ACCESS, ERASE, DESTROY))
    assert "zekerder" not in follow(browser, house, other).text
