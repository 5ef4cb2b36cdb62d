"""The second person on a plan, and what happens while it waits and runs (T26, T61, T76, T79)."""

from __future__ import annotations

import pytest

from dsr.core.connector import Item
from dsr.core.errors import TryAgain
from dsr.core.subject import Level
from dsr.core.wishes import Wish
from dsr.db import events
from dsr.services import staff_login
from dsr.services.house import House
from tests.fakes import pages_of
from tests.makers import Clock, make_found, make_item, make_request
from tests.planned import (
    CORRECT_EMAIL,
    ERASE_MESSAGES,
    RESTRICT,
    Walk,
    account,
    make_walk,
    messages,
)
from tests.web.browsing import Browser
from tests.web.desk import Desk, desk_of, url

REFUSED = {
    "outcome": "refuse",
    "grounds": "excessive",
    "facts": "Dit is het dertiende verzoek van dit jaar om hetzelfde.",
    "instead": "Wij belden de patiënt.",
}


@pytest.fixture
def desk(house: House, clock: Clock) -> Desk:
    return desk_of(house, clock)


def page_of(walk: Walk, page: str = "") -> str:
    return url(walk.row, f"items/{walk.item.id}{'/' if page else ''}{page}")


def decided(
    desk: Desk, *wishes: Wish, found: dict[str, list[Item]] | None = None, **typed: str
) -> tuple[Browser, Walk]:
    """An officer who decided on the first right that was asked."""
    walk = make_walk(desk.house, *(wishes or (ERASE_MESSAGES,)), found=found)
    browser = desk.enter("anna")
    desk.give(walk.row, "anna")
    return browser.open(page_of(walk)).send("/decide", values=typed), walk


def second(desk: Desk, walk: Walk, login: str = "bert", **changed: object) -> Browser:
    """An approver on the page of the plan."""
    browser = desk.enter(login, **{"roles": ("approver",), **changed})
    return browser.open(page_of(walk, "approval"))


def agreed(desk: Desk, browser: Browser, walk: Walk, **typed: str) -> Browser:
    """Type the number over, and prove afresh on the page that asks for it."""
    browser.send("/approve", values={"typed": walk.row.reference, **typed})
    if "step_password" in browser.text:
        browser.send("/approve", values=desk.proofs())
    return browser


def cooling(desk: Desk) -> tuple[Browser, Walk]:
    """The officer's browser, on an erasure in its days of cooling off."""
    browser, walk = decided(desk)
    agreed(desk, second(desk, walk), walk)
    return browser.open(page_of(walk)), walk


def running(desk: Desk) -> tuple[Browser, Walk]:
    """The officer signed in again, when the days are over and the plan has begun."""
    _browser, walk = cooling(desk)
    desk.clock.move(days=7, seconds=1)
    assert walk.begin() == 1
    return desk.sign_in("anna"), walk


# The second person


def test_the_list_names_every_right_that_waits(desk: Desk) -> None:
    _browser, walk = decided(desk)
    browser = second(desk, walk).open("/desk/approvals")
    assert page_of(walk, "approval") in browser.links
    assert "Verwijdering" in browser.text


def test_whoever_approves_sees_the_plan_its_hash_and_who_made_it(desk: Desk) -> None:
    _browser, walk = decided(desk)
    browser = second(desk, walk)
    assert walk.plan().digest[:16] in browser.text
    assert "Test anna" in browser.text
    assert "Berichten in de app (SendBird)" in browser.text
    assert "De brief zegt dat alles gedaan is" in browser.text


def test_an_approved_erasure_waits_its_days(desk: Desk) -> None:
    browser, walk = cooling(desk)
    assert walk.item.stage == "cooling_off"
    assert walk.plan().approved_by is not None
    assert "Bedenktijd tot" in browser.text


def test_approving_asks_for_password_and_code_in_this_very_post(desk: Desk) -> None:
    _browser, walk = decided(desk)
    browser = second(desk, walk)
    browser.send("/approve", typed=walk.row.reference)
    assert browser.page.status_code == 401
    assert ("digest", walk.plan().digest) in browser.form("/approve").fields
    assert ("typed", walk.row.reference) in browser.form("/approve").fields
    browser.send("/approve", step_password="wrong", step_code="000000")
    assert browser.page.status_code == 401
    assert ("typed", walk.row.reference) in browser.form("/approve").fields
    assert walk.item.stage == "approving"
    browser.send("/approve", values=desk.proofs())
    assert walk.item.stage == "cooling_off"


def test_a_proof_of_a_minute_ago_is_not_enough_to_approve(desk: Desk) -> None:
    _browser, walk = decided(desk)
    browser = second(desk, walk)
    agreed(desk, browser, walk, typed="x")
    assert browser.page.status_code == 422
    browser.send("/approve", typed=walk.row.reference)
    assert browser.page.status_code == 401
    assert walk.item.stage == "approving"


@pytest.mark.parametrize("login", ["anna", "anna-twee"])
def test_the_maker_does_not_approve_under_any_account(desk: Desk, login: str) -> None:
    _browser, walk = decided(desk)
    roles = ("officer", "approver")
    if login == "anna":
        with desk.house.writing() as db:
            who = next(one for one in staff_login.everybody(db) if one.login == "anna")
            who.roles = list(roles)
        browser = desk.sign_in("anna")
    else:
        browser = desk.enter(login, roles=roles, person_key="anna")
    browser.open(page_of(walk, "approval"))
    assert "U nam dit besluit zelf" in browser.text
    assert "/approve" not in browser.text
    browser.open("/desk/approvals")
    assert "uw eigen besluit" in browser.text
    desk.app.config["WTF_CSRF_ENABLED"] = False
    typed = {"typed": walk.row.reference, "digest": walk.plan().digest, **desk.proofs()}
    answer = browser.client.post(page_of(walk, "approve"), data=typed)
    assert answer.status_code == 403
    answer = browser.client.post(page_of(walk, "send-back"), data={"why": "Zomaar.", **typed})
    assert answer.status_code == 403
    assert walk.item.stage == "approving"


@pytest.mark.parametrize(
    "typed", [{"typed": ""}, {"typed": "AVG-2222-2222"}, {"digest": "0" * 64}, {"digest": ""}]
)
def test_what_does_not_match_the_page_approves_nothing(desk: Desk, typed: dict[str, str]) -> None:
    _browser, walk = decided(desk)
    browser = agreed(desk, second(desk, walk), walk, **typed)
    assert browser.page.status_code in (409, 422)
    assert walk.item.stage == "approving"
    assert walk.plan().approved_by is None


def test_a_plan_that_was_replaced_meanwhile_is_not_the_one_on_the_page(desk: Desk) -> None:
    officer, walk = decided(desk)
    stale, other = second(desk, walk), second(desk, walk, "cees")
    other.send("/send-back", why="Kijk nog eens naar de berichten van maart.")
    assert walk.item.stage == "reviewing"
    officer.open(page_of(walk)).send("/decide")
    agreed(desk, stale, walk)
    assert stale.page.status_code == 409
    assert walk.item.stage == "approving"
    assert "Verschil met versie 1 (teruggestuurd)" in stale.open(page_of(walk, "approval")).text


def test_sending_back_tells_the_officer_why(desk: Desk) -> None:
    officer, walk = decided(desk)
    browser = second(desk, walk)
    browser.send("/send-back")
    assert browser.page.status_code == 422
    assert walk.item.stage == "approving"
    browser.send("/send-back", why="Kijk nog eens naar de berichten van maart.")
    assert walk.item.stage == "reviewing"
    officer.open(page_of(walk))
    assert "Teruggestuurd door de tweede persoon" in officer.text
    assert "Kijk nog eens naar de berichten van maart." in officer.text


def test_a_refusal_of_the_whole_is_approved_too_and_changes_no_system(desk: Desk) -> None:
    _browser, walk = decided(desk, **REFUSED)
    assert (walk.item.stage, walk.item.decision) == ("approving", "refused")
    browser = second(desk, walk)
    assert "dertiende verzoek" in browser.text
    agreed(desk, browser, walk)
    assert walk.item.stage == "executing"
    walk.work()
    assert len(walk.systems["sendbird"]._held("messages")) == 3


def test_a_correction_begins_once_it_is_approved(desk: Desk) -> None:
    typed = {"pick": "1", "new-1": "nieuw@voorbeeld.example"}
    _browser, walk = decided(desk, CORRECT_EMAIL, found={"app": [account()]}, **typed)
    browser = second(desk, walk)
    assert "anouk@voorbeeld.example" in browser.text
    assert "<ins>nieuw@voorbeeld.example</ins>" in browser.text
    agreed(desk, browser, walk)
    assert walk.item.stage == "executing"
    walk.work()
    held = walk.systems["app"]._held("account")["a-1"]
    assert held.data["email"] == "nieuw@voorbeeld.example"


def test_nobody_decides_again_on_what_is_being_carried_out(desk: Desk) -> None:
    browser, walk = decided(desk, RESTRICT)
    desk.app.config["WTF_CSRF_ENABLED"] = False
    for page, typed in (("decide", {"seen": "x"}), ("facts", {"activity": "A.2", "age": "40"})):
        answer = browser.client.post(page_of(walk, page), data=typed)
        assert answer.status_code == 409
    assert walk.item.stage == "executing"


# While it waits


def test_a_patient_who_phones_can_still_stop_it(desk: Desk) -> None:
    browser, walk = cooling(desk)
    browser.send("/cancel", cancel="Belde, en wist geboortedatum en laatste afspraak.")
    assert walk.item.decision == "withdrawn"
    assert "Er wordt niets verwijderd." in browser.text
    desk.clock.move(days=8)
    assert walk.begin() == 0
    assert len(walk.systems["sendbird"]._held("messages")) == 3


def test_stopping_it_needs_who_asked_and_it_has_to_wait_still(desk: Desk) -> None:
    browser, walk = cooling(desk)
    browser.send("/cancel", cancel="x")
    assert browser.page.status_code == 422
    assert walk.item.stage == "cooling_off"
    stale = browser.form("/cancel")
    desk.clock.move(days=7, seconds=1)
    assert walk.begin() == 1
    browser = desk.sign_in("anna").open(page_of(walk))
    assert "Verwijder niets" not in browser.text
    desk.app.config["WTF_CSRF_ENABLED"] = False
    typed = {"cancel": "Belde net, na de zevende dag.", **desk.proofs()}
    answer = browser.client.post(stale.action, data=typed)
    assert answer.status_code == 409
    assert "Het verwijderen is al begonnen. Bel ons." in answer.text
    assert "Deletion has already started" not in answer.text
    assert walk.item.stage == "executing"


# While it runs


def test_batches_show_what_was_done_and_that_it_was_read_back(desk: Desk) -> None:
    browser, walk = running(desk)
    walk.work()
    browser.open(page_of(walk))
    assert "2 van 2 klaar" in browser.text
    assert "3 gedaan" in browser.text
    assert "Nagelezen" in browser.text


def test_data_that_changed_go_back_to_review_with_the_differences(desk: Desk) -> None:
    browser, walk = running(desk)
    more = [*messages(), make_item(dataset="messages", kind="message", ref="m-9", data={"t": 1})]
    walk.systems["sendbird"].pages["messages"] = pages_of(more)
    walk.work()
    browser.open(page_of(walk))
    assert "het plan geldt niet meer" in browser.text
    assert "1 erbij gekomen" in browser.text
    assert len(walk.systems["sendbird"]._held("messages")) == 4


def test_a_system_that_fails_is_tried_again_when_somebody_says_so(desk: Desk) -> None:
    browser, walk = running(desk)

    def down(verb: str) -> None:
        raise TryAgain("503")

    walk.systems["sendbird"].before_change = down
    walk.work()
    browser.open(page_of(walk))
    assert "Dit systeem is nog niet klaar" in browser.text
    assert "1" in browser.open("/desk/queue?part=stuck").text
    walk.systems["sendbird"].before_change = None
    browser.open(page_of(walk)).send("/retry")
    walk.work()
    assert walk.batches()[-1].outcome == "done"


def test_a_system_that_lies_is_opened_by_a_person(desk: Desk) -> None:
    browser, walk = running(desk)
    walk.systems["sendbird"].lies = True
    for _ in range(4):
        walk.work()
        desk.clock.move(hours=1)
    browser = desk.sign_in("anna").open(page_of(walk))
    assert "het staat er nog" in browser.text
    assert "staat er nog" in browser.text
    assert walk.row.reference in browser.open("/desk/queue?part=hands").text
    browser.open(page_of(walk))
    before = walk.batches()[-1]
    for typed in (
        {"settled": "", "done_how": "Zelf gewist op maandag."},
        {"settled": "failed", "done_how": "Zelf gewist op maandag."},
        {"settled": "done", "done_how": " "},
        {"settled": "done", "done_how": "Zelf gewist.", "kept": "toch iets"},
        {"settled": "retained", "done_how": "Zelf gekeken.", "kept": ""},
    ):
        browser.send("/settle", values=typed)
        assert browser.page.status_code == 422, typed
        assert walk.batches()[-1].outcome is None
    browser.send("/settle", settled="done", done_how="Zelf gewist op maandag, door Anna.", kept="")
    after = walk.batches()[-1]
    assert (after.outcome, after.id) == ("done", before.id)
    assert "Met de hand gedaan, met bewijs" in browser.text
    again = browser.client.post(f"{page_of(walk)}/batches/{after.id}/settle", data={})
    assert again.status_code in (400, 409)


def test_a_batch_of_another_part_reads_as_none(desk: Desk) -> None:
    browser, walk = running(desk)
    desk.app.config["WTF_CSRF_ENABLED"] = False
    other = make_walk_of_another(desk)
    place = f"{page_of(walk)}/batches/{other.batches()[-1].id}"
    for act in ("retry", "settle"):
        answer = browser.client.post(f"{place}/{act}", data={"settled": "done", "done_how": "x"})
        assert answer.status_code == 404


def make_walk_of_another(desk: Desk) -> Walk:
    """A second request, decided on."""
    row = make_request(desk.house, level=Level.IA4, wishes=(ERASE_MESSAGES,))
    make_found(desk.house, row, {"sendbird": messages()})
    with desk.house.reading() as db:
        people = {one.login: staff_login.who_is(one) for one in staff_login.everybody(db)}
    walk = Walk(desk.house, row, people["anna"], people["bert"])
    walk.resolve()
    return walk


# The log and the day


def test_the_timeline_tells_all_of_it_in_words(desk: Desk) -> None:
    browser, walk = running(desk)
    walk.work()
    browser.open(url(walk.row))
    for words in ("Plan gemaakt, versie 1.", "Bedenktijd begonnen.", "Verwijderen in Berichten"):
        assert words in browser.text
    with desk.house.reading() as db:
        told = {one.action for one in events.of_request(db, walk.row.practice, walk.row.id)}
    assert {"planned", "approved", "cooling_off", "batch_done"} <= told


def test_the_day_counts_what_cools_off(desk: Desk) -> None:
    browser, walk = cooling(desk)
    assert walk.row.reference in browser.open("/desk/queue?part=cooling").text
    assert "In bedenktijd" in browser.open("/desk/").text


def test_a_plan_that_runs_is_stopped_with_a_reason_and_shown_as_that(desk: Desk) -> None:
    browser, walk = running(desk)
    browser.open(page_of(walk)).send("/halt", values={"halt": "nee"})
    assert browser.page.status_code == 422
    assert "Schrijf waarom u dit stopt" in browser.text
    browser.send("/halt", values={"halt": "Dit is het dossier van een naamgenoot."})
    assert "Stopgezet tijdens de uitvoering." in browser.text
    assert "Dit is het dossier van een naamgenoot." in browser.text
    walk.work()
    assert len(walk.systems["sendbird"]._held("messages")) == 3
