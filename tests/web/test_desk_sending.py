"""Sending the answer on each right by itself; and ending all rights of who was never proved."""

from __future__ import annotations

import pytest

from dsr.core.subject import Level
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.law.rights import Right
from dsr.services.house import House
from tests.makers import Clock, make_item, make_request
from tests.planned import CORRECT_EMAIL, RESTRICT, make_walk, messages
from tests.web.desk import Desk, desk_of, url

TAKE = Wish(right=Right.PORTABILITY, data={"to": "me", "recipient": ""})
OWN = make_item(
    dataset="account", kind="account", ref="a-1", author="subject",
    data={"email": "anouk@voorbeeld.example"},
)  # fmt: skip


@pytest.fixture
def desk(house: House, clock: Clock) -> Desk:
    return desk_of(house, clock)


def stages_of(desk: Desk, row: SubjectRequest) -> dict[str, str]:
    with desk.house.reading() as db:
        return {one.right: one.stage for one in subject_requests.by_id(db, row.id).items}


def test_each_answer_is_sent_when_it_is_ready_and_not_before(desk: Desk) -> None:
    found = {"sendbird": messages(), "app": [OWN]}
    walk = make_walk(desk.house, CORRECT_EMAIL, RESTRICT, TAKE, found=found)
    browser = desk.enter("anna")
    desk.give(walk.row, "anna")
    kinds = [one.right for one in walk.items()]
    walk.resolve(kinds.index("restriction"))
    walk.resolve(kinds.index("portability"))
    walk.work()
    browser.open(url(walk.row, "send"))
    assert "Antwoord op beperking" in browser.text
    assert "Antwoord op meenemen" in browser.text
    assert "Nog niet zover" in browser.text
    assert browser.text.count("Na versturen kan dit niet terug.") == 2
    wanted = walk.items()[kinds.index("restriction")].id
    browser.send("/send", item=wanted)
    at = stages_of(desk, walk.row)
    assert at == {
        "rectification": "reviewing", "restriction": "closed", "portability": "replying",
    }  # fmt: skip
    unready = walk.items()[kinds.index("rectification")].id
    browser.open(url(walk.row, "send")).send("/send", item=unready)
    assert browser.page.status_code == 409
    assert stages_of(desk, walk.row) == at
    browser.send("/send", item="0" * 32)
    assert browser.page.status_code == 404
    assert stages_of(desk, walk.row) == at


def test_a_package_is_handed_over_of_the_right_that_has_one(desk: Desk) -> None:
    walk = make_walk(desk.house, TAKE, found={"app": [OWN]})
    browser = desk.enter("anna")
    desk.give(walk.row, "anna")
    walk.resolve()
    walk.work()
    browser.open(url(walk.row, "send")).send("/send")
    browser.open(url(walk.row, "send")).send("/package")
    assert browser.page.mimetype == "application/zip"


def test_who_was_never_proved_gets_an_answer_on_every_right(desk: Desk) -> None:
    row = make_request(desk.house, level=Level.IA0, wishes=(CORRECT_EMAIL, RESTRICT))
    browser = desk.enter("anna")
    desk.give(row, "anna")
    at = stages_of(desk, row)
    browser.open(url(row, "identity")).send("/not-proved", sure="yes")
    assert set(at.values()) == {"identifying"}
    assert set(stages_of(desk, row).values()) == {"replying"}
