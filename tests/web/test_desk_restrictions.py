"""Restrictions at the desk: looked at, announced, lifted, and seen in an emergency (Art. 18)."""

from __future__ import annotations

import pytest

from dsr.db import holds, subject_requests
from dsr.db.holds import Restriction
from dsr.services import release
from dsr.services.house import House
from tests.makers import Clock
from tests.planned import RESTRICT, Walk, make_walk
from tests.web.browsing import Browser
from tests.web.desk import Desk, desk_of, url

WHY = "De gegevens zijn nagekeken en kloppen."


@pytest.fixture
def desk(house: House, clock: Clock) -> Desk:
    return desk_of(house, clock)


def restricted(desk: Desk, *roles: str) -> tuple[Browser, Walk, str]:
    """Somebody on the page of a restriction that was put on three messages."""
    walk = make_walk(desk.house, RESTRICT)
    walk.resolve()
    walk.work()
    sent(walk)
    browser = desk.enter("anna", roles=roles or ("officer",))
    desk.give(walk.row, "anna")
    with desk.house.reading() as db:
        found = holds.in_force(db, ["kralingen"])[0]
    page = f"/desk/restrictions/{found.id}"
    return browser.open(page), walk, page


def sent(walk: Walk) -> None:
    """The answer that it is restricted goes out."""
    with walk.house.writing() as db:
        row = subject_requests.by_id(db, walk.row.id, lock=True)
        release.send(db, walk.house.office, row, walk.officer, row.items[0].id)


def one(desk: Desk) -> Restriction:
    with desk.house.reading() as db:
        return db.query(Restriction).one()


def test_the_list_shows_what_is_in_force_and_what_is_to_be_looked_at(desk: Desk) -> None:
    browser, walk, page = restricted(desk)
    browser.open("/desk/restrictions")
    assert page in browser.links
    assert walk.row.reference in browser.text
    assert "is-warn" not in browser.text.split("<main")[1]
    desk.clock.move(days=31)
    browser = desk.sign_in("anna").open("/desk/restrictions")
    assert "is-warn" in browser.text.split("<main")[1]
    assert "Beperking bekijken" in browser.open("/desk/").text


def test_a_restriction_of_another_practice_reads_as_none(desk: Desk) -> None:
    _browser, walk, page = restricted(desk)
    other = desk.enter("ver", practices=("centrum",))
    assert other.open(page).page.status_code == 404
    assert walk.row.reference not in other.open("/desk/restrictions").text


def test_one_that_is_still_needed_is_looked_at_again_in_a_month(desk: Desk) -> None:
    browser, _walk, _page = restricted(desk)
    before = one(desk).review_on
    desk.clock.move(minutes=3)
    browser.send("/keep", because=WHY)
    assert one(desk).review_on >= before
    desk.clock.move(days=20)
    browser = desk.sign_in("anna").open(_page)
    browser.send("/keep", because=WHY)
    assert (one(desk).review_on - before).days == 20


def test_it_is_lifted_only_a_week_after_the_person_heard_of_it(desk: Desk) -> None:
    browser, walk, page = restricted(desk)
    browser.send("/announce", because=WHY)
    assert one(desk).told_at is not None
    assert "Opheffen kan vanaf" in browser.text
    desk.app.config["WTF_CSRF_ENABLED"] = False
    early = browser.client.post(f"{page}/lift", data={"because": WHY})
    assert early.status_code == 409
    assert "Meld het eerst aan de patiënt" in early.text
    walk.work()
    desk.clock.move(days=7, seconds=1)
    browser = desk.sign_in("anna").open(page)
    browser.send("/lift", because=WHY)
    assert one(desk).lifting_plan_id is not None
    again = browser.client.post(f"{page}/lift", data={"because": WHY})
    assert again.status_code == 409
    walk.work()
    held = walk.systems["sendbird"]._held("messages")
    assert not any(item.restricted for item in held.values())
    assert one(desk).lifted_at is not None
    assert "Opgeheven op" in browser.open(page).text
    assert walk.row.reference not in browser.open("/desk/restrictions").text


@pytest.mark.parametrize("act", ["keep", "announce"])
def test_every_step_says_why(desk: Desk, act: str) -> None:
    browser, _walk, _page = restricted(desk)
    before = one(desk).review_on
    browser.send(f"/{act}", because="zomaar")
    assert browser.page.status_code == 422
    assert "zomaar" in browser.text
    assert (one(desk).told_at, one(desk).review_on) == (None, before)


def test_restricted_items_are_not_seen_but_by_a_doctor_in_an_emergency(desk: Desk) -> None:
    browser, walk, page = restricted(desk)
    review = url(walk.row, "review?system=sendbird")
    browser.open(review)
    assert "beperkt: wordt alleen bewaard" in browser.text
    assert "bericht 1" not in browser.text
    assert browser.client.post(f"{page}/override", data={}).status_code in (400, 403)
    doctor = desk.enter("dokter", roles=("clinician",)).open(page)
    doctor.send("/override", because="kort")
    assert doctor.page.status_code == 422
    doctor.send("/override", because="De patiënt ligt bewusteloos op de eerste hulp.")
    assert "wegens nood" in doctor.text
    doctor.open(review)
    if "veld-look" in doctor.text:
        doctor.send("/look", look="Nood: bewusteloos")
    assert "bericht 1" in doctor.text
    assert "bericht 1" not in browser.open(review).text
    desk.clock.move(hours=25)
    doctor = desk.sign_in("dokter").open(review)
    if "veld-look" in doctor.text:
        doctor.send("/look", look="Nog eens kijken")
    assert "bericht 1" not in doctor.text


def test_an_officer_alone_shows_nothing_restricted(desk: Desk) -> None:
    browser, _walk, page = restricted(desk)
    desk.app.config["WTF_CSRF_ENABLED"] = False
    typed = {"because": "De patiënt ligt bewusteloos op de eerste hulp."}
    assert browser.client.post(f"{page}/override", data=typed).status_code == 403


def test_nothing_ends_before_the_answer_that_it_began_was_sent(desk: Desk) -> None:
    walk = make_walk(desk.house, RESTRICT)
    walk.resolve()
    walk.work()
    browser = desk.enter("anna")
    browser.open(f"/desk/restrictions/{one(desk).id}").send("/announce", because=WHY)
    assert browser.page.status_code == 409
    assert "Verstuur eerst het antwoord" in browser.text
    assert one(desk).told_at is None
