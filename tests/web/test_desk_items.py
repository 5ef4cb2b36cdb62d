"""The page of one right: facts, judgements, the plan, the decision (O7, O8; T26, T61, T76)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from dsr.core.connector import Item
from dsr.core.subject import Level
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.law.rights import Right
from dsr.services import weighing
from dsr.services.house import House
from tests.makers import Clock, make_item, make_request
from tests.planned import (
    CORRECT_EMAIL,
    DESTROY,
    ERASE_ALL,
    ERASE_MESSAGES,
    RESTRICT,
    Walk,
    account,
    make_walk,
    messages,
)
from tests.web.browsing import Browser
from tests.web.desk import Desk, desk_of, url

TAKE = Wish(right=Right.PORTABILITY, data={"to": "me", "recipient": ""})
OBJECT = Wish(right=Right.OBJECTION, data={"purposes": ["A.4"], "reason": "Ik wil dit niet."})
FILE = [
    make_item(
        dataset="dossier", kind="Condition", ref=f"h-{n}", data={"note": f"regel {n}"},
        dates={"recorded": "2020-01-01"},
    )
    for n in range(3)
]  # fmt: skip
WORDS = "Dit volgt uit het gesprek met de patiënt van maandag."


@pytest.fixture
def desk(house: House, clock: Clock) -> Desk:
    return desk_of(house, clock)


def at_item(
    desk: Desk,
    *wishes: Wish,
    found: Mapping[str, Sequence[Item]] | None = None,
    level: Level = Level.IA4,
    roles: tuple[str, ...] = ("officer",),
) -> tuple[Browser, Walk]:
    """An officer on the page of the first right that was asked, with something found."""
    walk = make_walk(desk.house, *wishes, found=found, level=level)
    browser = desk.enter("anna", roles=roles)
    desk.give(walk.row, "anna")
    return browser.open(page_of(walk)), walk


def page_of(walk: Walk, item: int = 0, page: str = "") -> str:
    return url(walk.row, f"items/{walk.items()[item].id}{'/' if page else ''}{page}")


def decided(browser: Browser, **typed: str) -> Browser:
    """Press "decide" with this typed over the form as it stands."""
    return browser.send("/decide", values=typed)


def said(browser: Browser, activity: str, **facts: str) -> Browser:
    """Say facts about a purpose, by its form or by one that was made up."""
    return posted(browser, "facts", {"activity": activity, **facts})


def judged(browser: Browser, activity: str, outcome: str, reasons: str = WORDS) -> Browser:
    """Judge on a purpose."""
    typed = {"activity": activity, "judged": outcome, "reasons": reasons}
    return posted(browser, "judge", typed)


def posted(browser: Browser, name: str, typed: dict[str, str]) -> Browser:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.text)
    assert token is not None
    path = f"{browser.path.split('/facts')[0].split('/judge')[0].split('/decide')[0]}/{name}"
    answer = browser.client.post(path, data={"csrf_token": token[1], **typed})
    return browser._arrived(path, answer)


def purpose_of(walk: Walk) -> str:
    """The purpose that the first item is about."""
    with walk.house.reading() as db:
        row = subject_requests.by_id(db, walk.row.id)
        return weighing.weighed(db, walk.house.office, row, row.items[0])[0].activity


# What the page shows


@pytest.mark.parametrize("wish", [ERASE_ALL, DESTROY, RESTRICT, CORRECT_EMAIL, TAKE, OBJECT])
def test_every_right_has_its_page(desk: Desk, wish: Wish) -> None:
    browser, _walk = at_item(desk, wish, found={"sendbird": messages(), "app": [account()]})
    assert browser.page.status_code == 200
    assert "Neem dit besluit" in browser.text


def test_the_plan_of_an_erasure_is_shown_with_counts_before_anything_is_decided(desk: Desk) -> None:
    browser, walk = at_item(desk, ERASE_MESSAGES)
    assert "Zo zou het plan nu zijn" in browser.text
    assert "Berichten in de app (SendBird)" in browser.text
    assert "artikel 17 lid 1 onder b van de AVG" in browser.text
    assert walk.item.stage == "reviewing"


def test_what_is_asked_shows_only_to_who_may_look(desk: Desk) -> None:
    walk = make_walk(desk.house, CORRECT_EMAIL, found={"app": [account()]})
    browser = desk.enter("merel").open(page_of(walk))
    assert browser.page.status_code == 403
    assert "nieuw@voorbeeld.example" not in browser.text
    browser.send("/look", look="collega is ziek")
    assert browser.path == page_of(walk)
    assert "nieuw@voorbeeld.example" in browser.text


def test_a_person_who_was_not_proved_enough_can_only_be_asked_for_more(desk: Desk) -> None:
    browser, walk = at_item(desk, ERASE_MESSAGES, level=Level.IA2)
    assert "eerst zekerder weten wie dit is (nu 2 van 4)" in browser.text
    assert "Feiten die dit veranderen" not in browser.text
    decided(browser)
    assert browser.page.status_code == 409
    assert walk.item.stage == "reviewing"


# Facts and judgements


def test_a_fact_that_is_said_changes_the_proposal_and_the_plan(desk: Desk) -> None:
    browser, walk = at_item(desk, ERASE_ALL, found={"app": [account()]})
    assert "Is de overeenkomst afgelopen?" in browser.text
    said(browser, "A.1", account_closed="true")
    assert "Is de overeenkomst afgelopen?" not in browser.text
    assert walk.item.facts["said"] == {"A.1": {"account_closed": True}}


@pytest.mark.parametrize(
    ("name", "value"),
    [("identity", "verified"), ("requester", "self"), ("his_decision", "destroy"),
     ("account_closed", "misschien"), ("age", "-1"), ("age", "9" * 12)],
)  # fmt: skip
def test_what_is_proved_elsewhere_or_makes_no_sense_cannot_be_said(
    desk: Desk, name: str, value: str
) -> None:
    browser, walk = at_item(desk, ERASE_ALL, found={"app": [account()]})
    said(browser, "A.1", **{name: value})
    assert browser.page.status_code == 422
    assert "said" not in walk.item.facts


def test_facts_about_a_purpose_that_is_not_asked_about_are_refused(desk: Desk) -> None:
    browser, walk = at_item(desk, ERASE_ALL, found={"app": [account()]})
    said(browser, "A.99", account_closed="true")
    assert browser.page.status_code == 422
    assert "said" not in walk.item.facts


def test_a_judgement_of_the_officer_opens_the_way_to_a_decision(desk: Desk) -> None:
    browser, walk = at_item(desk, ERASE_ALL, found={"app": [account()]})
    judged(browser, "A.1", "grant")
    assert browser.page.status_code == 200
    assert walk.item.facts["judged"]["A.1"]["outcome"] == "grant"
    assert "Geoordeeld: wel doen." in browser.text


@pytest.mark.parametrize(
    ("outcome", "reasons", "activity"),
    [("", WORDS, "A.1"), ("maybe", WORDS, "A.1"), ("grant", "kort", "A.1"),
     ("grant", WORDS, "A.2"), ("grant", WORDS, "A.99")],
)  # fmt: skip
def test_a_judgement_that_cannot_be_meant_changes_nothing(
    desk: Desk, outcome: str, reasons: str, activity: str
) -> None:
    browser, walk = at_item(desk, ERASE_ALL, found={"app": [account()], "sendbird": messages()})
    judged(browser, activity, outcome, reasons=reasons)
    assert browser.page.status_code == 422
    assert "judged" not in walk.item.facts
    if reasons == WORDS and activity == "A.1":
        assert WORDS in browser.text


def test_on_a_medical_file_only_a_clinician_judges(desk: Desk) -> None:
    browser, walk = at_item(desk, DESTROY, found={"his": FILE})
    activity = purpose_of(walk)
    assert "Leg dit oordeel vast" not in browser.text
    judged(browser, activity, "grant")
    assert browser.page.status_code == 403
    assert "judged" not in walk.item.facts
    doctor = desk.enter("dokter", roles=("clinician",)).open(page_of(walk))
    doctor.send("/look", look="ik ben de huisarts")
    judged(doctor, activity, "grant")
    assert walk.item.facts["judged"][activity]["as"] == "clinician"


# Single items of a file


def at_keeping(desk: Desk) -> tuple[Browser, Walk]:
    walk = make_walk(desk.house, DESTROY, found={"his": FILE})
    doctor = desk.enter("dokter", roles=("clinician",))
    desk.give(walk.row, "dokter")
    return doctor.open(page_of(walk, page="keep")), walk


def test_a_clinician_keeps_one_item_of_a_file_and_the_plan_leaves_it(desk: Desk) -> None:
    browser, walk = at_keeping(desk)
    browser.send("/keep", n="1", ground="BW:7:455(2)")
    assert list(walk.item.facts["kept"].values()) == ["BW:7:455(2)"]
    assert browser.text.count("toch vernietigen") == 1
    browser.open(page_of(walk))
    assert "1 apart gehouden" in browser.text
    key = next(iter(walk.item.facts["kept"]))
    browser.open(page_of(walk, page="keep"))
    answer = browser.client.post(
        page_of(walk, page="let-go"), data={**dict(browser.form("/keep").fields), "key": key}
    )
    assert answer.status_code == 303
    assert walk.item.facts["kept"] == {}


@pytest.mark.parametrize(
    "typed",
    [{"n": "1", "ground": ""}, {"n": "1", "ground": "GDPR:17"}, {"ground": "BW:7:455(2)"},
     {"n": "99", "ground": "BW:7:455(2)"}, {"n": "-1", "ground": "BW:7:455(2)"}],
)  # fmt: skip
def test_an_item_is_kept_on_a_ground_of_the_law_or_not_at_all(
    desk: Desk, typed: dict[str, str]
) -> None:
    browser, walk = at_keeping(desk)
    browser.send("/keep", values=typed)
    assert browser.page.status_code == 422
    assert "kept" not in walk.item.facts


def test_an_officer_does_not_choose_what_of_a_file_stays(desk: Desk) -> None:
    browser, walk = at_item(desk, DESTROY, found={"his": FILE})
    assert browser.open(page_of(walk, page="keep")).page.status_code == 403


# Deciding


def test_an_erasure_is_decided_and_waits_for_a_second_person(desk: Desk) -> None:
    browser, walk = at_item(desk, ERASE_MESSAGES)
    assert "voorstel: alles doen" in browser.text
    assert "wacht het 7 dagen" in browser.text
    decided(browser)
    assert (walk.item.stage, walk.item.decision) == ("approving", "granted")
    assert walk.plan().digest[:16] in browser.text
    assert "Dit plan wacht op een tweede persoon" in browser.text


def test_a_restriction_begins_at_once(desk: Desk) -> None:
    browser, walk = at_item(desk, RESTRICT)
    decided(browser)
    assert walk.item.stage == "executing"
    assert "Uitvoering" in browser.text


def test_portability_is_decided_here_and_goes_to_the_packer(desk: Desk) -> None:
    browser, walk = at_item(desk, TAKE, found={"app": [replace(account(), author="subject")]})
    decided(browser)
    assert (walk.item.stage, walk.item.decision) == ("executing", "granted")


def test_the_page_for_access_leads_to_the_page_of_the_right_that_was_asked(desk: Desk) -> None:
    browser, walk = at_item(desk, ERASE_MESSAGES)
    for page in ("decision", "approval"):
        desk.enter(f"a-{page}", roles=("officer", "approver"))
    assert browser.open(url(walk.row, "decision")).path == page_of(walk)
    answer = browser.client.post(
        url(walk.row, "decision"),
        data={**dict(browser.form("/decide").fields), "decision": "granted"},
    )
    assert answer.status_code == 409
    assert walk.item.stage == "reviewing"


def test_a_field_is_corrected_to_what_was_typed(desk: Desk) -> None:
    browser, walk = at_item(desk, CORRECT_EMAIL, found={"app": [account()]})
    decided(browser, pick="1", **{"new-1": "nieuw@voorbeeld.example"})
    assert walk.item.stage == "approving"
    assert [line["treatment"] for line in walk.plan().summary["lines"]] == ["correct"]
    assert "nieuw@voorbeeld.example" not in str(walk.plan().summary)


def test_a_field_of_another_name_is_named_by_its_number_and_path(desk: Desk) -> None:
    browser, walk = at_item(desk, CORRECT_EMAIL, found={"app": [account(nick="Noekie")]})
    decided(browser, other_system="app", other_number="1", other_path="/nick", other_new="Anouk")
    assert walk.item.stage == "approving"


@pytest.mark.parametrize(
    "typed",
    [
        {"pick": "1", "new-1": "geen adres"},
        {"pick": "1", "new-1": "nieuw@voorbeeld.example", "key-1": "x"},
        {"pick": "1", "new-1": "nieuw@voorbeeld.example", "path-1": "/nergens"},
        {"pick": "7"},
        {"other_system": "app", "other_number": "9", "other_path": "/nick"},
        {"other_system": "x", "other_number": "1", "other_path": "/nick"},
        {"other_system": "app", "other_number": "0", "other_path": "/nick"},
        {"statement": "Dit klopt niet.", "statement_at": ""},
        {"statement": "Dit klopt niet.", "statement_at": "crm/x"},
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_what_was_typed_stays(
    desk: Desk, typed: dict[str, str]
) -> None:
    browser, walk = at_item(desk, CORRECT_EMAIL, found={"app": [account()]})
    decided(browser, facts=WORDS, **typed)
    assert browser.page.status_code == 422
    assert WORDS in browser.text
    assert walk.item.stage == "reviewing"


def test_a_correction_without_a_field_is_not_decided(desk: Desk) -> None:
    browser, walk = at_item(desk, CORRECT_EMAIL, found={"app": [account()]})
    decided(browser)
    assert browser.page.status_code == 409
    assert "Kies het veld en de nieuwe waarde" in browser.text
    assert walk.item.stage == "reviewing"


def test_a_statement_of_the_person_can_be_added_instead(desk: Desk) -> None:
    browser, walk = at_item(desk, CORRECT_EMAIL, found={"app": [account()]})
    decided(browser, statement="Ik zie dit anders.", statement_at="app/account")
    assert walk.item.decision == "partly"
    assert [line["treatment"] for line in walk.plan().summary["lines"]] == ["statement"]


@pytest.mark.parametrize(
    "typed",
    [
        {"outcome": "refuse", "facts": WORDS, "instead": "Wij belden."},
        {"outcome": "refuse", "grounds": "excessive", "facts": "kort", "instead": "Wij belden."},
        {"outcome": "refuse", "grounds": "excessive", "facts": WORDS, "instead": " "},
        {"outcome": "refuse", "grounds": "zomaar", "facts": WORDS, "instead": "Wij belden."},
        {"delivery": "post"},
    ],
)
def test_a_decision_without_its_reasons_is_refused_with_nothing_changed(
    desk: Desk, typed: dict[str, str]
) -> None:
    browser, walk = at_item(desk, ERASE_MESSAGES)
    decided(browser, **typed)
    assert browser.page.status_code == 422
    assert 'id="fout"' in browser.text
    assert (walk.item.stage, walk.item.decision) == ("reviewing", None)


def test_grounds_that_were_ticked_and_then_not_meant_refuse_nothing(desk: Desk) -> None:
    browser, walk = at_item(desk, ERASE_MESSAGES)
    decided(browser, grounds="excessive")
    assert walk.item.decision == "granted"


def test_the_law_that_asks_the_dpo_asks_for_the_answer(desk: Desk) -> None:
    browser, walk = at_item(desk, OBJECT, found={})
    judged(browser, "A.4", "grant")
    decided(browser)
    assert browser.page.status_code == 422
    assert "functionaris gegevensbescherming antwoordde" in browser.text
    decided(browser, heard="De functionaris was het op maandag eens.")
    assert browser.page.status_code == 200
    assert walk.item.decision == "granted"


@pytest.mark.parametrize("change", ["data", "facts", "day", "made up"])
def test_a_decision_on_anything_else_than_was_seen_does_nothing(desk: Desk, change: str) -> None:
    browser, walk = at_item(desk, ERASE_MESSAGES)
    stale = dict(browser.form("/decide").fields)
    if change == "data":
        browser.open(url(walk.row, "review")).send("/withhold", n="0", reason="third_party")
    elif change == "facts":
        walk.say("A.2", claim_pending=True, needed_for_defence=True)
    elif change == "day":
        desk.clock.move(hours=14)
        browser = desk.sign_in("anna")
        stale["csrf_token"] = dict(browser.open(page_of(walk)).form("/decide").fields)["csrf_token"]
    else:
        stale["seen"] = "0" * 64
    answer = browser.client.post(page_of(walk, page="decide"), data={**stale, "facts": WORDS})
    assert answer.status_code == 409
    assert WORDS in answer.text
    assert walk.item.stage == "reviewing"


def test_a_right_of_another_request_reads_as_none(desk: Desk) -> None:
    browser, walk = at_item(desk, ERASE_MESSAGES)
    other = make_request(desk.house, wishes=(ERASE_MESSAGES,))
    place = url(walk.row, f"items/{other.items[0].id}")
    assert browser.open(place).page.status_code == 404


def test_several_rights_stand_on_the_request_each_with_its_own_way(desk: Desk) -> None:
    browser, walk = at_item(desk, ERASE_MESSAGES, RESTRICT, CORRECT_EMAIL)
    browser.open(url(walk.row))
    for name in ("Verwijdering", "Beperking", "Verbetering"):
        assert name in browser.text
    assert browser.title.startswith(f"{walk.row.reference} Verbetering, Verwijdering, Beperking")
    for item in walk.items():
        assert url(walk.row, f"items/{item.id}") in browser.links
    assert "nieuw@voorbeeld.example" not in browser.text
    browser.send("/look")
    assert "nieuw@voorbeeld.example" in browser.text
