"""The law at the desk: on the decision, part by part, and for any question an officer has."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import func, select

from dsr.core.explanation import Question, explain
from dsr.core.request import Decision, Verb
from dsr.core.subject import Level
from dsr.db import steps
from dsr.db.events import Event
from dsr.db.subject_requests import SubjectRequest
from dsr.law import words
from dsr.law.articles import article
from dsr.law.identity import Gate
from dsr.law.rights import Basis, Nature, Right
from dsr.services.house import House
from dsr.services.staff_login import who_is
from tests.makers import Clock, make_item, make_staff
from tests.services.test_proposing import decided, keep_back, sign, with_purpose
from tests.web.browsing import Browser
from tests.web.desk import Desk, desk_of, url

FILE = make_item(dataset="dossier", ref="d-1", kind="Observation", data={"text": "RR 140/90"})
LOGIN = make_item(dataset="sessions", ref="s-1", kind="session", data={"began": "2026-03-01"})
SURE = {"identity": "verified", "requester": "self"}


@pytest.fixture
def desk(house: House, clock: Clock) -> Desk:
    return desk_of(house, clock)


def at_law(desk: Desk, **changed: object) -> tuple[Browser, SubjectRequest]:
    browser, row = desk.mine(**changed)
    return browser.open(url(row, "law")), row


def shown(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", text))


# On the decision


def test_each_part_stands_with_its_articles_and_where_they_can_be_read(desk: Desk) -> None:
    browser, row = desk.mine(items={"his": [FILE]})
    text = browser.open(url(row, "decision")).text
    for code in ("BW:7:456", "WABVPZ:15d", "GDPR:15(3)"):
        one = article(code)
        assert f'href="{html.escape(one.link("nl"))}"' in text
        assert one.words("nl") in shown(text)
    assert "access.copy_of_the_medical_file" in text
    assert words.action("free_of_charge", "nl") in shown(text)


def test_a_question_for_the_clinician_holds_the_decision_up_until_it_is_answered(
    desk: Desk,
) -> None:
    browser, row = desk.mine(items={"his": [FILE], "crm": [make_item()]})
    officer = who_is(make_staff(desk.house, login="merel"))
    doctor = who_is(make_staff(desk.house, login="dokter", roles=("clinician",)))
    keep_back(desk.house, row, officer, "his")
    browser.open(url(row, "decision"))
    asked = words.question("does_privacy_of_another_weigh_more", "nl")
    assert "nog niet te besluiten" in browser.text
    assert f"{asked} Eerst antwoordt de zorgverlener." in shown(browser.text)
    browser.send("/decision")
    assert browser.page.status_code == 409
    sign(desk.house, row, doctor)
    browser.open(url(row, "decision"))
    assert "voorstel: deels geven" in browser.text
    assert f"{asked} Beantwoord door de zorgverlener." in shown(browser.text)
    browser.send("/decision")
    assert desk.stage(row) == "executing"


def test_what_waits_for_a_surer_identity_is_not_called_answered(desk: Desk) -> None:
    message = make_item(dataset="messages", kind="message", data={"message": "Dag."})
    found = {"sendbird": [message], "crm": [make_item()]}
    browser, row = desk.mine(items=found, level=Level.IA2)
    text = shown(browser.open(url(row, "decision")).text)
    assert "Zolang dat niet duidelijk is, gaat dit niet mee." in text
    assert "Beantwoord door" not in text


def test_who_may_keep_something_back_and_gives_all_is_told_so(desk: Desk) -> None:
    browser, row = desk.mine(items={"app": [LOGIN]})
    browser.open(url(row, "decision"))
    assert "De wet laat toe dat u iets achterhoudt. U geeft nu alles." in browser.text
    assert "voorstel: alles geven" in browser.text


def as_if(desk: Desk, purpose: str, **changed: object) -> Desk:
    """The same desk under a register in which one purpose is another."""
    return desk_of(with_purpose(desk.house, purpose, **changed), desk.clock)


def test_what_the_law_does_not_let_us_answer_cannot_be_chosen(desk: Desk) -> None:
    desk = as_if(desk, "A.5", basis=Basis.PROCESSOR)
    browser, row = desk.mine(items={"app": [LOGIN]})
    browser.open(url(row, "decision"))
    assert "De wet en wat u geeft, spreken elkaar tegen." in browser.text
    assert browser.text.count("disabled") == 3
    browser.send("/decision", decision="granted")
    assert browser.page.status_code == 409
    assert desk.stage(row) == "reviewing"


def test_the_answer_of_the_data_protection_officer_is_asked_for_and_kept(desk: Desk) -> None:
    desk = as_if(desk, "A.5", nature=Nature.STATISTICS, held=())
    browser, row = desk.mine(items={"app": [LOGIN]})
    browser.open(url(row, "decision")).send("/decision", heard="Ja, hoor.")
    assert browser.page.status_code == 422
    assert 'id="fout-heard"' in browser.text
    assert "Ja, hoor." in browser.text
    browser.send("/decision", heard="De functionaris zei op 9 maart dat dit mag.")
    assert desk.stage(row) == "executing"
    assert "De functionaris zei op 9 maart dat dit mag." in browser.open(url(row)).text


def test_the_page_for_a_second_person_opens_also_where_nothing_waits(desk: Desk) -> None:
    officer = who_is(make_staff(desk.house, login="merel"))
    row = desk.found()
    decided(desk.house, row, officer, Decision.GRANTED)
    browser = desk.enter("ruben", roles=("approver",)).open(url(row, "approval"))
    browser.send("/look", look="kijken wat er wacht")
    assert "wacht geen akkoord" in browser.open(url(row, "approval")).text


# For any question


def test_the_law_begins_with_the_right_that_was_asked_for_and_with_what_is_known(
    desk: Desk,
) -> None:
    browser, _row = at_law(desk)
    assert browser.page.status_code == 200
    assert re.search(r'value="access" selected', browser.text)
    assert re.search(r'value="verified" selected', browser.text)
    assert words.outcome(words.Outcome.GRANT, "nl") in shown(browser.text)


def test_it_says_what_the_terminal_says(desk: Desk) -> None:
    browser, _row = at_law(desk)
    office = desk.house.office
    question = Question(
        right=Right.ERASURE, activity=office.register.activity("A.2"), facts=SURE,
        today=office.today(),
    )  # fmt: skip
    told = explain(question, "nl")
    browser.send("/law", right="erasure", purpose="A.2", **SURE)
    text = shown(browser.text)
    assert told.proposal.rule in text
    for ground in told.reasons.grounds:
        assert ground.words in text
        assert html.escape(ground.url) in browser.text
    for action in told.reasons.actions:
        assert action.words in text


def test_all_that_an_act_needs_has_words(desk: Desk) -> None:
    browser, _row = at_law(desk)
    browser.send("/law", right="erasure", purpose="A.3", **SURE)
    assert words.gate(Gate.TWO_PERSONS, "nl") in browser.text
    assert "Telt vanaf" in browser.text


def test_the_law_answers_on_every_right_and_purpose_in_both_languages(desk: Desk) -> None:
    browser, row = at_law(desk)
    for language in ("nl", "en"):
        browser.open("/desk/").send("/language", language=language)
        browser.open(url(row, "law"))
        for right in Right:
            for purpose in desk.house.office.register.activity_ids:
                browser.send("/law", right=right, purpose=purpose, **SURE)
                assert browser.page.status_code == 200, (right, purpose)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"age": "veertig"}, "Leeftijd: schrijf een heel getal van 0 of meer."),
        ({"age": "-1"}, "Leeftijd: schrijf een heel getal van 0 of meer."),
        ({"copy_number": "2,5"}, "schrijf een heel getal van 0 of meer."),
        ({"identity": "zeker"}, "kies een antwoord uit de lijst."),
        ({"age": "<script>"}, "Leeftijd: schrijf een heel getal van 0 of meer."),
    ],
)
def test_a_fact_that_cannot_be_is_named_and_what_was_typed_stays(
    desk: Desk, wrong: dict[str, str], said: str
) -> None:
    browser, _row = at_law(desk)
    browser.send("/law", {"right": "erasure", "purpose": "A.2", **SURE, "child_age": "9", **wrong})
    ((name, typed),) = wrong.items()
    assert browser.page.status_code == 422
    assert browser.title.startswith("Fout:")
    assert f'href="#veld-{name}"' in browser.text
    assert f'id="fout-{name}"' in browser.text
    assert said in shown(browser.text)
    assert re.search(r'id="veld-child_age"[^>]* value="9"', browser.text)
    assert re.search(r'value="erasure" selected', browser.text)
    if name != "identity":
        assert f'value="{html.escape(typed)}"' in browser.text


@pytest.mark.parametrize(
    ("name", "typed"), [("right", "wissen"), ("purpose", "Z.9"), ("right", "")]
)
def test_a_right_or_purpose_that_does_not_exist_is_named(desk: Desk, name: str, typed: str) -> None:
    browser, _row = at_law(desk)
    browser.send("/law", {"right": "access", "purpose": "A.1", **SURE, name: typed})
    assert browser.page.status_code == 422
    assert f'id="fout-{name}"' in browser.text


def test_asking_the_law_leaves_no_trace_in_address_or_log(desk: Desk) -> None:
    browser, row = at_law(desk)
    with desk.house.reading() as db:
        before = db.scalar(select(func.count()).select_from(Event))
    browser.send("/law", right="access", purpose="A.3", age="9", **SURE)
    with desk.house.reading() as db:
        assert db.scalar(select(func.count()).select_from(Event)) == before
        assert not [s for s in steps.of_request(db, row.id) if s.verb == Verb.PACK]
    assert "?" not in browser.path


def test_below_the_level_it_is_not_said_to_be_sure_who_asks(desk: Desk) -> None:
    browser, _row = at_law(desk, level=Level.IA0)
    assert re.search(r'value="unverified" selected', browser.text)


def test_while_it_waits_for_who_asks_it_tells_what_would_follow(desk: Desk) -> None:
    browser, _row = at_law(desk, level=Level.IA0)
    assert words.outcome("verify_identity", "nl") in shown(browser.text)
    assert f"Daarna: {words.outcome('grant', 'nl')}" in shown(browser.text)
