"""The request's page: need to view (T65), taking it on, notes, systems, and what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsr.core.actions import Action
from dsr.core.connector import Candidate, Several
from dsr.core.request import Outcome
from dsr.core.subject import Level
from dsr.db import events, subject_requests
from dsr.db.events import Event
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import case, plan
from tests.makers import make_item, make_request
from tests.web.desk import Desk, make_desk, url

XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}}"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def told(desk: Desk, row: SubjectRequest, action: Action) -> list[Event]:
    with desk.house.reading() as db:
        log = events.of_request(db, row.practice, row.id)
    return [event for event in log if event.action == action]


def step_of(desk: Desk, row: SubjectRequest, system: str) -> Step:
    with desk.house.reading() as db:
        fresh = subject_requests.by_id(db, row.id)
        return next(s for s in plan.searches_of(db, fresh) if s.system == system)


def change(desk: Desk, step: Step, **values: object) -> None:
    with desk.house.writing() as db:
        fresh = db.get_one(Step, step.id)
        for name, value in values.items():
            setattr(fresh, name, value)


def test_lists_titles_and_addresses_hold_no_name(desk: Desk) -> None:
    row = desk.found(name="Anouk Voorbeeld")
    browser = desk.enter(roles=("officer", "approver", "clinician"))
    for page in ("/desk/", "/desk/queue", "/desk/approvals", "/desk/log", url(row)):
        text = browser.open(page).text
        assert "Anouk" not in text, page
        assert "A.V." in text or page in ("/desk/approvals", "/desk/log")
        assert "Voorbeeld" not in browser.title


def test_the_person_shows_only_after_a_reason_which_is_recorded(desk: Desk) -> None:
    row = desk.found()
    browser = desk.enter().open(url(row))
    assert "anouk@voorbeeld.example" not in browser.text
    browser.send("/look", look="")
    assert browser.page.status_code == 422
    browser.open(url(row)).send("/look", look="patiënt belt over zijn verzoek")
    assert "anouk@voorbeeld.example" in browser.text
    (seen,) = told(desk, row, Action.VIEWED)
    assert seen.body == {"assigned": False, "what": "person"}
    assert seen.sealed is not None
    assert "patiënt belt over zijn verzoek" in browser.text


@pytest.mark.parametrize("page", ["review", "decision", "identity", "send"])
def test_content_of_a_request_that_is_not_mine_needs_a_reason(desk: Desk, page: str) -> None:
    row = desk.found()
    browser = desk.enter().open(url(row, page))
    assert browser.page.status_code == 403
    assert "Waarom kijkt u?" in browser.title
    assert "dinsdag" not in browser.text
    browser.send("/look", look="collega is ziek")
    assert browser.page.status_code == 200
    assert told(desk, row, Action.VIEWED)[0].body["what"] == page


def test_after_the_reason_the_page_that_was_asked_for_opens(desk: Desk) -> None:
    row = desk.found()
    browser = desk.enter("ruben", roles=("approver",))
    browser.open(url(row, "review?system=crm")).send("/look", look="steekproef van het logboek")
    assert browser.path == url(row, "review?system=crm")


@pytest.mark.parametrize("back", ["//elders.example", "https://elders.example", "/desk/queue"])
def test_a_reason_leads_nowhere_else(desk: Desk, back: str) -> None:
    row = desk.found()
    browser = desk.enter().open(url(row, "review"))
    browser.send("/look", look="collega is ziek", back=back)
    assert browser.path == url(row, "review")


def test_no_form_sets_what_it_does_not_ask_for(desk: Desk) -> None:
    """Every column name in every form changes nothing but what the form is for (T24)."""
    desk.app.config["WTF_CSRF_ENABLED"] = False
    browser, row = desk.mine()
    columns = [*SubjectRequest.__table__.columns, *RequestItem.__table__.columns]
    stuffed = {column.name: "centrum" for column in columns} | {"note": "gewoon", "was": ""}
    for page in ("notes", "take"):
        browser.client.post(url(row, page), data=stuffed)
    with desk.house.reading() as db:
        after = subject_requests.by_id(db, row.id)
    same = ("practice", "level", "due", "closed_at", "run", "reference", "data_key_id")
    assert [getattr(after, name) for name in same] == [getattr(row, name) for name in same]
    assert (after.items[0].stage, after.items[0].decision) == ("reviewing", None)


def test_a_letter_and_its_preview_need_the_reason_as_well(desk: Desk) -> None:
    row = desk.found()
    browser = desk.enter()
    assert browser.open(url(row, "preview")).page.status_code == 403
    assert browser.open(url(row, "letters/x")).page.status_code == 403


def test_without_a_reason_nothing_can_be_withheld(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    row = desk.found()
    typed = {"system": "crm", "n": "0", "reason": "third_party"}
    answer = desk.enter().client.post(url(row, "withhold"), data=typed)
    assert answer.status_code == 403
    assert not told(desk, row, Action.WITHHELD)


def test_my_own_request_opens_at_once_and_is_recorded_once(desk: Desk) -> None:
    browser, row = desk.mine()
    for _ in range(3):
        assert browser.open(url(row, "review")).page.status_code == 200
    (seen,) = told(desk, row, Action.VIEWED)
    assert seen.body == {"assigned": True, "what": "review"}


def test_a_reason_holds_for_half_an_hour(desk: Desk) -> None:
    row = desk.found()
    browser = desk.enter().open(url(row, "review")).send("/look", look="collega is ziek")
    for _ in range(3):
        desk.clock.move(minutes=11)
        browser.open(url(row, "review"))
    assert browser.page.status_code == 403


def test_aan_mij_takes_the_request(desk: Desk) -> None:
    row = desk.found()
    browser = desk.enter().open(url(row)).send("/take")
    assert "Toegewezen aan Test anna" in browser.text
    assert browser.open("/desk/queue?part=mine").text.count(row.reference) > 0


def test_of_two_officers_the_second_hears_that_it_is_taken(desk: Desk) -> None:
    row = desk.found()
    anna, merel = desk.enter("anna").open(url(row)), desk.enter("merel").open(url(row))
    anna.send("/take")
    merel.send("/take")
    assert merel.page.status_code == 409
    assert "Iemand anders heeft dit net veranderd" in merel.text


def test_a_request_goes_only_to_a_colleague_of_its_practice(desk: Desk) -> None:
    elsewhere = desk.staff("elders", practices=("centrum",))
    browser, row = desk.mine()
    browser.open(url(row)).send("/give", staff=elsewhere.id)
    assert browser.page.status_code == 422


def test_a_note_is_sealed_and_shown_as_text(desk: Desk) -> None:
    browser, row = desk.mine()
    browser.open(url(row)).send("/notes", note=XSS)
    assert "<script>alert(1)" not in browser.text
    assert "&lt;script&gt;alert(1)" in browser.text
    assert "{{7*7}}" in browser.text
    (note,) = told(desk, row, Action.NOTED)
    assert note.body == {}
    assert note.sealed is not None
    assert b"script" not in note.sealed


def test_a_note_that_is_too_long_is_kept_on_the_page(desk: Desk) -> None:
    browser, row = desk.mine()
    browser.open(url(row)).send("/notes", note="a" * 4001)
    assert browser.page.status_code == 422
    assert "a" * 4001 in browser.text


def test_a_name_that_is_code_stays_text(desk: Desk) -> None:
    row = desk.found(name=XSS)
    browser = desk.enter()
    desk.give(row, "anna")
    for page in (url(row), "/desk/queue", "/desk/", url(row, "identity"), url(row, "preview")):
        text = browser.open(page).text
        assert "<script>alert" not in text, page
        assert "<img src=x" not in text, page
    browser.open(url(row)).send("/look")
    assert "&lt;script&gt;" in browser.text


def test_the_term_shows_how_it_was_derived(desk: Desk) -> None:
    browser, row = desk.mine()
    text = browser.open(url(row)).text
    assert "nog 31 dagen" in text
    assert "Eén maand later is 10 april 2026." in text


def searching(desk: Desk) -> SubjectRequest:
    return make_request(desk.house, level=Level.IA4)


def test_a_failing_system_says_what_is_wrong_and_can_be_tried_again(desk: Desk) -> None:
    row = searching(desk)
    step = step_of(desk, row, "crm")
    change(desk, step, trouble="NeedsPerson: x", needs_person=True, attempts=2)
    browser = desk.enter().open(url(row))
    assert "Dit systeem weigert. Een mens moet iets doen." in browser.text
    browser.send(f"{step.id}/retry")
    assert step_of(desk, row, "crm").needs_person is False
    assert told(desk, row, Action.SYSTEM_RETRIED)


def test_searching_by_hand_needs_the_proof(desk: Desk) -> None:
    row = searching(desk)
    step = step_of(desk, row, "oneassist")
    browser = desk.enter().open(url(row))
    assert "Vraag OneAssist" in browser.text
    browser.send(f"{step.id}/by-hand", outcome="none_found", proof="")
    assert browser.page.status_code == 422
    browser.open(url(row)).send(
        f"{step.id}/by-hand", outcome="none_found", proof="Gebeld met OneAssist, niets gevonden."
    )
    assert step_of(desk, row, "oneassist").outcome == Outcome.NONE_FOUND


def test_going_on_without_a_system_needs_a_reason_and_is_named(desk: Desk) -> None:
    row = searching(desk)
    step = step_of(desk, row, "crm")
    change(desk, step, trouble="TryAgain: x", attempts=9)
    browser = desk.enter().open(url(row))
    browser.send(f"{step.id}/without", reason=" ")
    assert browser.page.status_code == 422
    browser.open(url(row)).send(f"{step.id}/without", reason="Leverancier ligt er een week uit.")
    assert step_of(desk, row, "crm").outcome == Outcome.FAILED
    assert "Verder zonder Onze administratie (CRM)" in browser.text


def test_a_finished_system_cannot_be_reopened_by_its_buttons(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    row = searching(desk)
    step = step_of(desk, row, "crm")
    change(desk, step, outcome=Outcome.NONE_FOUND)
    answer = desk.enter().client.post(url(row, f"steps/{step.id}/retry"))
    assert answer.status_code == 409
    assert step_of(desk, row, "crm").outcome == Outcome.NONE_FOUND


def test_of_several_people_the_desk_chooses_and_no_reference_is_on_the_page(desk: Desk) -> None:
    row = searching(desk)
    step = step_of(desk, row, "crm")
    both = (
        Candidate(subject_ref="crm-one", agrees=("name",), shown={"name": "Anouk Voorbeeld"}),
        Candidate(subject_ref="crm-two", agrees=("name",), shown={"name": "A. Voorbeeld"}),
    )
    with desk.house.writing() as db:
        fresh = db.get_one(Step, step.id)
        key = case.case_key(db, desk.house.office, subject_requests.by_id(db, row.id))
        plan.keep_candidates(key, fresh, Several(candidates=both))
        fresh.outcome = Outcome.SEVERAL_PEOPLE
    browser = desk.enter()
    desk.give(row, "anna")
    browser.open(url(row, f"steps/{step.id}/people"))
    assert "Anouk Voorbeeld" in browser.text
    assert "crm-one" not in browser.text
    browser.send("/choose", person="made up")
    assert browser.page.status_code == 422
    browser.open(url(row, f"steps/{step.id}/people")).send("/choose", person="nobody")
    assert step_of(desk, row, "crm").outcome == Outcome.NONE_FOUND


def test_a_step_of_another_request_reads_as_none(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    mine, other = searching(desk), searching(desk)
    step = step_of(desk, other, "crm")
    answer = desk.enter().client.post(url(mine, f"steps/{step.id}/retry"))
    assert answer.status_code == 404


def test_searching_again_starts_a_new_run(desk: Desk) -> None:
    browser, row = desk.mine(items={"crm": [make_item()]})
    browser.open(url(row)).send("/search-again")
    assert desk.stage(row) == "searching"


def test_the_queue_pages_and_its_counts_are_the_rows_behind_them(desk: Desk) -> None:
    for _ in range(27):
        make_request(desk.house)
    browser = desk.enter().open("/desk/")
    assert "<b>27</b>" in browser.text
    first = browser.open("/desk/queue?part=identity").text
    later = next(link for link in browser.links if "after=" in link)
    second = browser.open(later).text
    assert (first.count("data-row"), second.count("data-row")) == (25, 2)


@pytest.mark.parametrize("after", ["x", "2026-13-40_x", "2026-01-01", "'; drop table"])
def test_a_made_up_place_in_the_queue_is_the_beginning(desk: Desk, after: str) -> None:
    make_request(desk.house)
    browser = desk.enter()
    assert browser.client.get("/desk/queue", query_string={"after": after}).status_code == 200
