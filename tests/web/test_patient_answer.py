"""The answer: only at the level of its release, for a while, counted, and in pieces (T16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader

from dsr.core.connector import ContactPoint, One
from dsr.core.request import Decision
from dsr.core.subject import Level, Subject
from dsr.db import answers, subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.law.grounds import ground
from dsr.services import stages
from dsr.services.decide import Decided
from dsr.services.house import House
from dsr.services.office import Terms
from dsr.web.app import create_app
from tests.makers import Clock, make_item, make_request
from tests.web.answers import (
    LETTER,
    PACKAGE,
    collection_code,
    make_answered,
    make_refused,
    the_mailed_code,
)
from tests.web.browsing import Browser, to_sent

FOUND = {
    "crm": [make_item(), make_item(ref="r-2"), make_item(ref="r-3", about_subject=False)],
    "sendbird": [make_item(dataset="messages", kind="message", ref=f"m-{n}") for n in range(5)],
}


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def follow(browser: Browser, house: House, row: SubjectRequest) -> Browser:
    """Open a request by its number and key."""
    browser.open("/nl/volgen?ander=1")
    return browser.send(
        "zoeken", reference=row.reference, key=house.office.secret_of(row.reference)
    )


def collected(browser: Browser, house: House, row: SubjectRequest) -> Browser:
    """Open an answer with a code from the desk."""
    follow(browser, house, row).open("/nl/code/collect")
    return browser.send("collect", code=collection_code(house, row))


def on_file(row: SubjectRequest) -> One:
    """What the leading system knows of the person who asks: an address of long standing."""
    since = row.received_at.date() - timedelta(days=365)
    contact = ContactPoint(kind="email", value="anouk@voorbeeld.example", since=since)
    person = Subject(name="Anouk Voorbeeld", email="anouk@voorbeeld.example")
    return One(
        subject_ref="p-1", agrees=("name", "birth_date"), on_file=person, contacts=(contact,)
    )


def test_number_and_key_alone_open_no_answer(browser: Browser, house: House) -> None:
    row = make_answered(house, found=FOUND)
    follow(browser, house, row)
    assert "Uw antwoord staat klaar" in browser.text
    browser.open("/nl/antwoord")
    assert browser.title.startswith("Laat eerst zien dat u het bent")
    assert "gevonden" not in browser.text
    assert browser.open("/nl/antwoord/brief.pdf").page.status_code == 403
    assert browser.open("/nl/antwoord/gegevens.zip").page.status_code == 403


def test_a_code_from_the_desk_opens_the_answer_once(browser: Browser, house: House) -> None:
    row = make_answered(house, found=FOUND)
    code = collection_code(house, row)
    follow(browser, house, row).open("/nl/code/collect").send("collect", code=code.lower())
    assert browser.path == "/nl/antwoord"
    assert browser.title.startswith("U krijgt een deel van uw gegevens")
    assert "Wij vonden 8 gegevens over u. U krijgt er 7." in browser.text
    assert "Dit gaat niet over u. Het gaat over iemand anders." in browser.text
    assert "Autoriteit Persoonsgegevens" in browser.text
    assert "dinsdag 21 april 2026" in browser.text, "six weeks for the court"
    other = Browser(browser.client.application)
    follow(other, house, row).open("/nl/code/collect").send("collect", code=code)
    assert "De code is verlopen." in other.text


def test_letter_and_package_come_whole_and_in_pieces(browser: Browser, house: House) -> None:
    row = make_answered(house, found=FOUND)
    collected(browser, house, row)
    letter = browser.client.get("/nl/antwoord/brief.pdf")
    assert (letter.data, letter.mimetype) == (LETTER, "application/pdf")
    assert (
        letter.headers["Content-Disposition"] == f"attachment; filename=brief-{row.reference}.pdf"
    )
    assert letter.headers["Cache-Control"] == "no-store"
    whole = browser.client.get("/nl/antwoord/gegevens.zip")
    assert (whole.data, whole.headers["Accept-Ranges"]) == (PACKAGE, "bytes")
    part = browser.client.get("/nl/antwoord/gegevens.zip", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, PACKAGE[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(PACKAGE)}"
    tail = browser.client.get("/nl/antwoord/gegevens.zip", headers={"Range": "bytes=-7"})
    assert tail.data == PACKAGE[-7:]
    beyond = browser.client.get(
        "/nl/antwoord/gegevens.zip", headers={"Range": f"bytes={len(PACKAGE)}-"}
    )
    assert (beyond.status_code, beyond.data) == (416, b"")
    changed = {"Range": "bytes=5-9", "If-Range": '"of another file"'}
    assert browser.client.get("/nl/antwoord/gegevens.zip", headers=changed).data == PACKAGE


def test_only_a_download_from_the_first_byte_counts(browser: Browser, house: House) -> None:
    row = make_answered(house, found=FOUND)
    collected(browser, house, row)
    asked = ({}, {"Range": "bytes=500-"}, {"Range": "bytes=0-9"}, {"Range": "bytes=10-19"})
    for headers in asked:
        browser.client.get("/nl/antwoord/gegevens.zip", headers=headers)
    browser.client.head("/nl/antwoord/gegevens.zip")
    assert downloads(house, row) == 2
    assert "nog 8 keer" in browser.open("/nl/antwoord").text


def test_a_range_cannot_be_the_first_download_uncounted(browser: Browser, house: House) -> None:
    row = make_answered(house, found=FOUND)
    collected(browser, house, row)
    browser.client.get("/nl/antwoord/gegevens.zip", headers={"Range": "bytes=1-"})
    assert downloads(house, row) == 1


def test_after_the_last_download_the_package_is_gone(browser: Browser, house: House) -> None:
    row = make_answered(house, found=FOUND)
    collected(browser, house, row)
    for _ in range(house.office.terms.downloads):
        assert browser.client.get("/nl/antwoord/gegevens.zip").status_code == 200
    browser.open("/nl/antwoord/gegevens.zip")
    assert browser.page.status_code == 409
    assert "Deze download is verlopen. Vraag een nieuwe aan." in browser.text
    assert "gegevens.zip" not in browser.open("/nl/antwoord").text


def test_after_two_weeks_the_package_is_gone(browser: Browser, house: House, clock: Clock) -> None:
    row = make_answered(house, found=FOUND)
    clock.move(days=Terms().package_days)
    collected(browser, house, row)
    assert "Deze download is verlopen." in browser.text
    assert browser.client.get("/nl/antwoord/gegevens.zip").status_code == 409
    assert browser.client.get("/nl/antwoord/brief.pdf").data == LETTER


def test_a_link_in_another_browser_asks_who_you_are(browser: Browser, house: House) -> None:
    row = make_answered(house, found=FOUND)
    collected(browser, house, row)
    other = Browser(browser.client.application).open("/nl/antwoord/gegevens.zip")
    assert other.path == "/nl/?leeg=1"


def test_a_proof_for_one_request_opens_no_other(browser: Browser, house: House) -> None:
    mine, theirs = make_answered(house, found=FOUND), make_answered(house, found=FOUND)
    collected(browser, house, mine)
    follow(browser, house, theirs).open("/nl/antwoord")
    assert browser.title.startswith("Laat eerst zien dat u het bent")
    assert browser.client.get("/nl/antwoord/brief.pdf").status_code == 403


def test_a_code_of_another_request_opens_nothing(browser: Browser, house: House) -> None:
    mine, theirs = make_answered(house, found=FOUND), make_answered(house, found=FOUND)
    code = collection_code(house, mine)
    collection_code(house, theirs)
    follow(browser, house, theirs).open("/nl/code/collect").send("collect", code=code)
    assert "De code klopt niet. U kunt nog 4 keer proberen." in browser.text


def test_after_half_an_hour_of_silence_the_answer_is_closed(
    browser: Browser, house: House, clock: Clock
) -> None:
    row = make_answered(house, found=FOUND)
    collected(browser, house, row)
    for _ in range(3):
        clock.move(minutes=29)
        assert browser.open("/nl/antwoord").title.startswith("U krijgt")
    clock.move(minutes=31)
    assert browser.open("/nl/antwoord").title.startswith("Laat eerst zien")
    assert browser.client.get("/nl/antwoord/brief.pdf").status_code == 403


def test_a_proof_lasts_eight_hours_at_most(browser: Browser, house: House, clock: Clock) -> None:
    row = make_answered(house, found=FOUND)
    collected(browser, house, row)
    for _ in range(17):
        clock.move(minutes=29)
        browser.open("/nl/antwoord")
    assert browser.title.startswith("Laat eerst zien")


def test_the_visit_gets_a_new_token_when_it_opens_more(browser: Browser, house: House) -> None:
    row = make_answered(house, found=FOUND)
    follow(browser, house, row)
    before = browser.client.get_cookie("visit")
    browser.open("/nl/code/collect").send("collect", code=collection_code(house, row))
    after = browser.client.get_cookie("visit")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    stolen = Browser(browser.client.application)
    stolen.client.set_cookie("visit", before.value)
    assert stolen.open("/nl/antwoord").path == "/nl/?leeg=1"


def test_a_code_to_the_contact_on_file_opens_what_is_not_special(
    browser: Browser, house: House
) -> None:
    row = make_answered(house, level=Level.IA2, found=FOUND)
    follow(browser, house, row).open("/nl/antwoord").send("download/nieuw")
    assert browser.path == "/nl/code/download"
    code = the_mailed_code(house, row, on_file(row))
    browser.send("download", code=code)
    assert browser.path == "/nl/antwoord"
    assert "daarvoor moeten wij zekerder" in browser.text.lower()


def test_a_code_by_mail_does_not_open_what_needs_more(browser: Browser, house: House) -> None:
    row = make_answered(house, level=Level.IA3, found=FOUND)
    follow(browser, house, row).open("/nl/antwoord").send("download/nieuw")
    code = the_mailed_code(house, row, on_file(row))
    browser.send("download", code=code)
    assert "Voor dit antwoord is een code per e-mail niet genoeg." in browser.text
    assert browser.client.get("/nl/antwoord/brief.pdf").status_code == 403


def test_a_guest_with_a_code_is_searched_for_and_an_impostor_is_not(
    browser: Browser, house: House
) -> None:
    to_sent(browser, way="code")
    row = newest(house)
    browser.open("/nl/code/identify")
    code = the_mailed_code(house, row, on_file(row))
    browser.send("identify", code=code)
    assert browser.path == "/nl/volgen"
    assert "Wij zoeken uw gegevens" in browser.text
    impostor = to_sent(Browser(browser.client.application), way="code", email="me@evil.example")
    other = newest(house)
    assert the_mailed_code(house, other) == ""
    impostor.open("/nl/code/identify").send("identify", code="00000000")
    assert "De code klopt niet." in impostor.text
    assert "Laat zien dat u het bent" in impostor.open("/nl/volgen").text


def test_five_wrong_codes_end_a_code_and_three_codes_an_hour(
    browser: Browser, house: House
) -> None:
    to_sent(browser, way="code")
    browser.open("/nl/code/identify")
    said = [browser.send("identify", code="1234 5678").text for _ in range(6)]
    for text, left in zip(said, ("4 keer", "3 keer", "2 keer", "1 keer"), strict=False):
        assert f"U kunt nog {left} proberen." in text
    assert "Deze code werkt niet meer." in said[4]
    assert "Deze code werkt niet meer." in said[5]
    for _ in range(2):
        assert browser.send("identify/nieuw").page.status_code == 200
    browser.send("identify/nieuw")
    assert browser.page.status_code == 429
    assert "U hebt al drie codes gevraagd." in browser.text


def test_the_status_page_says_how_far_and_whose_turn_and_why_that_date(
    browser: Browser, house: House
) -> None:
    row = make_request(house, level=Level.IA2)
    follow(browser, house, row)
    assert browser.text.count('class="done"') == 2
    assert 'aria-current="step"' in browser.text
    assert "Wij zijn aan zet. U hoeft nu niets te doen." in browser.text
    assert "31 <small>dagen</small>" in browser.text
    assert "Eén maand later is 10 april 2026." in browser.text


def test_a_late_answer_is_said_to_be_late(browser: Browser, house: House, clock: Clock) -> None:
    row = make_request(house, level=Level.IA2)
    clock.move(days=40)
    follow(browser, house, row)
    assert "Ons antwoord is te laat." in browser.text


def test_nothing_held_is_said_at_the_level_of_what_was_asked(
    browser: Browser, house: House
) -> None:
    row = make_answered(house, found={})
    follow(browser, house, row).open("/nl/antwoord")
    assert browser.title.startswith("Laat eerst zien dat u het bent")
    collected(browser, house, row)
    assert browser.title.startswith("Wij hebben geen gegevens van u")
    assert "Wij hebben gezocht en niets gevonden." in browser.text
    assert "gegevens.zip" not in browser.text


def test_not_proved_opens_nothing_and_says_how_to_go_on(browser: Browser, house: House) -> None:
    row = make_refused(house, Decided(decision=Decision.NOT_PROVED))
    follow(browser, house, row).open("/nl/antwoord")
    assert browser.title.startswith("Wij weten niet zeker wie u bent")
    assert "U kunt het altijd opnieuw vragen." in browser.text
    assert browser.client.get("/nl/antwoord/brief.pdf").data == LETTER


def test_a_refusal_gives_its_reasons_and_articles(browser: Browser, house: House) -> None:
    what = Decided(
        decision=Decision.REFUSED,
        grounds=("excessive",),
        facts="Dit is het twaalfde gelijke verzoek in een maand.",
        instead="Wij stuurden u vorige week nog alles.",
    )
    row = make_refused(house, what, level=Level.IA2)
    collected(browser, house, row)
    assert browser.title.startswith("U krijgt uw gegevens niet")
    for words in ("kennelijk ongegrond of buitensporig", "twaalfde gelijke", "artikel 12 lid 5"):
        assert words in browser.text
    assert "naar de rechtbank" in browser.text


@pytest.mark.parametrize("code", ["rights_of_others", "important_interest"])
def test_a_refusal_of_before_still_gives_the_ground_of_then(
    browser: Browser, house: House, code: str
) -> None:
    what = Decided(
        decision=Decision.REFUSED, grounds=("excessive",), facts="Zoals toen geschreven stond."
    )
    row = make_refused(house, replace(what, instead="Wij belden u."), level=Level.IA2)
    with house.writing() as session:
        stages.access_item(subject_requests.by_id(session, row.id)).grounds = [code]
    collected(browser, house, row)
    assert ground(code).words("nl") in browser.text
    assert ground(code).article("nl") in browser.text


def downloads(house: House, row: SubjectRequest) -> int:
    with house.reading() as session:
        package = answers.package_of(session, row.id)
    return package.downloads if package else -1


def newest(house: House) -> SubjectRequest:
    with house.reading() as session:
        found = session.query(SubjectRequest).order_by(SubjectRequest.id.desc()).first()
    assert found is not None
    with house.reading() as session:
        return subject_requests.by_id(session, found.id)


def test_the_receipt_is_a_letter_that_names_nobody(browser: Browser, house: House) -> None:
    row = make_request(house, level=Level.IA3)
    follow(browser, house, row)
    page = browser.open("/nl/volgen/ontvangst.pdf").page
    assert page.mimetype == "application/pdf"
    text = "\n".join(sheet.extract_text() for sheet in PdfReader(BytesIO(page.data)).pages)
    assert row.reference in text
    assert "Anouk" not in text
