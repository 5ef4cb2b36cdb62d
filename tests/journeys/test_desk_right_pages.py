"""The pages of each right hold the rules in both languages, and are worked by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dsr.db.plans import Plan
from dsr.services.house import House
from dsr.services.office import utc_now
from tests.journeys import rules
from tests.journeys.keyboard import Keyboard
from tests.journeys.serving import served
from tests.journeys.test_desk_pages import BOTH, Look
from tests.journeys.window import watched
from tests.journeys.working import Colleague, colleague
from tests.makers import make_house, make_item
from tests.planned import (
    CORRECT_EMAIL,
    DESTROY,
    ERASE_MESSAGES,
    RESTRICT,
    Walk,
    account,
    make_walk,
    messages,
)

pytestmark = pytest.mark.browser
FILE = [
    make_item(dataset="dossier", kind="Condition", ref=f"h-{n}", data={"note": f"regel {n}"})
    for n in range(3)
]
#: the items of the request below, in this order
ERASURE, RESTRICTION, CORRECTION, DESTRUCTION = range(4)


class Practice:
    """A house of its own with one request of four rights, and its staff at their windows."""

    def __init__(self, house: House, home: str, browser: Browser) -> None:
        self.house, self.home, self.browser = house, home, browser
        self.walk: Walk = make_walk(
            house, ERASE_MESSAGES, RESTRICT, CORRECT_EMAIL, DESTROY,
            found={"sendbird": messages(12), "app": [account()], "his": FILE},
        )  # fmt: skip

    def staff(self, *roles: str) -> Colleague:
        """A colleague who has signed in and said why they look."""
        one = colleague(self.house, watched(self.browser, self.home), *roles)
        one.sign_in()
        page = one.window.open(f"/desk/{self.place(ERASURE)}")
        if page.locator("#veld-look").count():
            page.locator("#veld-look").fill("Waarneming voor een collega")
            page.locator("form[action$='/look'] button").click()
            page.wait_for_load_state()
        return one

    def place(self, item: int, page: str = "") -> str:
        """The address of a right, below the desk."""
        asked = self.walk.items()[item].id
        return f"requests/{self.walk.row.reference}/items/{asked}{page}"


@pytest.fixture
def practice(tmp_path: Path, browser: Browser) -> Iterator[Practice]:
    house = make_house(tmp_path, clock=utc_now)
    with served(house) as home:
        yield Practice(house, home, browser)
    house.engine.dispose()


def begin(walk: Walk) -> None:
    """The days of cooling off are over, and the erasure begins."""
    with walk.house.writing() as session:
        plan = session.get_one(Plan, walk.plan(ERASURE).id)
        plan.cool_until = walk.house.office.now()
    assert walk.begin() == 1


@BOTH
def test_the_pages_of_each_right_hold_the_rules(practice: Practice, language: str) -> None:
    look = Look(practice.staff("officer", "clinician"), language)
    look.at(f"requests/{practice.walk.row.reference}")
    for item in (ERASURE, RESTRICTION, CORRECTION, DESTRUCTION):
        look.at(practice.place(item))
    look.refused("/judge")
    look.at(practice.place(DESTRUCTION, "/keep"))
    look.refused("/keep")
    look.at(practice.place(ERASURE))
    look.who.window.page.locator("input[value=refuse]").check()
    look.refused("/decide")
    assert not look.faults, "\n".join(look.faults)


@BOTH
def test_approving_and_what_follows_hold_the_rules(practice: Practice, language: str) -> None:
    practice.walk.resolve(ERASURE)
    practice.walk.resolve(RESTRICTION)
    practice.walk.work()
    second = Look(practice.staff("approver"), language)
    second.at("approvals")
    second.at(practice.place(ERASURE, "/approval"))
    second.refused("/approve")
    practice.walk.approve(ERASURE)
    look = Look(practice.staff("officer"), language)
    look.at(practice.place(ERASURE))
    look.refused("/cancel")
    look.at(practice.place(RESTRICTION))
    look.at(f"requests/{practice.walk.row.reference}/send")
    look.at("restrictions")
    look.who.window.page.locator("table a").first.click()
    look.who.window.page.wait_for_load_state()
    look.here()
    look.refused("/keep")
    look.at("queue?part=cooling")
    begin(practice.walk)
    look.at(practice.place(ERASURE))
    look.refused("/halt")
    assert not second.faults + look.faults, "\n".join(second.faults + look.faults)


def test_an_erasure_is_decided_and_approved_by_keys_alone(practice: Practice) -> None:
    anna, bert = practice.staff("officer"), practice.staff("approver")
    page = anna.window.open(f"/desk/{practice.place(ERASURE)}")
    assert not rules.walk_by_keyboard(page)
    Keyboard(anna.window.open(f"/desk/{practice.place(ERASURE)}")).press("Neem dit besluit")
    assert practice.walk.items()[ERASURE].stage == "approving"
    page = bert.window.open(f"/desk/{practice.place(ERASURE, '/approval')}")
    keys = Keyboard(page)
    keys.write(page.locator("#veld-typed"), practice.walk.row.reference)
    keys.press("Akkoord")
    keys.write(page.locator("#step_password"), bert.password)
    keys.write(page.locator("#step_code"), bert.code())
    keys.press("Ga door")
    assert practice.walk.items()[ERASURE].stage == "cooling_off"
