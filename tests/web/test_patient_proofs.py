"""P6b: a letter or a photo goes along with a correction, and the desk reads it."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from dsr.core.stages import Stage
from dsr.core.wishes import Wish
from dsr.db import events, subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.jobs import sweep
from dsr.law.rights import Right
from dsr.services import outlook, proof_files
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import Clock, make_request
from tests.planned import CORRECT_EMAIL
from tests.rendering.test_sent_files import EICAR, paper, photo
from tests.web.browsing import Browser
from tests.web.desk import Desk, desk_of, url
from tests.web.test_patient_stopping import follow

PAGE = "/nl/volgen/bewijs"
ACCESS = Wish(right=Right.ACCESS)


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


@pytest.fixture
def desk(house: House, clock: Clock) -> Desk:
    return desk_of(house, clock)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def sent(browser: Browser, content: bytes, name: str = "naam-van-anouk.pdf") -> Browser:
    browser.open(PAGE)
    fields = dict(browser.form().fields)
    file = FileStorage(BytesIO(content), name)
    # In memory: the client's own spool is no part of what is tested.
    values = {**fields, "file": file}
    body, _length, boundary = stream_encode_multipart(values, use_tempfile=False)
    kind = f'multipart/form-data; boundary="{boundary}"'
    return browser._arrived(PAGE, browser.client.post(PAGE, data=body.read(), content_type=kind))


def told(house: House, row: SubjectRequest) -> list[str]:
    with house.reading() as session:
        return [one.action for one in events.of_request(session, row.practice, row.id)]


def blobs(house: House) -> list[str]:
    return [name for name in house.office.vault.store.names("requests") if "/proofs/" in name]


def test_a_file_goes_along_and_lies_sealed_without_its_name(browser: Browser, house: House) -> None:
    row = make_request(house, wishes=(CORRECT_EMAIL,))
    assert PAGE in follow(browser, house, row).open("/nl/volgen").links
    assert "Uw bestand is toegevoegd." in sent(browser, paper()).text
    assert "Bestand 1 (pdf" in browser.text
    (name,) = blobs(house)
    assert b"%PDF" not in house.office.vault.store.read(name, 0, 10**7)
    with house.reading() as session:
        facts = subject_requests.by_id(session, row.id).items[0].facts
    assert "anouk" not in str(facts).lower()
    assert "proof_added" in told(house, row)


def test_at_most_three_come_in(browser: Browser, house: House) -> None:
    follow(browser, house, make_request(house, wishes=(CORRECT_EMAIL,)))
    for number in range(3):
        assert f"Bestand {number + 1}" in sent(browser, photo(), "foto.jpg").text
    assert "Er kan nu geen bestand meer bij." in browser.open(PAGE).text
    assert len(blobs(house)) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Kies een bestand."),
        (EICAR, "kunnen wij niet lezen"),
        (b"%PDF-1.7" + bytes(10 * 1024 * 1024), "kleiner dan 10 MB"),
    ],
)
def test_what_cannot_be_taken_is_said_at_the_field(
    browser: Browser, house: House, content: bytes, words: str
) -> None:
    follow(browser, house, make_request(house, wishes=(CORRECT_EMAIL,)))
    assert sent(browser, content).page.status_code == 422
    assert words in browser.text
    assert "Fout:" in browser.title
    assert blobs(house) == []


def test_an_enormous_body_is_not_read(browser: Browser, house: House) -> None:
    follow(browser, house, make_request(house, wishes=(CORRECT_EMAIL,)))
    assert sent(browser, bytes(17 * 1024 * 1024)).page.status_code == 413
    assert blobs(house) == []


def test_no_other_form_takes_more_than_before(browser: Browser) -> None:
    answer = browser.client.post("/nl/zoeken", data={"reference": "A" * 70_000})
    assert answer.status_code == 413


def test_a_file_never_lies_in_a_temporary_folder(
    browser: Browser, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T80: the library would spool what is larger than half a megabyte to a plain file."""
    follow(browser, house, make_request(house, wishes=(CORRECT_EMAIL,)))

    def spool(*_asked: object, **_named: object) -> None:
        raise AssertionError("a file was opened for what somebody sent")

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", spool)
    monkeypatch.setattr(tempfile, "TemporaryFile", spool)
    assert "Bestand 1" in sent(browser, photo((1600, 1200)), "foto.jpg").text


@pytest.mark.parametrize(
    ("code", "words", "desk_told"),
    [(1, "mogelijk een virus", True), (2, "Probeer het later", False)],
)
def test_what_the_scanner_does_not_pass_is_not_taken(
    tmp_path: Path, house: House, code: int, words: str, desk_told: bool
) -> None:
    scanner = tmp_path / "scanner.py"
    scanner.write_text(f"import sys; assert sys.stdin.buffer.read(); sys.exit({code})")
    settings = replace(house.settings, scan_command=f"{sys.executable} {scanner}")
    browser = Browser(create_app(replace(house, settings=settings)))
    row = make_request(house, wishes=(CORRECT_EMAIL,))
    follow(browser, house, row)
    assert words in sent(browser, paper()).text
    assert blobs(house) == []
    assert ("proof_refused" in told(house, row)) == desk_told


def test_without_a_correction_there_is_nothing_to_prove(browser: Browser, house: House) -> None:
    follow(browser, house, make_request(house, wishes=(ACCESS,)))
    assert PAGE not in browser.open("/nl/volgen").links
    assert browser.open(PAGE).path.endswith("/volgen")


def test_a_stranger_gets_to_no_ones_proof(app: Flask, house: House) -> None:
    make_request(house, wishes=(CORRECT_EMAIL,))
    stranger = Browser(app)
    assert "Bestand" not in stranger.open(PAGE).text
    assert stranger.client.post(PAGE, data={}).status_code in (302, 303, 400)
    assert blobs(house) == []


def test_the_desk_reads_it_as_an_attachment_that_runs_nothing(desk: Desk) -> None:
    row = desk.found(wishes=(CORRECT_EMAIL,))
    browser = Browser(desk.app)
    follow(browser, desk.house, row)
    sent(browser, paper())
    officer = desk.enter("anna", roles=("officer",))
    desk.give(row, "anna")
    with desk.house.reading() as session:
        item = subject_requests.by_id(session, row.id).items[0]
    officer.open(url(row, f"items/{item.id}"))
    assert "Bewijs van de patiënt" in officer.text
    address = next(link for link in officer.links if "/proofs/" in link)
    answer = officer.client.get(address)
    assert answer.data.startswith(b"%PDF-")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert officer.client.get(address[:-6] + "ffffff").status_code == 404


def test_a_new_proof_makes_a_page_that_was_open_stale(desk: Desk) -> None:
    row = desk.found(wishes=(CORRECT_EMAIL,))

    def mark() -> str:
        with desk.house.reading() as session:
            fresh = subject_requests.by_id(session, row.id)
            return outlook.mark(session, desk.house.office, fresh, fresh.items[0])

    before = mark()
    browser = Browser(desk.app)
    follow(browser, desk.house, row)
    sent(browser, paper())
    assert mark() != before


def test_a_file_goes_a_month_after_its_request_was_closed(
    browser: Browser, house: House, clock: Clock
) -> None:
    row = make_request(house, wishes=(CORRECT_EMAIL,))
    follow(browser, house, row)
    sent(browser, paper())
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        fresh.items[0].stage, fresh.closed_at = Stage.CLOSED, clock()
    clock.move(days=29)
    sweep.tidy(house)
    assert len(blobs(house)) == 1
    clock.move(days=2)
    sweep.tidy(house)
    assert blobs(house) == []
    with house.reading() as session:
        assert proof_files.of(subject_requests.by_id(session, row.id).items[0]) == ()
