"""T61 at the desk: whoever approves proves who they are in that very post."""

from __future__ import annotations

import pytest

from dsr.services.house import House
from tests.makers import Clock
from tests.web.desk import Desk, desk_of
from tests.web.test_desk_plans import decided, second


@pytest.fixture
def desk(house: House, clock: Clock) -> Desk:
    return desk_of(house, clock)


def test_t61_an_old_sign_in_approves_nothing_and_what_was_typed_stays(desk: Desk) -> None:
    _browser, walk = decided(desk)
    browser = second(desk, walk)
    desk.clock.move(minutes=6)
    browser.send("/approve", typed=walk.row.reference)
    assert browser.page.status_code == 401
    assert ("typed", walk.row.reference) in browser.form("/approve").fields
    assert walk.item.stage == "approving"
    browser.send("/approve", values=desk.proofs())
    assert walk.item.stage == "cooling_off"
