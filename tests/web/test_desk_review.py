"""Reviewing: withholding, blacking out (T15), the clinician, and content that is code (T29)."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from dsr.core.connector import Item
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, contents, found
from tests.makers import make_item
from tests.web.browsing import Browser
from tests.web.desk import Desk, make_desk, url

XSS = "<script>alert(1)</script><svg onload=alert(1)>"
SAID = "Wij spraken met Karel Jansma op 06 0000 0199. Groet, Merel."


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def message(text: str, number: int = 0) -> Item:
    data: dict[str, object] = {"message": text, "id": f"m{number}", "sender": {"name": "Merel"}}
    return make_item(ref=f"m{number}", dataset="messages", kind="message", data=data)


def at_review(desk: Desk, *items: Item, system: str = "sendbird") -> tuple[Browser, SubjectRequest]:
    browser, row = desk.mine(items={system: list(items)})
    return browser.open(url(row, "review")), row


def released(desk: Desk, row: SubjectRequest, system: str = "sendbird") -> list[bytes]:
    """What would leave of a system, as JSON."""
    with desk.house.reading() as db:
        fresh = subject_requests.by_id(db, row.id)
        key = case.case_key(db, desk.house.office, fresh)
        read = contents.released(desk.house.office, key, found.load(db, fresh))
        return [orjson.dumps(item.data) for item in read(system)]


def test_fifty_items_a_page_and_the_rest_on_the_next(desk: Desk) -> None:
    browser, row = at_review(desk, *(message(f"bericht {n}.", n) for n in range(53)))
    assert browser.text.count("data-row") == 50
    browser.open(url(row, "review?system=sendbird&first=50"))
    assert browser.text.count("data-row") == 3
    assert "bericht 52." in browser.text


def test_an_item_is_withheld_and_given_again(desk: Desk) -> None:
    browser, row = at_review(desk, message("geheim"), message("gewoon", 1))
    browser.send("/withhold", n="0", reason="third_party")
    assert "<b>2 gegevens</b>, 1 geven, 1 niet geven" in browser.text
    assert len(released(desk, row)) == 1
    browser.send("/give-again")
    assert "2 geven, 0 niet geven" in browser.text
    assert len(released(desk, row)) == 2


def test_several_items_are_withheld_at_once(desk: Desk) -> None:
    browser, row = at_review(desk, *(message(f"nr {n}", n) for n in range(4)))
    browser.send("/withhold", {"n": ["0", "2", "3"], "reason": "work_notes"})
    assert [b"nr 1" in data for data in released(desk, row)] == [True]


def test_nothing_chosen_and_no_reason_are_told(desk: Desk) -> None:
    browser, row = at_review(desk, message("iets"))
    browser.send("/withhold", reason="third_party")
    assert "Kies eerst een of meer gegevens." in browser.text
    browser.open(url(row, "review")).send("/withhold", n="0", reason="because")
    assert browser.page.status_code == 422


def test_typed_words_turn_black_everywhere_and_leave_no_trace(desk: Desk) -> None:
    said = f"{SAID} Karel  Jansma belt terug."
    browser, row = at_review(desk, message(said))
    browser.send("/black-out", words="karel jansma", reason="third_party")
    assert browser.page.status_code == 200
    assert "zwart gemaakt" in browser.text
    (left,) = released(desk, row)
    assert b"Jansma" not in left
    assert b"Karel" not in left
    assert b"06 0000 0199" in left
    assert "Karel" not in browser.open(url(row, "review?as=person")).text


def test_words_may_be_blacked_out_in_one_field_only(desk: Desk) -> None:
    browser, row = at_review(desk, message("Dag. Groet, Merel."))
    browser.send("/black-out", words="Dag", path="/message", reason="third_party")
    (left,) = released(desk, row)
    assert b"Dag" not in left
    assert b"Merel" in left


def test_words_that_do_not_stand_there_are_kept_on_the_page(desk: Desk) -> None:
    browser, _row = at_review(desk, message(SAID))
    browser.send("/black-out", words="Kees Jansen", reason="third_party")
    assert browser.page.status_code == 422
    assert "staan niet in dit gegeven" in browser.text
    assert 'value="Kees Jansen"' in browser.text


def test_a_field_turns_black_by_its_button(desk: Desk) -> None:
    browser, row = at_review(desk, message(SAID))
    browser.send("/withhold", n="0", path="/sender/name", reason="third_party")
    (left,) = released(desk, row)
    assert orjson.loads(left)["sender"]["name"] == "[■■■]"


def test_a_blacked_out_field_cannot_be_guessed_by_another_path(desk: Desk) -> None:
    browser, _row = at_review(desk, message(SAID))
    for path in ("/nothing", "message", "/message/deeper", "/sender/9"):
        browser.send("/withhold", n="0", path=path, reason="third_party")
        assert browser.page.status_code == 422, path


def test_black_words_are_given_again(desk: Desk) -> None:
    browser, row = at_review(desk, message(SAID))
    browser.send("/black-out", words="Karel Jansma", reason="third_party").send("/give-again")
    assert b"Karel Jansma" in released(desk, row)[0]


def test_found_content_that_is_code_is_shown_as_text(desk: Desk) -> None:
    item = make_item(data={"note": XSS, XSS: XSS, "list": [XSS]}, kind=XSS)
    browser, row = at_review(desk, item, system="crm")
    for page in ("review", "review?as=person", "decision"):
        text = browser.open(url(row, page)).text
        assert "<script>alert" not in text
        assert "<svg onload" not in text


def test_as_the_person_shows_no_withheld_item_and_no_button(desk: Desk) -> None:
    browser, row = at_review(desk, message("geheim"), message("gewoon", 1))
    browser.send("/withhold", n="0", reason="third_party")
    text = browser.open(url(row, "review?as=person")).text
    assert "geheim" not in text
    assert "gewoon" in text
    assert "Geef gekozen niet" not in text


def test_below_ia3_messages_do_not_leave_and_the_page_says_why(desk: Desk) -> None:
    browser, row = desk.mine(items={"sendbird": [message("hoi")]}, level=Level.IA2)
    text = browser.open(url(row, "review")).text
    assert "Zekerheid te laag voor dit soort gegevens" in text
    assert released(desk, row) == []


def test_a_system_that_was_not_searched_reads_as_none(desk: Desk) -> None:
    browser, row = at_review(desk, message("hoi"))
    assert browser.open(url(row, "review?system=nothing")).page.status_code == 404


def of_file(ref: str = "h1") -> Item:
    data: dict[str, object] = {"code": {"text": "Eczeem"}, "note": "Partner is ook patiënt."}
    return make_item(ref=ref, dataset="dossier", kind="Condition", data=data)


def test_only_a_clinician_signs_and_only_what_was_seen(desk: Desk) -> None:
    officer, row = at_review(desk, of_file(), system="his")
    assert "tekent een zorgverlener" in officer.text
    assert "Ik teken hiervoor" not in officer.text
    doctor = desk.enter("ingrid", roles=("clinician",))
    doctor.open(url(row, "review")).send("/look", look="ik teken voor het dossier")
    assert "U tekent voor 1 van 1 gegevens" in doctor.text
    stale = doctor.form("/sign-off")
    officer.open(url(row, "review")).send("/black-out", words="Partner", reason="third_party")
    answer = doctor.client.post(stale.action, data=dict(stale.fields))
    assert answer.status_code == 409
    doctor.open(url(row, "review")).send("/sign-off")
    assert "Een zorgverlener tekende" in doctor.text


def test_a_signature_falls_when_something_changes(desk: Desk) -> None:
    officer, row = at_review(desk, of_file(), system="his")
    doctor = desk.enter("ingrid", roles=("clinician",))
    doctor.open(url(row, "review")).send("/look", look="ik teken voor het dossier").send(
        "/sign-off"
    )
    officer.open(url(row, "review")).send("/withhold", n="0", reason="work_notes")
    assert "Een zorgverlener tekende" not in officer.text


def test_after_the_decision_the_review_is_closed(desk: Desk) -> None:
    browser, row = at_review(desk, message("hoi"))
    form = browser.form("/withhold")
    browser.open(url(row, "decision")).send("/decision", decision="granted")
    data = browser.filled(form, {"n": "0", "reason": "third_party"})
    assert browser.client.post(form.action, data=data).status_code == 409
    assert len(released(desk, row)) == 1
